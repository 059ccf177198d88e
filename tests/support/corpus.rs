//! Everything that hops is known to say: the report of every case of `tests/pitfalls`, of every scenario and of every demo.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hops::report::Report;

use super::fixture::Fixture;
use super::screens::DEMOS;
use super::shown;

/// A report, and where it is from.
pub struct Known {
    /// `pitfalls/lb-pending/fires`, `scenarios/three-faults`, `demo/healthy`.
    pub name: String,
    /// What hops says.
    pub report: Report,
}

/// All of them, walked once.
pub fn all() -> &'static [Known] {
    static ALL: LazyLock<Vec<Known>> = LazyLock::new(|| {
        let of_files = files().into_iter().map(|(name, path)| Known {
            report: Fixture::load(&path).report(),
            name,
        });
        let of_demos = DEMOS.iter().map(|demo| Known {
            name: format!("demo/{demo}"),
            report: shown::demo(demo).report,
        });
        of_files.chain(of_demos).collect()
    });
    &ALL
}

/// The files of the fixtures by name.
pub fn files() -> Vec<(String, PathBuf)> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = Vec::new();
    for folder in ["pitfalls", "scenarios"] {
        walk(&tests.join(folder), &mut found);
    }
    let name = |path: &Path| {
        let name = path.strip_prefix(&tests).expect("below it");
        name.with_extension("").display().to_string()
    };
    let mut named: Vec<_> = found.into_iter().map(|path| (name(&path), path)).collect();
    named.sort();
    named
}

/// The cases below a folder. A base that is laid over no other shows nothing that its cases do not.
fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
}
