//! The walls of the house: what each ring may import, how long a file may be, that every module says what it is for, and that the
//! tables agree with what is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::imports;

const LONGEST: usize = 400;

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn all() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files(&root().join("src"), "rs", &mut paths);
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

/// Everything is core that is not known to be an edge or a view: a new folder is inside the walls.
fn is_core(name: &str) -> bool {
    !is_edge(name) && !is_view(name) && !["src/lib.rs", "src/main.rs"].contains(&name)
}

fn is_edge(name: &str) -> bool {
    is_in(name, &["src/answer/", "src/engine/"])
}

fn is_view(name: &str) -> bool {
    is_in(name, &["src/output/", "src/tui/", "src/cli/", "src/modes/"])
}

fn is_in(name: &str, folders: &[&str]) -> bool {
    folders.iter().any(|p| name.starts_with(p))
}

const VIEWS: &[&str] = &["crate::output", "crate::tui", "crate::cli", "crate::modes"];

/// What reaches outside: runtimes, clients, files, clocks, the terminal.
const OUTSIDE: &[&str] = &[
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
    "println!",
    "eprintln!",
];

#[test]
fn the_core_does_no_io() {
    forbid("the core", is_core, OUTSIDE);
    forbid("the core", is_core, VIEWS);
    forbid("the core", is_core, &["crate::answer", "crate::engine"]);
}

#[test]
fn edges_know_no_views() {
    forbid("the edges", is_edge, VIEWS);
    forbid("the edges", is_edge, &["ratatui", "println!"]);
}

#[test]
fn what_a_key_does_is_pure() {
    let update = |name: &str| name.starts_with("src/tui/update/");
    // A key is a key of crossterm; nothing else of a terminal is touched.
    let outside: Vec<&str> = OUTSIDE
        .iter()
        .copied()
        .filter(|w| *w != "crossterm")
        .collect();
    forbid("tui/update", update, &outside);
    forbid(
        "tui/update",
        update,
        &[
            "crate::answer",
            "crate::engine",
            "crate::modes",
            "crate::tui::view",
            "super::view",
        ],
    );
}

#[test]
fn objects_have_a_meaning_without_a_controller() {
    forbid(
        "diagnosis/semantics",
        |name| name.starts_with("src/diagnosis/semantics/"),
        &[
            "diagnosis::ask",
            "diagnosis::hops",
            "diagnosis::request",
            "diagnosis::dialect",
            "diagnosis::declared",
        ],
    );
    forbid(
        "diagnosis/dialect",
        |name| name.starts_with("src/diagnosis/dialect/"),
        &[
            "diagnosis::ask",
            "diagnosis::hops",
            "diagnosis::request",
            "diagnosis::checks",
            "diagnosis::declared",
        ],
    );
    forbid(
        "diagnosis/hops",
        |name| name.starts_with("src/diagnosis/hops/"),
        &["diagnosis::verdict", "checks::table"],
    );
}

/// The code without its texts, and the texts alone.
fn split_texts(code: &str) -> (String, Vec<String>) {
    let (mut rest, mut texts) = (String::new(), Vec::new());
    let mut text: Option<String> = None;
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match (&mut text, c) {
            (Some(t), '\\') => {
                t.push(c);
                t.extend(chars.next());
            }
            (Some(_), '"') => texts.extend(text.take()),
            (Some(t), _) => t.push(c),
            (None, '"') => text = Some(String::new()),
            (None, '\'') => {
                // A quote as a character is no text; a lifetime is nothing at all.
                let next: String = chars.clone().take(3).collect();
                if next.starts_with("\"'") || next == "\\\"'" {
                    chars.nth(next.find('\'').unwrap_or_default());
                }
            }
            (None, _) => rest.push(c),
        }
    }
    (rest, texts)
}

/// `haproxy_tech` as a type is called, and as a static.
fn spellings(folder: &str) -> [String; 3] {
    let words = folder.split('_').map(|word| {
        let (first, rest) = word.split_at(1);
        first.to_ascii_uppercase() + rest
    });
    [
        folder.to_owned(),
        words.collect(),
        folder.to_ascii_uppercase(),
    ]
}

#[test]
fn a_make_is_known_in_its_folder_alone() {
    let home = "src/diagnosis/dialect/";
    let files = all();
    let folders: BTreeSet<&str> = files
        .iter()
        .filter_map(|(name, _)| name.strip_prefix(home)?.strip_suffix("/mod.rs"))
        .collect();
    let makes = hops::diagnosis::dialect::ALL;
    assert_eq!(folders.len(), makes.len(), "one folder a make: {folders:?}");
    let mut names: BTreeSet<String> = folders.iter().copied().flat_map(spellings).collect();
    // The types and statics that are not called as their folder is.
    names.extend(["IngressNginx", "F5Nginx", "AwsLoadBalancer"].map(str::to_owned));
    names.extend(["INGRESS_NGINX", "F5_NGINX", "AWS_LOAD_BALANCER"].map(str::to_owned));
    let slugs: BTreeSet<&str> = makes.iter().map(|d| d.slug()).collect();
    let mut faults = Vec::new();
    for (name, text) in &files {
        if name.starts_with(home) || !name.starts_with("src/diagnosis/") {
            continue;
        }
        let (code, texts) = split_texts(&code(text));
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        let known = words.filter(|w| names.contains(*w));
        faults.extend(known.map(|w| format!("{name}: {w}")));
        let slug = texts.iter().filter(|t| slugs.contains(t.as_str()));
        faults.extend(slug.map(|t| format!("{name}: {t:?}")));
    }
    assert!(
        faults.is_empty(),
        "what differs by make is a question of the trait Dialect:\n{}",
        faults.join("\n")
    );
}

