//! Every case of every pitfall, and every scenario, judged by the real walk over a replayed cluster: a test each, named after its file.
//! `tests/pitfalls/README.md` tells the format, and how to run some of them.
#![allow(clippy::panic)] // helpers are not seen as tests

#[allow(dead_code)] // its own part of it
mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hops::answer::recording::redact::redact;
use hops::diagnosis::checks::Check;
use hops::diagnosis::checks::causes::WRONG_PAGE;
use hops::facts::Kind;
use hops::output::text::{Style, render};
use hops::report::{Finding, Report, Severity, Verdict};
use libtest_mimic::{Arguments, Failed, Trial};
use support::fixture::{Fixture, forbidden, word};
use support::replayed;

type Outcome = Result<(), Failed>;

/// The pods of the bases from outside.
const FRONTENDS: &[&str] = &["frontend-1", "frontend-2", "frontend-3"];

fn main() -> ExitCode {
    let mut trials = vec![Trial::test("folders", folders)];
    for (name, pods) in [
        ("shop", FRONTENDS),
        ("nginx", FRONTENDS),
        ("call", &["product-1", "product-2"]),
    ] {
        trials.push(Trial::test(format!("bases/{name}"), move || {
            base(name, pods)
        }));
    }
    for check in hops::diagnosis::checks::table::ALL {
        let files = cases(&folder().join(check.code));
        let names: Vec<String> = files.iter().map(|file| stem(file)).collect();
        trials.push(Trial::test(format!("{}/cases", check.code), move || {
            has_both(&names)
        }));
        for file in files {
            let name = format!("{}/{}", check.code, stem(&file));
            let mut also = |suffix: &str, law: fn(&'static Check, &Path) -> Outcome| {
                let file = file.clone();
                let run = move || law(check, &file);
                trials.push(Trial::test(format!("{name}{suffix}"), run));
            };
            also("", pitfall);
            // Nobody sends the packets of a pod that calls: no answer refutes what objects say.
            if !is_call(&file) {
                also("/works-anyway", objects_alone_break_no_request_that_works);
            }
            also("/fewer-rights", taking_rights_away_adds_no_error);
            also("/redacted", redaction_keeps_the_verdict);
            if stem(&file) == "fires" {
                also("/words", words);
            }
        }
    }
    for file in cases(&folder().with_file_name("scenarios")) {
        let name = format!("scenarios/{}", stem(&file));
        trials.push(Trial::test(name, move || scenario(&file)));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn is_call(file: &Path) -> bool {
    Fixture::load(file).target().call.is_some()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pitfalls")
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.expect("an entry").path())
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let yaml = |path: &PathBuf| path.extension().is_some_and(|e| e == "yaml");
    let mut files: Vec<PathBuf> = entries(folder).filter(yaml).collect();
    files.sort();
    files
}

fn stem(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Fails with a line for each fault, the report that has them and what was asked for it.
fn without(faults: &[String], fixture: &Fixture, report: &Report) -> Outcome {
    if faults.is_empty() {
        return Ok(());
    }
    let mut text = format!("{}\n\n{}", faults.join("\n"), shown(report));
    text.push_str("\nasked:\n");
    for (question, _) in fixture.asked.lock().expect("no panic before").iter() {
        let _ = writeln!(text, "  {question}");
    }
    Err(text.into())
}

/// The report as a user reads it, but for how long this machine took.
fn shown(report: &Report) -> String {
    let mut report = report.clone();
    report.stats.elapsed_ms = 0;
    render(&report, &Style::default())
}

fn codes(report: &Report, least: Severity) -> BTreeSet<&'static str> {
    let findings = report.findings.iter().filter(|f| f.severity >= least);
    findings.map(|f| f.code).collect()
}

/// A folder for each code, and in it nothing but cases and the report that belongs to one.
fn folders() -> Outcome {
    let there: BTreeSet<String> = entries(&folder())
        .filter(|path| path.is_dir())
        .map(|path| stem(&path))
        .collect();
    let codes: BTreeSet<String> = hops::diagnosis::checks::table::ALL
        .iter()
        .map(|check| check.code.to_owned())
        .collect();
    let odd: Vec<_> = there.symmetric_difference(&codes).collect();
    if !odd.is_empty() {
        return Err(format!("a code without a folder, or the other way round: {odd:?}").into());
    }
    let strays: Vec<PathBuf> = codes
        .iter()
        .flat_map(|code| entries(&folder().join(code)))
        .filter(|path| path.extension().is_none_or(|e| e != "yaml" && e != "new"))
        .filter(|path| !path.ends_with("fires.snap") || !path.with_extension("yaml").exists())
        .collect();
    if !strays.is_empty() {
        return Err(format!("nothing uses {strays:#?}").into());
    }
    Ok(())
}

fn has_both(names: &[String]) -> Outcome {
    let of = |start: &str, name: &str| {
        let rest = name.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    let strays = names
        .iter()
        .filter(|name| !of("fires", name) && !of("near-miss", name));
    let strays: Vec<_> = strays.collect();
    if !strays.is_empty() {
        return Err(format!("neither fires nor a near miss: {strays:?}").into());
    }
    if !names.contains(&"fires".to_owned()) {
        return Err("no fires.yaml".into());
    }
    if !names.iter().any(|name| of("near-miss", name)) {
        return Err("no near miss".into());
    }
    Ok(())
}

fn base(name: &str, pods: &[&str]) -> Outcome {
    let fixture = Fixture::read(&support::fixture::base(name))?;
    let report = fixture.report();
    let mut faults = fixture.faults(&report);
    // Some of its answers are for the cases that are laid over it.
    faults.retain(|fault| !fault.starts_with("never asked: "));
    let asked = fixture.asked.lock().expect("no panic before").clone();
    let probes = asked.iter().filter(|(question, _)| !question.is_api());
    // One of each, and the request of an ordinary client: the authoritative servers and the like are asked only when something is odd.
    if probes.count() != 5 {
        faults.push("other probes than the usual five".to_owned());
    }
    // A hint is no fault: some controllers are out of support, however healthy they are.
    let hint = |f: &Finding| f.severity == Severity::Info;
    if !report.findings.iter().all(hint) || !report.gaps.is_empty() {
        faults.push("findings or gaps".to_owned());
    }
    if report.backends[0].pods != pods {
        faults.push(format!("pods {:?}", report.backends[0].pods));
    }
    without(&faults, &fixture, &report)
}

fn pitfall(check: &Check, file: &Path) -> Outcome {
    let fixture = Fixture::read(file)?;
    let report = fixture.report();
    let mut faults = fixture.faults(&report);
    let fires = stem(file).starts_with("fires");
    let severity = fixture.case.severity.as_deref();
    match report.findings.iter().find(|f| f.code == check.code) {
        Some(_) if !fires => faults.push("fires".to_owned()),
        None if fires => faults.push("does not fire".to_owned()),
        Some(found) if word(found.severity) != severity.unwrap_or("error") => {
            faults.push(format!("severity {}", word(found.severity)));
        }
        None if severity.is_some() => faults.push("severity of what does not fire".to_owned()),
        _ => {}
    }
    if fires
        && [check.title, check.explain]
            .iter()
            .any(|text| text.contains("FIXME"))
    {
        faults.push("its title or its explanation is not written yet".to_owned());
    }
    without(&faults, &fixture, &report)
}

fn scenario(file: &Path) -> Outcome {
    let fixture = Fixture::read(file)?;
    let report = fixture.report();
    let mut faults = fixture.faults(&report);
    if fixture.case.severity.is_some() {
        faults.push("severity of which finding?".to_owned());
    }
    without(&faults, &fixture, &report)
}

/// Whatever the objects say: when the request is answered by whom it should be, nothing is broken. Where Traefik has dropped a router,
/// the answer is another Service's and proves nothing.
fn objects_alone_break_no_request_that_works(_: &Check, file: &Path) -> Outcome {
    let mut fixture = Fixture::read(file)?;
    fixture.answer_well();
    let report = fixture.report();
    // There another rule matches, and its Service is the one that answers.
    let elsewhere = file.ends_with("traefik-empty-service-404/fires-another-rule-answers.yaml");
    // So it is of some findings by what they say.
    let wrong_page = |f: &Finding| f.severity == Severity::Error && WRONG_PAGE.contains(&f.code);
    let open = report.gaps.iter().any(|g| g.what == "whose answer it is");
    let excused = elsewhere || open || report.findings.iter().any(wrong_page);
    let mut faults = Vec::new();
    let broken = report.verdict == Verdict::Broken;
    if broken && !excused || elsewhere && !broken || report.verdict == Verdict::Waiting {
        faults.push(format!("verdict {}", word(report.verdict)));
    }
    without(&faults, &fixture, &report)
}

/// Who sees less may say less, never more: no error shows up that a user with all rights would not see. The file's name chooses three
/// kinds, which go one at a time.
fn taking_rights_away_adds_no_error(check: &Check, file: &Path) -> Outcome {
    let mut fixture = Fixture::read(file)?;
    let mut known = codes(&fixture.report(), Severity::Error);
    // What fails for a reason that may not be seen fails all the same.
    known.extend(["request-fails", "tls-handshake-failure"]);
    let name = format!("{}/{}", check.code, stem(file));
    let start: usize = name.bytes().map(usize::from).sum();
    for step in 0..3 {
        let kind = Kind::ALL[(start + step * 4) % Kind::ALL.len()];
        fixture.withhold = Box::new(move |q| {
            let hit = q.kind() == Some(kind);
            if hit { forbidden(q) } else { None }
        });
        let report = fixture.report();
        let less = codes(&report, Severity::Error);
        let more = less.difference(&known);
        let faults: Vec<String> = more
            .map(|code| format!("{code} without {kind:?}"))
            .collect();
        without(&faults, &fixture, &report)?;
    }
    Ok(())
}

fn redaction_keeps_the_verdict(_: &Check, file: &Path) -> Outcome {
    let recording = Fixture::read(file)?.record();
    let plain = replayed::verdict(&replayed::replay(&recording));
    let redacted = replayed::verdict(&replayed::replay(&redact(&recording)));
    if redacted != plain {
        return Err(format!("{plain:#?}\nbecomes {redacted:#?}").into());
    }
    Ok(())
}

/// The report as a user reads it, for a person to review.
fn words(_: &Check, file: &Path) -> Outcome {
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path(file.parent().expect("a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_input_file(file);
    let text = shown(&Fixture::read(file)?.report());
    settings.bind(|| insta::assert_snapshot!("fires", text));
    Ok(())
}
