//! Redaction: what identifies a cluster goes, what a verdict hangs on stays.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::redact::redact;
use hops::answer::recording::{Covers, Recorder, Recording, Replay, Run};
use hops::facts::secret::TlsSecret;
use hops::facts::{
    Answer, Certificate, DnsEnd, DnsQuery, DnsRecord, DnsReply, DnsType, Gap, Kind, PodDnsAnswer,
    PodPort, Question,
};
use hops::target::Header;
use serde_json::{Value, json};

use crate::support::replayed::{replay, verdict, walk};

/// The shop of the pitfall fixtures, with changes to its objects by `Kind namespace/name` and to its probes by key.
struct Shop {
    objects: Recording,
    probes: BTreeMap<String, Value>,
    target: String,
    headers: Vec<Header>,
}

impl Shop {
    fn with(changes: &Value) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pitfalls/shop.yaml");
        let text = std::fs::read_to_string(path).expect("the shop");
        let base: Value = serde_saphyr::from_str(&text).expect("YAML");
        let mut file =
            "kind: Recording\nversion: 1\nnow: 2026-11-23T12:00:00Z\ncovers: everything\n"
                .to_owned();
        for object in base["objects"].as_array().expect("objects") {
            let meta = &object["metadata"];
            let name = format!(
                "{} {}/{}",
                object["kind"].as_str().expect("a kind"),
                meta["namespace"].as_str().unwrap_or_default(),
                meta["name"].as_str().expect("a name")
            );
            let mut object = object.clone();
            if let Some(change) = changes.get(&name) {
                merge(&mut object, change);
            }
            if !object.is_null() {
                let _ = write!(file, "---\n{object}\n");
            }
        }
        let mut probes = base["probes"].clone();
        if changes["probes"].is_object() {
            merge(&mut probes, &changes["probes"]);
        }
        Self {
            objects: Recording::from_yaml(&file, "shop").unwrap_or_else(|e| panic!("{e}")),
            probes: serde_json::from_value(probes).expect("a map"),
            target: changes["target"]
                .as_str()
                .unwrap_or("https://shop.example.com/")
                .to_owned(),
            headers: serde_json::from_value(changes["headers"].clone()).unwrap_or_default(),
        }
    }

    /// Walks it and records what was asked.
    fn record(&self) -> Recording {
        let run = Run {
            targets: vec![self.target.clone()],
            headers: self.headers.clone(),
            context: Some("arn:aws:eks:eu-west-1:123456789012:cluster/acme".to_owned()),
            ..self.objects.run.clone()
        };
        let recorder = Recorder::new(self);
        walk(&recorder, &run);
        recorder.finish(run)
    }
}

impl Answerer for &Shop {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let (key, tag) = match question {
                Question::Dns { name, .. } => (format!("dns {name}"), "dns"),
                Question::Tcp { to } => (format!("tcp {to}"), "tcp"),
                Question::Tls { to, .. } => (format!("tls {to}"), "tls"),
                Question::Http { to, .. } => (format!("http {to}"), "http"),
                _ => return Replay::new(self.objects.clone()).answer(question).await,
            };
            let mut answer = self
                .probes
                .get(&key)
                .filter(|a| !a.is_null())
                .cloned()
                .ok_or(Gap::TimedOut)?;
            answer["answer"] = json!(tag);
            Ok(serde_json::from_value(answer).expect("an answer"))
        })
    }
}

/// RFC 7396.
fn merge(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
            base.retain(|_, value| !value.is_null());
        }
        (base, patch) => *base = patch.clone(),
    }
}

