//! The live cluster edge against an API server in this process: answers, gaps, retries, bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hops::answer::Answerer;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{ConnectOptions, connect};
use hops::facts::{Answer, Gap, Kind, Question};
use serde_json::{Value, json};

use crate::support::fake_api::{Builder, FakeApi, Fault, Tls};

const PODS: &str = "/api/v1/namespaces/shop/pods";

async fn cluster(api: &FakeApi) -> Cluster {
    Cluster::new(&api.connection().await)
}

fn pod(name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {"containers": [], "nodeName": "n1"},
    })
}

fn shop() -> Builder {
    FakeApi::builder().objects([pod("web-1", "web"), pod("web-2", "web"), pod("db-1", "db")])
}

fn many(count: usize) -> Builder {
    FakeApi::builder().objects((0..count).map(|i| pod(&format!("web-{i:05}"), "web")))
}

fn get(kind: Kind, namespace: Option<&str>, name: &str) -> Question {
    Question::Get {
        kind,
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

fn list(kind: Kind, namespace: Option<&str>, labels: Option<&str>) -> Question {
    Question::List {
        kind,
        namespace: namespace.map(str::to_owned),
        labels: labels.map(str::to_owned),
        fields: None,
    }
}

fn names(answer: Result<Answer, Gap>) -> Vec<String> {
    let Ok(Answer::Objects { objects }) = answer else {
        panic!("no objects: {answer:?}");
    };
    objects
        .iter()
        .map(|o| o["metadata"]["name"].as_str().expect("a name").to_owned())
        .collect()
}

fn why(answer: Result<Answer, Gap>) -> String {
    match answer {
        Err(Gap::Unreachable { why } | Gap::Malformed { why }) => why,
        other => panic!("no reason: {other:?}"),
    }
}

/// Asks for the pods of shop with a fault in the way.
async fn pods_with(fault: Fault) -> (Result<Answer, Gap>, FakeApi) {
    let api = shop().fault(PODS, fault).start().await;
    let (cluster, question) = (cluster(&api).await, list(Kind::Pod, Some("shop"), None));
    let answer = tokio::time::timeout(Duration::from_secs(30), cluster.answer(&question));
    let answer = answer.await.expect("an answer within the time there is");
    (answer, api)
}

#[tokio::test]
async fn a_get_gives_the_object_and_an_absent_one_is_none() {
    let api = shop().start().await;
    let cluster = cluster(&api).await;
    let answer = cluster.answer(&get(Kind::Pod, Some("shop"), "web-1")).await;
    let Ok(Answer::Object {
        object: Some(object),
    }) = answer
    else {
        panic!("no object: {answer:?}");
    };
    assert_eq!(object["spec"]["nodeName"], "n1");
    let absent = Ok(Answer::Object { object: None });
    for question in [
        get(Kind::Pod, Some("shop"), "web-3"),
        get(Kind::Pod, Some("other"), "web-1"),
        get(Kind::Namespace, None, "nowhere"),
    ] {
        assert_eq!(cluster.answer(&question).await, absent, "{question}");
    }
    assert_eq!(cluster.api_requests(), 4);
    assert_eq!(api.count(), 4);
}

#[tokio::test]
async fn a_name_that_no_object_can_have_is_not_asked_for() {
    let api = shop().start().await;
    let cluster = cluster(&api).await;
    for name in [
        "",
        ".",
        "..",
        "web-1/log",
        "../../nodes",
        "web-1?x=y",
        "web%2f1",
    ] {
        let answer = cluster.answer(&get(Kind::Pod, Some("shop"), name)).await;
        assert_eq!(answer, Ok(Answer::Object { object: None }), "{name:?}");
    }
    let answer = cluster.answer(&list(Kind::Pod, Some("shop/x"), None)).await;
    assert_eq!(names(answer), [""; 0]);
    assert_eq!(api.count(), 0);
}

#[tokio::test]
async fn items_of_a_list_get_their_kind_back() {
    let api = shop()
        .object(json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": "shop", "namespace": "shop", "managedFields": [{"manager": "x"}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}", "a": "b"}}}))
        .start()
        .await;
    let cluster = cluster(&api).await;
    let answer = cluster.answer(&Question::list_all(Kind::Ingress)).await;
    let expected = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "shop", "namespace": "shop", "annotations": {"a": "b"}},
    });
    assert_eq!(
        answer,
        Ok(Answer::Objects {
            objects: vec![expected]
        })
    );
}

