//! Reports as JUnit XML: a suite a target, a case a hop. What fails is what is wrong by itself; what goes away with it stands in its case.

use std::time::Duration;

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::output::FailOn;
use crate::output::shared::sanitize::line;
use crate::output::shared::words::{
    by_severity, hop_summary, state_word, verdict_word, verdict_words,
};
use crate::report::{Finding, HopReport, Report, Root, State};

/// All reports as one document.
///
/// # Errors
/// When the XML cannot be written, which is a bug.
pub fn render(reports: &[Report], fail_on: FailOn) -> Result<String, SerializeError> {
    let mut document = quick_junit::Report::new("hops");
    for report in reports {
        document.add_test_suite(suite(report, fail_on));
    }
    document.to_string()
}

fn suite(report: &Report, fail_on: FailOn) -> TestSuite {
    let roots = report.roots();
    let url = line(&report.target.url);
    let mut suite = TestSuite::new(url.as_ref());
    suite.set_time(Duration::from_millis(report.stats.elapsed_ms));
    let [errors, warnings, notes] = by_severity(&roots);
    suite.add_property(("verdict", verdict_word(report.verdict)));
    suite.add_property(("summary", verdict_words(report).as_str()));
    for (name, count) in [("errors", errors), ("warnings", warnings), ("notes", notes)] {
        suite.add_property((name, count.to_string().as_str()));
    }
    let mut add = |name: &str, status: TestCaseStatus, text: String, hop: Option<&HopReport>| {
        let mut case = TestCase::new(name, status);
        case.set_classname(url.as_ref());
        if let Some(hop) = hop {
            case.add_property(("state", state_word(hop.state)));
        }
        case.set_system_out(text);
        suite.add_test_case(case);
    };
    for hop in &report.path {
        let here = || roots.iter().filter(|r| r.finding.hop == hop.hop);
        let (failing, noted): (Vec<&Root>, Vec<&Root>) =
            here().partition(|r| fail_on.counts(r.finding.severity));
        let (first, others) = match failing.split_first() {
            Some((first, others)) => (Some(*first), others),
            None => (None, &[][..]),
        };
        let status = first.map_or_else(|| quiet(report, hop), |root| failure(root.finding));
        let told = first.into_iter().chain(noted);
        let lines = told.flat_map(root_lines);
        let text: Vec<String> = std::iter::once(hop_summary(hop).into_owned())
            .chain(lines)
            .collect();
        add(hop.hop.title(), status, text.join("\n"), Some(hop));
        // A case fails once: what else is wrong there has one of its own.
        for root in others {
            let name = format!("{}: {}", hop.hop.title(), root.finding.code);
            add(
                &name,
                failure(root.finding),
                root_lines(root).join("\n"),
                None,
            );
        }
    }
    suite
}

fn failure(finding: &Finding) -> TestCaseStatus {
    let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failure.set_type(finding.code);
    failure.set_message(line(&finding.title));
    failure.set_description(line(&finding.detail));
    failure
}

/// A hop at which nothing fails by itself. One that the request does not get past, for what is wrong elsewhere, did not pass either.
fn quiet(report: &Report, hop: &HopReport) -> TestCaseStatus {
    if matches!(hop.state, State::Ok | State::Degraded) {
        return TestCaseStatus::success();
    }
    let symptom = report
        .findings
        .iter()
        .find(|f| f.hop == hop.hop && f.caused_by.is_some());
    let mut message = hop_summary(hop).into_owned();
    if let Some(cause) = symptom.and_then(|f| f.caused_by) {
        message = format!("{message}; goes away with {cause}");
    }
    let mut skipped = TestCaseStatus::skipped();
    skipped.set_message(message);
    skipped
}

/// A finding with its proof and what to do, and what goes away with it.
fn root_lines(root: &Root) -> Vec<String> {
    let mut lines = finding_lines(root.finding);
    for symptom in &root.symptoms {
        lines.push(format!("with it {}: {}", symptom.hop.title(), symptom.code));
        lines.extend(finding_lines(symptom).into_iter().map(|l| format!("  {l}")));
    }
    lines
}

fn finding_lines(finding: &Finding) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", finding.code, line(&finding.title))];
    let remedy = &finding.remedy;
    let fixes = std::iter::once(remedy.fix()).chain(remedy.fixes());
    let looks = std::iter::once(remedy.look()).chain(remedy.lookups());
    for (label, texts) in [
        ("why", vec![finding.detail.as_str()]),
        ("fix", fixes.collect()),
        ("look", looks.collect()),
    ] {
        let some = texts.iter().filter(|t| !t.is_empty());
        lines.extend(some.map(|t| format!("  {label} {}", line(t))));
    }
    let proofs = finding.evidence.iter();
    lines.extend(proofs.map(|e| format!("  see {}", line(&e.text()))));
    lines
}
