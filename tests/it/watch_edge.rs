//! Watches of a live cluster against an API server in this process: from where on, what ends them, what begins them again; and what a
//! watching engine asks of that server.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{
    ConnectOptions, Connection, Environment, connect,
};
use hops::answer::{Answerer, Sources};
use hops::engine::Limits;
use hops::engine::live::watch;
use hops::engine::watched::{Order, Watched};
use hops::facts::{Gap, Kind, News, Question};
use hops::report::{ObjectRef, Update, Verdict};
use rcgen::KeyPair;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch as slot};
use tokio::time::{Instant, sleep, timeout};

use crate::support::fake_api::{Builder, FakeApi, Fault};
use crate::support::shop;

const PODS: &str = "/api/v1/namespaces/shop/pods";

async fn connection(api: &FakeApi) -> Connection {
    let file = api.kubeconfig_file();
    let options = ConnectOptions {
        kubeconfig: Some(file.path().to_owned()),
        env: Environment::default(),
        ..ConnectOptions::default()
    };
    connect(&options).await.expect("a connection")
}

async fn cluster(api: &FakeApi) -> Cluster {
    Cluster::new(&connection(api).await)
}

fn pod(name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {"containers": []},
    })
}

fn pods() -> Builder {
    FakeApi::builder().objects([pod("web-1", "web"), pod("web-2", "web"), pod("db-1", "db")])
}

fn web() -> Question {
    Question::List {
        kind: Kind::Pod,
        namespace: Some("shop".to_owned()),
        labels: Some("app=web".to_owned()),
        fields: None,
    }
}

fn one(name: &str) -> Question {
    Question::Get {
        kind: Kind::Pod,
        namespace: Some("shop".to_owned()),
        name: name.to_owned(),
    }
}

/// The next news: `put web-1`, `gone web-1`, or why there is no more.
async fn next(news: &mut BoxStream<'_, News>) -> Result<String, Gap> {
    let name = |object: &Value| {
        object["metadata"]["name"]
            .as_str()
            .expect("a name")
            .to_owned()
    };
    match timeout(Duration::from_secs(20), news.next()).await {
        Ok(Some(News::Put(object))) => Ok(format!("put {}", name(&object))),
        Ok(Some(News::Gone(object))) => Ok(format!("gone {}", name(&object))),
        Ok(Some(News::Lost(gap))) => Err(gap),
        Ok(None) => panic!("it ended without a word"),
        Err(late) => panic!("nothing came: {late}"),
    }
}

#[allow(clippy::unnecessary_wraps)] // compared with what may be a gap
fn put(name: &str) -> Result<String, Gap> {
    Ok(format!("put {name}"))
}

#[allow(clippy::unnecessary_wraps)]
fn gone(name: &str) -> Result<String, Gap> {
    Ok(format!("gone {name}"))
}

#[tokio::test]
async fn a_watch_goes_to_the_version_that_answered() {
    let slice = |name: &str| {
        json!({"apiVersion": "discovery.k8s.io/v1beta1", "kind": "EndpointSlice",
            "metadata": {"name": name, "namespace": "shop"},
            "endpoints": [{"addresses": ["10.0.0.1"], "topology": {"kubernetes.io/hostname": "n1"}}]})
    };
    let api = FakeApi::builder()
        .versions(Kind::EndpointSlice, &["discovery.k8s.io/v1beta1"])
        .object(slice("a"))
        .start()
        .await;
    let cluster = cluster(&api).await;
    let question = Question::list_all(Kind::EndpointSlice);
    cluster.answer(&question).await.expect("a list");
    let mut news = cluster.watch(&question).expect("a watch");
    api.put(slice("b"));
    let told = timeout(Duration::from_secs(20), news.next()).await;
    let Ok(Some(News::Put(object))) = told else {
        panic!("{told:?}");
    };
    assert_eq!(object["metadata"]["name"], "b");
    assert_eq!(object["apiVersion"], "discovery.k8s.io/v1");
    assert_eq!(object["endpoints"][0]["nodeName"], "n1");
    assert_eq!(
        api.count_of("/apis/discovery.k8s.io/v1/endpointslices"),
        1,
        "only the first question tried it"
    );
}

