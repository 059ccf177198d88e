//! Every pitfall's fixtures: cases that fire and near misses that stay silent, judged by the real walk over a replayed cluster.

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hops::report::{Report, Severity};
use support::fixture::Fixture;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pitfalls")
}

fn cases(code: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join(code))
        .unwrap_or_else(|e| panic!("tests/pitfalls/{code}: {e}"))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "yaml"))
        .collect();
    files.sort();
    files
}

fn roots(report: &Report) -> Vec<&'static str> {
    let mut roots: Vec<&str> = report
        .findings
        .iter()
        .filter(|f| f.caused_by.is_none() && f.severity >= Severity::Warning)
        .map(|f| f.code)
        .collect();
    roots.sort_unstable();
    roots
}

#[test]
fn the_base_itself_is_healthy() {
    let report = Fixture::load(&folder().join("shop.yaml")).report();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert_eq!(format!("{:?}", report.verdict), "Ok", "{:#?}", report.path);
    assert_eq!(
        report.backends[0].pods,
        ["frontend-1", "frontend-2", "frontend-3"]
    );
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
            let case = format!(
                "{}/{}",
                check.code,
                path.file_stem().unwrap_or_default().to_string_lossy()
            );
            let fixture = Fixture::load(&path);
            let report = fixture.report();
            let found = report.findings.iter().find(|f| f.code == check.code);
            let fires = case.contains("/fires");
            if fires != found.is_some() {
                faults.push(format!(
                    "{case}: fires = {}, findings {:?}",
                    found.is_some(),
                    roots(&report)
                ));
            }
            if let Some(finding) = found {
                if fires && finding.evidence.is_empty() {
                    faults.push(format!("{case}: no evidence"));
                }
                let severity = format!("{:?}", finding.severity).to_lowercase();
                if fires && severity != fixture.severity.as_deref().unwrap_or("error") {
                    faults.push(format!("{case}: severity {severity}"));
                }
            }
            if roots(&report) != fixture.roots {
                faults.push(format!(
                    "{case}: roots are {:?}, expected {:?}",
                    roots(&report),
                    fixture.roots
                ));
            }
            let verdict = format!("{:?}", report.verdict).to_lowercase();
            if verdict != fixture.verdict {
                faults.push(format!(
                    "{case}: verdict {verdict}, expected {}",
                    fixture.verdict
                ));
            }
            let broken_at = report.broken_at.map(|h| h.slug().to_owned());
            if broken_at != fixture.broken_at {
                faults.push(format!(
                    "{case}: broken at {broken_at:?}, expected {:?}",
                    fixture.broken_at
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
