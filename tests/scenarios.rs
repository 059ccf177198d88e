//! Whole stories with several hops and faults, judged by the real walk over a replayed cluster.

mod support;

use std::path::Path;

use hops::report::{Report, Severity};
use support::fixture::Fixture;

fn tell(name: &str) -> (Fixture, Report) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/scenarios/{name}.yaml"));
    let fixture = Fixture::load(&path);
    let report = fixture.report();
    (fixture, report)
}

#[test]
fn every_story_ends_as_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .expect("tests/scenarios")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    let mut faults = Vec::new();
    for name in &names {
        let (fixture, report) = tell(name);
        let wrong = fixture.faults(&report);
        faults.extend(wrong.iter().map(|fault| format!("{name}: {fault}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_healthy_application_passes_for_a_user_with_few_rights_but_not_strictly() {
    let (_, report) = tell("least-privilege");
    assert!(!report.has_at_least(Severity::Info));
    assert!(report.has_unknown_hop());
}

#[test]
fn the_root_is_told_first() {
    for name in [
        "config-map-missing",
        "three-faults",
        "two-independent-faults",
    ] {
        let (_, report) = tell(name);
        let symptom = report.findings.iter().position(|f| f.caused_by.is_some());
        let last_root = report.findings.iter().rposition(|f| f.caused_by.is_none());
        assert!(last_root < symptom, "{name}");
    }
}
