//! Which rule takes a request, and what nginx answers by itself.

use crate::diagnosis::dialect::Resolution;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::questions::{Claimed, Dialect};
use crate::diagnosis::dialect::tests::{ingress, request, service};
use crate::diagnosis::dialect::{Args, Arrival, Reader, index, resolve};
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{BackendRef, Share};
use crate::target::Request;
use k8s_openapi::api::networking::v1::Ingress;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;
use serde_json::json;

use super::CONTROLLER;
use super::notes::Notes;

const USE_REGEX: &str = "nginx.ingress.kubernetes.io/use-regex";

pub(super) static MAKE: Make = Make::known(&super::INGRESS_NGINX);

fn annotated(name: &str, lines: &[&str], key: &str, value: &str) -> Arc<Ingress> {
    let mut object = (*ingress(name, 1, lines)).clone();
    object.metadata.annotations = Some([(key.to_owned(), value.to_owned())].into());
    Arc::new(object)
}

pub(super) fn read(objects: &[Arc<Ingress>], args: &Args, asked: &Request) -> Resolution {
    let reader = Reader {
        make: &MAKE,
        args,
        version: None,
        arrival: Arrival::default(),
        config: None,
        middlewares: None,
    };
    resolve(
        reader,
        objects,
        Peers::new(&index(objects.to_vec()), &|_| true),
        asked,
    )
}

fn winner(objects: &[Arc<Ingress>], host: &str, path: &str) -> Option<String> {
    let r = read(objects, &Args::default(), &request(host, path));
    service(r.winner()).map(str::to_owned)
}

/// Status and target of what nginx answers by itself.
fn redirect(objects: &[Arc<Ingress>], host: &str, path: &str) -> Option<(u16, String)> {
    let r = read(objects, &Args::default(), &request(host, path));
    r.redirect.map(|r| (r.status, r.to))
}

fn with_default(object: Arc<Ingress>, name: &str) -> Arc<Ingress> {
    let mut object = (*object).clone();
    let backend = serde_json::json!({"service": {"name": name, "port": {"number": 80}}});
    let spec = object.spec.as_mut().expect("a spec");
    spec.default_backend = serde_json::from_value(backend).expect("a backend");
    Arc::new(object)
}

/// With annotations of its own, by their names.
pub(super) fn noted(object: Arc<Ingress>, notes: &[(&str, &str)]) -> Arc<Ingress> {
    let mut object = (*object).clone();
    let all = notes.iter();
    let all = all.map(|(k, v)| (Notes::USUAL.key(k), (*v).to_owned()));
    object.metadata.annotations = Some(all.collect());
    Arc::new(object)
}

#[test]
fn an_exact_root_takes_nothing_beside_expressions() {
    let exact = |name, notes: &[(&str, &str)]| {
        noted(ingress(name, 1, &["a.b / E root", "a.b /pay P pay"]), notes)
    };
    let plain = exact("n/i", &[]);
    assert_eq!(winner(&[plain], "a.b", "/").as_deref(), Some("root"));
    let regex = exact("n/i", &[("use-regex", "true")]);
    assert_eq!(winner(std::slice::from_ref(&regex), "a.b", "/"), None);
    assert_eq!(winner(std::slice::from_ref(&regex), "a.b", "/x"), None);
    assert_eq!(
        winner(std::slice::from_ref(&regex), "a.b", "/payment").as_deref(),
        Some("pay")
    );
    let open = ingress("n/j", 2, &["a.b / P open"]);
    assert_eq!(
        winner(&[regex.clone(), open], "a.b", "/").as_deref(),
        Some("open")
    );
    let fallback = with_default(regex, "all");
    assert_eq!(winner(&[fallback], "a.b", "/").as_deref(), Some("all"));
}

#[test]
fn one_regex_changes_the_whole_host() {
    let plain = ingress("n/plain", 1, &["a.com /foo E s1"]);
    assert_eq!(
        winner(std::slice::from_ref(&plain), "a.com", "/foobar"),
        None
    );
    let regex = annotated("n/regex", &["a.com /r/[a-z]+$ S s2"], USE_REGEX, "true");
    let both = [plain, regex];
    assert_eq!(winner(&both, "a.com", "/FOObar").as_deref(), Some("s1"));
    assert_eq!(winner(&both, "a.com", "/r/ABC").as_deref(), Some("s2"));
    assert_eq!(winner(&both, "a.com", "/r/12"), None);
}

#[test]
fn the_oldest_wins_and_the_later_name_breaks_the_tie() {
    let old = ingress("z/old", 1, &["a.com / P old"]);
    let young = ingress("a/young", 9, &["a.com / P young"]);
    assert_eq!(
        winner(&[young.clone(), old], "a.com", "/").as_deref(),
        Some("old")
    );
    let twin = ingress("b/twin", 9, &["a.com / P twin"]);
    assert_eq!(
        winner(&[young, twin], "a.com", "/").as_deref(),
        Some("twin")
    );
}

