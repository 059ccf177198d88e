//! What each format says of a report, read back from what it wrote.

use hops::output::shared::tone::Tone;
use hops::output::shared::words::{hop_summary, verdict_words};
use hops::output::text::{Style, render};
use hops::output::{FailOn, junit, markdown};
use hops::report::{AnswerType, Hop, HopReport, Report, Severity, State, Verdict};
use hops::tui::state::Overlay;
use quick_junit::{TestCase, TestCaseStatus, TestSuite};
use regex::Regex;
use serde_json::Value;

use crate::support::fixture::word;
use crate::support::screens;

/// So wide that nothing is wrapped or cut.
const WIDE: Style = Style {
    width: 4000,
    ascii: false,
    color: false,
};
const SCREEN: (u16, u16) = (500, 40);

/// What every format has to agree on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The verdict's mark and its words, with the status.
    pub verdict: String,
    /// Each hop with its mark and what the row says.
    pub hops: Vec<String>,
    /// Root causes and independent faults: errors, warnings, notes.
    pub counts: [usize; 3],
}

fn row(hop: Hop, mark: &str, words: &str) -> String {
    format!("{} {mark} {}", hop.title(), words.trim())
}

fn mark(tone: impl Into<Tone>) -> &'static str {
    tone.into().mark(false)
}

fn counts(report: &Report) -> [usize; 3] {
    let roots = report.roots();
    [Severity::Error, Severity::Warning, Severity::Info]
        .map(|s| roots.iter().filter(|r| r.finding.severity == s).count())
}

pub(super) fn in_the_report(report: &Report) -> Told {
    let rows = report.path.iter();
    Told {
        verdict: format!("{} {}", mark(report.verdict), verdict_words(report)),
        hops: rows
            .map(|h| row(h.hop, mark(h.state), &hop_summary(h)))
            .collect(),
        counts: counts(report),
    }
}

/// `1 error, 0 warnings, 2 notes; nothing was left unchecked`.
fn counted(line: &str) -> [usize; 3] {
    ["error", "warning", "note"].map(|noun| {
        let count = line
            .split([',', ';'])
            .filter_map(|part| part.trim().split_once(' '))
            .find(|(_, word)| word.trim_end_matches('s') == noun);
        count.map_or(0, |(number, _)| number.parse().expect("a number"))
    })
}

pub(super) fn in_text(report: &Report) -> Told {
    let text = render(report, &WIDE);
    let lines: Vec<&str> = text.lines().collect();
    let rows = report.path.iter().zip(&lines[2..]).map(|(hop, line)| {
        let line = line.strip_prefix("  ").expect("set in");
        let (mark, rest) = line.split_once(' ').expect("a mark");
        let words = rest.strip_prefix(hop.hop.title()).expect("its row");
        row(hop.hop, mark, words)
    });
    let (mark, head) = lines[0].split_once(' ').expect("a mark");
    let (_, words) = head.split_once("   ").expect("the URL");
    let words = words.split("   ").next().expect("words");
    Told {
        verdict: format!("{mark} {words}"),
        hops: rows.collect(),
        counts: counted(lines.last().expect("counts")),
    }
}

pub(super) fn in_markdown(report: &Report) -> Told {
    let page = markdown::render(std::slice::from_ref(report));
    let plain = |text: &str| text.replace(['\\', '`'], "");
    let lines: Vec<String> = page.lines().map(plain).collect();
    let head = lines[0].strip_prefix("## ").expect("a heading");
    let (mark, rest) = head.split_once(' ').expect("a mark");
    let (_, words) = rest.split_once(": ").expect("words");
    let rows = report.path.iter().zip(&lines[4..]).map(|(hop, line)| {
        let cells: Vec<&str> = line.split(" | ").collect();
        let (mark, state) = cells[1].split_once(' ').expect("a mark");
        assert_eq!(state, word(hop.state), "{line}");
        let words = cells[2..].join(" | ");
        row(hop.hop, mark, words.trim_end_matches('|'))
    });
    let counts = lines.iter().rev().find(|l| l.contains("unchecked"));
    Told {
        verdict: format!("{mark} {words}"),
        hops: rows.collect(),
        counts: counted(counts.expect("counts")),
    }
}

