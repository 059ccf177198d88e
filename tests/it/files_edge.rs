//! Manifests as a source: what is read, what is answered, and what a file set cannot know.

use std::fs;
use std::path::PathBuf;

use futures::FutureExt;
use hops::answer::Answerer;
use hops::answer::objects::files::Files;
use hops::answer::recording::Recording;
use hops::facts::{Answer, Gap, Kind, Question};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Files answer at once.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("no waiting")
}

const SHOP: &str = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {type: LoadBalancer}
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {type: ClusterIP}
---
# nothing here
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: traefik, namespace: ignored}
";

fn files(text: &str) -> Files {
    let mut files = Files::default();
    files.add("shop.yaml", text, "team").expect("few");
    files
}

/// Files in which everything is as a server would take it.
fn sound(text: &str) -> Files {
    let files = files(text);
    assert!(files.refused().is_empty(), "{:#?}", files.refused());
    files
}

/// `shop.yaml:9 Ingress shop/web: shop.yaml:14: .spec… is missing` of everything that would be refused.
fn told(files: &Files) -> Vec<String> {
    let all = files.refused().iter();
    all.flat_map(|r| {
        let what = format!("{} {}", r.place, r.display());
        r.faults
            .iter()
            .map(move |f| format!("{what}: {}", f.line()))
    })
    .collect()
}

fn get(kind: Kind, namespace: Option<&str>, name: &str) -> Question {
    Question::Get {
        kind,
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

fn list(
    kind: Kind,
    namespace: Option<&str>,
    labels: Option<&str>,
    fields: Option<&str>,
) -> Question {
    Question::List {
        kind,
        namespace: namespace.map(str::to_owned),
        labels: labels.map(str::to_owned),
        fields: fields.map(str::to_owned),
    }
}

fn ask(files: &Files, question: &Question) -> Result<Vec<String>, Gap> {
    let name = |o: &Value| {
        let meta = &o["metadata"];
        let ns = meta["namespace"]
            .as_str()
            .map_or(String::new(), |ns| format!("{ns}/"));
        format!("{ns}{}", meta["name"].as_str().expect("a name"))
    };
    match block_on(files.answer(question))? {
        Answer::Object { object } => Ok(object.iter().map(name).collect()),
        Answer::Objects { objects } => Ok(objects.iter().map(name).collect()),
        other => panic!("{other:?}"),
    }
}

fn found(files: &Files, question: &Question) -> Vec<String> {
    ask(files, question).unwrap_or_else(|gap| panic!("{question}: {gap}"))
}

#[test]
fn documents_answer_gets_and_lists() {
    let files = files(SHOP);
    assert_eq!(
        found(&files, &get(Kind::Service, Some("shop"), "web")),
        ["shop/web"]
    );
    assert_eq!(
        found(&files, &get(Kind::Service, Some("team"), "db")),
        ["team/db"]
    );
    assert_eq!(
        found(&files, &get(Kind::IngressClass, None, "traefik")).len(),
        1
    );
    assert_eq!(
        found(&files, &list(Kind::Service, None, None, None)),
        ["shop/web", "team/db"]
    );
    assert_eq!(
        found(&files, &list(Kind::Service, Some("shop"), None, None)),
        ["shop/web"]
    );
    assert_eq!(
        found(
            &files,
            &list(Kind::Service, None, Some("app in (web)"), None)
        ),
        ["shop/web"]
    );
    assert_eq!(
        found(
            &files,
            &list(Kind::Service, None, None, Some("spec.type=ClusterIP"))
        ),
        ["team/db"]
    );
    assert_eq!(
        found(&files, &list(Kind::IngressClass, None, None, None)).len(),
        1
    );
}

#[test]
fn what_is_not_in_a_file_may_still_be_in_the_cluster() {
    let files = files(SHOP);
    for question in [
        get(Kind::Service, Some("shop"), "gone"),
        get(Kind::Service, Some("team"), "web"),
        get(Kind::Secret, Some("shop"), "tls"),
        list(Kind::Pod, None, None, None),
        list(Kind::Service, Some("other"), None, None),
        list(Kind::Service, Some("shop"), Some("app=gone"), None),
    ] {
        assert_eq!(ask(&files, &question), Err(Gap::NotInFiles), "{question}");
    }
}

#[test]
fn what_a_server_wrote_tells_what_is_absent() {
    let read = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, uid: 1-2-3}
---
apiVersion: v1
kind: Service
metadata: {name: mine, namespace: mine}
";
    let files = files(read);
    let absent: [&str; 0] = [];
    assert_eq!(
        found(&files, &get(Kind::Service, Some("shop"), "gone")),
        absent
    );
    assert_eq!(
        found(
            &files,
            &list(Kind::Service, Some("shop"), Some("app=gone"), None)
        ),
        absent
    );
    assert_eq!(
        found(&files, &list(Kind::Service, None, Some("app=gone"), None)),
        absent
    );
    // Other namespaces and kinds were not read.
    for question in [
        get(Kind::Service, Some("other"), "gone"),
        get(Kind::Service, Some("mine"), "gone"),
        list(Kind::Service, Some("other"), None, None),
        get(Kind::Pod, Some("shop"), "gone"),
        list(Kind::Pod, None, None, None),
    ] {
        assert_eq!(ask(&files, &question), Err(Gap::NotInFiles), "{question}");
    }
    let class =
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: a, uid: x}}";
    let mut cluster_scoped = Files::default();
    cluster_scoped.add("a", class, "team").expect("few");
    assert_eq!(
        found(&cluster_scoped, &get(Kind::IngressClass, None, "gone")),
        absent
    );
}

