//! `tests/pitfalls/new` writes all that a pitfall is, in the places where the tests look for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hops::diagnosis::checks::table::ALL;
use tempfile::TempDir;

/// A copy of what the script reads and changes.
fn copy() -> TempDir {
    let top = tempfile::tempdir().expect("a folder");
    let mut names = vec![PathBuf::from("README.md"), "tests/pitfalls/new".into()];
    let mut folders = vec![PathBuf::from("src/diagnosis")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let is_folder = entry.path().is_dir();
            let name = folder.join(entry.file_name());
            if is_folder { &mut folders } else { &mut names }.push(name);
        }
    }
    for name in names {
        let to = top.path().join(&name);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(root().join(&name), to).expect("copied");
    }
    top
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn new(top: &TempDir, args: &[&str]) -> Output {
    let script = top.path().join("tests/pitfalls/new");
    let output = Command::new(script).args(args).output();
    output.expect("python3")
}

fn text(top: &TempDir, name: &str) -> String {
    fs::read_to_string(top.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The lines that the script adds.
fn added(top: &TempDir, name: &str) -> Vec<String> {
    let before = fs::read_to_string(root().join(name)).expect(name);
    let mut before = before.lines().peekable();
    let after = text(top, name);
    let new = after
        .lines()
        .filter(|line| before.next_if_eq(line).is_none());
    let new = new.map(str::to_owned).collect();
    assert_eq!(before.next(), None, "{name} has lost a line");
    new
}

#[test]
fn a_pitfall_is_written_whole() {
    for hop in ["dns", "load-balancer", "network-policy", "pod"] {
        let top = copy();
        let output = new(&top, &["shop-is-shut", hop]);
        assert!(output.status.success(), "{output:?}");
        let module = hop.replace('-', "_");
        let checks = format!("src/diagnosis/hops/{module}/checks");
        let check = text(&top, &format!("{checks}/shop_is_shut.rs"));
        for part in [
            "    code: \"shop-is-shut\",\n",
            "    severity: Severity::Error,\n",
            "    symptom_of: &[],\n",
        ] {
            assert!(check.contains(part), "{part} in {check}");
        }
        assert_eq!(check.matches("shop_is_shut.md").count(), 1, "{check}");
        let page = text(&top, &format!("{checks}/shop_is_shut.md"));
        let headings: Vec<&str> = page.lines().filter(|l| l.starts_with('#')).collect();
        let expected = [
            "# shop-is-shut",
            "## What it sees",
            "## Why traffic breaks",
            "## How to fix",
            "## Source",
        ];
        assert_eq!(headings, expected);
        let modules = text(&top, &format!("{checks}/mod.rs"));
        assert!(modules.contains("\npub mod shop_is_shut;\n"), "{modules}");
        let table = added(&top, "src/diagnosis/checks/table.rs");
        let line = format!("    &{module}::shop_is_shut::CHECK,");
        assert_eq!(table.last(), Some(&line));
        let row = format!("| `shop-is-shut` | {hop} | error | FIXME: shop is shut |");
        assert_eq!(added(&top, "README.md"), [row]);
        for case in ["fires", "near-miss"] {
            let case = text(&top, &format!("tests/pitfalls/shop-is-shut/{case}.yaml"));
            assert!(case.contains("base: shop\n"), "{case}");
        }
    }
}

/// Wherever it stands, the table and the README have one order, and the hops stay together.
#[test]
fn it_stands_behind_those_of_its_hop() {
    let top = copy();
    assert!(new(&top, &["shop-is-shut", "endpoints"]).status.success());
    let table = text(&top, "src/diagnosis/checks/table.rs");
    let rows = table.lines().filter_map(|line| {
        let path = line.trim().strip_prefix('&')?.strip_suffix("::CHECK,")?;
        Some(path.rsplit_once("::")?.1.replace('_', "-"))
    });
    let rows: Vec<String> = rows.collect();
    let own = rows.iter().position(|code| code == "shop-is-shut");
    let own = own.expect("in the table");
    let mut others: Vec<&str> = rows.iter().map(String::as_str).collect();
    others.remove(own);
    let known: Vec<&str> = ALL.iter().map(|check| check.code).collect();
    assert_eq!(others, known);
    let hop = |at: usize| ALL[at].hop.slug();
    assert_eq!(hop(own - 1), "endpoints");
    assert_ne!(hop(own), "endpoints");
    let readme = text(&top, "README.md");
    let before = readme
        .split("| `shop-is-shut`")
        .next()
        .expect("the rows before");
    let before = before.lines().last().expect("a row");
    assert!(
        before.starts_with(&format!("| `{}` |", known[own - 1])),
        "{before}"
    );
}

#[test]
fn what_it_cannot_write_changes_nothing() {
    let top = copy();
    for (args, why) in [
        (
            vec!["shop-is-shut", "router"],
            "no hop router; there are client, cluster_dns, controller, dns",
        ),
        (vec!["Shop-Is-Shut", "pod"], "not kebab case"),
        (vec!["shop", "pod"], "not kebab case"),
        (vec!["../shop-shut", "pod"], "not kebab case"),
        (
            vec!["pod-crashloop", "service"],
            "pod-crashloop is there already",
        ),
        (vec!["shop-is-shut"], "CODE HOP"),
    ] {
        let output = new(&top, &args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(why),
            "{args:?}: {said}"
        );
    }
    assert_eq!(added(&top, "README.md"), Vec::<String>::new());
    assert_eq!(
        added(&top, "src/diagnosis/checks/table.rs"),
        Vec::<String>::new()
    );
    assert!(!top.path().join("tests/pitfalls/pod-crashloop").exists());
}
