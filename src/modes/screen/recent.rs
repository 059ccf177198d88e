//! Targets that were walked before: a line each in `$XDG_STATE_HOME/kubectl-hops/recent`, newest first. A file that cannot be read or
//! written costs the list, nothing else. A query may hold a token: it is not kept, and nobody else may read the file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::answer::capped::Cap;

/// Far more than a list of targets has.
const MOST: Cap = Cap {
    bytes: 1 << 20,
    what: "a list of targets",
    remedy: "",
};

/// Targets that are kept.
const KEPT: usize = 20;

fn file() -> Option<PathBuf> {
    let state = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|p| p.is_absolute())
        .or_else(|| Some(std::env::home_dir()?.join(".local/state")))?;
    Some(state.join("kubectl-hops/recent"))
}

/// The targets.
pub(super) fn read() -> Vec<String> {
    let text = file().and_then(|f| MOST.text(&f).ok());
    let lines = text.iter().flat_map(|t| t.lines());
    let plain = |l: &&str| !l.is_empty() && !l.contains(char::is_control);
    let mut all: Vec<String> = Vec::new();
    for target in lines.filter(plain).map(without_query) {
        if !all.iter().any(|t| t == target) {
            all.push(target.to_owned());
        }
    }
    all.truncate(KEPT);
    all
}

fn without_query(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

/// Writes a file that only its owner may read.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}

/// Puts a target in front.
pub(super) fn add(target: &str) {
    let Some(file) = file() else { return };
    let target = without_query(target);
    let mut all = read();
    all.retain(|t| t != target);
    all.insert(0, target.to_owned());
    all.truncate(KEPT);
    if let Some(folder) = file.parent()
        && std::fs::create_dir_all(folder).is_ok()
    {
        // In one step, so that two screens at once leave a whole file.
        let next = file.with_extension(format!("new{}", std::process::id()));
        if write(&next, &(all.join("\n") + "\n")).is_ok() {
            let _ = std::fs::rename(&next, &file);
        }
    }
}