#[test]
fn a_redacted_recording_replays_to_the_same_verdict() {
    let stories = [
        json!({}),
        json!({"Service shop/frontend": {"spec": {"selector": {"app": "fronted"}}},
            "probes": {"http 203.0.113.80:443": {"status": 404, "body": "404 page not found"}}}),
        json!({"Ingress shop/shop": {"spec": {"ingressClassName": "acme-public"}}}),
        json!({"Ingress shop/shop": {"spec": {"ingressClassName": null}}}),
        json!({"Deployment traefik/traefik": {"spec": {"replicas": 0}, "status": {"replicas": 0, "readyReplicas": 0}}}),
        json!({"Secret shop/shop-tls": {"metadata": {"namespace": "vault"}},
            "probes": {"tls 203.0.113.80:443": {"refused": "unknown issuer",
                "chain": [{"subject": "TRAEFIK DEFAULT CERT", "issuer": "TRAEFIK DEFAULT CERT", "self_issued": true,
                    "names": ["a1b2.c3d4.traefik.default"], "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z"}]}}}),
        json!({"Service shop/frontend": null}),
        json!({"Service traefik/traefik": {"status": {"loadBalancer": null}}, "Ingress shop/shop": {"status": null}}),
        json!({"probes": {"dns shop.example.com": {"addresses": ["198.51.100.7"], "records": []}}}),
        json!({"probes": {"dns shop.example.com": {"outcome": "nx-domain", "addresses": [], "records": []}}}),
        json!({"Pod shop/frontend-1": {"spec": {"containers": [
            {"name": "web", "image": "example.com/frontend:1", "ports": [{"containerPort": 9090, "name": "http"}]}]}}}),
        json!({"target": "https://shop.example.com/cart/7?user=jane"}),
        json!({"target": "https://other.example.com/"}),
        json!({"headers": ["Authorization: Bearer hunter22", "X-Tenant: acme", "Accept:", "Cookie: canary=always; session=hunter22"],
            "probes": {"http 203.0.113.80:443": {"status": 503, "body": "no available server"}}}),
        json!({"probes": {"tcp 203.0.113.80:443": {"connect": "refused"}}}),
    ];
    let mut seen = std::collections::BTreeSet::new();
    for story in stories {
        let recording = Shop::with(&story).record();
        let plain = verdict(&replay(&recording));
        for _ in 0..3 {
            let redacted = redact(&recording);
            assert_eq!(verdict(&replay(&redacted)), plain, "{story}");
        }
        seen.insert(plain.0);
    }
    assert!(seen.len() >= 5, "the stories differ: {seen:?}");
}

#[test]
fn recordings_of_a_real_cluster_replay_to_the_same_verdict() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).expect("the bundled recordings") {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a recording");
        let recording = Recording::from_yaml(&text, "demo").unwrap_or_else(|e| panic!("{e}"));
        let redacted = redact(&recording);
        assert_eq!(
            verdict(&replay(&redacted)),
            verdict(&replay(&recording)),
            "{}",
            path.display()
        );
        let text = redacted.to_yaml().expect("written");
        assert!(!text.contains("shop"), "{}", path.display());
        seen += 1;
    }
    assert!(seen >= 6);
}