#[test]
fn lists_of_any_shape_are_opened() {
    let files = files(
        "
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
  metadata: {name: web}
- apiVersion: networking.k8s.io/v1
  kind: IngressList
  items:
  - metadata: {name: shop}
    spec: {rules: []}
---
apiVersion: v1
kind: PodList
items: null
",
    );
    assert_eq!(
        found(&files, &list(Kind::Service, None, None, None)),
        ["team/web"]
    );
    let ingress = block_on(files.answer(&get(Kind::Ingress, Some("team"), "shop")));
    let Ok(Answer::Object {
        object: Some(ingress),
    }) = ingress
    else {
        panic!("{ingress:?}");
    };
    assert_eq!(ingress["kind"], "Ingress");
    assert_eq!(ingress["apiVersion"], "networking.k8s.io/v1");
    assert_eq!(files.objects().len(), 2);
}

#[test]
fn other_kinds_are_passed_over_and_counted() {
    let files = files(
        "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}}\n---\n\
         {apiVersion: networking.k8s.io/v2, kind: Ingress, metadata: {name: a}}\n---\n\
         {apiVersion: v1, kind: LimitRange, metadata: {name: a}}\n---\n\
         {apiVersion: v1, kind: LimitRange, metadata: {name: b}}\n",
    );
    assert!(files.objects().is_empty());
    let counted: Vec<(&str, usize)> = files
        .passed_over()
        .iter()
        .map(|(k, n)| (k.as_str(), *n))
        .collect();
    assert_eq!(
        counted,
        [
            ("networking.istio.io/v1 VirtualService", 1),
            ("networking.k8s.io/v2 Ingress", 1),
            ("v1 LimitRange", 2)
        ]
    );
}

#[test]
fn an_object_of_an_older_version_is_of_the_same_kind() {
    let files = files(
        "
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a}
spec: {rules: [{http: {paths: [{path: /, backend: {serviceName: web, servicePort: 80}}]}}]}
---
apiVersion: networking.k8s.io/v1beta1
kind: IngressList
items:
- metadata: {name: b}
  spec: {backend: {serviceName: web, servicePort: http}}
",
    );
    assert!(files.passed_over().is_empty());
    let backends = |name: &str| {
        let answer = block_on(files.answer(&get(Kind::Ingress, Some("team"), name)));
        let Ok(Answer::Object { object: Some(a) }) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(a["apiVersion"], "networking.k8s.io/v1");
        a["spec"].clone()
    };
    let service = |port: Value| json!({"service": {"name": "web", "port": port}});
    assert_eq!(
        backends("a")["rules"][0]["http"]["paths"][0]["backend"],
        service(json!({"number": 80}))
    );
    assert_eq!(
        backends("b")["defaultBackend"],
        service(json!({"name": "http"}))
    );
}