#[test]
fn names_of_makes_are_seen_in_code_and_not_in_texts() {
    let code = r#"if make == Traefik && c != '"' { see("Traefik \" says", x.slug() == "traefik") } fn f<'a>() {}"#;
    let (rest, texts) = split_texts(code);
    assert_eq!(rest.matches("Traefik").count(), 1, "{rest}");
    assert_eq!(texts, ["Traefik \\\" says", "traefik"]);
    let spelled = ["haproxy_tech", "HaproxyTech", "HAPROXY_TECH"];
    assert_eq!(spellings("haproxy_tech"), spelled);
}

#[test]
fn siblings_import_each_other_in_one_direction() {
    let files: Vec<(String, String)> = all()
        .into_iter()
        .filter(|(name, _)| name != "src/main.rs")
        .map(|(name, text)| (name, code(&text)))
        .collect();
    let imports = imports::imports(&files);
    let edges: usize = imports.values().map(BTreeSet::len).sum();
    assert!(edges > 500, "only {edges} imports were read");
    let circles = imports::circles(&imports);
    let words: Vec<String> = circles.iter().map(|c| c.join(" ")).collect();
    assert!(circles.is_empty(), "circles:\n{}", words.join("\n"));
}

#[test]
fn a_circle_of_siblings_is_seen() {
    let file = |name: &str, code: &str| (format!("src/{name}"), code.to_owned());
    let files = [
        file("a/mod.rs", "mod x;\nuse x::X;"),
        file("a/x.rs", "use super::Own;\nuse crate::{b::{B, self}, c};"),
        file("b.rs", "fn f() { super::c::g() }"),
        file("c.rs", "use crate::a::x::Y as Z;"),
        file("d.rs", "use crate::a::x;"),
    ];
    let found = imports::circles(&imports::imports(&files));
    // `a` uses its child and the child its parent: no circle. `d` only looks on.
    assert_eq!(found, [["a::x", "b", "c"]]);
}

#[test]
fn patches_are_written_in_one_place() {
    forbid(
        "checks and hops",
        |name| name.starts_with("src/diagnosis/") && name != "src/diagnosis/shell/patch.rs",
        &["--type ", "--type=", " patch service", " patch ingress"],
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
            "diagnosis::ask",
            "diagnosis::hops",
            "diagnosis::request",
            "diagnosis::verdict",
            "std::fs",
            "crate::modes",
        ],
    );
    // What the screen and the other views say alike is nobody's own.
    forbid(
        "the screen",
        |name| name.starts_with("src/tui/"),
        &["output::text", "output::markdown"],
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
        .filter(|(name, _)| {
            name.starts_with("src/diagnosis/hops/")
                && name.contains("/checks/")
                && !name.ends_with("/mod.rs")
        })
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
    let table: Vec<&str> = hops::diagnosis::checks::table::ALL
        .iter()
        .map(|c| c.code)
        .collect();
    let codes: BTreeSet<String> = table.iter().map(|c| (*c).to_owned()).collect();
    assert_eq!(table.len(), codes.len(), "a code stands in the table twice");
    assert_eq!(files, codes);
    for check in hops::diagnosis::checks::table::ALL {
        for cause in check.causes() {
            assert!(
                codes.contains(cause),
                "{} is a symptom of {cause}, which no check finds",
                check.code
            );
        }
    }
}

/// What a failed read leaves unjudged is told by codes; a code that no check has would tell nothing.
#[test]
fn every_code_that_a_gap_hides_is_in_the_table() {
    let mut found = BTreeSet::new();
    for (name, text) in all() {
        if !name.starts_with("src/diagnosis/") {
            continue;
        }
        let code = code(&text);
        // `const HIDES: Hides = &["…"]`, `const CAUSES: &[Code] = &["…"]`, and lists that are handed straight to a read.
        let constants = code.split("Hides = &[").skip(1);
        let constants = constants.chain(code.split("&[Code] = &[").skip(1));
        let reads = code.split(".list::<").chain(code.split(".get::<"));
        let inline = reads.filter_map(|call| call.split_once(';')?.0.split_once("&[").map(|c| c.1));
        for list in constants.chain(inline) {
            let list = list.split(']').next().unwrap_or_default();
            found.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
        }
    }
    assert!(found.len() > 20, "only {found:?} was read");
    let codes: BTreeSet<String> = hops::diagnosis::checks::table::ALL
        .iter()
        .map(|c| c.code.to_owned())
        .collect();
    let unknown: Vec<_> = found.difference(&codes).collect();
    assert!(unknown.is_empty(), "no check has the code {unknown:?}");
}