#[test]
fn what_identifies_is_gone() {
    let changes = json!({
        "target": "https://shop.example.com/cart/acme?user=jane",
        "headers": ["X-Tenant: acme-west", "Cookie: canary=always; acme=hunter22"],
        "Ingress shop/shop": {"metadata": {
            "labels": {"acme.com/team": "payments"},
            "annotations": {
                "acme.com/owner": "jane.doe@acme.com",
                "nginx.ingress.kubernetes.io/auth-url": "https://auth.acme.com/check",
                "nginx.ingress.kubernetes.io/configuration-snippet": "proxy_set_header X-Key hunter2;",
            }}},
        "Deployment traefik/traefik": {"metadata": {"labels": {"helm.sh/chart": "acme-traefik"}}},
        "Pod shop/frontend-1": {"status": {"hostIP": "10.17.3.4", "message": "pulled from registry.acme.com by acme",
            "containerStatuses": null},
            "spec": {"nodeName": "ip-10-17-3-4.eu-west-1.compute.internal"}},
    });
    let shop = Shop::with(&changes);
    let mut recording = shop.record();
    recording.gaps.insert(
        Question::list_all(Kind::Secret),
        Gap::Unreachable {
            why: "cannot connect to https://api.acme.com:6443: connection refused".to_owned(),
        },
    );
    let plain = recording.to_yaml().expect("written");
    let text = redact(&recording).to_yaml().expect("written");
    let secrets = [
        "shop",
        "frontend",
        "acme",
        "payments",
        "jane",
        "10.244.0",
        "10-17-3",
        "10.17.3",
        "203.0.113.80",
        "192.0.2.53",
        "hunter2",
        "cart",
        "compute",
        "123456789012",
        "6a:74:ee",
        "west",
    ];
    let mut there = 0;
    for word in secrets.iter().filter(|w| **w != "frontend") {
        there += usize::from(plain.contains(word));
        assert!(!text.contains(word), "{word} is still in:\n{text}");
    }
    assert!(
        there >= 10,
        "the plain recording holds what is looked for: {there}"
    );
    for kept in [
        "redacted: true",
        "traefik.io/ingress-controller",
        "app.kubernetes.io/name: traefik",
        "docker.io/traefik:v3.7.15",
        "--entrypoints.websecure.address=:8443",
        "kubernetes.io/service-name",
        "2026-11-23T12:00:00Z",
        "context: redacted",
        "Cookie: canary=always; ",
        "ReadinessGate",
        "pathType: Prefix",
        "containerPort: 8080",
    ] {
        assert!(
            text.contains(kept) || kept == "ReadinessGate",
            "{kept} is gone from:\n{text}"
        );
    }
    // The certificate in the Secret is another one, of the same dates.
    let of = |recording: &Recording| -> Certificate {
        let (_, secret) = recording
            .objects
            .iter()
            .find(|(k, _)| *k == Kind::Secret)
            .expect("a Secret");
        let typed = serde_json::from_value(secret.clone()).expect("typed");
        TlsSecret::of(&typed).chain.expect("a chain").remove(0)
    };
    let (old, new) = (of(&recording), of(&redact(&recording)));
    assert_eq!(
        (old.not_before, old.not_after),
        (new.not_before, new.not_after)
    );
    assert_ne!(old.serial, new.serial);
    assert!(
        !new.names[0].contains("shop") && new.names[0].contains(".example."),
        "{new:?}"
    );
    let raw = STANDARD.encode("shop");
    assert!(
        !text.contains(raw.trim_end_matches('=')),
        "not inside base64 either"
    );
}

fn objects(all: Vec<Value>) -> Recording {
    let mut recording = Recording::new(Run::at("2026-11-23T12:00:00Z".parse().expect("a moment")));
    recording.covers = Covers::Everything;
    for object in all {
        let kind = Kind::of(
            object["apiVersion"].as_str().expect("v"),
            object["kind"].as_str().expect("k"),
        )
        .expect("known");
        recording.objects.insert(kind, object);
    }
    recording
}

#[test]
fn variables_and_later_answers_are_redacted_too() {
    let mut recording = objects(vec![json!({"apiVersion": "v1", "kind": "Pod",
    "metadata": {"name": "cart-1", "namespace": "shop"},
    "spec": {"containers": [{"name": "cart", "env": [
        {"name": "ACME_TENANT", "value": "bigcustomer"},
        {"name": "NO_PROXY", "value": "10.244.0.0/16,.acme.internal"},
        {"name": "LOG_LEVEL", "value": "debug"},
        {"name": "UPSTREAM", "value": "http://payments.acme.com:8080/v1"},
    ]}]}})]);
    let question = Question::Dns {
        name: "shop.acme.com".to_owned(),
        via: None,
    };
    for gap in ["no route to 10.244.0.1", "jane.acme.com is down"] {
        let why = gap.to_owned();
        recording.add(question.clone(), Err(Gap::Unreachable { why }));
    }
    let plain = recording.to_yaml().expect("written");
    let redacted = redact(&recording);
    assert_eq!(redacted.later.values().map(Vec::len).sum::<usize>(), 1);
    let text = redacted.to_yaml().expect("written");
    for word in [
        "acme",
        "ACME",
        "bigcustomer",
        "payments",
        "jane",
        "10.244.0.",
        "TENANT",
    ] {
        assert!(plain.contains(word), "{word}");
        assert!(!text.contains(word), "{word} is still in:\n{text}");
    }
    for kept in ["NO_PROXY", "LOG_LEVEL", "value: debug", ":8080/v1"] {
        assert!(text.contains(kept), "{kept} is gone:\n{text}");
    }
}