#[tokio::test]
async fn selectors_reach_the_server() {
    let api = shop().start().await;
    let cluster = cluster(&api).await;
    let labelled = list(Kind::Pod, Some("shop"), Some("app in (web),!gone"));
    assert_eq!(names(cluster.answer(&labelled).await), ["web-1", "web-2"]);
    let by_field = Question::List {
        kind: Kind::Pod,
        namespace: None,
        labels: Some("app=web".to_owned()),
        fields: Some("metadata.name=web-2,spec.nodeName=n1".to_owned()),
    };
    assert_eq!(names(cluster.answer(&by_field).await), ["web-2"]);
    let none = list(Kind::Pod, Some("shop"), Some("app=gone"));
    assert_eq!(names(cluster.answer(&none).await), [""; 0]);
}

#[tokio::test]
async fn long_lists_come_in_pages() {
    let api = many(5_601).start().await;
    let cluster = cluster(&api).await;
    let all = names(cluster.answer(&list(Kind::Pod, Some("shop"), None)).await);
    assert_eq!(all.len(), 5_601);
    assert_eq!(
        (all[0].as_str(), all[5_600].as_str()),
        ("web-00000", "web-05600")
    );
    assert_eq!((api.count(), cluster.api_requests()), (3, 3));
    // The further ones are long.
    let limits = ["limit=500", "limit=5000", "limit=5000"];
    for (seen, limit) in api.seen().iter().zip(limits) {
        assert!(seen.query.split('&').any(|part| part == limit), "{seen:?}");
    }
    assert!(api.seen()[2].query.contains("continue=from-5500"));
}

#[tokio::test]
async fn a_list_that_expires_between_pages_is_read_once_more_in_one_piece() {
    let api = many(1_201).fault(PODS, Fault::GoneOnContinue).start().await;
    let cluster = cluster(&api).await;
    let all = names(cluster.answer(&list(Kind::Pod, Some("shop"), None)).await);
    assert_eq!(all.len(), 1_201, "every object once");
    assert_eq!(cluster.api_requests(), 3);
    assert_eq!(api.seen()[2].query, "");
}

#[tokio::test]
async fn one_malformed_object_spoils_nothing() {
    let api = shop()
        .object(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "odd", "namespace": "shop"}, "spec": "not a spec"}))
        .start()
        .await;
    let answer = cluster(&api)
        .await
        .answer(&list(Kind::Pod, Some("shop"), None))
        .await;
    assert_eq!(names(answer), ["db-1", "odd", "web-1", "web-2"]);
}

fn secret(namespace: &str, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace},
        "data": {"tls.key": "aHVudGVyMg=="}})
}

#[tokio::test]
async fn a_name_is_found_in_all_namespaces_by_metadata_alone() {
    let teams = (0..700).map(|i| secret(&format!("team-{i:03}"), "web-tls"));
    let api = FakeApi::builder()
        .objects(teams)
        .object(secret("shop", "other"))
        .start()
        .await;
    let cluster = cluster(&api).await;
    let find = |name: &str| Question::Find {
        kind: Kind::Secret,
        name: name.to_owned(),
    };
    let namespaces = |answer| match answer {
        Ok(Answer::Namespaces { namespaces }) => namespaces,
        other => panic!("{other:?}"),
    };
    let found = namespaces(cluster.answer(&find("web-tls")).await);
    assert_eq!(found.len(), 700);
    assert_eq!(
        (found[0].as_str(), found[699].as_str()),
        ("team-000", "team-699")
    );
    let seen = api.seen();
    assert_eq!(seen.len(), 2, "two pages");
    for request in &seen {
        assert_eq!(request.path, "/api/v1/secrets");
        assert!(
            request
                .query
                .starts_with("fieldSelector=metadata.name%3Dweb-tls"),
            "{}",
            request.query
        );
        let accepts = request.headers["accept"].to_str().expect("text");
        assert_eq!(
            accepts,
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
        );
    }
    assert_eq!(namespaces(cluster.answer(&find("nowhere")).await), [""; 0]);
    assert_eq!(namespaces(cluster.answer(&find("a/b")).await), [""; 0]);
    assert_eq!(api.count(), 3, "no object can have a slash in its name");
}

