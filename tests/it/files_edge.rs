//! Manifests as a source: what is read, what is answered, and what a file set cannot know.

use std::fs;
use std::path::PathBuf;

use futures::FutureExt;
use hops::answer::Answerer;
use hops::answer::objects::files::{Files, FilesError};
use hops::facts::{Answer, Gap, Kind, Question};
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
    files
        .add("shop.yaml", text, "team")
        .unwrap_or_else(|e| panic!("{e}"));
    files
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
        assert_eq!(ask(&files, &question), Err(Gap::NotRecorded), "{question}");
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
        assert_eq!(ask(&files, &question), Err(Gap::NotRecorded), "{question}");
    }
    let class =
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: a, uid: x}}";
    let mut cluster_scoped = Files::default();
    cluster_scoped.add("a", class, "team").expect("read");
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
        "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}}\n---\n\
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
            ("gateway.networking.k8s.io/v1 HTTPRoute", 1),
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
    files
        .add("later.yaml", "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {type: NodePort}}", "team")
        .expect("read");
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
    let files = Files::load(&[dir.path().to_owned()], "team").expect("read");
    let all = found(&files, &list(Kind::Service, None, None, None));
    assert_eq!(all, ["team/a", "team/b", "team/c"]);
    let one = Files::load(
        &[dir.path().join("below/d.yaml"), dir.path().join("a.yaml")],
        "team",
    )
    .expect("read");
    assert_eq!(
        found(&one, &list(Kind::Service, None, None, None)),
        ["team/a", "team/d"]
    );
    let empty = tempfile::tempdir().expect("a directory");
    let error = Files::load(&[empty.path().to_owned()], "team").expect_err("empty");
    assert!(
        error
            .to_string()
            .ends_with("no file in it ends in .yaml, .yml or .json"),
        "{error}"
    );
    let missing = Files::load(&[PathBuf::from("/nowhere/x.yaml")], "team").expect_err("missing");
    assert!(
        missing
            .to_string()
            .starts_with("cannot read /nowhere/x.yaml: No such file"),
        "{missing}"
    );
}

#[test]
fn errors_name_file_line_and_reason() {
    let cases = [
        (
            "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: [\n",
            6..=7,
            "",
        ),
        ("---\na: 1\n---\nkind: Service\n", 1..=1, "kind is missing"),
        (
            "\n\nkind: Service\nmetadata: {name: a}\n",
            1..=3,
            "Service: apiVersion is missing",
        ),
        (
            "apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Service\n",
            1..=1,
            "Service: metadata.name is missing",
        ),
        ("- a\n- b\n", 1..=1, "not a mapping"),
        (
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- 7\n",
            1..=1,
            "item 1: no Kubernetes object",
        ),
        ("name: {{ .Values.name }}\n", 1..=1, ""),
        (
            "apiVersion: v1\nkind: Service\nkind: Pod\n",
            3..=3,
            "uplicate",
        ),
    ];
    for (text, lines, part) in cases {
        let error = Files::default()
            .add("dir/shop.yaml", text, "team")
            .expect_err(text);
        let FilesError::Malformed { path, line, why } = &error else {
            panic!("{error}");
        };
        assert_eq!(path, "dir/shop.yaml");
        assert!(lines.contains(line), "{text}: {error}");
        assert!(why.contains(part) && !why.contains('\n'), "{error}");
        assert!(
            error
                .to_string()
                .starts_with(&format!("dir/shop.yaml:{line}: "))
        );
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
    assert_eq!(block_on(files.answer(&find("db"))), Err(Gap::NotRecorded));
}