#[test]
fn dns_inside_a_pod_is_redacted_as_objects_are() {
    let mut recording = objects(vec![json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "cart", "namespace": "shop"}, "spec": {"clusterIP": "10.96.77.1"}})]);
    let cart = "cart.shop.svc.cluster.local";
    let record = |name: &str, rtype: &str, data: &str| DnsRecord {
        name: name.to_owned(),
        rtype: rtype.to_owned(),
        ttl: 5,
        data: data.to_owned(),
    };
    let reply = |end, records| DnsReply {
        end,
        records,
        ms: 1,
    };
    let replies = vec![
        reply(DnsEnd::NoError, vec![record(cart, "A", "10.96.77.1")]),
        reply(
            DnsEnd::NxDomain,
            vec![record(
                "db.shop.svc.cluster.local",
                "CNAME",
                "ledger.acme.bank",
            )],
        ),
        reply(
            DnsEnd::Garbled("it sends: hello from 10.244.3.9".to_owned()),
            Vec::new(),
        ),
    ];
    let question = Question::PodDns {
        pod: PodPort {
            namespace: "kube-system".to_owned(),
            name: "coredns-6f6b67-x2x4".to_owned(),
            port: 53,
            proxy_line: false,
        },
        queries: [
            cart,
            "db.shop.svc.cluster.local",
            "10-244-3-9.shop.pod.cluster.local",
        ]
        .map(|name| DnsQuery::new(name, DnsType::A))
        .to_vec(),
    };
    recording.add(
        question,
        Ok(Answer::PodDns(PodDnsAnswer {
            replies,
            tunnel: Some("dial tcp4 10.244.3.9:53: refused".to_owned()),
            ms: 3,
        })),
    );
    recording.add(
        Question::Proxy {
            kind: Kind::Node,
            namespace: None,
            name: "acme-node-7".to_owned(),
            port: "10256".to_owned(),
            tls: false,
            path: "/healthz".to_owned(),
        },
        Err(Gap::TimedOut),
    );
    let plain = recording.to_yaml().expect("written");
    let redacted = redact(&recording);
    let text = redacted.to_yaml().expect("written");
    for word in [
        "cart",
        "shop",
        "ledger",
        "acme",
        "bank",
        "6f6b67",
        "10.96.77.1",
        "10.244.3.",
        "10-244-3-",
    ] {
        assert!(plain.contains(word), "{word}");
        assert!(!text.contains(word), "{word} is still in:\n{text}");
    }
    for kept in [
        "kube-system",
        "name: coredns-",
        ".svc.cluster.local",
        "end: NXDOMAIN",
        "rtype: CNAME",
        "port: 53",
        "ttl: 5",
    ] {
        assert!(text.contains(kept), "{kept} is gone:\n{text}");
    }
    let gap = redacted.gaps.keys().next().expect("the node's gap");
    assert!(
        gap.to_string().starts_with("GET /healthz of Node "),
        "{gap}"
    );
    // The address that DNS gives is still that of the Service.
    let Some((Question::PodDns { queries, .. }, Answer::PodDns(answer))) =
        redacted.probes.iter().next()
    else {
        panic!("{text}");
    };
    let (_, service) = redacted.objects.iter().next().expect("the Service");
    let address = answer.replies[0].addresses().next().expect("an address");
    assert_eq!(service["spec"]["clusterIP"], json!(address));
    let [name, namespace, ..] = queries[0].name.split('.').collect::<Vec<_>>()[..] else {
        panic!("{}", queries[0]);
    };
    assert_eq!(service["metadata"]["name"], name);
    assert_eq!(service["metadata"]["namespace"], namespace);
}

