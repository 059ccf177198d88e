//! The engine that goes on, over a cluster in memory and under a clock that the tests turn: rounds, changes, an API server that is lost,
//! pauses, and what is kept from one round to the next.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use hops::answer::Answerer;
use hops::answer::objects::secret;
use hops::answer::objects::selector::Selector;
use hops::engine::Limits;
use hops::engine::live::watch;
use hops::engine::watched::{Order, Watched};
use hops::facts::{Answer, Edge, Gap, Kind, News, Question};
use hops::report::{ObjectRef, Update, Verdict};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch as slot};
use tokio::time::{Instant, sleep, timeout};

use crate::support::shop::{self, edited, object};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// A cluster and a network.
#[derive(Default)]
struct World(Mutex<State>);

struct State {
    objects: Vec<Value>,
    asked: Vec<(Instant, Question)>,
    watchers: Vec<(Question, UnboundedSender<News>)>,
    /// How many watches began.
    watched: usize,
    /// What every question about objects gets.
    down: Option<Gap>,
    /// What questions of a kind get.
    refused: Vec<(Kind, Gap)>,
    /// What a watch says and then ends; `Err` where there is no watch at all.
    unwatchable: Option<Result<Gap, ()>>,
    status: u16,
    /// How long the network takes.
    latency: Duration,
}

impl Default for State {
    fn default() -> Self {
        Self {
            objects: shop::objects(),
            asked: Vec::new(),
            watchers: Vec::new(),
            watched: 0,
            down: None,
            refused: Vec::new(),
            unwatchable: None,
            status: 200,
            latency: Duration::ZERO,
        }
    }
}

fn selects(question: &Question, object: &Value) -> bool {
    let is = |pointer: &str, text: &str| object.pointer(pointer).is_some_and(|v| v == text);
    match question {
        Question::Get {
            kind,
            namespace,
            name,
        } => {
            is("/kind", kind.name())
                && is("/metadata/name", name)
                && namespace
                    .as_ref()
                    .is_none_or(|ns| is("/metadata/namespace", ns))
        }
        Question::List {
            kind,
            namespace,
            labels,
            fields,
        } => {
            let selector = Selector::of(labels.as_deref(), fields.as_deref()).expect("a selector");
            is("/kind", kind.name())
                && namespace
                    .as_ref()
                    .is_none_or(|ns| is("/metadata/namespace", ns))
                && selector.matches(object)
        }
        Question::Find { kind, name } => is("/kind", kind.name()) && is("/metadata/name", name),
        _ => false,
    }
}

fn arrived(object: &Value) -> Value {
    if object["kind"] == "Secret" {
        secret::reduce(object)
    } else {
        object.clone()
    }
}

impl World {
    fn with(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().expect("not poisoned"));
    }

    fn put(&self, object: Value) {
        self.with(|state| {
            let same = |o: &Value| {
                o["kind"] == object["kind"]
                    && o["metadata"]["name"] == object["metadata"]["name"]
                    && o["metadata"]["namespace"] == object["metadata"]["namespace"]
            };
            let before = state.objects.iter().position(same);
            let before = before.map(|at| state.objects.remove(at));
            state.objects.push(object.clone());
            for (question, watcher) in &state.watchers {
                if selects(question, &object) {
                    let _ = watcher.unbounded_send(News::Put(arrived(&object)));
                } else if let Some(before) = before.as_ref().filter(|o| selects(question, o)) {
                    let _ = watcher.unbounded_send(News::Gone(arrived(before)));
                }
            }
        });
    }

    fn remove(&self, kind: &str, name: &str) {
        self.with(|state| {
            let gone: Vec<Value> = state
                .objects
                .extract_if(.., |o| o["kind"] == kind && o["metadata"]["name"] == name)
                .collect();
            for (question, watcher) in &state.watchers {
                for object in gone.iter().filter(|o| selects(question, o)) {
                    let _ = watcher.unbounded_send(News::Gone(arrived(object)));
                }
            }
        });
    }

    /// All watches end; what happens then is not told.
    fn lose(&self, gap: Option<Gap>) {
        self.with(|state| {
            state.down = gap;
            for (_, watcher) in state.watchers.drain(..) {
                let why = "the connection broke off".to_owned();
                let _ = watcher.unbounded_send(News::Lost(Gap::Unreachable { why }));
            }
        });
    }

    fn asked(&self, edge: Edge) -> usize {
        let state = self.0.lock().expect("not poisoned");
        state.asked.iter().filter(|(_, q)| q.edge() == edge).count()
    }

    fn asked_of(&self, sort: impl Fn(&Question) -> bool) -> usize {
        let state = self.0.lock().expect("not poisoned");
        state.asked.iter().filter(|(_, q)| sort(q)).count()
    }

    /// Watches that somebody listens to.
    fn listened(&self) -> usize {
        let state = self.0.lock().expect("not poisoned");
        state
            .watchers
            .iter()
            .filter(|(_, w)| !w.is_closed())
            .count()
    }
}