#[tokio::test]
async fn what_happens_between_list_and_watch_is_not_missed() {
    let api = pods().start().await;
    let cluster = cluster(&api).await;
    assert!(cluster.watch(&web()).is_none(), "nothing was answered yet");
    cluster.answer(&web()).await.expect("a list");
    api.remove(Kind::Pod, "shop", "web-1");
    api.put(pod("web-3", "web"));
    api.put(pod("db-2", "db"));
    let mut news = cluster.watch(&web()).expect("a watch");
    assert_eq!(next(&mut news).await, gone("web-1"));
    assert_eq!(next(&mut news).await, put("web-3"));
    api.put(pod("web-2", "db"));
    assert_eq!(next(&mut news).await, gone("web-2"));
    let seen = api.seen();
    let query = &seen[1].query;
    for part in [
        "labelSelector=app%3Dweb",
        "watch=1",
        "resourceVersion=1",
        "allowWatchBookmarks=true",
        "timeoutSeconds=",
    ] {
        assert!(query.contains(part), "{part}: {query}");
    }
    assert_eq!((seen.len(), cluster.api_requests()), (2, 2));
}

#[tokio::test]
async fn one_object_is_watched_by_its_name() {
    let api = pods().start().await;
    let cluster = cluster(&api).await;
    for name in ["web-1", "web-2", "later"] {
        cluster.answer(&one(name)).await.expect("an answer");
    }
    api.remove(Kind::Pod, "shop", "web-2");
    let mut news = cluster.watch(&one("web-1")).expect("a watch");
    assert_eq!(next(&mut news).await, put("web-1"));
    api.put(pod("db-1", "other"));
    api.remove(Kind::Pod, "shop", "web-1");
    assert_eq!(next(&mut news).await, gone("web-1"));
    let query = &api.seen()[3].query;
    assert!(
        query.starts_with("fieldSelector=metadata.name%3Dweb-1&"),
        "{query}"
    );
    // What went before its watch began is found missing.
    let mut news = cluster.watch(&one("web-2")).expect("a watch");
    let why = next(&mut news).await.expect_err("lost").to_string();
    assert!(why.contains("does not show the object any more"), "{why}");
    assert!(news.next().await.is_none());
    // What is not there may stay away for long.
    let mut news = cluster.watch(&one("later")).expect("a watch");
    assert!(timeout(Duration::from_secs(3), news.next()).await.is_err());
    api.put(pod("later", "web"));
    assert_eq!(next(&mut news).await, put("later"));
    assert_eq!(cluster.api_requests(), 6);
}

#[tokio::test]
async fn a_name_that_no_object_can_have_is_watched_without_a_request() {
    let api = pods().start().await;
    let cluster = cluster(&api).await;
    cluster.answer(&one("no/name")).await.expect("none");
    let mut news = cluster.watch(&one("no/name")).expect("a watch");
    assert!(
        timeout(Duration::from_millis(50), news.next())
            .await
            .is_err()
    );
    assert_eq!(api.count(), 0);
}

#[tokio::test]
async fn a_watch_whose_time_is_up_goes_on_where_it_was() {
    let api = pods().start().await;
    let cluster = cluster(&api).await;
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    api.put(pod("web-3", "web"));
    assert_eq!(next(&mut news).await, put("web-3"));
    api.bookmark();
    let silent = timeout(Duration::from_millis(1100), news.next()).await;
    assert!(silent.is_err(), "a bookmark is no news: {silent:?}");
    api.end_watches();
    let silent = timeout(Duration::from_millis(300), news.next()).await;
    assert!(silent.is_err(), "nor is the end: {silent:?}");
    api.put(pod("web-4", "web"));
    assert_eq!(next(&mut news).await, put("web-4"));
    let seen = api.seen();
    assert_eq!(seen.len(), 3, "no second list");
    assert!(
        seen[2].query.contains("resourceVersion=3"),
        "{}",
        seen[2].query
    );
    // Ended again before anything came: that is not begun again and again.
    api.end_watches();
    let why = next(&mut news).await.expect_err("lost").to_string();
    assert!(why.contains("as soon as it begins"), "{why}");
}

