//! Watched sessions over a faulty way to the API server: good, faulty for a while, good again, and objects change meanwhile. What is not
//! seen is told while it lasts; two polls after it ended the screen says what a fresh check says, and nothing is left of the fault.
//!
//! `HOPS_RUNS=60` makes more sessions, `HOPS_SEED=7` that one alone.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use hops::answer::Sources;
use hops::engine::live::watch;
use hops::engine::watched::{Order, Watched};
use hops::engine::{Limits, check};
use hops::facts::{Facts, Kind};
use hops::report::{Report, Update};
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch as slot};
use tokio::time::{Instant, sleep, timeout};

use crate::faulty::{differences, essence, in_no_time, seeds};
use crate::support::fake_api::FakeApi;
use crate::support::faulty::{self, Faults, HARD, Rule, SOFT, pick, roll};
use crate::support::shop::{self, edited, object};

/// Sessions of a test run.
const SESSIONS: u64 = 12;
/// How many faults one after the other.
const FAULTS: u64 = 2;
const SECOND: Duration = Duration::from_secs(1);
/// The session asks again every ten seconds; what waited for that makes a round.
const TWO_POLLS: Duration = Duration::from_secs(20);
/// Ten seconds until a watch that hangs is lost, ten more until asking again is in vain.
const NOTICED: Duration = Duration::from_secs(21);

fn sources(api: &Arc<FakeApi>) -> Sources {
    Sources {
        objects: Box::new(faulty::cluster(api)),
        network: Box::new(shop::Good),
        tunnel: Box::new(shop::Good),
    }
}

/// A session under way.
struct Live {
    api: Arc<FakeApi>,
    _orders: mpsc::Sender<Order>,
    updates: slot::Receiver<Option<Arc<Update>>>,
}

impl Live {
    fn begin(api: Arc<FakeApi>) -> Self {
        let watched = Watched {
            target: shop::target(),
            answerer: Arc::new(sources(&api)),
            settings: shop::settings(),
            limits: Limits::default(),
            live: true,
            every: 5 * SECOND,
        };
        let (orders, taken) = mpsc::channel(8);
        let (out, updates) = slot::channel(None);
        tokio::spawn(watch(watched, taken, out));
        Self {
            api,
            _orders: orders,
            updates,
        }
    }

    fn now(&self) -> Arc<Update> {
        self.updates.borrow().clone().expect("an update")
    }

    /// Waits for something, and says whether it came.
    async fn until(&mut self, time: Duration, wanted: impl Fn(&Update) -> bool) -> bool {
        let seen = self.updates.wait_for(|u| u.as_deref().is_some_and(&wanted));
        timeout(time, seen).await.is_ok_and(|seen| seen.is_ok())
    }

    /// What one who comes now is told.
    async fn fresh(&self) -> Report {
        let mut settings = shop::settings();
        settings.now = jiff::Timestamp::now();
        let (targets, mut facts) = ([shop::target()], Facts::new());
        let sources = sources(&self.api);
        let limits = Limits::default();
        check(&targets, &mut facts, &sources, &settings, limits)
            .await
            .remove(0)
    }
}

/// Something in the cluster is not as it was.
fn change(api: &FakeApi, seed: u64, step: &str) {
    let of = |kind, name, pointer, value: Value| edited(kind, name, pointer, value);
    let backend = "/spec/rules/0/http/paths/0/backend/service/name";
    match roll(seed, step) % 9 {
        0 => api.put(of(
            "Service",
            "frontend",
            "/spec/selector/app",
            json!("fronted"),
        )),
        1 => api.put(object("Service", "frontend")),
        2 => api.put(of("Ingress", "shop", backend, json!("fronted"))),
        3 => api.put(object("Ingress", "shop")),
        4 => api.remove(Kind::Ingress, "shop", "shop"),
        5 => api.remove(Kind::Service, "shop", "frontend"),
        6 => api.put(of("EndpointSlice", "frontend-abc", "/endpoints", json!([]))),
        7 => api.put(object("EndpointSlice", "frontend-abc")),
        _ => api.remove(
            Kind::Pod,
            "shop",
            pick::<&str>(seed, step, &["frontend-1", "frontend-2"]),
        ),
    }
}