#[test]
fn a_known_host_never_falls_back_to_no_host() {
    let objects = [
        ingress("n/a", 1, &["a.com /x P s1"]),
        ingress("n/any", 1, &["- / P any"]),
    ];
    assert_eq!(winner(&objects, "a.com", "/y"), None);
    assert_eq!(winner(&objects, "other.com", "/y").as_deref(), Some("any"));
}

#[test]
fn a_default_backend_is_for_the_hosts_that_its_ingress_made() {
    let old = with_default(ingress("n/old", 1, &["a.com /x P x"]), "old");
    let young = with_default(
        ingress("n/young", 2, &["a.com /y P y", "b.com /y P y"]),
        "young",
    );
    let any = with_default(ingress("n/any", 3, &[]), "any");
    let objects = [young, old, any];
    assert_eq!(winner(&objects, "a.com", "/z").as_deref(), Some("old"));
    assert_eq!(winner(&objects, "b.com", "/z").as_deref(), Some("young"));
    assert_eq!(winner(&objects, "c.com", "/z").as_deref(), Some("any"));
    // A host without paths has a server all the same.
    let mut bare = (*ingress("n/bare", 1, &["d.com /x P x"])).clone();
    let spec = bare.spec.as_mut().expect("a spec");
    spec.rules.as_mut().expect("rules")[0].http = None;
    let bare = Arc::new(bare);
    let wild = ingress("n/wild", 1, &["*.com / P wild"]);
    assert_eq!(winner(&[bare.clone(), wild.clone()], "d.com", "/"), None);
    assert_eq!(
        winner(&[with_default(bare, "d"), wild], "d.com", "/").as_deref(),
        Some("d")
    );
}

#[test]
fn an_ingress_without_rules_has_the_root_of_the_nameless_server() {
    let any = with_default(ingress("n/any", 9, &[]), "any");
    let rule = ingress("n/rule", 1, &["- / P rule", "- /x P x"]);
    let objects = [any, rule];
    assert_eq!(winner(&objects, "a.com", "/").as_deref(), Some("any"));
    assert_eq!(winner(&objects, "a.com", "/x").as_deref(), Some("x"));
}

#[test]
fn paths_are_matched_as_nginx_reads_them() {
    let objects = [ingress("n/i", 1, &["a.com /foo P foo", "a.com / P root"])];
    for sent in ["//foo", "/./foo", "/x/../foo", "/%66oo"] {
        assert_eq!(
            winner(&objects, "a.com", sent).as_deref(),
            Some("foo"),
            "{sent}"
        );
    }
}

#[test]
fn expressions_are_asked_by_length_then_by_falling_text() {
    let objects = [
        noted(
            ingress("n/a", 1, &["a.com /a.c S first"]),
            &[("use-regex", "T")],
        ),
        ingress("n/b", 2, &["a.com /abc P second"]),
    ];
    assert_eq!(winner(&objects, "a.com", "/abc").as_deref(), Some("second"));
    assert_eq!(winner(&objects, "a.com", "/axc").as_deref(), Some("first"));
}

#[test]
fn a_rewrite_turns_the_paths_of_others_into_expressions() {
    let other = ingress("n/other", 1, &["a.com /ba P ba", "a.com / P root"]);
    let apple = ingress("n/apple", 2, &["a.com /apple P apple"]);
    let ask = |target, path| {
        let objects = [
            other.clone(),
            noted(apple.clone(), &[("rewrite-target", target)]),
        ];
        let r = read(&objects, &Args::default(), &request("a.com", path));
        (
            service(r.winner()).map(str::to_owned),
            r.spillover.map(|s| s.annotation),
        )
    };
    let key = Some("nginx.ingress.kubernetes.io/rewrite-target".to_owned());
    assert_eq!(ask("/", "/banana"), (Some("ba".to_owned()), key));
    assert_eq!(ask("/", "/ba/x"), (Some("ba".to_owned()), None));
    // One to its own path rewrites nothing.
    assert_eq!(ask("/apple", "/banana"), (Some("root".to_owned()), None));
}

