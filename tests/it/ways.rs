//! A host with two ways in, in the engine that goes on: another one is walked over what is known, and the network asked anew.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use hops::answer::Answerer;
use hops::engine::Limits;
use hops::engine::live::watch;
use hops::engine::watched::{Order, Watched};
use hops::facts::{Answer, Edge, Gap, News, Question};
use hops::report::{Hop, HopReport, Report, State, Update, Verdict};
use tokio::sync::{mpsc, watch as slot};
use tokio::time::{sleep, timeout};

use crate::support::fixture::{Answers, Fixture};
use crate::support::schema;
use crate::support::screens::ways_report;

const BROKEN: &str = "two-ways-in-and-the-other-one-is-broken";
const SAME_PODS: &str = "two-ways-in-to-the-same-pods";
const GATEWAY: &str = "Gateway infra/eg";
const SECOND: Duration = Duration::from_secs(1);

/// A cluster in which nothing changes, and a network that takes a second.
struct Slow(Answers<'static>);

impl Answerer for Slow {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            if question.edge() == Edge::Network {
                sleep(SECOND).await;
            }
            self.0.answer(question).await
        })
    }

    fn watch<'a>(&'a self, _: &Question) -> Option<BoxStream<'a, News>> {
        Some(stream::pending().boxed())
    }
}

/// A watch of the host; the name leads to the Ingress.
struct Live {
    fixture: &'static Fixture,
    orders: mpsc::Sender<Order>,
    news: slot::Receiver<Option<Arc<Update>>>,
}

fn start(live: bool) -> Live {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
    let fixture = Fixture::load(&Path::new(folder).join(format!("{BROKEN}.yaml")));
    let fixture: &'static Fixture = Box::leak(Box::new(fixture));
    let (orders, inbox) = mpsc::channel(16);
    let (outbox, news) = slot::channel(None);
    let watched = Watched {
        target: fixture.target().clone(),
        answerer: Arc::new(Slow(Answers::of(fixture))),
        settings: fixture.settings().clone(),
        limits: Limits::default(),
        live,
        every: 60 * SECOND,
    };
    tokio::spawn(watch(watched, inbox, outbox));
    Live {
        fixture,
        orders,
        news,
    }
}

impl Live {
    async fn until(&mut self, what: impl Fn(&Update) -> bool) -> Arc<Update> {
        let wait = async {
            loop {
                if let Some(update) = self.news.borrow_and_update().clone().filter(|u| what(u)) {
                    return update;
                }
                self.news.changed().await.expect("the watch goes on");
            }
        };
        timeout(600 * SECOND, wait).await.expect("it comes to that")
    }

    async fn enter(&self, name: &str) {
        let sent = self.orders.send(Order::Entrance(name.into())).await;
        assert!(sent.is_ok(), "the watch goes on");
    }

    fn asked(&self, is: impl Fn(&Question) -> bool) -> usize {
        let asked = self.fixture.asked.lock().expect("no panic before");
        asked.iter().filter(|(q, _)| is(q)).count()
    }
}

fn walks(report: &Report, name: &str) -> bool {
    report.judged().is_some_and(|e| e.id == name)
}

