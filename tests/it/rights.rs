//! What may not be read or does not decode is unknown: never an error, never "missing", and named with the right that would show it.

use std::collections::BTreeSet;

use hops::facts::{Gap, Kind, Question};
use hops::report::{Hop, HopReport, Report, Severity, State, Verdict};
use proptest::prelude::*;
use serde_json::json;

use crate::support::fixture::{Fixture, base, forbidden};

const BASES: [&str; 2] = ["shop", "nginx"];

fn healthy(name: &str) -> Fixture {
    Fixture::load(&base(name))
}

fn gaps() -> Vec<Gap> {
    vec![
        Gap::NotInstalled,
        Gap::TimedOut,
        Gap::Unauthorized,
        Gap::NotRecorded,
        Gap::Unreachable {
            why: "connection refused".to_owned(),
        },
        Gap::Malformed {
            why: "not JSON".to_owned(),
        },
    ]
}

fn codes(report: &Report, least: Severity) -> BTreeSet<&'static str> {
    let findings = report.findings.iter().filter(|f| f.severity >= least);
    // That a controller is out of support holds for the healthy one too.
    let codes = findings.map(|f| f.code).filter(|c| *c != "ctl-retired");
    codes.collect()
}

/// What cannot be seen is unknown; that the way does not lead there would be a claim.
fn nothing_is_skipped(report: &Report, what: &str) {
    // Where no policy is, none is on the way.
    let free = |h: &HopReport| h.hop == Hop::NetworkPolicy && h.summary.starts_with("no");
    let mut hops = report.path.iter().filter(|h| !free(h));
    let skipped = hops.find(|h| h.state == State::Skipped);
    assert!(skipped.is_none(), "{what}: {skipped:?}");
}

/// The healthy shop stays without findings, and every refusal is named with the right that lifts it.
fn nothing_is_made_up(fixture: &Fixture, what: &str) {
    let report = fixture.report();
    let found = codes(&report, Severity::Info);
    assert!(found.is_empty(), "{what}: {found:?}");
    assert_ne!(report.verdict, Verdict::Waiting, "{what}");
    assert_eq!(report.broken_at, None, "{what}");
    nothing_is_skipped(&report, what);
    let asked = fixture.asked.lock().expect("no panic before");
    for (question, refused) in asked.iter() {
        if *refused && forbidden(question) == (fixture.withhold)(question) {
            let right = question.right();
            let named = report.gaps.iter().any(|g| g.allow == right);
            assert!(named, "{what}: no word of {right:?} in {:#?}", report.gaps);
        }
    }
    // What nobody installed, or looked for, hides nothing.
    let missed = |q: &Question| match (fixture.withhold)(q) {
        Some(Gap::NotInstalled | Gap::NotRecorded) => q.kind().is_none_or(Kind::is_built_in),
        gap => gap.is_some(),
    };
    let refused = asked.iter().any(|(q, refused)| *refused && missed(q));
    assert_eq!(
        refused,
        !report.gaps.is_empty(),
        "{what}: {:#?}",
        report.gaps
    );
}

#[test]
fn one_kind_at_a_time_and_all_at_once() {
    for name in BASES {
        let mut fixture = healthy(name);
        for kind in Kind::ALL.map(Some).into_iter().chain([None]) {
            let hit = move |q: &Question| q.is_api() && kind.is_none_or(|k| q.kind() == Some(k));
            fixture.withhold = Box::new(move |q| if hit(q) { forbidden(q) } else { None });
            nothing_is_made_up(&fixture, &format!("{name}, {kind:?} forbidden"));
            for gap in gaps() {
                let what = format!("{name}, {kind:?} {gap:?}");
                fixture.withhold = Box::new(move |q| hit(q).then(|| gap.clone()));
                nothing_is_made_up(&fixture, &what);
            }
        }
    }
}

#[test]
fn one_question_at_a_time() {
    for name in BASES {
        let mut fixture = healthy(name);
        fixture.report();
        let asked: BTreeSet<Question> = {
            let asked = fixture.asked.lock().expect("no panic before");
            asked.iter().map(|(q, _)| q.clone()).collect()
        };
        for question in asked {
            let what = format!("{name} without {question}");
            let network = !question.is_api();
            fixture.withhold = Box::new(move |q| {
                let hit = *q == question;
                hit.then(|| forbidden(q).unwrap_or(Gap::TimedOut))
            });
            if network {
                let report = fixture.report();
                assert_eq!(codes(&report, Severity::Info), BTreeSet::new(), "{what}");
            } else {
                nothing_is_made_up(&fixture, &what);
            }
        }
    }
}

#[test]
fn without_the_network_nothing_is_called_well() {
    for name in BASES {
        let mut fixture = healthy(name);
        for gap in [
            Gap::NotAsked {
                why: "--no-probes".to_owned(),
            },
            Gap::TimedOut,
        ] {
            fixture.withhold = Box::new(move |q| (!q.is_api()).then(|| gap.clone()));
            let report = fixture.report();
            assert_eq!(codes(&report, Severity::Info), BTreeSet::new(), "{name}");
            assert_eq!(report.verdict, Verdict::Unknown, "{name}");
            assert!(report.has_unknown_hop(), "{name}");
        }
    }
}

#[test]
fn a_healthy_application_passes_for_a_user_with_few_rights_but_not_strictly() {
    let report = healthy("../scenarios/least-privilege").report();
    assert!(!report.has_at_least(Severity::Info));
    assert!(report.has_unknown_hop());
}

#[test]
fn a_malformed_object_is_neither_missing_nor_a_fault() {
    for name in BASES {
        let mut fixture = healthy(name);
        let whole = fixture.objects.clone();
        for at in 0..whole.len() {
            let fields = whole[at].as_object().expect("an object").keys();
            let fields =
                fields.filter(|k| !["apiVersion", "kind", "metadata"].contains(&k.as_str()));
            for field in fields {
                fixture.objects = whole.clone();
                fixture.objects[at][field] = json!("nonsense");
                let meta = &whole[at]["metadata"];
                let what = format!("{name}: {} {} .{field}", whole[at]["kind"], meta["name"]);
                let report = fixture.report();
                assert_eq!(codes(&report, Severity::Info), BTreeSet::new(), "{what}");
                assert_ne!(report.verdict, Verdict::Waiting, "{what}");
                nothing_is_skipped(&report, &what);
                let named = |g: &hops::report::GapNote| g.why.starts_with("malformed");
                let read = !report.gaps.is_empty();
                assert_eq!(
                    report.gaps.iter().any(named),
                    read,
                    "{what}: {:#?}",
                    report.gaps
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_choice_of_kinds(kinds in proptest::sample::subsequence(Kind::ALL.to_vec(), 0..13), base in 0..BASES.len()) {
        let mut fixture = healthy(BASES[base]);
        let what = format!("{} without {kinds:?}", BASES[base]);
        fixture.withhold = Box::new(move |q| {
            let hit = q.kind().is_some_and(|k| kinds.contains(&k));
            if hit { forbidden(q) } else { None }
        });
        nothing_is_made_up(&fixture, &what);
    }
}