#[tokio::test]
async fn the_groups_are_one_request_and_kinds_of_one_name_are_told_apart() {
    let policy = |version: &str| json!({"apiVersion": version, "kind": "NetworkPolicy", "metadata": {"name": version, "namespace": "shop"}, "spec": {}});
    let api = FakeApi::builder()
        .object(policy("networking.k8s.io/v1"))
        .object(policy("crd.projectcalico.org/v1"))
        .start()
        .await;
    let cluster = cluster(&api).await;
    let Ok(Answer::ApiGroups { groups }) = cluster.answer(&Question::ApiGroups).await else {
        panic!("no groups");
    };
    assert_eq!(api.count(), 1);
    let served = |group: &str| groups.iter().any(|g| g == group);
    assert!(served("crd.projectcalico.org") && served("apps") && !served("cilium.io"));
    let list = Question::list_in(Kind::CalicoNetworkPolicy, "shop");
    let Ok(Answer::Objects { objects }) = cluster.answer(&list).await else {
        panic!("no list");
    };
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0]["metadata"]["name"], "crd.projectcalico.org/v1");
    let other = Fault::Answer {
        status: 200,
        body: "{}".to_owned(),
    };
    for fault in [Fault::Forbidden, Fault::NotServed, other] {
        let api = FakeApi::builder().fault("/apis", fault).start().await;
        let cluster = self::cluster(&api).await;
        assert!(cluster.answer(&Question::ApiGroups).await.is_err());
    }
}

#[tokio::test]
async fn the_right_to_one_name_is_asked_for_and_no_wider_one() {
    let api = shop().forbid("secrets").start().await;
    let find = Question::Find {
        kind: Kind::Secret,
        name: "shop-tls".to_owned(),
    };
    let gap = cluster(&api).await.answer(&find).await;
    assert_eq!(gap.as_ref().err(), find.forbidden().as_ref());
    let right = gap.err().and_then(|gap| gap.right());
    assert_eq!(
        right.as_deref(),
        Some("list secrets with resourceNames [shop-tls] in all namespaces")
    );
}

#[tokio::test]
async fn forbidden_names_the_right_that_is_missing() {
    let api = shop()
        .forbid("secrets")
        .only_namespace("shop")
        .start()
        .await;
    let cluster = cluster(&api).await;
    let forbidden = |verb: &str, resource: &str, namespace: Option<&str>| {
        Err(Gap::Forbidden {
            verb: verb.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: None,
        })
    };
    assert_eq!(
        cluster
            .answer(&get(Kind::Secret, Some("shop"), "shop-tls"))
            .await,
        forbidden("get", "secrets", Some("shop"))
    );
    assert_eq!(
        cluster.answer(&Question::list_all(Kind::Ingress)).await,
        forbidden("list", "ingresses.networking.k8s.io", None)
    );
    let inside = cluster.answer(&list(Kind::Pod, Some("shop"), None)).await;
    assert_eq!(names(inside).len(), 3);
}