#[tokio::test]
async fn a_version_that_is_forgotten_ends_a_watch() {
    let api = pods().start().await;
    let cluster = cluster(&api).await;
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    assert!(
        timeout(Duration::from_millis(50), news.next())
            .await
            .is_err()
    );
    api.expire();
    // The same for one that comes too late: once in the stream, once as a status.
    let mut late = cluster.watch(&web()).expect("a watch");
    for news in [&mut news, &mut late] {
        match next(news).await {
            Err(Gap::Unreachable { why }) => assert!(why.contains("too old resource version")),
            other => panic!("{other:?}"),
        }
    }
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    api.put(pod("web-3", "web"));
    assert_eq!(next(&mut news).await, put("web-3"));
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let answer = |status: u16, body: &str| Fault::Answer {
        status,
        body: body.to_owned(),
    };
    for (fault, transient) in [
        (Fault::Forbidden, false),
        (Fault::NotServed, false),
        (answer(405, ""), false),
        (answer(401, ""), true),
        (Fault::Error, true),
        (answer(429, ""), true),
        (Fault::Cut, true),
        (answer(200, "<html>\n"), true),
        (
            answer(
                200,
                "{\"type\":\"ADDED\",\"object\":{\"kind\":\"Widget\"}}\n",
            ),
            true,
        ),
    ] {
        let name = format!("{fault:?}");
        let api = pods().fault("*?watch", fault).start().await;
        let cluster = cluster(&api).await;
        cluster.answer(&web()).await.expect("a list");
        let mut news = cluster.watch(&web()).expect("a watch");
        let gap = next(&mut news).await.expect_err("no watch");
        assert_eq!(gap.is_transient(), transient, "{name}: {gap:?}");
        assert!(news.next().await.is_none());
    }
}

#[tokio::test]
async fn a_request_timeout_is_for_the_beginning_of_a_watch_only() {
    let api = pods().start().await;
    let mut connection = connection(&api).await;
    connection.request_timeout = Some(Duration::from_millis(200));
    let cluster = Cluster::new(&connection);
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    assert!(
        timeout(Duration::from_millis(600), news.next())
            .await
            .is_err()
    );
    api.put(pod("web-3", "web"));
    assert_eq!(next(&mut news).await, put("web-3"));
    assert_eq!(api.count(), 2);
    api.break_with(PODS, Fault::Hang);
    let mut news = cluster.watch(&web()).expect("a watch");
    assert_eq!(next(&mut news).await, Err(Gap::TimedOut));
}

#[tokio::test]
async fn odd_objects_pass_and_endless_ones_do_not() {
    let api = pods().start().await;
    let connection = connection(&api).await;
    let cluster = Cluster::new(&connection).body_limit(10_000);
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    let mut odd = pod("odd", "web");
    odd["spec"] = json!("text");
    api.put(odd);
    assert_eq!(next(&mut news).await, put("odd"));
    api.put(pod("web-3", "web"));
    assert_eq!(next(&mut news).await, put("web-3"));
    let mut large = pod("large", "web");
    large["spec"] = json!("x".repeat(20_000));
    api.put(large);
    let gap = next(&mut news).await.expect_err("too large");
    assert!(matches!(gap, Gap::Malformed { .. }), "{gap:?}");
}

#[tokio::test]
async fn objects_without_end_are_given_up() {
    let api = pods().start().await;
    let connection = connection(&api).await;
    let cluster = Cluster::new(&connection).body_limit(10_000);
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    let large = |number: usize| {
        let mut large = pod(&format!("large-{number}"), "web");
        large["spec"] = json!("x".repeat(9_000));
        large
    };
    // What goes makes room, and what changes takes none.
    for number in 0..20 {
        api.put(large(number));
        assert_eq!(next(&mut news).await, put(&format!("large-{number}")));
        if number < 14 {
            api.put(large(number));
            assert_eq!(next(&mut news).await, put(&format!("large-{number}")));
            api.remove(Kind::Pod, "shop", &format!("large-{number}"));
            assert!(next(&mut news).await.is_ok());
        }
    }
    for number in 20..22 {
        api.put(large(number));
        assert_eq!(next(&mut news).await, put(&format!("large-{number}")));
    }
    api.put(large(22));
    let gap = next(&mut news).await.expect_err("too much");
    assert!(matches!(gap, Gap::Malformed { .. }), "{gap:?}");
}

#[tokio::test]
async fn a_watch_that_is_dropped_closes_its_connection() {
    let api = pods().start().await;
    let cluster = cluster(&api).await;
    cluster.answer(&web()).await.expect("a list");
    let mut news = cluster.watch(&web()).expect("a watch");
    assert!(
        timeout(Duration::from_millis(100), news.next())
            .await
            .is_err()
    );
    assert_eq!(api.watching(), 1);
    drop(news);
    closed(&api).await;
}

async fn closed(api: &FakeApi) {
    let begun = Instant::now();
    while api.watching() > 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{}",
            api.watching()
        );
        sleep(Duration::from_millis(10)).await;
    }
}

struct Live {
    orders: mpsc::Sender<Order>,
    updates: slot::Receiver<Option<Arc<Update>>>,
    task: tokio::task::JoinHandle<()>,
}