#[tokio::test(start_paused = true)]
async fn another_way_in_is_told_at_once_over_the_objects_that_are_known() {
    let mut live = start(true);
    let first = live.until(|u| u.rounds == 1).await;
    assert!(walks(&first.report, "traefik"));
    let objects = live.asked(Question::is_api);
    let network = live.asked(|q| q.edge() == Edge::Network);
    live.enter(GATEWAY).await;
    let turned = live.until(|u| walks(&u.report, GATEWAY)).await;
    assert_eq!((turned.rounds, &turned.verdicts[..]), (1, &[][..]));
    assert_eq!(turned.report.answer.status, Some(500));
    let settled = live.until(|u| u.rounds == 2).await;
    assert_eq!(settled.verdicts, [Verdict::Broken]);
    assert_eq!(settled.report.broken_at, Some(Hop::Route));
    // What is wrong there may lead further; nothing is asked again.
    let asked = live.fixture.asked.lock().expect("no panic before").clone();
    let new = asked.iter().filter(|(q, _)| q.is_api()).skip(objects);
    let new: Vec<String> = new.map(|(q, _)| q.to_string()).collect();
    assert_eq!(new, ["list validatingwebhookconfigurations"]);
    assert!(live.asked(|q| q.edge() == Edge::Network) > network);
    // It stays so in the rounds that follow, and the way back is as short.
    let later = live.until(|u| u.rounds == 3).await;
    assert!(walks(&later.report, GATEWAY));
    live.enter("traefik").await;
    let back = live.until(|u| u.rounds == 4).await;
    assert!(walks(&back.report, "traefik"));
    let plain = |r: &Report| (r.verdict, r.answer.status, r.findings.clone());
    assert_eq!(plain(&back.report), plain(&first.report));
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_not_asked_again() {
    let mut live = start(false);
    live.until(|u| u.rounds == 1).await;
    live.enter(GATEWAY).await;
    live.until(|u| u.rounds == 2 && walks(&u.report, GATEWAY))
        .await;
    live.enter("traefik").await;
    live.until(|u| u.rounds == 3 && walks(&u.report, "traefik"))
        .await;
    let asked = live.fixture.asked.lock().expect("no panic before");
    for (question, _) in asked.iter() {
        let again = asked.iter().filter(|(q, _)| q == question).count();
        assert_eq!(again, 1, "{question}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_first_round_asked_for_is_kept() {
    let mut live = start(true);
    live.enter(GATEWAY).await;
    live.until(|u| u.rounds == 2 && walks(&u.report, GATEWAY))
        .await;
    let asked = live.fixture.asked.lock().expect("no panic before");
    for (question, _) in asked.iter().filter(|(q, _)| q.is_api()) {
        let again = asked.iter().filter(|(q, _)| q == question).count();
        assert_eq!(again, 1, "{question}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_ends_with_it() {
    let mut live = start(true);
    live.until(|u| u.rounds == 1).await;
    assert!(live.orders.send(Order::Pause(true)).await.is_ok());
    sleep(20 * SECOND).await;
    live.enter(GATEWAY).await;
    let there = live.until(|u| walks(&u.report, GATEWAY)).await;
    assert_eq!(
        (there.rounds, &there.verdicts[..]),
        (2, &[Verdict::Broken][..])
    );
    live.until(|u| u.rounds == 4).await;
}

#[test]
fn the_report_has_the_hops_of_the_other_way_in() {
    let report = ways_report(BROKEN, None);
    let [own, other] = &report.entrances[..] else {
        panic!("two ways in");
    };
    assert!(own.judged && own.hops.is_empty() && own.joins.is_none());
    assert_eq!((other.broken_at(), other.joins), (Some(Hop::Route), None));
    let hops: Vec<Hop> = other.hops.iter().map(|h| h.hop).collect();
    assert_eq!(hops, hops::report::NORTH_SOUTH[2..]);
    // What is wrong there is wrong there only.
    let ok = |h: &HopReport| {
        h.state == State::Ok || h.hop == Hop::NetworkPolicy && h.state == State::Skipped
    };
    assert!(report.path.iter().all(ok));
    // The Ingress names the port, the Gateway its number: the pods are the same.
    let report = ways_report(SAME_PODS, None);
    let other = &report.entrances[1];
    assert_eq!((other.broken_at(), other.joins), (None, Some(Hop::Service)));
    assert!(
        other
            .hops
            .iter()
            .all(|h| h.hop < Hop::Service && h.state == State::Ok)
    );
    let text = hops::output::json::render(&[report], false).expect("JSON");
    let document = serde_json::from_str(&text).expect("JSON");
    let schema = serde_json::from_str(include_str!("../../assets/report.schema.json"));
    let problems = schema::problems(&schema.expect("a schema"), &document);
    assert_eq!(problems, Vec::<String>::new());
}

fn markdown(report: &Report) -> String {
    hops::output::markdown::render(std::slice::from_ref(report))
}

#[test]
fn asked_for_by_name_it_is_asked_at_its_own_address() {
    let there = ways_report(BROKEN, Some("infra/eg"));
    assert_eq!(
        (there.verdict, there.answer.status),
        (Verdict::Broken, Some(500))
    );
    assert_eq!(there.path[0].state, State::Broken);
    // Whoever reads the report has not asked for it.
    let words = "Gateway infra/eg, to which the name does not lead";
    let style = hops::output::text::Style::default();
    assert!(
        hops::output::text::render(&there, &style).contains(&format!("By way of      {words}"))
    );
    assert!(markdown(&there).contains(&format!("**By way of:** {words}")));
    assert!(!markdown(&ways_report(BROKEN, None)).contains("By way of"));
    let there = ways_report(SAME_PODS, Some("infra/eg"));
    assert_eq!(
        (there.verdict, there.answer.status),
        (Verdict::Ok, Some(200))
    );
    // By the name of the one that the host's name leads to anyway, nothing is another.
    let plain = |r: Report| (r.verdict, r.answer.status, r.findings);
    let named = ways_report(BROKEN, Some("traefik"));
    assert_eq!(plain(named), plain(ways_report(BROKEN, None)));
}