#[tokio::test]
async fn a_kind_that_is_not_served_is_no_absent_object() {
    let text = Fault::NotServed;
    let without_details = Fault::Answer {
        status: 404,
        body: json!({"kind": "Status", "code": 404, "reason": "NotFound", "details": {},
            "message": "the server could not find the requested resource"})
        .to_string(),
    };
    for fault in [text, without_details] {
        let api = shop()
            .fault("/apis/discovery.k8s.io/*", fault)
            .start()
            .await;
        let cluster = cluster(&api).await;
        for question in [
            get(Kind::EndpointSlice, Some("shop"), "web"),
            list(Kind::EndpointSlice, Some("shop"), None),
            Question::list_all(Kind::EndpointSlice),
        ] {
            assert_eq!(
                cluster.answer(&question).await,
                Err(Gap::NotInstalled),
                "{question}"
            );
        }
    }
}

/// A server of Kubernetes 1.20 in the matter of EndpointSlices.
fn old() -> Builder {
    FakeApi::builder()
        .versions(Kind::EndpointSlice, &["discovery.k8s.io/v1beta1"])
        .object(
            json!({"apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice",
            "metadata": {"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": ["10.0.0.1"], "topology": {"kubernetes.io/hostname": "n1"}}]}),
        )
}

fn paths(api: &FakeApi) -> Vec<String> {
    api.seen().into_iter().map(|seen| seen.path).collect()
}

const SLICES: &str = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
const OLD_SLICES: &str = "/apis/discovery.k8s.io/v1beta1/namespaces/shop/endpointslices";