#[test]
fn the_last_of_a_name_wins() {
    let mut files = files(SHOP);
    files.add("later.yaml", "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: NodePort}}", "team").expect("few");
    let Ok(Answer::Object { object: Some(web) }) =
        block_on(files.answer(&get(Kind::Service, Some("shop"), "web")))
    else {
        panic!("no web");
    };
    assert_eq!(web["spec"]["type"], "NodePort");
    assert_eq!(web["metadata"].get("labels"), None);
    assert_eq!(files.objects().len(), 3);
}

#[test]
fn directories_are_read_without_those_below() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    };
    let service =
        |name: &str| format!("{{apiVersion: v1, kind: Service, metadata: {{name: {name}}}}}");
    write("a.yaml", &service("a"));
    write("b.yml", &service("b"));
    write(
        "c.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"c\"}}",
    );
    write("README.md", "not: [a manifest");
    write("below/d.yaml", &service("d"));
    let files = Files::load(&[dir.path().to_owned()], "team", false).expect("read");
    let all = found(&files, &list(Kind::Service, None, None, None));
    assert_eq!(all, ["team/a", "team/b", "team/c"]);
    let one = Files::load(
        &[dir.path().join("below/d.yaml"), dir.path().join("a.yaml")],
        "team",
        false,
    )
    .expect("read");
    assert_eq!(
        found(&one, &list(Kind::Service, None, None, None)),
        ["team/a", "team/d"]
    );
    let all = Files::load(&[dir.path().to_owned()], "team", true).expect("read");
    let all = found(&all, &list(Kind::Service, None, None, None));
    assert_eq!(all, ["team/a", "team/b", "team/c", "team/d"]);
    let empty = tempfile::tempdir().expect("a directory");
    let error = Files::load(&[empty.path().to_owned()], "team", false).expect_err("empty");
    assert!(
        error
            .to_string()
            .ends_with("no file in it ends in .yaml, .yml or .json"),
        "{error}"
    );
    fs::create_dir(empty.path().join("below")).expect("made");
    fs::write(empty.path().join("below/a.yaml"), "a: 1").expect("written");
    let error = Files::load(&[empty.path().to_owned()], "team", false).expect_err("empty");
    assert!(error.to_string().contains("-R"), "{error}");
    let missing =
        Files::load(&[PathBuf::from("/nowhere/x.yaml")], "team", false).expect_err("missing");
    assert!(
        missing
            .to_string()
            .starts_with("cannot read /nowhere/x.yaml: No such file"),
        "{missing}"
    );
}

#[test]
fn what_is_no_object_is_named_and_the_rest_is_read() {
    let good = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: good}\nspec: {containers: [{name: a, image: b}]}\n";
    let cases = [
        ("apiVersion: v1\nkind: [\n", 1..=3, ""),
        ("a: 1\n", 1..=1, "kind is missing"),
        (
            "\n\nkind: Service\nmetadata: {name: a}\n",
            3..=3,
            "Service: apiVersion is missing",
        ),
        (
            "apiVersion: v1\nkind: Service\n",
            1..=1,
            "Service: metadata.name is missing",
        ),
        ("- a\n- b\n", 1..=1, "not a mapping"),
        (
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a}]}}\n- 7\n",
            5..=5,
            "no Kubernetes object",
        ),
        ("name: {{ .Values.name }}\n", 1..=1, "helm template"),
        (
            "apiVersion: v1\nkind: Ingress\nmetadata: {name: a}\n",
            1..=1,
            "networking.k8s.io/v1",
        ),
    ];
    for (text, lines, part) in cases {
        let mut files = Files::default();
        files
            .add("dir/shop.yaml", &format!("{text}{good}"), "team")
            .expect("few");
        let get = get(Kind::Pod, Some("team"), "good");
        assert_eq!(found(&files, &get), ["team/good"], "{text}");
        let [refused] = files.refused() else {
            panic!("{text}: {:#?}", files.refused());
        };
        // What has neither kind nor version is no object that went wrong.
        assert_eq!(refused.read, text == "a: 1\n", "{text}");
        let [fault] = refused.faults.as_slice() else {
            panic!("{text}: {refused:#?}");
        };
        let line: u64 = fault
            .place
            .strip_prefix("dir/shop.yaml:")
            .expect("a place")
            .parse()
            .expect("a line");
        assert!(lines.contains(&line), "{text}: {fault:?}");
        assert!(
            fault.why.contains(part) && !fault.why.contains('\n'),
            "{fault:?}"
        );
    }
}