/// What a fault is like. One of two hits all that is of a kind on the path, each time; the kind comes with it.
fn rules(seed: u64, api: &FakeApi) -> (Vec<Rule>, Option<String>) {
    let rule = |only: Option<String>, chance, what| Rule {
        seed,
        share: *pick(seed, "share", &[1, 1, 2, 4]),
        only,
        chance,
        mixed: roll(seed, "mixed").is_multiple_of(2),
        what,
    };
    let hard = if roll(seed, "one").is_multiple_of(2) {
        vec![*pick(seed, "hard", &HARD)]
    } else {
        HARD.to_vec()
    };
    if roll(seed, "sick").is_multiple_of(2) {
        let all = [
            "services",
            "ingresses",
            "endpointslices",
            "pods",
            "secrets",
            "api",
        ];
        let asked = |part: &&str| {
            api.seen()
                .iter()
                .any(|s| s.path.contains(&format!("/{part}")))
        };
        let all: Vec<&str> = all.into_iter().filter(asked).collect();
        let sick = format!("/{}", pick(seed, "which", &all));
        return (vec![rule(Some(sick.clone()), 100, hard)], Some(sick));
    }
    let chance = *pick(seed, "chance", &[20, 50, 90]);
    let also = [&hard[..], &SOFT].concat();
    (vec![rule(None, chance, also)], None)
}

/// Goes through one, and says what is wrong with it.
async fn session(seed: u64) -> Vec<String> {
    let api = FakeApi::builder().objects(shop::objects()).start().await;
    let mut live = Live::begin(Arc::new(api));
    let mut wrong = Vec::new();
    if !live.until(TWO_POLLS, |u| u.rounds > 0).await {
        return vec!["no round".to_owned()];
    }
    for number in 0..FAULTS {
        let seed = roll(seed, &format!("fault {number}"));
        sleep(SECOND * u32::try_from(roll(seed, "good") % 15).expect("small")).await;
        live.api.forget();
        let (rules, sick) = {
            // What the path is made of now.
            let _ = live.fresh().await;
            rules(seed, &live.api)
        };
        let told = format!("fault {number}, {rules:?}");
        let faults = Faults::new(rules);
        let planned = Arc::clone(&faults);
        live.api
            .follow(Arc::new(move |request| planned.of(request)));
        match roll(seed, "watches") % 3 {
            0 => live.api.expire(),
            _ => live.api.end_watches(),
        }
        if let Some(sick) = &sick
            && !live.until(NOTICED, |u| u.unseen.is_some()).await
        {
            wrong.push(format!("{told}: no word of {sick}"));
        }
        for step in 0..=roll(seed, "changes") % 4 {
            sleep(SECOND * u32::try_from(roll(seed, "pause") % 12).expect("small")).await;
            change(&live.api, seed, &format!("change {step}"));
        }
        sleep(TWO_POLLS + 11 * SECOND).await;
        let update = live.now();
        live.api.mend();
        let ended = Instant::now();
        live.api.forget();
        let fresh = essence(&live.fresh().await);
        // The path may lead elsewhere by now; what never was seen there is a gap.
        let reads = |sick: &String| live.api.seen().iter().any(|s| s.path.contains(sick));
        if let Some(sick) = sick.filter(reads)
            && update.unseen.is_none()
            && update.report.gaps.is_empty()
        {
            wrong.push(format!("{told}: no more word of {sick}"));
        }
        if update.unseen.is_none() && update.report.gaps.is_empty() {
            let differ = differences(&fresh, &essence(&update.report));
            if !differ.is_empty() {
                wrong.push(format!(
                    "{told}: nothing is said to be unseen, and {differ}"
                ));
            }
        }
        let same = |u: &Update| u.unseen.is_none() && essence(&u.report) == fresh;
        if !live.until(TWO_POLLS, same).await {
            let now = live.now();
            let differ = differences(&fresh, &essence(&now.report));
            let unseen = &now.unseen;
            wrong.push(format!(
                "{told}: {:?} later {unseen:?}, {differ}",
                ended.elapsed()
            ));
            return wrong;
        }
    }
    wrong
}

#[test]
fn nothing_is_left_of_a_fault_that_is_over() {
    let (mut text, mut failed) = (String::new(), 0);
    let seeds = seeds(SESSIONS);
    for seed in &seeds {
        let wrong = in_no_time(session(*seed));
        failed += usize::from(!wrong.is_empty());
        for line in wrong {
            let _ = writeln!(text, "HOPS_SEED={seed} {line}");
        }
    }
    assert!(failed == 0, "{failed} of {} sessions\n{text}", seeds.len());
}
