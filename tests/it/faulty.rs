//! One-shot runs over a faulty way to the API server: whatever goes wrong with requests, hops says what it says without that, or names
//! what it could not see, or says that nothing could be read. The cases are those of the pitfalls and the scenarios.
//!
//! `HOPS_RUNS=600` makes more runs, `HOPS_SEED=7` that one alone.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hops::answer::Sources;
use hops::engine::{Clock, Limits, check_until};
use hops::facts::{Facts, Gap};
use hops::modes::api_health::ApiHealth;
use hops::report::{Report, Verdict};
use serde_json::{Value, json};

use crate::law_of_rights::{broken, fails};
use crate::support::corpus;
use crate::support::fake_api::FakeApi;
use crate::support::faulty::{self, CHANGED, Faults, HARD, Named, Rule, SOFT, pick, roll};
use crate::support::fixture::{Answers, Fixture};

/// Runs of a test run.
const RUNS: u64 = 60;

/// The seeds to run.
pub fn seeds(runs: u64) -> Vec<u64> {
    let number = |key: &str| env::var(key).ok().and_then(|v| v.parse::<u64>().ok());
    match number("HOPS_SEED") {
        Some(seed) => vec![seed],
        None => (1..=number("HOPS_RUNS").unwrap_or(runs)).collect(),
    }
}

/// Does something in a runtime whose clock goes on when there is nothing else to do.
pub fn in_no_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(work)
}

fn rules(seed: u64) -> Vec<Rule> {
    let all: Vec<Named> = [&HARD[..], &SOFT, &CHANGED].concat();
    // No API server at all, in one of its many forms.
    let down = Rule {
        seed,
        share: 1,
        only: None,
        chance: 100,
        mixed: roll(seed, "mixed").is_multiple_of(2),
        what: vec![*pick(seed, "down", &HARD), *pick(seed, "also down", &HARD)],
    };
    if roll(seed, "down").is_multiple_of(8) {
        return vec![down];
    }
    let count = 1 + roll(seed, "rules") % 3;
    let rule = |n: u64| {
        let seed = roll(seed, &format!("rule {n}"));
        let what = match roll(seed, "what") % 4 {
            0 => SOFT.to_vec(),
            1 => vec![*pick(seed, "one", &all)],
            _ => all.clone(),
        };
        Rule {
            seed,
            share: *pick(seed, "share", &[1, 2, 4, 8]),
            only: None,
            chance: *pick(seed, "chance", &[15, 40, 100]),
            mixed: roll(seed, "mixed").is_multiple_of(2),
            what,
        }
    };
    (0..count).map(rule).collect()
}

/// What a run comes to; the error is why nothing was read.
async fn run(fixture: &'static Fixture, faults: Option<&Arc<Faults>>) -> Result<Report, Gap> {
    let objects = fixture.objects.clone();
    let api = Arc::new(FakeApi::builder().objects(objects).start().await);
    if let Some(faults) = faults.cloned() {
        api.follow(Arc::new(move |request| faults.of(request)));
    }
    let sources = Sources {
        objects: Box::new(faulty::cluster(&api)),
        network: Box::new(Answers::of(fixture)),
        tunnel: Box::new(Answers::of(fixture)),
    };
    let health = ApiHealth::new(Box::new(sources));
    let (targets, mut facts) = ([fixture.target().clone()], Facts::new());
    let clock = Clock::after(Duration::from_secs(30));
    let bounds = (Limits::default(), &clock);
    let settings = fixture.settings();
    tokio::select! {
        biased;
        gap = health.lost() => Err(gap),
        mut reports = check_until(&targets, &mut facts, &health, settings, bounds) => {
            health.failure().map_or_else(|| Ok(reports.remove(0)), Err)
        }
    }
}

/// What is to be the same where nothing is missing.
pub fn essence(report: &Report) -> Value {
    let findings = report.findings.iter();
    let findings = findings.map(|f| json!([f.code, f.severity, f.subject, f.caused_by]));
    let path = report.path.iter();
    let path = path.map(|h| json!([h.hop, h.state, h.summary]));
    json!({
        "verdict": report.verdict, "brokenAt": report.broken_at,
        "findings": findings.collect::<Vec<_>>(), "path": path.collect::<Vec<_>>(),
        "backends": report.backends, "gaps": report.gaps,
    })
}

