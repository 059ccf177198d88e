//! Reports as JUnit XML: a suite a target, a case a hop.

use std::time::Duration;

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::output::FailOn;
use crate::output::shared::sanitize::line;
use crate::output::shared::words::hop_summary;
use crate::report::{Finding, HopReport, Report, State};

/// All reports as one document.
///
/// # Errors
/// When the XML cannot be written, which is a bug.
pub fn render(reports: &[Report], fail_on: FailOn) -> Result<String, SerializeError> {
    let mut document = quick_junit::Report::new("hops");
    for report in reports {
        let mut suite = TestSuite::new(line(&report.target.url));
        suite.set_time(Duration::from_millis(report.stats.elapsed_ms));
        for hop in &report.path {
            let mut case = TestCase::new(hop.hop.title(), status(report, hop, fail_on));
            case.set_classname(line(&report.target.url));
            let text = case_text(report, hop);
            if !text.is_empty() {
                case.set_system_out(text);
            }
            suite.add_test_case(case);
        }
        document.add_test_suite(suite);
    }
    document.to_string()
}

fn status(report: &Report, hop: &HopReport, fail_on: FailOn) -> TestCaseStatus {
    let summary = hop_summary(hop);
    let counted = at_hop(report, hop).find(|f| fail_on.counts(f.severity));
    match (hop.state, counted) {
        (State::Broken, _) | (_, Some(_)) => {
            // Of several the one that is no symptom says most.
            let finding = at_hop(report, hop)
                .filter(|f| hop.state == State::Broken || fail_on.counts(f.severity))
                .min_by_key(|f| (f.caused_by.is_some(), std::cmp::Reverse(f.severity)));
            let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(f) = finding {
                failure.set_type(f.code);
                failure.set_message(line(&f.title));
                failure.set_description(line(&f.detail));
            } else {
                failure.set_type(hop.hop.slug());
                failure.set_message(summary);
            }
            failure
        }
        (State::Unknown | State::Skipped | State::Waiting, None) => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(summary);
            skipped
        }
        (State::Ok | State::Degraded, None) => TestCaseStatus::success(),
    }
}

/// The hop's line, and every finding there with its proof and what to do.
fn case_text(report: &Report, hop: &HopReport) -> String {
    let mut lines = vec![hop_summary(hop).into_owned()];
    for finding in at_hop(report, hop) {
        lines.push(format!("{}: {}", finding.code, line(&finding.title)));
        if !finding.detail.is_empty() {
            lines.push(format!("  why {}", line(&finding.detail)));
        }
        let remedy = &finding.remedy;
        let fixes = std::iter::once(remedy.fix()).chain(remedy.fixes());
        let looks = std::iter::once(remedy.look()).chain(remedy.lookups());
        for (label, texts) in [
            ("fix", fixes.collect::<Vec<_>>()),
            ("look", looks.collect()),
        ] {
            let some = texts.iter().filter(|t| !t.is_empty());
            lines.extend(some.map(|t| format!("  {label} {}", line(t))));
        }
        lines.extend(
            finding
                .evidence
                .iter()
                .map(|e| format!("  see {}", line(&e.text()))),
        );
        if let Some(cause) = finding.caused_by {
            lines.push(format!("  goes away with {cause}"));
        }
    }
    lines.retain(|l| !l.is_empty());
    lines.join("\n")
}

fn at_hop<'a>(report: &'a Report, hop: &'a HopReport) -> impl Iterator<Item = &'a Finding> {
    report.findings.iter().filter(|f| f.hop == hop.hop)
}