/// JSON, as a script reads it.
pub(super) fn in_json(report: &Report, document: &Value) -> Told {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let state = |name: &str| {
        let all = [
            State::Waiting,
            State::Ok,
            State::Degraded,
            State::Broken,
            State::Unknown,
            State::Skipped,
        ];
        all.into_iter()
            .find(|s| word(s) == name)
            .expect("a state of a hop")
    };
    let path = document["path"].as_array().expect("a path");
    let rows = report.path.iter().zip(path).map(|(hop, told)| {
        assert_eq!(text(&told["hop"]), hop.hop.slug());
        let told = HopReport {
            state: state(&text(&told["state"])),
            summary: text(&told["summary"]),
            ..hop.clone()
        };
        row(hop.hop, mark(told.state), &hop_summary(&told))
    });
    let mut told = report.clone();
    told.verdict = [
        Verdict::Ok,
        Verdict::Degraded,
        Verdict::Broken,
        Verdict::Unknown,
    ]
    .into_iter()
    .find(|v| word(v) == text(&document["verdict"]))
    .expect("a verdict");
    let at = document["brokenAt"].as_str();
    told.broken_at = report
        .path
        .iter()
        .map(|h| h.hop)
        .find(|h| Some(h.slug()) == at);
    let answer = &document["answer"];
    told.answer.status = answer["status"]
        .as_u64()
        .map(|s| u16::try_from(s).expect("a status"));
    told.answer.location = answer["location"].as_str().map(str::to_owned);
    told.answer.kind = [
        AnswerType::Backend,
        AnswerType::Redirect,
        AnswerType::Error,
        AnswerType::None,
    ]
    .into_iter()
    .find(|k| word(k) == text(&answer["type"]))
    .expect("a type");
    let findings = document["findings"].as_array().expect("findings");
    let roots: Vec<&Value> = findings
        .iter()
        .filter(|f| f["causedBy"].is_null())
        .collect();
    Told {
        verdict: format!("{} {}", mark(told.verdict), verdict_words(&told)),
        hops: rows.collect(),
        counts: ["error", "warning", "info"]
            .map(|s| roots.iter().filter(|f| f["severity"] == s).count()),
    }
}

fn property<'x>(all: &'x [quick_junit::Property], name: &str) -> &'x str {
    let found = all.iter().find(|p| p.name.as_str() == name);
    found.map_or("", |p| p.value.as_str())
}

pub(super) fn suite(report: &Report, fail_on: FailOn) -> TestSuite {
    let xml = junit::render(std::slice::from_ref(report), fail_on).expect("written");
    let mut read = quick_junit::Report::deserialize_from_str(&xml).expect("JUnit");
    read.test_suites.remove(0)
}

pub(super) fn fails(case: &TestCase) -> bool {
    matches!(case.status, TestCaseStatus::NonSuccess { .. })
}

pub(super) fn in_junit(report: &Report) -> Told {
    let suite = suite(report, FailOn::Error);
    let states = [
        State::Ok,
        State::Degraded,
        State::Broken,
        State::Unknown,
        State::Skipped,
    ];
    let rows = report.path.iter().map(|hop| {
        let case = suite
            .test_cases
            .iter()
            .find(|c| c.name.as_str() == hop.hop.title());
        let case = case.expect("a case of each hop");
        let state = property(&case.properties, "state");
        let state = states
            .into_iter()
            .find(|s| word(s) == state)
            .expect("a state");
        let out = case.system_out.as_ref().map_or("", |o| o.as_str());
        row(hop.hop, mark(state), out.lines().next().unwrap_or_default())
    });
    let all = [
        Verdict::Ok,
        Verdict::Degraded,
        Verdict::Broken,
        Verdict::Unknown,
    ];
    let verdict = property(&suite.properties, "verdict");
    let verdict = all
        .into_iter()
        .find(|v| word(v) == verdict)
        .expect("a verdict");
    let count = |name: &str| property(&suite.properties, name).parse().expect("a count");
    Told {
        verdict: format!(
            "{} {}",
            mark(verdict),
            property(&suite.properties, "summary")
        ),
        hops: rows.collect(),
        counts: ["errors", "warnings", "notes"].map(count),
    }
}

pub(super) fn in_the_screen(report: &Report) -> Told {
    let mut state = screens::of(report.clone());
    let (buffer, drawn) = screens::buffer(&state, SCREEN.0, SCREEN.1);
    let part = |y: u16, from: u16, to: u16| -> String {
        (from..to).map(|x| buffer[(x, y)].symbol()).collect()
    };
    let rail = drawn.rows;
    let rows = report.path.iter().enumerate().map(|(i, hop)| {
        let y = rail.y + u16::try_from(i).expect("few") * drawn.row_height;
        let lines = (0..drawn.row_height).map(|n| part(y + n, rail.x + 5, rail.right()));
        let text: String = lines.collect();
        let words = text.strip_prefix(hop.hop.title()).expect("its row");
        let mark = part(y, rail.x + 3, rail.x + 4);
        row(hop.hop, &mark, words)
    });
    let hops = rows.collect();
    let head = part(1, 1, SCREEN.0);
    let parts: Vec<&str> = head.split(" · ").map(str::trim).collect();
    let noted = |noun: &str| {
        let all = parts.iter().flat_map(|p| p.rsplit("   ")).map(str::trim);
        let mut counts = all.filter_map(|p| p.split_once(' '));
        let found =
            counts.find(|(n, w)| n.parse::<usize>().is_ok() && w.trim_end_matches('s') == noun);
        found.map_or(0, |(n, _)| n.parse().expect("a number"))
    };
    let mut counts = [noted("root cause"), noted("warning"), 0];
    // Notes stand in the list of findings alone.
    state.overlays.push(Overlay::Findings(0));
    let list = screens::lines(&state, SCREEN.0, SCREEN.1).join("\n");
    let title = Regex::new(r"(\d+ errors?, \d+ warnings?(, \d+ notes?)?)").expect("an expression");
    if let Some(found) = title.find(&list) {
        let told = counted(found.as_str());
        assert_eq!(told[..2], counts[..2], "{list}");
        counts = told;
    }
    Told {
        verdict: head.trim().to_owned(),
        hops,
        counts,
    }
}