#[tokio::test]
async fn an_older_version_is_found_once_and_reads_like_the_preferred_one() {
    let api = old().start().await;
    let cluster = cluster(&api).await;
    let slices = list(Kind::EndpointSlice, Some("shop"), None);
    let answer = cluster.answer(&slices).await;
    let expected = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {"name": "web-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "web"},
            "annotations": {"hops/served-as": "discovery.k8s.io/v1beta1"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.0.0.1"], "nodeName": "n1"}]});
    assert_eq!(
        answer,
        Ok(Answer::Objects {
            objects: vec![expected.clone()]
        })
    );
    assert_eq!(paths(&api), [SLICES, "/apis/discovery.k8s.io", OLD_SLICES]);
    api.forget();
    // From then on it is asked for directly: of other objects, and of those that do not exist.
    let one = cluster
        .answer(&get(Kind::EndpointSlice, Some("shop"), "web-1"))
        .await;
    assert_eq!(
        one,
        Ok(Answer::Object {
            object: Some(expected)
        })
    );
    let gone = cluster
        .answer(&get(Kind::EndpointSlice, Some("shop"), "gone"))
        .await;
    assert_eq!(gone, Ok(Answer::Object { object: None }));
    let requests = [format!("{OLD_SLICES}/web-1"), format!("{OLD_SLICES}/gone")];
    assert_eq!(paths(&api), requests);
    assert_eq!(cluster.api_requests(), 5);
}

#[tokio::test]
async fn a_server_that_does_not_tell_what_it_serves_is_tried() {
    let api = old()
        .fault("/apis/discovery.k8s.io", Fault::Forbidden)
        .start()
        .await;
    let slices = list(Kind::EndpointSlice, Some("shop"), None);
    let answer = cluster(&api).await.answer(&slices).await;
    assert_eq!(names(answer), ["web-1"]);
}

#[tokio::test]
async fn a_server_that_cannot_tell_what_it_serves_leaves_it_open() {
    let api = old()
        .fault("/apis/discovery.k8s.io", Fault::Error)
        .start()
        .await;
    let slices = list(Kind::EndpointSlice, Some("shop"), None);
    let why = why(cluster(&api).await.answer(&slices).await);
    assert!(why.contains("answered 500"), "{why}");
}

#[tokio::test]
async fn what_is_wrong_with_the_older_version_is_told() {
    let api = old().fault(OLD_SLICES, Fault::Forbidden).start().await;
    let slices = list(Kind::EndpointSlice, Some("shop"), None);
    let answer = cluster(&api).await.answer(&slices).await;
    let forbidden = Gap::Forbidden {
        verb: "list".to_owned(),
        resource: "endpointslices.discovery.k8s.io".to_owned(),
        namespace: Some("shop".to_owned()),
        name: None,
    };
    assert_eq!(answer, Err(forbidden));
}

#[tokio::test]
async fn a_server_that_moves_on_is_followed() {
    let api = old().start().await;
    let cluster = cluster(&api).await;
    let slices = list(Kind::EndpointSlice, Some("shop"), None);
    assert_eq!(names(cluster.answer(&slices).await), ["web-1"]);
    // The older version goes, as with an upgrade to 1.25, and the preferred one came before.
    api.break_with("/apis/discovery.k8s.io/v1beta1/*", Fault::NotServed);
    let both = json!({"kind": "APIGroup", "versions": [{"groupVersion": "discovery.k8s.io/v1"}]});
    let answers = |body: &Value| Fault::Answer {
        status: 200,
        body: body.to_string(),
    };
    api.break_with("/apis/discovery.k8s.io", answers(&both));
    let now = json!({"kind": "EndpointSliceList", "metadata": {}, "items": [{"metadata": {"name": "new"}}]});
    api.break_with(SLICES, answers(&now));
    assert_eq!(names(cluster.answer(&slices).await), ["new"]);
}

#[tokio::test]
async fn a_kind_in_an_unknown_version_is_there_and_not_read() {
    let api = FakeApi::builder()
        .versions(Kind::EndpointSlice, &["discovery.k8s.io/v2"])
        .start()
        .await;
    let cluster = cluster(&api).await;
    let gap = Gap::OtherVersion {
        served: "discovery.k8s.io/v2".to_owned(),
    };
    assert_eq!(gap.to_string(), "served as discovery.k8s.io/v2 only");
    for question in [
        Question::list_all(Kind::EndpointSlice),
        get(Kind::EndpointSlice, Some("shop"), "web"),
    ] {
        assert_eq!(cluster.answer(&question).await, Err(gap.clone()));
    }
    // Without the kind, the version of a group says nothing: it has others.
    let api = FakeApi::builder()
        .versions(Kind::IngressClass, &[])
        .versions(Kind::Ingress, &["networking.k8s.io/v1"])
        .versions(Kind::NetworkPolicy, &["networking.k8s.io/v2"])
        .start()
        .await;
    let cluster = self::cluster(&api).await;
    let answer = cluster
        .answer(&Question::list_all(Kind::IngressClass))
        .await;
    assert_eq!(answer, Err(Gap::NotInstalled));
    assert_eq!(
        paths(&api)[1..],
        ["/apis/networking.k8s.io", "/apis/networking.k8s.io/v2"]
    );
}

#[tokio::test]
async fn a_404_from_something_else_says_so() {
    let page = Fault::Answer {
        status: 404,
        body: "<html>no such site</html>".to_owned(),
    };
    let why = why(pods_with(page).await.0);
    assert!(why.contains("answered 404 with HTML"), "{why}");
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_unauthorized() {
    let api = shop().token("right").start().await;
    let accepted = cluster(&api)
        .await
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert_eq!(names(accepted).len(), 3);
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), api.kubeconfig().replace("right", "expired")).expect("written");
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        ..ConnectOptions::default()
    };
    let refused = Cluster::new(&connect(&options).await.expect("a connection"));
    let answer = refused.answer(&Question::list_all(Kind::Pod)).await;
    assert_eq!(answer, Err(Gap::Unauthorized));
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_says_so() {
    for status in [429, 503] {
        let busy = Fault::Busy {
            status,
            retry_after: Some(1),
            times: 1,
        };
        let begun = Instant::now();
        let (answer, api) = pods_with(busy).await;
        assert_eq!(names(answer).len(), 3);
        assert_eq!(api.count(), 2);
        assert!(
            begun.elapsed() >= Duration::from_secs(1),
            "Retry-After is kept to"
        );
    }
}

#[tokio::test]
async fn a_server_that_stays_busy_is_asked_three_times() {
    let busy = Fault::Busy {
        status: 429,
        retry_after: None,
        times: 9,
    };
    let (answer, api) = pods_with(busy).await;
    assert!(why(answer).contains("answered 429: too many requests"));
    assert_eq!(api.count(), 3);
}

#[tokio::test]
async fn a_wait_beyond_the_time_there_is_is_not_begun() {
    let busy = Fault::Busy {
        status: 503,
        retry_after: Some(3_600),
        times: 9,
    };
    let begun = Instant::now();
    let (answer, api) = pods_with(busy).await;
    assert!(why(answer).contains("answered 503"));
    assert_eq!(api.count(), 1);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_error_is_not_an_empty_cluster() {
    let (answer, api) = pods_with(Fault::Error).await;
    let why = why(answer);
    assert!(
        why.contains("answered 500: etcdserver: request timed out"),
        "{why}"
    );
    assert!(why.contains(&api.url()), "{why}");
    assert_eq!(api.count(), 1);
}

#[tokio::test]
async fn cut_and_garbled_answers_say_what_happened() {
    let cut = why(pods_with(Fault::Cut).await.0);
    assert!(
        cut.contains("ended the connection without an answer"),
        "{cut}"
    );
    let in_the_middle = why(pods_with(Fault::CutBody).await.0);
    assert!(
        in_the_middle.contains("broke off its answer"),
        "{in_the_middle}"
    );
    for body in [
        "<html>log in</html>",
        "",
        "[]",
        "{\"kind\":\"PodList\",\"items\":[",
        "{\"a\":1}",
    ] {
        let garbled = Fault::Answer {
            status: 200,
            body: body.to_owned(),
        };
        let (answer, _) = pods_with(garbled).await;
        assert!(
            matches!(answer, Err(Gap::Malformed { .. })),
            "{body}: {answer:?}"
        );
    }
    let login = Fault::Answer {
        status: 302,
        body: String::new(),
    };
    assert!(why(pods_with(login).await.0).contains("answered 302: Found"));
}

#[tokio::test]
async fn an_answer_of_another_kind_is_no_object() {
    let api = shop()
        .fault(
            "*/pods/web-1",
            Fault::Answer {
                status: 200,
                body: "{\"kind\":\"Status\"}".to_owned(),
            },
        )
        .start()
        .await;
    let answer = cluster(&api)
        .await
        .answer(&get(Kind::Pod, Some("shop"), "web-1"))
        .await;
    assert!(why(answer).contains("it is no Pod"));
}

#[tokio::test]
async fn a_body_without_bounds_is_not_read() {
    let api = many(300).start().await;
    let connection = api.connection().await;
    let question = list(Kind::Pod, Some("shop"), None);
    let small = Cluster::new(&connection).body_limit(10 << 10);
    assert!(matches!(
        small.answer(&question).await,
        Err(Gap::Malformed { .. })
    ));
    let enough = Cluster::new(&connection).body_limit(1 << 20);
    assert_eq!(names(enough.answer(&question).await).len(), 300);
}

#[tokio::test]
async fn the_pages_of_a_list_are_bounded_together() {
    let filler = "x".repeat(9 << 10);
    let api = FakeApi::builder().start().await;
    let pages = AtomicUsize::new(0);
    api.follow(Arc::new(move |_| {
        let page = pages.fetch_add(1, Ordering::SeqCst);
        let page = json!({"kind": "PodList", "metadata": {"continue": format!("after-{page}")},
            "items": [{"metadata": {"name": format!("a-{page}"), "labels": {"filler": filler}}}]});
        Some(Fault::Answer {
            status: 200,
            body: page.to_string(),
        })
    }));
    let connection = api.connection().await;
    let small = Cluster::new(&connection).body_limit(10 << 10);
    let answer = small.answer(&list(Kind::Pod, Some("shop"), None)).await;
    assert!(why(answer).contains("all pages of its list are larger than"));
    assert_eq!(api.count(), 9, "no more is asked for");
}

#[tokio::test]
async fn a_list_without_end_is_given_up() {
    let endless = Fault::Answer {
        status: 200,
        body: json!({"kind": "PodList", "metadata": {"continue": "again"}, "items": []})
            .to_string(),
    };
    let (answer, api) = pods_with(endless).await;
    assert!(why(answer).contains("has no end"));
    assert_eq!(api.count(), 2, "the same token again leads nowhere");
}

/// Empty, a list of something else would say that nothing is there.
#[tokio::test]
async fn what_answers_for_another_kind_or_name_is_no_answer() {
    for kind in ["ServiceList", "List", "WidgetList", "Pod", "PodMetricsList"] {
        let other = json!({"kind": kind, "metadata": {"resourceVersion": "1"}, "items": []});
        let fault = Fault::Answer {
            status: 200,
            body: other.to_string(),
        };
        let why = why(pods_with(fault).await.0);
        assert!(why.contains("it is no list of pods"), "{kind}: {why}");
    }
    let other = json!({"kind": "Service", "metadata": {"namespace": "shop", "name": "other"}});
    let fault = Fault::Answer {
        status: 200,
        body: other.to_string(),
    };
    let path = "/api/v1/namespaces/shop/services/web";
    let api = shop().fault(path, fault).start().await;
    let question = get(Kind::Service, Some("shop"), "web");
    let why = why(cluster(&api).await.answer(&question).await);
    assert!(why.contains("it is another Service"), "{why}");
}

#[tokio::test]
async fn a_page_that_comes_twice_brings_nothing_new() {
    let api = shop().start().await;
    let pods = list(Kind::Pod, Some("shop"), None);
    let cluster = cluster(&api).await;
    let once = names(cluster.answer(&pods).await);
    api.follow(Arc::new(|seen| {
        let first = !seen.query.contains("continue");
        first.then_some(Fault::Changed(|list| {
            list["metadata"]["continue"] = json!("from-0");
        }))
    }));
    assert_eq!(names(cluster.answer(&pods).await), once);
    assert_eq!(api.count(), 3, "two pages");
}

#[tokio::test]
async fn the_request_timeout_ends_a_request() {
    let api = shop().fault(PODS, Fault::Hang).start().await;
    let mut connection = api.connection().await;
    connection.request_timeout = Some(Duration::from_millis(100));
    let cluster = Cluster::new(&connection);
    let answer = cluster.answer(&list(Kind::Pod, Some("shop"), None)).await;
    assert_eq!(answer, Err(Gap::TimedOut));
    let quick = cluster.answer(&Question::list_all(Kind::Pod)).await;
    assert_eq!(names(quick).len(), 3, "what is not slow still answers");
}

#[tokio::test]
async fn nobody_there_says_where_and_why() {
    let api = shop().start().await;
    let connection = api.connection().await;
    let url = api.url();
    drop(api);
    // The listener goes with its task, which is told to end but does so on its own time.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = Cluster::new(&connection)
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert_eq!(
        why(answer),
        format!("cannot connect to {url}: connection refused")
    );
}

#[tokio::test]
async fn a_host_that_does_not_resolve_says_so() {
    let api = shop().start().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let elsewhere = api.kubeconfig().replace("127.0.0.1", "api.invalid");
    std::fs::write(file.path(), elsewhere).expect("written");
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        ..ConnectOptions::default()
    };
    let nowhere = Cluster::new(&connect(&options).await.expect("a connection"));
    let why = why(nowhere.answer(&Question::list_all(Kind::Pod)).await);
    assert!(
        why.starts_with("cannot look up the host of http://api.invalid:"),
        "{why}"
    );
}

#[tokio::test]
async fn certificate_trouble_is_named() {
    for (tls, part) in [
        (Tls::Expired, "its certificate has expired"),
        (
            Tls::WrongName,
            "its certificate is not for 127.0.0.1 but for",
        ),
    ] {
        let api = shop().tls(tls).start().await;
        let why = why(cluster(&api)
            .await
            .answer(&Question::list_all(Kind::Pod))
            .await);
        assert!(
            why.starts_with("no TLS connection to https://127.0.0.1:"),
            "{why}"
        );
        assert!(why.contains(part), "{why}");
    }
    let good = shop().tls(Tls::Good).start().await;
    let answer = cluster(&good)
        .await
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert_eq!(names(answer).len(), 3);
    // The same server under another cluster's authority.
    let other = shop().tls(Tls::Good).start().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mixed = other.kubeconfig().replace(&other.url(), &good.url());
    std::fs::write(file.path(), mixed).expect("written");
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        ..ConnectOptions::default()
    };
    let distrusted = Cluster::new(&connect(&options).await.expect("a connection"));
    let why = why(distrusted.answer(&Question::list_all(Kind::Pod)).await);
    assert!(why.contains("an authority that is not trusted"), "{why}");
}