#[test]
fn a_server_would_refuse_these_at_their_lines() {
    let text = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/canary: true
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /
        backend: {serviceName: web, servicePort: 80}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  selector: {app: web2}
  ports: [{port: 80}]
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: old}
spec: {backend: {serviceName: web, servicePort: 80}}
---
apiVersion: v1
kind: Pod
metadata: {generateName: job-}
spec: {containers: [{name: a, image: b}]}
";
    let files = files(text);
    assert_eq!(
        told(&files),
        [
            "shop.yaml:1 Ingress team/web: shop.yaml:6: .metadata.annotations[\"nginx.ingress.kubernetes.io/canary\"] is true or false where text is wanted",
            "shop.yaml:1 Ingress team/web: shop.yaml:12: .spec.rules[0].http.paths[0].pathType is missing: it has to be Exact, Prefix or ImplementationSpecific",
            "shop.yaml:1 Ingress team/web: shop.yaml:13: .spec.rules[0].http.paths[0].backend.serviceName is v1beta1's",
            "shop.yaml:15 Service team/web: shop.yaml:20: the key selector stands twice in one mapping: the later one was read",
            "shop.yaml:23 Ingress team/old: shop.yaml:23: .apiVersion is extensions/v1beta1, which no API server since Kubernetes 1.22 takes",
            "shop.yaml:28 Pod team/job-: shop.yaml:30: .metadata.generateName stands in place of a name, which kubectl apply refuses",
        ]
    );
    // All of them are read as they are meant.
    assert_eq!(files.objects().len(), 4);
    let ingress = block_on(files.answer(&get(Kind::Ingress, Some("team"), "web")));
    let Ok(Answer::Object { object: Some(web) }) = ingress else {
        panic!("{ingress:?}");
    };
    let path = &web["spec"]["rules"][0]["http"]["paths"][0];
    assert_eq!(
        path["backend"]["service"],
        json!({"name": "web", "port": {"number": 80}})
    );
    assert_eq!(
        web["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary"],
        "true"
    );
}

#[test]
fn a_key_that_stands_twice_is_told_of_the_object_that_has_it() {
    let yaml = "\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}
- apiVersion: v1
  kind: Service
  metadata: {name: b}
  spec:
    selector: {app: b}
    ports: [{port: 80}]
    selector: {app: c}
";
    let json = r#"
{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}}
{
  "apiVersion": "v1",
  "kind": "Service",
  "metadata": {"name": "b"},
  "spec": {
    "selector": {"app": "b"},
    "ports": [{"port": 80}],

    "selector": {"app": "c"}
  }
}
"#;
    let listed = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}},
  {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "b"}, "spec": {"selector": {"app": "b"}, "ports": [{"port": 80}],
    "selector": {"app": "c"}}}
]}"#;
    for (text, object, line) in [(yaml, 5, 11), (json, 3, 11), (listed, 3, 4)] {
        let files = files(text);
        let expected = format!(
            "shop.yaml:{object} Service team/b: shop.yaml:{line}: the key selector stands twice in one mapping: the later one was read"
        );
        assert_eq!(told(&files), [expected], "{text}");
        let get = get(Kind::Service, Some("team"), "b");
        let Ok(Answer::Object { object: Some(b) }) = block_on(files.answer(&get)) else {
            panic!("{text}");
        };
        assert_eq!(b["spec"]["selector"], json!({"app": "c"}), "{text}");
    }
}

/// Of kinds that somebody installs hops reads a part: a field of theirs that it does not read is no wrong one.
#[test]
fn fields_of_installed_kinds_that_are_not_read_are_sound() {
    sound(
        &json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"name": "shop", "namespace": "shop"},
            "spec": {
                "parentRefs": [{"name": "eg"}],
                "rules": [{"name": "all", "timeouts": {"request": "5s"}, "backendRefs": [{"name": "web", "port": 80}]}],
            },
        })
        .to_string(),
    );
}

/// Objects that real API servers had taken, as if somebody had written them: nothing of them is called wrong.
#[test]
fn what_real_servers_took_is_sound() {
    let mut seen = 0;
    for entry in fs::read_dir("assets/demo").expect("the demos").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a demo");
        let recording = Recording::from_yaml(&text, "demo").expect("a recording");
        for (kind, object) in recording.objects.iter() {
            // What these hold is reduced when it is recorded.
            if matches!(kind, Kind::Secret | Kind::ConfigMap | Kind::Event) {
                continue;
            }
            let mut object = object.clone();
            if let Some(metadata) = object["metadata"].as_object_mut() {
                metadata.remove("uid");
            }
            sound(&object.to_string());
            seen += 1;
        }
    }
    assert!(seen > 50, "only {seen} objects");
}

