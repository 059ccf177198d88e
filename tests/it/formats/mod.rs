//! One report, told in every format, over everything that hops is known to say: the same verdict, the same state of every hop, the same
//! counts, the same exit code; and no row whose mark says something else than its words.

mod told;

use std::fmt::Write as _;
use std::sync::LazyLock;

use hops::output::{FailOn, exit_code, json};
use hops::report::{Report, State};
use quick_junit::{TestCase, TestCaseStatus};
use regex::Regex;
use serde_json::Value;

use crate::support::corpus;
use told::{
    Told, fails, in_json, in_junit, in_markdown, in_text, in_the_report, in_the_screen, suite,
};

const FAIL_ON: [FailOn; 4] = [FailOn::Error, FailOn::Warning, FailOn::Info, FailOn::Never];

static TOOK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r" (<?\d+ ms|[\d.]+ s)$").expect("an expression"));

/// What of a row's words the screen has room for, and how it says a verdict.
fn on_the_screen(told: &Told, shown: &Told) -> Vec<String> {
    let mut faults = Vec::new();
    let (mark, words) = told.verdict.split_once(' ').expect("a mark");
    let (first, rest) = words.split_at(words.find([' ', ',']).unwrap_or(words.len()));
    let verdict = format!("{mark} {}{rest}", first.to_uppercase());
    if !shown.verdict.starts_with(&verdict) {
        faults.push(format!("screen: {:?} for {verdict:?}", shown.verdict));
    }
    for (row, seen) in told.hops.iter().zip(&shown.hops) {
        let squeezed = |text: &str| text.split_whitespace().collect::<String>();
        // How long a probe took stands at the end.
        let seen = TOOK.replace(seen.trim_end(), "");
        let (row, seen) = (squeezed(row), squeezed(&seen));
        let seen = seen.split('…').next().expect("a part");
        if !row.starts_with(seen) || row.chars().take(8).ne(seen.chars().take(8)) {
            faults.push(format!("screen: row {seen:?} for {row:?}"));
        }
    }
    if shown.counts != told.counts {
        faults.push(format!(
            "screen: counts {:?} for {:?}",
            shown.counts, told.counts
        ));
    }
    faults
}

fn unlike(format: &str, told: &Told, other: &Told) -> Vec<String> {
    let mut faults = Vec::new();
    if told.verdict != other.verdict {
        faults.push(format!(
            "{format}: {:?} for {:?}",
            other.verdict, told.verdict
        ));
    }
    let rows = told.hops.iter().zip(&other.hops).filter(|(a, b)| a != b);
    faults.extend(rows.map(|(a, b)| format!("{format}: row {b:?} for {a:?}")));
    if told.counts != other.counts {
        faults.push(format!(
            "{format}: counts {:?} for {:?}",
            other.counts, told.counts
        ));
    }
    faults
}

/// JUnit's failures are the findings that make the exit code 1: each root once, and no symptom.
fn failures(report: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    for fail_on in FAIL_ON {
        let suite = suite(report, fail_on);
        let failing: Vec<&TestCase> = suite.test_cases.iter().filter(|c| fails(c)).collect();
        let roots = report.roots();
        let counted = roots.iter().filter(|r| fail_on.counts(r.finding.severity));
        let mut expected: Vec<&str> = counted.map(|r| r.finding.code).collect();
        let mut codes: Vec<&str> = failing
            .iter()
            .map(|case| match &case.status {
                TestCaseStatus::NonSuccess { ty, .. } => ty.as_ref().map_or("", |t| t.as_str()),
                _ => "",
            })
            .collect();
        expected.sort_unstable();
        codes.sort_unstable();
        if codes != expected {
            faults.push(format!(
                "junit {fail_on:?}: {codes:?} fail, found {expected:?}"
            ));
        }
        let code = exit_code(std::slice::from_ref(report), fail_on, false);
        if (code == 1) == codes.is_empty() {
            faults.push(format!(
                "junit {fail_on:?}: exit code {code}, {codes:?} fail"
            ));
        }
        let all: String = suite
            .test_cases
            .iter()
            .filter_map(|c| c.system_out.as_ref())
            .map(|out| out.as_str())
            .collect();
        let untold = report.findings.iter().filter(|f| !all.contains(f.code));
        faults.extend(untold.map(|f| format!("junit does not tell {}", f.code)));
    }
    faults
}

fn exit_codes(report: &Report, document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().expect("findings");
    let error = findings.iter().any(|f| f["severity"] == "error");
    let path = document["path"].as_array().expect("a path");
    let unknown = path.iter().any(|h| h["state"] == "unknown") || document["verdict"] == "unknown";
    let expected = match (error, unknown) {
        (true, _) => [1, 1],
        (false, true) => [0, 3],
        (false, false) => [0, 0],
    };
    let codes =
        [false, true].map(|strict| exit_code(std::slice::from_ref(report), FailOn::Error, strict));
    if codes == expected {
        Vec::new()
    } else {
        vec![format!("exit codes {codes:?}, by JSON {expected:?}")]
    }
}

fn assert_none(faults: &[(String, Vec<String>)]) {
    let mut text = String::new();
    let mut count = 0;
    for (name, faults) in faults.iter().filter(|(_, faults)| !faults.is_empty()) {
        count += faults.len();
        let _ = writeln!(text, "{name}");
        for fault in faults {
            let _ = writeln!(text, "    {fault}");
        }
    }
    assert!(count == 0, "{count} faults\n{text}");
}

#[test]
fn every_format_says_the_same() {
    let faults: Vec<_> = corpus::all()
        .iter()
        .map(|known| {
            let report = &known.report;
            let told = in_the_report(report);
            let text = json::render(std::slice::from_ref(report), false).expect("JSON");
            let document: Value = serde_json::from_str(&text).expect("JSON");
            let yaml = json::as_yaml(&text).expect("YAML");
            let yaml: Value = serde_saphyr::from_str(&yaml).expect("YAML");
            let mut faults = unlike("text", &told, &in_text(report));
            faults.extend(unlike("markdown", &told, &in_markdown(report)));
            faults.extend(unlike("json", &told, &in_json(report, &document)));
            faults.extend(unlike("junit", &told, &in_junit(report)));
            faults.extend(on_the_screen(&told, &in_the_screen(report)));
            faults.extend(failures(report));
            faults.extend(exit_codes(report, &document));
            if yaml != document {
                faults.push("YAML is another document than JSON".to_owned());
            }
            (known.name.clone(), faults)
        })
        .collect();
    assert!(faults.len() > 400, "only {} reports", faults.len());
    assert_none(&faults);
}

/// Words that no row with a tick may say of what it is about, and words that say only good things.
#[test]
fn no_mark_contradicts_its_words() {
    let failure = Regex::new(
        r"refused|timed out|does not answer|no answer|not found|→ 5\d\d|: [45]\d\d by|missing|expired",
    );
    let failure = failure.expect("an expression");
    let all_well = Regex::new(r"^(all \d+ ready|\d+ ready|[\w.-]+ served, \d+ days left)$");
    let all_well = all_well.expect("an expression");
    let faults: Vec<_> = corpus::all()
        .iter()
        .map(|known| {
            let rows = known.report.path.iter().filter(|h| match h.state {
                State::Ok => failure.is_match(&h.summary),
                State::Degraded | State::Broken => all_well.is_match(&h.summary),
                _ => false,
            });
            let told = rows.map(|h| format!("{:?} {}: {}", h.state, h.hop.title(), h.summary));
            (known.name.clone(), told.collect())
        })
        .collect();
    assert_none(&faults);
}
