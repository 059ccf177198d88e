//! Every pitfall's fixtures: cases that fire and near misses that stay silent, judged by the real walk over a replayed cluster.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hops::report::{Severity, Verdict};
use support::fixture::{Fixture, word};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pitfalls")
}

fn cases(code: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join(code))
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn the_bases_themselves_are_healthy() {
    for base in ["shop.yaml", "nginx.yaml"] {
        let fixture = Fixture::load(&folder().join(base));
        let report = fixture.report();
        let asked = fixture.asked.lock().expect("no panic before");
        let probes: Vec<String> = asked
            .iter()
            .filter(|(question, _)| !question.is_api())
            .map(|(question, _)| question.to_string())
            .collect();
        // One of each: the authoritative servers and the like are asked only when something is odd.
        assert_eq!(probes.len(), 4, "{probes:?}");
        assert!(report.findings.is_empty(), "{:#?}", report.findings);
        assert_eq!(format!("{:?}", report.verdict), "Ok", "{:#?}", report.path);
        assert!(report.gaps.is_empty(), "{:#?}", report.gaps);
        assert_eq!(
            report.backends[0].pods,
            ["frontend-1", "frontend-2", "frontend-3"]
        );
    }
}

#[test]
fn every_check_has_cases_that_fire_and_near_misses() {
    let folders: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("tests/pitfalls")
        .filter_map(|e| {
            Some(e.ok()?)
                .filter(|e| e.path().is_dir())?
                .file_name()
                .into_string()
                .ok()
        })
        .collect();
    let codes: BTreeSet<String> = hops::checks::ALL
        .iter()
        .map(|c| c.code.to_owned())
        .collect();
    assert_eq!(folders, codes, "one folder a code");
    for code in &codes {
        let names: Vec<String> = cases(code)
            .iter()
            .filter_map(|p| Some(p.file_stem()?.to_str()?.to_owned()))
            .collect();
        assert!(
            names.iter().any(|n| n.starts_with("fires")),
            "{code} has no case that fires"
        );
        assert!(
            names.iter().any(|n| n.starts_with("near-miss")),
            "{code} has no near miss"
        );
        let strays: Vec<_> = names
            .iter()
            .filter(|n| !n.starts_with("fires") && !n.starts_with("near-miss"))
            .collect();
        assert!(strays.is_empty(), "{code}: {strays:?}");
    }
}

#[test]
fn pitfalls_fire_and_near_misses_stay_silent() {
    let mut faults = Vec::new();
    for check in hops::checks::ALL {
        for path in cases(check.code) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let fixture = Fixture::load(&path);
            let report = fixture.report();
            let mut wrong = fixture.faults(&report);
            let found = report.findings.iter().find(|f| f.code == check.code);
            let fires = name.starts_with("fires");
            if fires != found.is_some() {
                wrong.push(format!("fires = {}", found.is_some()));
            }
            if let Some(finding) = found.filter(|_| fires) {
                let severity = word(finding.severity);
                if severity != fixture.case.severity.as_deref().unwrap_or("error") {
                    wrong.push(format!("severity {severity}"));
                }
            }
            let case = format!("{}/{name}", check.code);
            faults.extend(wrong.iter().map(|fault| format!("{case}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whatever the objects say: when the request is answered by whom it should be, nothing is broken. Where Traefik has dropped a router,
/// the answer is another Service's and proves nothing.
#[test]
fn objects_alone_break_no_request_that_works() {
    let mut faults = Vec::new();
    for check in hops::checks::ALL {
        for case in cases(check.code) {
            let mut fixture = Fixture::load(&case);
            fixture.answer_well();
            let report = fixture.report();
            // There another rule matches, and its Service is the one that answers.
            let elsewhere =
                case.ends_with("traefik-empty-service-404/fires-another-rule-answers.yaml");
            assert!(report.verdict != Verdict::Waiting, "{}", case.display());
            if (report.verdict == Verdict::Broken) != elsewhere {
                let roots: Vec<_> = report
                    .findings
                    .iter()
                    .filter(|f| f.caused_by.is_none() && f.severity == Severity::Error)
                    .map(|f| f.code)
                    .collect();
                let name = case
                    .strip_prefix(folder())
                    .expect("a case")
                    .display()
                    .to_string();
                faults.push(format!("{name}: {roots:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