#[tokio::test]
async fn tls_to_a_server_without_tls_says_so() {
    let api = shop().start().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), api.kubeconfig().replace("http://", "https://")).expect("written");
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        ..ConnectOptions::default()
    };
    let cluster = Cluster::new(&connect(&options).await.expect("a connection"));
    let why = why(cluster.answer(&Question::list_all(Kind::Pod)).await);
    assert!(why.contains("does not speak TLS"), "{why}");
}

#[tokio::test]
async fn secrets_are_reduced_on_arrival() {
    let api = FakeApi::builder()
        .object(json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "db", "namespace": "shop",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "c2VjcmV0LXBhc3N3b3Jk"}},
            "data": {"password": "c2VjcmV0LXBhc3N3b3Jk"}}))
        .start()
        .await;
    let cluster = cluster(&api).await;
    for question in [
        get(Kind::Secret, Some("shop"), "db"),
        list(Kind::Secret, Some("shop"), None),
    ] {
        let text = format!("{:?}", cluster.answer(&question).await);
        assert!(text.contains("password"), "the key's name stays: {text}");
        assert!(!text.contains("c2VjcmV0"), "{text}");
    }
}

#[tokio::test]
async fn the_server_learns_who_asks() {
    let api = shop().start().await;
    let file = api.kubeconfig_file();
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        as_user: Some("jane".to_owned()),
        as_groups: vec!["dev".to_owned(), "ops".to_owned()],
        ..ConnectOptions::default()
    };
    let cluster = Cluster::new(&connect(&options).await.expect("a connection"));
    let _ = cluster.answer(&Question::list_all(Kind::Pod)).await;
    let headers = api.seen()[0].headers.clone();
    assert_eq!(
        headers["user-agent"],
        concat!("kubectl-hops/", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(headers["impersonate-user"], "jane");
    let groups: Vec<_> = headers.get_all("impersonate-group").iter().collect();
    assert_eq!(groups, ["dev", "ops"]);
}

#[tokio::test]
async fn questions_about_the_network_are_not_for_the_api_server() {
    let api = shop().start().await;
    let question = Question::Dns {
        name: "a.b".to_owned(),
        via: None,
    };
    let answer = cluster(&api).await.answer(&question).await;
    assert!(matches!(answer, Err(Gap::NotAsked { .. })));
}

#[tokio::test]
async fn a_server_that_accepts_and_then_says_nothing_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let url = format!("https://{}", silent.local_addr().expect("an address"));
    let api = shop().tls(Tls::Good).start().await;
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), api.kubeconfig().replace(&api.url(), &url)).expect("written");
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        ..ConnectOptions::default()
    };
    let cluster = Cluster::new(&connect(&options).await.expect("a connection"));
    let begun = Instant::now();
    let why = why(cluster.answer(&Question::list_all(Kind::Pod)).await);
    assert_eq!(
        why,
        format!("cannot connect to {url}: no answer to the connection attempt")
    );
    assert!((4..9).contains(&begun.elapsed().as_secs()));
}
