//! Who imports whom in `src/`, read from `use` declarations and paths; and the circles among siblings.

use std::collections::{BTreeMap, BTreeSet};

/// Modules of the crate by path (`diagnosis::hops::dns`), each with what it imports. A child that uses its own ancestors is left out:
/// that is how Rust is written. `files` are names such as `src/diagnosis/mod.rs` with their code, without comments and tests.
pub fn imports(files: &[(String, String)]) -> BTreeMap<String, BTreeSet<String>> {
    let modules: BTreeSet<String> = files.iter().map(|(name, _)| module_of(name)).collect();
    files
        .iter()
        .map(|(name, code)| {
            let own = module_of(name);
            let mut found = BTreeSet::new();
            for path in paths(code) {
                let Some(path) = absolute(&own, &path, &modules) else {
                    continue;
                };
                let target = longest(&path, &modules);
                let ancestor = own.starts_with(&format!("{target}::")) || target.is_empty();
                if target != own && !ancestor {
                    found.insert(target);
                }
            }
            (own, found)
        })
        .collect()
}

/// Groups of modules that import each other, directly or around; each sorted.
pub fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = imports
        .keys()
        .map(|from| {
            let mut seen: BTreeSet<&String> = BTreeSet::new();
            let mut next: Vec<&String> = imports[from].iter().collect();
            while let Some(at) = next.pop() {
                if seen.insert(at) {
                    next.extend(imports.get(at).into_iter().flatten());
                }
            }
            (from, seen)
        })
        .collect();
    let mut groups: BTreeSet<Vec<String>> = BTreeSet::new();
    for (from, seen) in &reach {
        if seen.contains(from) {
            let group = seen
                .iter()
                .filter(|to| reach.get(**to).is_some_and(|back| back.contains(from)));
            groups.insert(group.map(|m| (*m).clone()).collect());
        }
    }
    groups.into_iter().collect()
}

fn module_of(name: &str) -> String {
    let path = name.trim_start_matches("src/").trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    let path = if path == "lib" { "" } else { path };
    path.replace('/', "::")
}

fn longest(path: &str, modules: &BTreeSet<String>) -> String {
    let mut path = path;
    loop {
        if modules.contains(path) {
            return path.to_owned();
        }
        match path.rsplit_once("::") {
            Some((shorter, _)) => path = shorter,
            None => return String::new(),
        }
    }
}

/// The path from the crate's root: of `crate::`, `super::` and `self::`, and of a child by its name.
fn absolute(own: &str, path: &str, modules: &BTreeSet<String>) -> Option<String> {
    if let Some(rest) = path.strip_prefix("crate::") {
        return Some(rest.to_owned());
    }
    let mut at = own.to_owned();
    let mut rest = path.strip_prefix("self::").unwrap_or(path);
    let relative = path.starts_with("super::");
    while let Some(up) = rest.strip_prefix("super::") {
        at = at
            .rsplit_once("::")
            .map_or(String::new(), |(parent, _)| parent.to_owned());
        rest = up;
    }
    let joined = if at.is_empty() {
        rest.to_owned()
    } else {
        format!("{at}::{rest}")
    };
    let first = rest.split("::").next().unwrap_or_default();
    let child = if at.is_empty() {
        first.to_owned()
    } else {
        format!("{at}::{first}")
    };
    (relative || path.starts_with("self::") || modules.contains(&child)).then_some(joined)
}

/// Every path of two words or more; the groups of `use` declarations written out.
fn paths(code: &str) -> Vec<String> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("use ") {
        let begins = rest[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
        let tail = &rest[at + 4..];
        let end = tail.find(';').unwrap_or(tail.len());
        if begins {
            found.extend(leaves(&tail[..end]));
        }
        rest = &tail[end.min(tail.len())..];
    }
    let words = code.split(|c: char| !word(c)).filter(|w| w.contains("::"));
    found.extend(words.map(|w| w.trim_end_matches(':').to_owned()));
    found
}

fn leaves(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((before, group)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default().trim();
        return vec![path.trim_end_matches("::self").to_owned()];
    };
    let group = group.rsplit_once('}').map_or(group, |(inner, _)| inner);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match (c, depth) {
            (',', 0) => parts.push(String::new()),
            _ => parts.last_mut().expect("one at least").push(c),
        }
    }
    let whole = parts.iter().map(|p| p.trim()).filter(|p| !p.is_empty());
    whole
        .flat_map(|part| leaves(&format!("{before}{part}")))
        .collect()
}