proptest! {
    /// Whatever stands in a file: it is read or named, and what is read has the shape of its kind.
    #[test]
    fn any_object_is_read_or_named(kind in 0..Kind::ALL.len(), spec in any_json(), metadata in any_json()) {
        let kind = Kind::ALL[kind];
        let mut object = json!({"apiVersion": kind.api_version(), "kind": kind.name(), "metadata": metadata, "spec": spec});
        if !object["metadata"].is_object() {
            object["metadata"] = json!({});
        }
        object["metadata"]["name"] = "a".into();
        let files = files(&object.to_string());
        prop_assert!(files.objects().len() + files.refused().len() > 0, "{}", object);
        for (kind, object) in files.objects().iter() {
            prop_assert!(kind.reread(object.clone()).is_ok(), "{}", object);
        }
    }

    /// Nor does any text do harm.
    #[test]
    fn any_text_does_no_harm(text in "[a-z{}\\[\\]:&*!|>'\"#,\n \t-]{0,80}") {
        files(&text);
    }
}

/// JSON with the words of the API in it, so that rules are met.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "rules",
        "http",
        "paths",
        "path",
        "backend",
        "service",
        "port",
        "ports",
        "number",
        "name",
        "host",
        "selector",
        "template",
        "metadata",
        "labels",
        "spec",
        "containers",
        "limits",
        "type",
        "matchLabels",
        "annotations",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2..70_000_i64).prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        "[a-zA-Z/.*%-]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(7, 48, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone(), inner, 0..5).prop_map(|map| map
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect::<serde_json::Map<_, _>>()
                .into()),
        ]
    })
}

#[test]
fn what_a_server_gave_is_not_examined() {
    let text = "
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a, uid: x}
spec: {backend: {serviceName: web, servicePort: 80}}
---
apiVersion: v1
kind: Service
metadata: {name: a, uid: b}
spec: {later: 1}
";
    sound(text);
}

#[test]
fn a_set_without_an_object_is_no_set() {
    let nothing = |text: &str| {
        let paths = [PathBuf::from("-")];
        let error = files(text).some(&paths).map(|_| ()).expect_err(text);
        error.to_string()
    };
    for text in [
        "",
        "# only\n# comments\n",
        "---\n---\n",
        "apiVersion: v1\nkind: List\nitems: null\n",
        "null\n",
        "{}\n",
    ] {
        let said = nothing(text);
        assert!(
            said.starts_with("nothing to check in standard input: "),
            "{said}"
        );
    }
    assert!(nothing("").ends_with("no object was given"));
    let route = "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}}";
    assert!(nothing(route).contains("networking.istio.io/v1 VirtualService"));
    assert!(
        nothing("a: [\n---\nb: [\n").ends_with("and 1 more"),
        "{}",
        nothing("a: [\n---\nb: [\n")
    );
    assert!(files(SHOP).some(&[]).is_ok());
}

#[test]
fn endpoints_stand_for_slices_that_are_not_there() {
    let endpoints = "{apiVersion: v1, kind: Endpoints, metadata: {name: web, namespace: shop}, subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 80}]}]}\n";
    let slice = "---\n{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}, addressType: IPv4, endpoints: []}\n";
    let of = |service: &str| {
        let labels = format!("kubernetes.io/service-name={service}");
        list(Kind::EndpointSlice, Some("shop"), Some(&labels), None)
    };
    let alone = sound(endpoints);
    assert_eq!(found(&alone, &of("web")), ["shop/web-1"]);
    assert_eq!(ask(&alone, &of("db")), Err(Gap::NotInFiles));
    let both = sound(&format!("{endpoints}{slice}"));
    assert_eq!(found(&both, &of("web")), ["shop/web-x"]);
    // Read from a server, and empty: there is no endpoint.
    let read = "{apiVersion: v1, kind: Endpoints, metadata: {name: web, namespace: shop, uid: x}, subsets: null}";
    assert!(found(&sound(read), &of("web")).is_empty());
}