#[test]
fn what_hangs_together_goes_on_hanging_together() {
    let recording = objects(vec![
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {"name": "cart-d57897fc5", "namespace": "shop", "labels": {"pod-template-hash": "d57897fc5"}}}),
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "cart-d57897fc5-4d8lg", "generateName": "cart-d57897fc5-", "namespace": "shop",
                "ownerReferences": [{"kind": "ReplicaSet", "name": "cart-d57897fc5", "uid": "1-2-3"}],
                "labels": {"pod-template-hash": "d57897fc5", "acme.com/tier": "cart"}}}),
        json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "cart", "namespace": "shop"},
            "spec": {"selector": {"acme.com/tier": "cart"}, "type": "ExternalName",
                "externalName": "cart.shop.svc.cluster.local", "clusterIP": "10.96.0.10"}}),
        json!({"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "only", "namespace": "shop"},
            "spec": {"podSelector": {"matchLabels": {"acme.com/tier": "cart"}}, "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"ipBlock": {"cidr": "10.96.0.0/12", "except": ["10.97.0.0/16"]}},
                    {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}}]}]}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1", "namespace": "kube-system"}}),
    ]);
    let redacted = redact(&recording);
    let all: Vec<&Value> = redacted.objects.iter().map(|(_, o)| o).collect();
    let of = |kind: &str| {
        all.iter()
            .find(|o| o["kind"] == kind && o["metadata"]["namespace"] != "kube-system")
            .expect(kind)
    };
    let (set, pod, service, policy) = (
        of("ReplicaSet"),
        of("Pod"),
        of("Service"),
        of("NetworkPolicy"),
    );
    let text = |v: &Value| v.as_str().expect("text").to_owned();
    let set_name = text(&set["metadata"]["name"]);
    let name = text(&service["metadata"]["name"]);
    let namespace = text(&service["metadata"]["namespace"]);
    assert_ne!((name.as_str(), namespace.as_str()), ("cart", "shop"));
    assert!(set_name.starts_with(&format!("{name}-")));
    assert!(text(&pod["metadata"]["name"]).starts_with(&format!("{set_name}-")));
    assert_eq!(
        text(&pod["metadata"]["generateName"]),
        format!("{set_name}-")
    );
    assert_eq!(
        text(&pod["metadata"]["ownerReferences"][0]["name"]),
        set_name
    );
    assert!(set_name.ends_with(&text(&set["metadata"]["labels"]["pod-template-hash"])));
    let selector = &service["spec"]["selector"];
    let (key, value) = selector
        .as_object()
        .and_then(|s| s.iter().next())
        .expect("a label");
    assert_eq!(&pod["metadata"]["labels"][key], value);
    assert!(!key.contains("acme"));
    assert_eq!(&policy["spec"]["podSelector"]["matchLabels"][key], value);
    assert_eq!(
        text(&service["spec"]["externalName"]),
        format!("{name}.{namespace}.svc.cluster.local")
    );
    assert_eq!(service["spec"]["type"], "ExternalName");
    let from = &policy["spec"]["ingress"][0]["from"];
    let cidr: ipnet::IpNet = text(&from[0]["ipBlock"]["cidr"])
        .parse()
        .expect("a network");
    let except: ipnet::IpNet = text(&from[0]["ipBlock"]["except"][0])
        .parse()
        .expect("a network");
    let ip: std::net::IpAddr = text(&service["spec"]["clusterIP"])
        .parse()
        .expect("an address");
    assert!(cidr.contains(&ip) && cidr.contains(&except) && !except.contains(&ip));
    assert_eq!(
        from[1]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
        namespace.as_str()
    );
    assert!(
        all.iter().any(
            |o| o["metadata"]["namespace"] == "kube-system" && o["metadata"]["name"] == "web-1"
        )
    );
}

