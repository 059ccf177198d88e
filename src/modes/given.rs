//! The requests that `compare` was given: URLs, and files of paths or of lines from an access log.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};

use super::check;
use crate::answer::veil::Veil;
use crate::cli::CompareArgs;
use crate::diagnosis::Settings;
use crate::diagnosis::predict::requests::Trial;
use crate::target::{Scheme, Target};

/// All of them, with what their queries say: rules may hang on that.
pub(super) fn given(
    wanted: &CompareArgs,
    host: &Target,
    settings: &Settings,
    veil: &Veil,
) -> Result<Vec<Trial>> {
    let mut all = Vec::new();
    for url in &wanted.urls {
        let (method, url) = match url.trim().split_once(' ') {
            Some((method, url)) => (Some(method), url.trim()),
            None => (None, url.as_str()),
        };
        let target = check::whole(url, veil).map_err(Error::msg)?;
        let mut trial = Trial::given(decided(target), settings);
        if let Some(method) = method {
            trial.method = method.to_ascii_uppercase();
        }
        all.push(trial);
    }
    if let Some(file) = &wanted.paths {
        all.extend(of_file(file, host, settings, veil)?);
    }
    Ok(all)
}

/// A target as a request: over https where nobody said how.
pub(super) fn decided(target: Target) -> Target {
    let scheme = match target.scheme {
        Scheme::Auto => Scheme::Https,
        scheme => scheme,
    };
    Target { scheme, ..target }
}

/// Each request of a file once, over http and over https.
fn of_file(file: &Path, host: &Target, settings: &Settings, veil: &Veil) -> Result<Vec<Trial>> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {name}"))?;
    let (mut all, mut known) = (Vec::new(), BTreeSet::new());
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // The line itself is not shown: it may hold what nobody should see.
        let (method, path) = match request_of(line) {
            Ok((method, path)) => (method.unwrap_or(&settings.method).to_owned(), path),
            Err(why) => bail!("{name}:{number}: {why}"),
        };
        let url = format!("https://{}{path}", host.host);
        let Ok(target) = check::whole(&url, veil) else {
            bail!("{name}:{number}: the path is none that a URL may have");
        };
        if !known.insert((method.clone(), target.path.clone())) {
            continue;
        }
        for scheme in [Scheme::Http, Scheme::Https] {
            let target = Target {
                scheme,
                ..target.clone()
            };
            let mut trial = Trial::given(target, settings);
            trial.method.clone_from(&method);
            all.push(trial);
        }
    }
    Ok(all)
}

/// The method, where it is told, and the path of a line: the path alone, or a line of an access log in the combined format, whose first
/// quoted part is the request.
fn request_of(line: &str) -> Result<(Option<&str>, &str), &'static str> {
    if line.starts_with('/') {
        return if line.contains(char::is_whitespace) {
            Err("a path has no space in it: give one a line, or lines of an access log")
        } else {
            Ok((None, line))
        };
    }
    let Some(request) = quoted(line) else {
        return Err("neither a path that begins with / nor a line of an access log");
    };
    let words: Vec<&str> = request.split(' ').collect();
    let [method, target, protocol] = words[..] else {
        return Err("the first quoted part is no request such as \"GET /cart HTTP/1.1\"");
    };
    let is_method = !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase());
    if !is_method || !protocol.starts_with("HTTP/") {
        return Err("the first quoted part is no request such as \"GET /cart HTTP/1.1\"");
    }
    let after_host = target.split_once("://").map(|(_, rest)| rest);
    let path = after_host.map_or(Some(target), |rest| rest.find('/').map(|at| &rest[at..]));
    match path.filter(|path| path.starts_with('/')) {
        Some(path) => Ok((Some(method), path)),
        None => Err("its request asks for no path"),
    }
}

/// What stands between the first two quotes. A quote after a backslash is part of it.
fn quoted(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once('"')?;
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&rest[..at]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_lines_of_access_logs_are_requests() {
        let log = |request: &str| {
            format!(
                r#"203.0.113.7 - jane [29/Nov/2026:10:00:00 +0000] "{request}" 200 12 "https://a.example.com/?q=\"" "curl/8""#
            )
        };
        for (line, wanted) in [
            ("/cart?x=1".to_owned(), Ok((None, "/cart?x=1"))),
            (
                log("GET /cart?x=1 HTTP/1.1"),
                Ok((Some("GET"), "/cart?x=1")),
            ),
            (log("POST /a%20b HTTP/2.0"), Ok((Some("POST"), "/a%20b"))),
            (log(r#"GET /a\"b HTTP/1.1"#), Ok((Some("GET"), r#"/a\"b"#))),
            (
                log("GET http://shop.example.com/a HTTP/1.1"),
                Ok((Some("GET"), "/a")),
            ),
        ] {
            assert_eq!(request_of(&line), wanted, "{line}");
        }
        for line in [
            "cart".to_owned(),
            "/a b".to_owned(),
            log("-"),
            log(r"\x16\x03\x01"),
            log("GET /cart"),
            log("get /cart HTTP/1.1"),
            log("OPTIONS * HTTP/1.1"),
            log("CONNECT shop.example.com:443 HTTP/1.1"),
            "203.0.113.7 - - \"GET /cart HTTP/1.1".to_owned(),
        ] {
            assert!(request_of(&line).is_err(), "{line}");
        }
    }
}