async fn live(api: &FakeApi) -> Live {
    let sources = Sources {
        objects: Box::new(cluster(api).await),
        network: Box::new(shop::Good),
        tunnel: Box::new(shop::Good),
    };
    let watched = Watched {
        target: shop::target(),
        answerer: Arc::new(sources),
        settings: shop::settings(),
        limits: Limits::default(),
        live: true,
        every: Duration::from_millis(500),
    };
    let (orders, taken) = mpsc::channel(8);
    let (out, updates) = slot::channel(None);
    Live {
        orders,
        updates,
        task: tokio::spawn(watch(watched, taken, out)),
    }
}

impl Live {
    async fn until(&mut self, wanted: impl Fn(&Update) -> bool) -> Arc<Update> {
        let seen = self.updates.wait_for(|u| u.as_deref().is_some_and(&wanted));
        let seen = timeout(Duration::from_secs(20), seen).await;
        let seen = seen.expect("it comes to pass").expect("it goes on");
        seen.clone().expect("an update")
    }
}

#[tokio::test]
async fn an_idle_session_costs_its_first_reads_and_a_watch_each() {
    let api = FakeApi::builder().objects(shop::objects()).start().await;
    let mut live = live(&api).await;
    let update = live.until(|u| u.rounds == 6).await;
    assert_eq!(update.report.verdict, Verdict::Ok, "{:#?}", update.report);
    // Twelve reads, as for a single check, and once whether Gateway API is installed.
    assert_eq!((api.count(), api.watching()), (25, 12));
    assert_eq!(update.report.stats.api_requests, 25);
    drop(live.orders);
    let ended = timeout(Duration::from_secs(1), live.task).await;
    assert!(ended.expect("in time").is_ok());
    closed(&api).await;
}

#[tokio::test]
async fn changes_come_over_the_watches() {
    let api = FakeApi::builder().objects(shop::objects()).start().await;
    let mut live = live(&api).await;
    live.until(|u| u.rounds == 1).await;
    api.remove(Kind::Ingress, "shop", "shop");
    let update = live.until(|u| u.report.verdict != Verdict::Ok).await;
    assert_eq!(update.changes[0].what, "deleted");
    api.expire();
    api.put(shop::object("Ingress", "shop"));
    let update = live.until(|u| u.report.verdict == Verdict::Ok).await;
    assert_eq!(update.changes[0].what, "created");
    assert_eq!(update.unseen, None);
}

#[tokio::test]
async fn a_server_that_goes_and_comes_is_lost_for_a_while() {
    let api = FakeApi::builder().objects(shop::objects()).start().await;
    let mut live = live(&api).await;
    live.until(|u| u.rounds == 1).await;
    api.break_with("*", Fault::Error);
    api.end_watches();
    let update = live.until(|u| u.unseen.is_some()).await;
    let why = &update.unseen.as_ref().expect("a reason").why;
    assert!(why.contains("etcdserver: request timed out"), "{why}");
    let rounds = update.rounds;
    let update = live.until(|u| u.rounds > rounds + 1).await;
    assert_eq!(update.report.verdict, Verdict::Ok);
    api.mend();
    live.until(|u| u.unseen.is_none()).await;
    api.remove(Kind::Ingress, "shop", "shop");
    live.until(|u| u.report.verdict != Verdict::Ok).await;
}

#[tokio::test]
async fn no_private_key_comes_over_a_watch() {
    let api = FakeApi::builder().objects(shop::objects()).start().await;
    let mut live = live(&api).await;
    live.until(|u| u.rounds == 1).await;
    let key = KeyPair::generate().expect("a key");
    let secret = shop::secret(&key);
    let encoded = secret["data"]["tls.key"]
        .as_str()
        .expect("a key")
        .to_owned();
    api.put(secret);
    let update = live.until(|u| !u.changes.is_empty()).await;
    assert_eq!(update.changes[0].object.display(), "Secret shop/shop-tls");
    assert_eq!(
        (
            update.changes[0].path.as_deref(),
            update.changes[0].what.as_str()
        ),
        (Some(".data.tls.crt"), "changed")
    );
    let (reply, told) = oneshot::channel();
    let object = ObjectRef {
        kind: "Secret".to_owned(),
        namespace: Some("shop".to_owned()),
        name: "shop-tls".to_owned(),
    };
    let order = Order::Object(object, reply);
    assert!(live.orders.send(order).await.is_ok());
    let known = told.await.expect("a reply").expect("known").to_string();
    assert!(known.contains("tls.key"), "its name stays: {known}");
    let everything = format!("{update:?}{known}");
    // What comes before the bytes of the key is the same in every key.
    let body = &encoded[encoded.len() / 2..encoded.len() / 2 + 24];
    assert!(!everything.contains(body), "{everything}");
    assert!(!everything.contains("PRIVATE KEY"));
}
