//! The walls of the house: what each ring may import, how long a file may be, that every module says what it is for, and that the
//! tables agree with what is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const LONGEST: usize = 400;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn all() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(root())
                .expect("inside")
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&path).expect("a source"))
        })
        .collect()
}

/// The part of a file before its unit tests, without comments.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|l| !l.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn forbid(ring: &str, inside: impl Fn(&str) -> bool, words: &[&str]) {
    let mut faults = Vec::new();
    let mut seen = 0;
    for (name, text) in all() {
        if !inside(&name) {
            continue;
        }
        seen += 1;
        let code = code(&text);
        faults.extend(
            words
                .iter()
                .filter(|w| code.contains(**w))
                .map(|w| format!("{name}: {w}")),
        );
    }
    assert!(seen > 0, "no file in {ring}");
    assert!(
        faults.is_empty(),
        "{ring} must not use\n{}",
        faults.join("\n")
    );
}

fn is_core(name: &str) -> bool {
    ["src/facts/", "src/hops/", "src/report/"]
        .iter()
        .any(|p| name.starts_with(p))
        || ["src/target.rs", "src/checks.rs"].contains(&name)
}

#[test]
fn the_core_does_no_io() {
    forbid(
        "the core",
        is_core,
        &[
            "kube::",
            "tokio",
            "reqwest",
            "hyper",
            "hickory",
            "rustls",
            "ratatui",
            "crossterm",
            "std::env",
            "std::fs",
            "std::process",
            "std::io",
            "TcpStream",
            "UdpSocket",
            "SystemTime::now",
            "Instant::now",
            "Timestamp::now",
            "crate::answer",
            "crate::engine",
            "crate::output",
            "crate::cli",
            "crate::modes",
            "println!",
            "eprintln!",
        ],
    );
}

#[test]
fn edges_know_no_views() {
    forbid(
        "the edges",
        |name| {
            ["src/answer/", "src/engine/"]
                .iter()
                .any(|p| name.starts_with(p))
                || name == "src/engine.rs"
        },
        &[
            "crate::output",
            "crate::cli",
            "crate::modes",
            "ratatui",
            "println!",
        ],
    );
}

#[test]
fn nothing_blocks_a_worker() {
    forbid("hops", |_| true, &["thread::sleep"]);
}

#[test]
fn views_read_reports_and_nothing_else() {
    forbid(
        "the views",
        |name| name.starts_with("src/output/"),
        &[
            "kube::",
            "tokio",
            "hyper",
            "hickory",
            "crate::answer",
            "crate::engine",
            "crate::facts",
            "std::fs",
            "crate::modes",
        ],
    );
}

#[test]
fn the_screen_draws_what_the_state_holds() {
    forbid(
        "the screen's views",
        |name| name.starts_with("src/tui/view"),
        &[
            "kube::",
            "tokio",
            "crate::answer",
            "crate::engine",
            "crate::facts",
            "crate::hops",
            "std::fs",
            "crate::modes",
        ],
    );
}

#[test]
fn every_module_says_what_it_is_for_and_stays_short() {
    let mut faults = Vec::new();
    for (name, text) in all() {
        if !text.starts_with("//!") {
            faults.push(format!("{name}: does not start with //!"));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            faults.push(format!("{name}: {lines} lines, more than {LONGEST}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_check_file_is_in_the_table_once() {
    let files: BTreeSet<String> = all()
        .into_iter()
        .filter(|(name, _)| name.contains("/checks/") && !name.ends_with("/mod.rs"))
        .map(|(name, text)| {
            let stem = name
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .trim_end_matches(".rs")
                .replace('_', "-");
            assert!(
                text.contains(&format!("code: \"{stem}\"")),
                "{name} does not define the code {stem}"
            );
            stem
        })
        .collect();
    let table: Vec<&str> = hops::checks::ALL.iter().map(|c| c.code).collect();
    let codes: BTreeSet<String> = table.iter().map(|c| (*c).to_owned()).collect();
    assert_eq!(table.len(), codes.len(), "a code stands in the table twice");
    assert_eq!(files, codes);
    for check in hops::checks::ALL {
        assert!(
            check.explain.contains("Fix:"),
            "{}: explain says no fix",
            check.code
        );
        for cause in check.symptom_of {
            assert!(
                codes.contains(*cause),
                "{} is a symptom of {cause}, which no check finds",
                check.code
            );
        }
    }
}

#[test]
fn the_readme_lists_every_check() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let listed: BTreeSet<&str> = readme
        .lines()
        .filter_map(|l| l.strip_prefix("| `")?.split('`').next())
        .filter(|c| hops::checks::find(c).is_some())
        .collect();
    let all: BTreeSet<&str> = hops::checks::ALL.iter().map(|c| c.code).collect();
    assert_eq!(listed, all, "the table of README.md");
}