#[test]
fn it_redirects_by_itself() {
    let slash = [ingress("n/i", 1, &["a.com /tr/ P tr", "a.com / P root"])];
    let to = |status, url: &str| Some((status, url.to_owned()));
    assert_eq!(
        redirect(&slash, "a.com", "/tr?a=1"),
        to(301, "https://a.com/tr/?a=1")
    );
    assert_eq!(winner(&slash, "a.com", "/tr").as_deref(), Some("tr"));
    assert_eq!(redirect(&slash, "a.com", "/tr/"), None);
    let both = [ingress("n/i", 1, &["a.com /tr/ P tr", "a.com /tr E exact"])];
    assert_eq!(redirect(&both, "a.com", "/tr"), None);
    let plain = ingress("n/i", 1, &["a.com / P root"]);
    let ask =
        |notes: &[(&str, &str)], path| redirect(&[noted(plain.clone(), notes)], "a.com", path);
    assert_eq!(
        ask(&[("app-root", "/app")], "/"),
        to(302, "https://a.com/app")
    );
    assert_eq!(ask(&[("app-root", "/app")], "/x"), None);
    let away = [
        ("permanent-redirect", "https://b.com"),
        ("permanent-redirect-code", "308"),
    ];
    assert_eq!(ask(&away, "/x"), to(308, "https://b.com"));
    let temporal = [away[0], ("temporal-redirect", "https://c.com")];
    assert_eq!(ask(&temporal, "/x"), to(302, "https://c.com"));
}

#[test]
fn a_host_has_other_names() {
    let plain = ingress("n/i", 1, &["a.com / P root"]);
    let alias = [noted(plain.clone(), &[("server-alias", "b.com, c.com")])];
    assert_eq!(winner(&alias, "c.com", "/").as_deref(), Some("root"));
    assert_eq!(redirect(&alias, "c.com", "/"), None);
    assert_eq!(winner(&alias, "d.com", "/"), None);
    let own = [alias[0].clone(), ingress("n/own", 2, &["b.com /x P x"])];
    assert_eq!(
        winner(&own, "b.com", "/"),
        None,
        "it has a server of its own"
    );
    let www = [noted(plain, &[("from-to-www-redirect", "1")])];
    let to = Some((308, "https://a.com/x".to_owned()));
    assert_eq!(redirect(&www, "www.a.com", "/x"), to);
    assert_eq!(redirect(&www, "a.com", "/x"), None);
}

#[test]
fn a_default_backend_by_annotation_takes_over_for_a_dead_service() {
    let object = ingress("n/i", 1, &["a.com / P web"]);
    let objects = [noted(object, &[("default-backend", "sorry")])];
    let r = read(&objects, &Args::default(), &request("a.com", "/"));
    let backends = &r.winner().expect("a rule").backends;
    let vias: Vec<&BackendRef> = backends.iter().collect();
    let after = |usable: [bool; 2]| {
        let share = |weight| Share {
            weight,
            total: 1,
            tied: false,
        };
        let mut shares = [share(1), share(0)];
        super::INGRESS_NGINX.settle(&vias, &mut shares, &usable);
        shares.map(|s| s.weight)
    };
    assert_eq!(after([true, true]), [1, 0]);
    assert_eq!(after([false, true]), [0, 1]);
    assert_eq!(after([false, false]), [1, 0]);
}

#[test]
fn a_target_port_is_a_port_too() {
    let service: Service = serde_json::from_value(json!({"spec": {"ports": [
        {"port": 80, "targetPort": 8080}, {"name": "web", "port": 81, "targetPort": "podweb"}]}}))
    .expect("a Service");
    for (backend, port) in [
        (json!({"number": 80}), Some(80)),
        (json!({"number": 8080}), Some(80)),
        (json!({"name": "podweb"}), Some(81)),
        (json!({"number": 9}), None),
    ] {
        let backend = serde_json::from_value(backend).expect("a port");
        let found = super::INGRESS_NGINX.service_port(&service, &backend);
        assert_eq!(found.map(|p| p.port), port, "{backend:?}");
    }
}

#[test]
fn another_controller_class_is_another_controller() {
    let args = Args::of(["--controller-class=example.com/second"]);
    let by = |controller| Claimed {
        make: "ingress-nginx",
        controller,
        class: Some("nginx"),
    };
    assert!(super::INGRESS_NGINX.implements(&args, &by(Some("example.com/second"))));
    assert!(!super::INGRESS_NGINX.implements(&args, &by(Some(CONTROLLER))));
    assert!(super::INGRESS_NGINX.implements(&args, &by(None)));
}

#[test]
fn a_class_may_be_taken_by_its_name_alone() {
    let by = |class| Claimed {
        make: "specification",
        controller: Some("example.com/other"),
        class: Some(class),
    };
    let args = Args::of(["--ingress-class-by-name", "--ingress-class=inner"]);
    assert!(super::INGRESS_NGINX.implements(&args, &by("inner")));
    assert!(!super::INGRESS_NGINX.implements(&args, &by("outer")));
    let off = Args::of(["--ingress-class=inner"]);
    assert!(!super::INGRESS_NGINX.implements(&off, &by("inner")));
}