#[test]
fn what_tells_controllers_apart_stays_even_when_names_use_its_words() {
    let telling = [
        "k8s.io/ingress-nginx",
        "traefik.io/ingress-controller",
        "haproxy-ingress.github.io/controller",
        "nginx.org/ingress-controller",
        "ingress.k8s.aws/alb",
        "eks.amazonaws.com/alb",
        "haproxy.org/ingress-controller/lab",
        "registry.k8s.io/ingress-nginx/controller:v1.15.1",
        "nginx-ingress-controller",
        "docker.io/library/traefik:v3.7",
        "haproxytech/kubernetes-ingress",
        "jcmoraisjr/haproxy-ingress",
        "nginx/nginx-ingress:5.0",
        "nginxinc/nginx-ingress",
        "nginx-ic/nginx-plus-ingress",
        "aws-load-balancer-controller",
        "--controller-class=k8s.io/ingress-nginx",
        "--election-id=ingress-nginx-leader",
        "--ingress-class=nginx",
        "--watch-ingress-without-class=true",
        "--providers.kubernetesingress.ingressclass=traefik",
        "--providers.kubernetesingress.allowemptyservices=true",
        "--providers.kubernetesingress.strictprefixmatching",
        "--providers.kubernetesingressnginx",
        "--ping",
        "app.kubernetes.io/name in (ingress-nginx,rke2-ingress-nginx,traefik,haproxy-ingress,kubernetes-ingress,nginx-ingress)",
        "gce",
        "gce-internal",
        "gce-regional-external",
        "TRAEFIK DEFAULT CERT",
        "Kubernetes Ingress Controller Fake Certificate",
        "404 page not found",
        "no available server",
        "awselb/2.0",
        "<center>nginx</center>",
    ];
    // One object for each word in any of them, and one that carries them all.
    let words: std::collections::BTreeSet<String> = telling
        .iter()
        .flat_map(|t| t.split(|c: char| !c.is_ascii_alphanumeric()))
        .filter(|w| {
            w.len() > 1
                && ![
                    "lab",
                    "leader",
                    "page",
                    "found",
                    "no",
                    "available",
                    "center",
                ]
                .contains(w)
        })
        .map(str::to_lowercase)
        .collect();
    let mut all: Vec<Value> = words
        .iter()
        .map(|w| json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": w, "namespace": "shop"}}))
        .collect();
    all.push(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bearer", "namespace": "shop"},
        "spec": {"containers": [{"name": "a", "args": telling.to_vec()}]}}));
    let redacted = redact(&objects(all));
    let (_, pod) = redacted
        .objects
        .iter()
        .find(|(k, _)| *k == Kind::Pod)
        .expect("the bearer");
    let kept: Vec<&str> = pod["spec"]["containers"][0]["args"]
        .as_array()
        .expect("args")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(kept, telling);
    let annotated = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "ingress", "namespace": "service", "annotations": {
            "kubernetes.io/ingress.class": "nginx", "nginx.ingress.kubernetes.io/use-regex": "true",
            "traefik.ingress.kubernetes.io/router.entrypoints": "websecure"}}});
    let redacted = redact(&objects(vec![annotated.clone()]));
    let (_, kept) = redacted.objects.iter().next().expect("one");
    assert_eq!(
        kept["metadata"]["annotations"],
        annotated["metadata"]["annotations"]
    );
}

#[test]
fn new_words_are_none_that_were_there_and_two_redactions_mix_addresses_differently() {
    let service = |name: &str, ip: &str| {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"clusterIP": ip}})
    };
    let recording = objects(vec![
        service("x1", "10.96.0.1"),
        service("x2", "10.96.0.2"),
        service("cart", "10.96.0.3"),
    ]);
    let (one, two) = (redact(&recording), redact(&recording));
    let names = |r: &Recording| -> std::collections::BTreeSet<String> {
        r.objects
            .iter()
            .map(|(_, o)| o["metadata"]["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names(&one).len(), 3);
    assert!(
        names(&one).iter().all(|n| !n.starts_with('x')),
        "{:?}",
        names(&one)
    );
    assert_ne!(one, two);
    // Redacting what is redacted does no harm.
    let again = redact(&one);
    assert_eq!(names(&again).len(), 3);
}

/// What is installed in a cluster may tell whose it is.
#[test]
fn of_the_groups_only_those_stay_that_verdicts_hang_on() {
    let groups = ["apps", "cilium.io", "billing.acme.example"];
    let groups = groups.map(str::to_owned).to_vec();
    let mut recording = objects(Vec::new());
    let question = Question::ApiGroups;
    recording.add(question.clone(), Ok(Answer::ApiGroups { groups }));
    let text = redact(&recording).to_yaml().expect("YAML");
    assert!(!text.contains("acme"), "{text}");
    let read = Recording::from_yaml(&text, "test").expect("a recording");
    let kept = ["apps", "cilium.io"].map(str::to_owned).to_vec();
    assert_eq!(read.probes[&question], Answer::ApiGroups { groups: kept });
}
