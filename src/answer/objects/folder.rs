//! The files of a folder: its own, with those of the folders below where that is wanted or where the folder is a dump of a cluster.

use std::path::{Path, PathBuf};

use crate::answer::objects::stream::{FilesError, unreadable};

/// Folders within folders are followed so far.
const DEEPEST: usize = 20;
/// Files that `kubectl cluster-info dump --output-directory` leaves at its top, one of them always.
const TOP: [&str; 2] = ["nodes.json", "nodes.yaml"];
/// And in the folder of each namespace.
const EACH: [&str; 4] = ["pods.json", "pods.yaml", "services.json", "services.yaml"];
/// Folders of a must-gather.
const GATHERED: [&str; 2] = ["namespaces", "cluster-scoped-resources"];

/// What is to be read.
pub(super) struct Found {
    /// The files in order, each with the namespace of which it tells, where the folder shows that.
    pub files: Vec<(PathBuf, Option<String>)>,
    /// They are a dump of a cluster.
    pub dumped: bool,
}

/// The `.yaml`, `.yml` and `.json` files.
pub(super) fn files(path: &Path, recursive: bool) -> Result<Found, FilesError> {
    let dumped = is_dump(path);
    let mut paths = Vec::new();
    let below = collect(path, recursive || dumped, DEEPEST, &mut paths)?;
    paths.sort();
    if paths.is_empty() {
        return Err(FilesError::Empty {
            path: path.display().to_string(),
            hint: if below && !recursive {
                "; -R reads the folders below, too"
            } else {
                ""
            },
        });
    }
    let namespace = |file: &PathBuf| dumped.then(|| namespace(path, file)).flatten();
    Ok(Found {
        files: paths
            .into_iter()
            .map(|p| (p.clone(), namespace(&p)))
            .collect(),
        dumped,
    })
}

/// Adds the files; whether there are folders below.
fn collect(
    path: &Path,
    recursive: bool,
    deeper: usize,
    found: &mut Vec<PathBuf>,
) -> Result<bool, FilesError> {
    let name = path.display().to_string();
    let entries = std::fs::read_dir(path).map_err(|e| unreadable(&name, &e))?;
    let mut below = false;
    for entry in entries.flatten() {
        let path = entry.path();
        // A link to a folder is not followed, as with kubectl: it may lead back.
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            below = true;
            if recursive && deeper > 0 {
                collect(&path, recursive, deeper - 1, found)?;
            }
        } else if path.is_file() && is_manifest(&path) {
            found.push(path);
        }
    }
    Ok(below)
}

fn is_manifest(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
}

/// Whether a tool wrote a cluster into it.
fn is_dump(path: &Path) -> bool {
    let has = |folder: &Path, names: &[&str]| names.iter().any(|n| folder.join(n).exists());
    let folders = || {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|e| e.path()).filter(|p| p.is_dir())
    };
    // A must-gather has a folder for each of the images that gathered.
    has(path, &GATHERED)
        || folders().any(|f| GATHERED.iter().all(|g| f.join(g).is_dir()))
        || (has(path, &TOP) && folders().any(|f| has(&f, &EACH)))
}

/// The namespace whose objects a file of a dump holds.
fn namespace(dump: &Path, file: &Path) -> Option<String> {
    let within = file.strip_prefix(dump).ok()?.parent()?;
    let mut parts = within.iter().map(|p| p.to_string_lossy().into_owned());
    let gathered = within.iter().any(|p| GATHERED.iter().any(|g| p == *g));
    if gathered {
        return parts.skip_while(|p| p != GATHERED[0]).nth(1);
    }
    parts.next()
}