#[test]
fn dumps_of_a_cluster_are_read_as_what_they_are() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    };
    let list_of = |kind: &str, items: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"{kind}\", \"metadata\": {{\"resourceVersion\": \"7\"}}, \"items\": {items}}}"
        )
    };
    let web = "[{\"metadata\": {\"name\": \"web\", \"namespace\": \"shop\", \"uid\": \"x\"}, \"spec\": {}}]";
    // As `kubectl cluster-info dump --output-directory` leaves it.
    write("dump/nodes.json", &list_of("NodeList", "null"));
    write("dump/shop/services.json", &list_of("ServiceList", web));
    write("dump/shop/pods.json", &list_of("PodList", "null"));
    write("dump/shop/web-1/logs.txt", "{");
    // As a must-gather leaves it, among much that is no object.
    let image = "gather/quay-io-image";
    write(
        &format!("{image}/namespaces/shop/core/services.yaml"),
        &list_of("ServiceList", web),
    );
    write(
        &format!("{image}/namespaces/shop/core/pods.yaml"),
        &list_of("PodList", "[]"),
    );
    write(
        &format!("{image}/cluster-scoped-resources/core/nodes/a.yaml"),
        "{apiVersion: v1, kind: Node, metadata: {name: a, uid: z}}",
    );
    write(
        &format!("{image}/etcd_info/health.json"),
        "[{\"health\": true}]",
    );
    write(&format!("{image}/odd.yaml"), "a: [");
    for folder in ["dump", "gather"] {
        let paths = [dir.path().join(folder)];
        let files = Files::load(&paths, "team", false).expect(folder);
        assert!(files.refused().is_empty(), "{:#?}", files.refused());
        assert_eq!(
            found(&files, &list(Kind::Service, Some("shop"), None, None)),
            ["shop/web"],
            "{folder}"
        );
        // The empty list tells that there is none, in that namespace.
        assert!(
            found(&files, &list(Kind::Pod, Some("shop"), None, None)).is_empty(),
            "{folder}"
        );
        let elsewhere = list(Kind::Pod, Some("other"), None, None);
        assert_eq!(ask(&files, &elsewhere), Err(Gap::NotInFiles), "{folder}");
    }
}

#[test]
fn secrets_in_files_are_reduced_too() {
    let text = "
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop, annotations: {note: hunter2}}
stringData: {password: hunter2}
";
    let files = files(text);
    let answer = format!(
        "{:?}",
        block_on(files.answer(&get(Kind::Secret, Some("shop"), "db")))
    );
    assert!(
        answer.contains("password") && !answer.contains("hunter2"),
        "{answer}"
    );
    assert!(!format!("{files:?}").contains("hunter2"));
}

#[test]
fn files_know_nothing_of_the_network() {
    let question = Question::Dns {
        name: "shop.example.com".to_owned(),
        via: None,
    };
    let answer = block_on(files(SHOP).answer(&question));
    assert!(matches!(answer, Err(Gap::NotAsked { .. })));
    let broken = list(Kind::Service, None, Some("=x"), None);
    assert!(matches!(
        ask(&files(SHOP), &broken),
        Err(Gap::Malformed { .. })
    ));
}

#[test]
fn a_name_is_found_in_every_namespace_of_the_files() {
    let service = |namespace: &str| {
        format!(
            "{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: {namespace}}}}}"
        )
    };
    let files = files(&format!("{}\n---\n{}", service("shop"), service("a")));
    let find = |name: &str| Question::Find {
        kind: Kind::Service,
        name: name.to_owned(),
    };
    let namespaces = vec!["a".to_owned(), "shop".to_owned()];
    assert_eq!(
        block_on(files.answer(&find("web"))),
        Ok(Answer::Namespaces { namespaces })
    );
    // Elsewhere in the cluster there may still be one.
    assert_eq!(block_on(files.answer(&find("db"))), Err(Gap::NotInFiles));
}

#[test]
fn the_groups_of_files_are_those_of_their_objects() {
    let none = files("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}");
    let groups = |files: &Files| block_on(files.answer(&Question::ApiGroups));
    assert_eq!(groups(&none), Err(Gap::NotInFiles));
    let one = files(
        "{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: deny, namespace: shop}}",
    );
    let cilium = vec!["cilium.io".to_owned()];
    assert_eq!(groups(&one), Ok(Answer::ApiGroups { groups: cilium }));
}