impl Answerer for World {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            let (status, latency) = {
                let mut state = self.0.lock().expect("not poisoned");
                state.asked.push((Instant::now(), question.clone()));
                (state.status, state.latency)
            };
            if question.edge() == Edge::Network {
                sleep(latency).await;
                return Ok(shop::network(question, status));
            }
            if question.edge() == Edge::Tunnel {
                return Ok(shop::network(question, 200));
            }
            let state = self.0.lock().expect("not poisoned");
            if let Some(gap) = &state.down {
                return Err(gap.clone());
            }
            if let Some((_, gap)) = state
                .refused
                .iter()
                .find(|(kind, _)| Some(*kind) == question.kind())
            {
                return Err(gap.clone());
            }
            let mut found = state.objects.iter().filter(|o| selects(question, o));
            Ok(match question {
                Question::Get { .. } => Answer::Object {
                    object: found.next().map(arrived),
                },
                Question::Find { .. } => Answer::Namespaces {
                    namespaces: found
                        .filter_map(|o| Some(o["metadata"]["namespace"].as_str()?.to_owned()))
                        .collect(),
                },
                _ => Answer::Objects {
                    objects: found.map(arrived).collect(),
                },
            })
        })
    }

    fn watch(&self, question: &Question) -> Option<BoxStream<'_, News>> {
        if !question.brings_objects() {
            return None;
        }
        let mut state = self.0.lock().expect("not poisoned");
        state.watched += 1;
        let (sender, receiver) = unbounded();
        match &state.unwatchable {
            Some(Err(())) => return None,
            Some(Ok(gap)) => {
                let _ = sender.unbounded_send(News::Lost(gap.clone()));
            }
            None => state.watchers.push((question.clone(), sender)),
        }
        Some(receiver.boxed())
    }
}

/// A watching engine under way.
struct Live {
    world: Arc<World>,
    orders: mpsc::Sender<Order>,
    updates: slot::Receiver<Option<Arc<Update>>>,
    task: tokio::task::JoinHandle<()>,
}

fn start_with(world: World, every: Duration, live: bool) -> Live {
    let world = Arc::new(world);
    let (orders, taken) = mpsc::channel(8);
    let (out, updates) = slot::channel(None);
    let watched = Watched {
        target: shop::target(),
        answerer: Arc::clone(&world) as Arc<dyn Answerer>,
        settings: shop::settings(),
        limits: Limits::default(),
        live,
        every,
    };
    Live {
        world,
        orders,
        updates,
        task: tokio::spawn(watch(watched, taken, out)),
    }
}

/// Begins and waits for the first round.
async fn start(world: World, every: Duration) -> Live {
    let mut live = start_with(world, every, true);
    live.until(|u| u.rounds == 1).await;
    live
}

impl Live {
    fn now(&self) -> Arc<Update> {
        let update = self.updates.borrow().clone();
        update.expect("an update")
    }

    async fn until(&mut self, wanted: impl Fn(&Update) -> bool) -> Arc<Update> {
        let seen = self.updates.wait_for(|u| u.as_deref().is_some_and(&wanted));
        if let Ok(seen) = timeout(HOUR + HOUR / 10, seen).await {
            let update = seen.expect("the engine goes on").clone();
            return update.expect("an update");
        }
        panic!("it does not come to pass: {:#?}", self.now());
    }

    async fn order(&self, order: Order) {
        assert!(self.orders.send(order).await.is_ok(), "the engine goes on");
    }