/// Where two differ.
pub fn differences(should: &Value, is: &Value) -> String {
    let fields = should.as_object().expect("an object");
    let other = fields.iter().filter(|(name, value)| is[*name] != **value);
    let other = other.map(|(name, value)| format!("{name} is {}, not {value}", is[name]));
    other.collect::<Vec<_>>().join("; ")
}

/// Whether something was read for what it is.
fn was_read(faults: &Faults) -> bool {
    let log = faults.log();
    let clean = log.iter().filter(|(_, fault)| fault.is_none());
    let mut lists = clean.filter(|(asked, _)| {
        let path = asked.split('?').next().unwrap_or_default();
        let last = path.rsplit('/').next().unwrap_or_default();
        let is_list = hops::facts::Kind::ALL.iter().any(|k| k.plural() == last);
        // One page may not be all.
        is_list && !asked.contains("continue=")
    });
    lists.any(|(asked, _)| {
        let whole = |(other, fault): &(String, Option<&str>)| {
            fault.is_none() || !other.starts_with(asked.as_str())
        };
        log.iter().all(whole)
    })
}

/// What is wrong with what a run came to.
fn faults_of(whole: &Report, said: &Result<Report, Gap>, faults: &Faults) -> Vec<String> {
    let said = match said {
        Ok(said) => said,
        Err(gap) if was_read(faults) => {
            return vec![format!("says that nothing could be read: {gap}")];
        }
        Err(_) => return Vec::new(),
    };
    let mut wrong = broken(whole, said);
    // A good answer beside warnings stays good when those become gaps, which are named: see above.
    let good = matches!(whole.verdict, Verdict::Ok | Verdict::Degraded) && !fails(whole);
    if said.verdict == Verdict::Ok && !good {
        wrong.push(format!("{:?} is called ok", whole.verdict));
    }
    if said.gaps == whole.gaps {
        let differ = differences(&essence(whole), &essence(said));
        if !differ.is_empty() {
            wrong.push(format!("without a further gap {differ}"));
        }
    }
    wrong
}

struct Outcome {
    case: String,
    kind: &'static str,
    wrong: Vec<String>,
}

fn outcome(seed: u64, cases: &[(String, PathBuf)]) -> Outcome {
    let (case, path) = pick(seed, "case", cases);
    let fixture: &'static Fixture = Box::leak(Box::new(Fixture::load(path)));
    let faults = Faults::new(rules(seed));
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let whole = in_no_time(run(fixture, None)).expect("it can be read");
        (in_no_time(run(fixture, Some(&faults))), whole)
    }));
    let (kind, mut wrong) = match &ended {
        Err(_) => ("panics", vec!["panics".to_owned()]),
        Ok((said, whole)) => {
            let kind = match said {
                Err(_) => "nothing read",
                Ok(said) if said.gaps == whole.gaps => "the same",
                Ok(_) => "with gaps",
            };
            (kind, faults_of(whole, said, &faults))
        }
    };
    if !wrong.is_empty() {
        let hit = faults.log().into_iter();
        let hit: BTreeSet<String> = hit
            .filter_map(|(asked, fault)| Some(format!("    {asked}: {}", fault?)))
            .collect();
        wrong.extend(hit);
    }
    Outcome {
        case: case.clone(),
        kind,
        wrong,
    }
}

#[test]
fn what_is_not_seen_is_named_whatever_goes_wrong() {
    let (seeds, cases) = (seeds(RUNS), corpus::files());
    let (mut text, mut failed) = (String::new(), 0);
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for seed in &seeds {
        let outcome = outcome(*seed, &cases);
        match kinds.iter_mut().find(|(kind, _)| *kind == outcome.kind) {
            Some((_, times)) => *times += 1,
            None => kinds.push((outcome.kind, 1)),
        }
        if !outcome.wrong.is_empty() {
            failed += 1;
            let _ = writeln!(text, "HOPS_SEED={seed} {}", outcome.case);
            for line in outcome.wrong {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    assert!(
        failed == 0,
        "{failed} of {} runs: {kinds:?}\n{text}",
        seeds.len()
    );
    let tried = |kind: &str| kinds.iter().any(|(k, times)| *k == kind && *times > 2);
    let all = tried("the same") && tried("with gaps") && tried("nothing read");
    assert!(all || seeds.len() < 60, "{kinds:?}");
}