    async fn object(&self, kind: &str, namespace: &str, name: &str) -> Result<Value, String> {
        let (reply, told) = oneshot::channel();
        let object = ObjectRef {
            kind: kind.to_owned(),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        };
        self.order(Order::Object(object, reply)).await;
        told.await.expect("a reply")
    }
}

const BACKEND: &str = "/spec/rules/0/http/paths/0/backend/service/name";

/// An Ingress that names a Service which is not there.
fn typo() -> Value {
    edited("Ingress", "shop", BACKEND, json!("fronted"))
}

/// A Service with a typo in its selector, and what comes of it.
fn broken() -> World {
    let world = World::default();
    let selector = json!({"app": "fronted"});
    world.put(edited("Service", "frontend", "/spec/selector", selector));
    let slice = edited("EndpointSlice", "frontend-abc", "/endpoints", json!([]));
    world.put(slice);
    world.with(|state| state.status = 503);
    world
}

#[tokio::test(start_paused = true)]
async fn a_repair_turns_the_verdict_at_once_and_is_named() {
    let mut live = start(broken(), HOUR).await;
    let first = live.now();
    assert_eq!(first.report.verdict, Verdict::Broken);
    assert!(first.settled.is_some() && first.running == 0);
    assert!(
        first.report.stats.questions > 10,
        "{:?}",
        first.report.stats
    );
    let repaired = Instant::now();
    live.world.with(|state| state.status = 200);
    live.world.put(object("Service", "frontend"));
    live.world.put(object("EndpointSlice", "frontend-abc"));
    let update = live.until(|u| u.rounds == 2).await;
    assert!(repaired.elapsed() < SECOND, "{:?}", repaired.elapsed());
    assert_eq!(update.report.verdict, Verdict::Ok);
    assert_eq!(update.verdicts, [Verdict::Broken, Verdict::Ok]);
    let told: Vec<_> = update
        .changes
        .iter()
        .map(|c| (c.object.display(), c.path.as_deref(), c.what.as_str()))
        .collect();
    let slice = "EndpointSlice shop/frontend-abc".to_owned();
    let service = "Service shop/frontend".to_owned();
    let selector = Some(".spec.selector.app");
    assert_eq!(
        told,
        [
            (slice, Some(".endpoints[0]"), "added"),
            (service, selector, "\"fronted\" → \"frontend\""),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_and_goes_is_named_too() {
    let mut live = start(World::default(), HOUR).await;
    live.world.remove("Secret", "shop-tls");
    let update = live.until(|u| u.rounds == 2).await;
    assert_eq!(update.report.verdict, Verdict::Broken);
    assert_eq!(update.changes[0].object.display(), "Secret shop/shop-tls");
    assert_eq!(
        (&update.changes[0].path, update.changes[0].what.as_str()),
        (&None, "deleted")
    );
    live.world.put(object("Secret", "shop-tls"));
    let update = live.until(|u| u.rounds == 3).await;
    assert_eq!(update.report.verdict, Verdict::Ok);
    assert_eq!(update.changes[0].what, "created");
    assert_eq!(update.changes.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn noise_starts_no_round() {
    let live = start(World::default(), HOUR).await;
    let asked = live.world.asked(Edge::Network);
    let mut noisy = object("Service", "frontend");
    noisy["metadata"]["resourceVersion"] = json!("77");
    noisy["metadata"]["managedFields"] = json!([{"manager": "kubectl"}]);
    live.world.put(noisy);
    sleep(60 * SECOND).await;
    assert_eq!((live.now().rounds, live.now().changes.len()), (1, 0));
    assert_eq!(live.world.asked(Edge::Network), asked);
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_changes_neither_floods_nor_starves() {
    let live = start(World::default(), HOUR).await;
    for step in 0..1000 {
        let label = json!({"app": "frontend", "step": step.to_string()});
        live.world
            .put(edited("Pod", "frontend-1", "/metadata/labels", label));
        sleep(Duration::from_millis(10)).await;
    }
    sleep(SECOND).await;
    let update = live.now();
    let rounds = update.rounds - 1;
    assert!((15..=21).contains(&rounds), "{rounds} rounds in 10 s");
    assert_eq!(update.changes.len(), 20, "no more are kept");
    assert!(
        update.changes[0].what.contains("999"),
        "{:?}",
        update.changes[0]
    );
}

#[tokio::test(start_paused = true)]
async fn rounds_ask_the_network_and_watches_stand_for_the_rest() {
    let mut live = start(World::default(), 5 * SECOND).await;
    let (objects, network) = (
        live.world.asked(Edge::Objects),
        live.world.asked(Edge::Network),
    );
    live.until(|u| u.rounds == 100).await;
    assert_eq!(live.world.asked(Edge::Objects), objects);
    assert_eq!(live.world.asked(Edge::Network), 100 * network);
    live.world.with(|state| assert_eq!(state.watched, objects));
    let update = live.now();
    assert_eq!(update.verdicts, [Verdict::Ok; 60], "bounded");
}

#[tokio::test(start_paused = true)]
async fn a_report_fills_in_first_and_does_not_flap_later() {
    let world = World::default();
    world.with(|state| state.latency = SECOND);
    let mut live = start_with(world, 5 * SECOND, true);
    let first = live.until(|u| u.running > 0).await;
    assert_eq!((first.report.verdict, first.rounds), (Verdict::Waiting, 0));
    let more = live
        .until(|u| u.running > 0 && u.report.backends.len() == 1)
        .await;
    assert_eq!((more.report.verdict, more.rounds), (Verdict::Waiting, 0));
    live.until(|u| u.rounds == 1).await;
    let (mut ran, mut published) = (0, 0);
    while live.now().rounds < 5 {
        live.updates.changed().await.expect("the engine goes on");
        let update = live.now();
        published += 1;
        ran += u64::from(update.running > 0);
        assert_eq!(update.report.verdict, Verdict::Ok);
    }
    assert_eq!((ran, published), (4, 8), "twice a round: begun and ended");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_watched_is_asked_every_ten_seconds() {
    let forbidden = Gap::Forbidden {
        verb: "watch".to_owned(),
        resource: "services".to_owned(),
        namespace: None,
        name: None,
    };
    for unwatchable in [Err(()), Ok(forbidden)] {
        let world = World::default();
        world.with(|state| state.unwatchable = Some(unwatchable));
        let mut live = start(world, SECOND).await;
        let is_service = |q: &Question| matches!(q, Question::Get { kind: Kind::Service, name, .. } if name == "frontend");
        sleep(65 * SECOND).await;
        let times = live.world.asked_of(is_service);
        assert!((6..=7).contains(&times), "{times} times in 65 s");
        assert!(live.now().unseen.is_none());
        live.world.put(typo());
        let changed = Instant::now();
        live.until(|u| u.report.verdict == Verdict::Degraded).await;
        assert!(changed.elapsed() < 13 * SECOND, "{:?}", changed.elapsed());
        assert_eq!(live.now().changes[0].what, "\"frontend\" → \"fronted\"");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_api_server_leaves_the_report_and_comes_back() {
    let mut live = start(World::default(), 5 * SECOND).await;
    let asked = live.world.asked(Edge::Objects);
    let why = "cannot connect to https://cluster: connection refused".to_owned();
    live.world.lose(Some(Gap::Unreachable { why: why.clone() }));
    let lost = live.until(|u| u.unseen.is_some()).await;
    assert_eq!(
        lost.unseen.as_ref().map(|u| (&u.what, &u.why)),
        Some((&None, &why))
    );
    let rounds = lost.rounds;
    sleep(100 * SECOND).await;
    let update = live.now();
    assert_eq!(
        update.report.verdict,
        Verdict::Ok,
        "{:#?}",
        update.report.gaps
    );
    assert!(update.report.gaps.is_empty() && update.unseen.is_some());
    assert!(update.rounds >= rounds + 18, "the network is asked on");
    // At once, after 1, 2, 4, 8 s, then every 10 s, each a little sooner.
    let tries = (live.world.asked(Edge::Objects) - asked) / asked;
    assert!((12..=17).contains(&tries), "{tries} tries");
    // What changes meanwhile is found out later.
    live.world.put(typo());
    live.world.lose(None);
    let update = live.until(|u| u.unseen.is_none()).await;
    assert_eq!(update.changes[0].what, "\"frontend\" → \"fronted\"");
    live.until(|u| u.report.verdict == Verdict::Degraded).await;
    // And it is watched again.
    let again = Instant::now();
    live.world.put(object("Ingress", "shop"));
    live.until(|u| u.report.verdict == Verdict::Ok).await;
    assert!(again.elapsed() < SECOND);
    assert_eq!(live.world.listened(), asked);
}

#[tokio::test(start_paused = true)]
async fn a_broken_watch_is_made_good_without_a_word() {
    let mut live = start(World::default(), HOUR).await;
    let asked = live.world.asked(Edge::Objects);
    live.world.lose(None);
    sleep(10 * SECOND).await;
    let update = live.now();
    assert_eq!((update.rounds, update.unseen.is_none()), (1, true));
    assert_eq!(live.world.asked(Edge::Objects), 2 * asked);
    live.world.put(typo());
    live.until(|u| u.report.verdict == Verdict::Degraded).await;
}

/// With no other round in sight, what asking again brought starts one, and so does a server that is back.
#[tokio::test(start_paused = true)]
async fn what_was_missed_starts_a_round() {
    let mut live = start(World::default(), HOUR).await;
    live.world.lose(None);
    live.world.put(typo()); // nobody watches
    let missed = Instant::now();
    live.until(|u| u.report.verdict == Verdict::Degraded).await;
    assert!(missed.elapsed() < SECOND, "{:?}", missed.elapsed());
    let rounds = live.now().rounds;
    live.world.lose(Some(Gap::TimedOut));
    live.until(|u| u.unseen.is_some()).await;
    live.world.lose(None);
    let back = Instant::now();
    live.until(|u| u.rounds > rounds).await;
    assert!(back.elapsed() < 3 * SECOND, "{:?}", back.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_always_ends_at_once_is_not_begun_in_a_loop() {
    let world = World::default();
    world.with(|state| state.unwatchable = Some(Ok(Gap::TimedOut)));
    let live = start(world, HOUR).await;
    let first = live.world.asked(Edge::Objects);
    sleep(60 * SECOND).await;
    let times = live.world.asked(Edge::Objects) / first;
    assert!((7..=14).contains(&times), "{times} times in a minute");
}

#[tokio::test(start_paused = true)]
async fn gaps_that_may_pass_are_asked_in_every_round_and_others_every_ten_seconds() {
    let refused = |kind, gap| {
        let world = World::default();
        world.with(|state| state.refused = vec![(kind, gap)]);
        world
    };
    let of_service = |q: &Question| {
        matches!(
            q,
            Question::Get {
                kind: Kind::Service,
                ..
            }
        )
    };
    let mut live = start(refused(Kind::Service, Gap::TimedOut), 5 * SECOND).await;
    live.until(|u| u.rounds == 4).await;
    assert_eq!(live.world.asked_of(of_service), 4);
    assert!(live.now().unseen.is_none(), "others answer");
    live.world.with(|state| state.refused.clear());
    live.until(|u| u.report.verdict == Verdict::Ok).await;

    let mut live = start(refused(Kind::Service, forbidden()), 5 * SECOND).await;
    assert_eq!(live.now().unseen, None, "it never was seen");
    sleep(45 * SECOND).await;
    assert_eq!(live.world.asked_of(of_service), 5, "every ten seconds");
    assert!(!live.now().report.gaps.is_empty());
    live.world.with(|state| state.refused.clear());
    let given = Instant::now();
    let update = live.until(|u| u.report.gaps.is_empty()).await;
    assert!(given.elapsed() < 11 * SECOND, "{:?}", given.elapsed());
    assert!(update.changes.is_empty(), "nothing in the cluster changed");
    // From then on it is watched.
    live.world.put(typo());
    let changed = Instant::now();
    live.until(|u| u.report.verdict == Verdict::Degraded).await;
    assert!(changed.elapsed() < SECOND, "{:?}", changed.elapsed());
}

/// A server that has just started refuses for a moment what it allowed before: that is not believed at once, and told.
#[tokio::test(start_paused = true)]
async fn a_moment_of_refusal_blinds_nothing() {
    for gap in [forbidden(), html(), Gap::NotInstalled] {
        let mut live = start(World::default(), 5 * SECOND).await;
        live.world.with(|s| s.refused = vec![(Kind::Service, gap)]);
        live.world.lose(None);
        let update = live.until(|u| u.unseen.is_some()).await;
        let what = update.unseen.as_ref().and_then(|u| u.what.clone());
        let what = what.expect("one kind");
        assert!(what.to_lowercase().starts_with("service"), "{what}");
        sleep(6 * SECOND).await;
        assert_eq!(live.now().report.verdict, Verdict::Ok);
        live.world.with(|state| state.refused.clear());
        let back = Instant::now();
        live.until(|u| u.unseen.is_none()).await;
        assert!(back.elapsed() < 5 * SECOND, "{:?}", back.elapsed());
        live.world.put(typo());
        let changed = Instant::now();
        live.until(|u| u.report.verdict == Verdict::Degraded).await;
        assert!(changed.elapsed() < SECOND, "{:?}", changed.elapsed());
    }
}

/// A right that was taken away is a gap, the screen says since when, and when it is given back everything is as before: nobody
/// has to press a key.
#[tokio::test(start_paused = true)]
async fn a_lasting_refusal_is_believed_and_not_forever() {
    for gap in [forbidden(), html()] {
        let mut live = start(World::default(), 5 * SECOND).await;
        let began = live.now().settled.expect("a round");
        live.world.with(|s| s.refused = vec![(Kind::Service, gap)]);
        live.world.lose(None);
        let taken = Instant::now();
        let update = live.until(|u| !u.report.gaps.is_empty()).await;
        assert!(taken.elapsed() >= 10 * SECOND && taken.elapsed() < 20 * SECOND);
        let unseen = update.unseen.as_ref().expect("told");
        assert!(unseen.since >= began && unseen.what.is_some(), "{unseen:?}");
        sleep(60 * SECOND).await;
        live.world.with(|state| state.refused.clear());
        let given = Instant::now();
        let update = live.until(|u| u.report.gaps.is_empty()).await;
        assert!(given.elapsed() < 20 * SECOND, "{:?}", given.elapsed());
        assert_eq!(
            (update.report.verdict, &update.unseen),
            (Verdict::Ok, &None)
        );
        assert!(update.changes.is_empty(), "nothing in the cluster changed");
    }
}

fn forbidden() -> Gap {
    Gap::Forbidden {
        verb: "get".to_owned(),
        resource: "services".to_owned(),
        namespace: Some("shop".to_owned()),
        name: None,
    }
}

fn html() -> Gap {
    Gap::Malformed {
        why: "the API server answers with HTML".to_owned(),
    }
}

fn why(update: &Update) -> &str {
    update.unseen.as_ref().map_or("", |u| &u.why)
}

#[tokio::test(start_paused = true)]
async fn nobody_to_ask_from_the_beginning_is_lost_too() {
    let world = World::default();
    world.with(|state| state.down = Some(Gap::Unauthorized));
    let mut live = start(world, 5 * SECOND).await;
    assert_eq!(why(&live.now()), "unauthorized");
    live.world.with(|state| state.down = None);
    let update = live.until(|u| u.unseen.is_none()).await;
    assert_eq!(update.rounds, 2);
    assert_eq!(update.report.verdict, Verdict::Ok);
    assert!(update.report.gaps.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_silent_and_ends_with_what_happened_meanwhile() {
    let mut live = start(World::default(), 5 * SECOND).await;
    live.order(Order::Pause(true)).await;
    sleep(SECOND).await;
    live.updates.mark_unchanged();
    let (objects, network) = (
        live.world.asked(Edge::Objects),
        live.world.asked(Edge::Network),
    );
    live.world.put(typo());
    sleep(HOUR).await;
    assert!(!live.updates.has_changed().expect("it goes on"));
    assert_eq!(
        (
            live.world.asked(Edge::Objects),
            live.world.asked(Edge::Network)
        ),
        (objects, network)
    );
    assert_eq!(live.world.listened(), 0);
    let resumed = Instant::now();
    live.order(Order::Pause(false)).await;
    let update = live.until(|u| u.rounds > 1).await;
    assert!(resumed.elapsed() < SECOND);
    assert_eq!(
        update.report.verdict,
        Verdict::Degraded,
        "the first round sees it"
    );
    assert_eq!(update.changes[0].what, "\"frontend\" → \"fronted\"");
    live.until(|u| u.rounds > 3).await;
    // As many as before: Services with a name that is near, in place of the pods. Where else the name is cannot be watched.
    assert_eq!(live.world.listened(), objects);
}

#[tokio::test(start_paused = true)]
async fn a_pause_in_the_first_round_is_made_up_for() {
    let world = World::default();
    world.with(|state| state.latency = SECOND);
    let mut live = start_with(world, 5 * SECOND, false);
    live.until(|u| u.running > 0).await;
    live.order(Order::Pause(true)).await;
    sleep(60 * SECOND).await;
    assert_eq!((live.now().rounds, live.now().running), (0, 0));
    live.order(Order::Pause(false)).await;
    assert_eq!(
        live.until(|u| u.rounds == 1).await.report.verdict,
        Verdict::Ok
    );
}

#[tokio::test(start_paused = true)]
async fn the_time_between_rounds_can_be_changed() {
    let mut live = start(World::default(), HOUR).await;
    live.order(Order::Every(2 * SECOND)).await;
    sleep(61 * SECOND).await;
    let rounds = live.now().rounds;
    assert!((30..=32).contains(&rounds), "{rounds}");
    live.order(Order::Every(Duration::ZERO)).await;
    sleep(10 * SECOND).await;
    let more = live.now().rounds - rounds;
    assert!((15..=21).contains(&more), "{more} rounds in 10 s");
    live.order(Order::Every(HOUR)).await;
    sleep(SECOND).await;
    let rounds = live.now().rounds;
    sleep(HOUR / 2).await;
    assert_eq!(live.now().rounds, rounds);
    live.until(|u| u.rounds > rounds).await;
}

#[tokio::test(start_paused = true)]
async fn answers_from_inside_are_kept_while_the_network_says_the_same() {
    let world = World::default();
    world.with(|state| state.status = 502);
    let mut live = start(world, 5 * SECOND).await;
    let tunnels = |live: &Live| live.world.asked(Edge::Tunnel);
    let once = tunnels(&live);
    assert!(once > 0, "a failing request is followed inside");
    let asked = live.now().report.asked.len();
    live.until(|u| u.rounds == 6).await;
    assert_eq!(tunnels(&live), once, "kept for half a minute");
    assert_eq!(live.now().report.asked.len(), asked, "and in the report");
    live.until(|u| u.rounds == 8).await;
    assert_eq!(tunnels(&live), 2 * once, "and no longer");
    // The network says something else: nothing old stands next to it.
    live.world.with(|state| state.status = 503);
    live.until(|u| u.rounds == 9).await;
    assert_eq!(tunnels(&live), 3 * once);
    live.until(|u| u.rounds == 10).await;
    assert_eq!(tunnels(&live), 3 * once);
    // So do the objects.
    let label = json!({"app": "frontend", "tier": "front"});
    live.world
        .put(edited("Pod", "frontend-1", "/metadata/labels", label));
    live.until(|u| u.rounds == 11).await;
    assert_eq!(tunnels(&live), 4 * once);
}

/// A change that came during a round which a pause ended is not forgotten.
#[tokio::test(start_paused = true)]
async fn answers_from_inside_do_not_outlive_a_pause() {
    let world = World::default();
    world.with(|state| state.status = 502);
    let mut live = start(world, 5 * SECOND).await;
    let once = live.world.asked(Edge::Tunnel);
    live.world.with(|state| state.latency = SECOND);
    live.until(|u| u.running > 0).await;
    let label = json!({"app": "frontend", "tier": "front"});
    live.world
        .put(edited("Pod", "frontend-1", "/metadata/labels", label));
    live.until(|u| !u.changes.is_empty()).await;
    live.order(Order::Pause(true)).await;
    live.order(Order::Pause(false)).await;
    live.until(|u| u.rounds == 2).await;
    assert_eq!(live.world.asked(Edge::Tunnel), 2 * once);
}

#[tokio::test(start_paused = true)]
async fn the_longest_time_between_rounds_is_no_trouble() {
    let live = start(World::default(), Duration::MAX).await;
    live.order(Order::Every(Duration::MAX)).await;
    sleep(HOUR).await;
    assert_eq!(live.now().rounds, 1);
}

#[tokio::test(start_paused = true)]
async fn again_asks_everything_and_keeps_what_it_knows_until_then() {
    let mut live = start(World::default(), HOUR).await;
    let asked = |live: &Live| {
        (
            live.world.asked(Edge::Objects),
            live.world.asked(Edge::Network),
        )
    };
    let (objects, network) = asked(&live);
    live.order(Order::Again).await;
    live.until(|u| u.rounds == 2).await;
    assert_eq!(asked(&live), (2 * objects, 2 * network));
    live.world.with(|state| state.down = Some(Gap::TimedOut));
    live.order(Order::Again).await;
    let update = live.until(|u| u.rounds == 3).await;
    assert_eq!(update.report.verdict, Verdict::Ok);
    assert_eq!(why(&update), "timed out");
}

#[tokio::test(start_paused = true)]
async fn files_and_recordings_are_walked_once_and_on_demand() {
    let mut live = start_with(World::default(), SECOND, false);
    live.until(|u| u.rounds == 1).await;
    let asked = live.world.asked(Edge::Objects);
    live.world.put(typo());
    sleep(HOUR).await;
    assert_eq!(live.now().rounds, 1);
    assert_eq!(live.world.asked(Edge::Objects), asked);
    live.world.with(|state| assert_eq!(state.watched, 0));
    live.order(Order::Again).await;
    let update = live.until(|u| u.rounds == 2).await;
    assert_eq!(update.report.verdict, Verdict::Degraded);
    // One more than before: the walk looks for a Service with a name that is near.
    assert_eq!(live.world.asked(Edge::Objects), 2 * asked + 1);
    let ingress = live.object("Ingress", "shop", "shop").await.expect("known");
    assert_eq!(ingress.pointer(BACKEND), Some(&json!("fronted")));
}

#[tokio::test(start_paused = true)]
async fn an_object_is_told_as_known_or_asked_for() {
    let live = start(World::default(), HOUR).await;
    let asked = live.world.asked(Edge::Objects);
    let service = live
        .object("Service", "shop", "frontend")
        .await
        .expect("known");
    assert_eq!(
        (&service["kind"], &service["apiVersion"]),
        (&json!("Service"), &json!("v1"))
    );
    assert_eq!(live.world.asked(Edge::Objects), asked, "it is known");
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"}});
    live.world.put(map.clone());
    assert_eq!(live.object("ConfigMap", "shop", "settings").await, Ok(map));
    assert_eq!(live.world.asked(Edge::Objects), asked + 1);
    let none = live.object("ConfigMap", "shop", "other").await;
    assert_eq!(none, Err("ConfigMap shop/other: not found".to_owned()));
    let odd = live
        .object("VirtualService", "shop", "web")
        .await
        .expect_err("unknown");
    assert!(odd.contains("does not read"), "{odd}");
    live.world.with(|state| state.down = Some(Gap::TimedOut));
    let late = live.object("ConfigMap", "shop", "other").await;
    assert_eq!(late, Err("ConfigMap shop/other: timed out".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_the_walk_no_longer_reads_is_no_longer_watched() {
    let mut live = start(World::default(), HOUR).await;
    let all = live.world.listened();
    // The whole path behind the Ingress hangs on the rule.
    live.world.remove("Ingress", "shop");
    live.until(|u| u.rounds == 2).await;
    sleep(SECOND).await;
    assert!(live.world.listened() < all);
    live.world.put(object("Ingress", "shop"));
    live.until(|u| u.rounds == 3).await;
    assert_eq!(live.world.listened(), all);
}

#[tokio::test(start_paused = true)]
async fn everything_ends_with_the_orders() {
    let mut live = start(World::default(), 5 * SECOND).await;
    live.until(|u| u.rounds == 2).await;
    assert!(live.world.listened() > 0);
    drop(live.orders);
    let ended = timeout(SECOND, live.task).await;
    assert!(ended.expect("in time").is_ok());
    assert_eq!(live.world.listened(), 0);
    assert_eq!(
        Arc::strong_count(&live.world),
        1,
        "nobody holds it any more"
    );
}
