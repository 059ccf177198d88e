//! `rules` and `explain`: the table of checks, and one of them in full.

use std::fmt::Write as _;

use serde::Serialize;

use super::shared::page::{self, Part};
use super::shared::sanitize;
use super::shared::tone::Tone;
use super::shared::words::severity_word;
use super::shared::wrap;
use super::text::Style;
use crate::diagnosis::checks::Check;
use crate::diagnosis::semantics::host::distance;
use crate::report::{Hop, Severity};

#[derive(Serialize)]
struct Rule {
    code: &'static str,
    hop: Hop,
    severity: Severity,
    title: &'static str,
    explain: &'static str,
}

/// Every check on a line: code, hop, severity, title.
pub fn table(checks: &[&Check], style: &Style) -> String {
    let code = checks
        .iter()
        .map(|c| c.code.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let mut out = format!("{:code$}  {:13}  {:8}  TITLE\n", "CODE", "HOP", "SEVERITY");
    for check in checks {
        let severity = format!("{:8}", severity_word(check.severity));
        let _ = writeln!(
            out,
            "{:code$}  {:13}  {}  {}",
            check.code,
            check.hop.title(),
            style.toned(Tone::from(check.severity), &severity),
            check.title
        );
    }
    out
}

/// Every check as a row of Markdown.
pub fn markdown(checks: &[&Check]) -> String {
    let mut out = String::from("| code | hop | severity | what is wrong |\n|---|---|---|---|\n");
    for check in checks {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} |",
            check.code,
            check.hop.slug(),
            severity_word(check.severity),
            check.title
        );
    }
    out
}

/// Every check as a JSON list.
///
/// # Errors
/// When it cannot be serialized, which is a bug.
pub fn json(checks: &[&Check]) -> serde_json::Result<String> {
    let rules: Vec<Rule> = checks
        .iter()
        .map(|c| Rule {
            code: c.code,
            hop: c.hop,
            severity: c.severity,
            title: c.title,
            explain: c.explain,
        })
        .collect();
    Ok(sanitize::json(&format!(
        "{}\n",
        serde_json::to_string_pretty(&rules)?
    )))
}

/// One check in full.
pub fn explain(check: &Check, style: &Style) -> String {
    let tone = Tone::from(check.severity);
    let mut out = format!(
        "{} {}  {} at {}\n",
        style.mark(tone),
        style.toned(tone, check.code),
        severity_word(check.severity),
        check.hop.title()
    );
    for text in wrap::words(check.title, style.width - 2, style.width - 2) {
        let _ = writeln!(out, "  {}", style.strong(&text));
    }
    for line in page::lines(check.explain, style.width) {
        for (part, text) in line {
            out += &match part {
                Part::Text => text,
                Part::Heading => style.strong(&text),
                Part::Code => style.code(&text),
            };
        }
        out.push('\n');
    }
    out
}

/// The codes that a mistyped one may have meant, nearest first; at most three.
pub fn nearest<'a>(code: &str, codes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut scored: Vec<(usize, &str)> = codes
        .filter_map(|known| {
            let distance = distance(code, known);
            let near = distance <= known.len().max(code.len()) / 3;
            let within = code.len() >= 3 && known.contains(code);
            (near || within).then_some((distance, known))
        })
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(3).map(|(_, known)| known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_codes_come_first() {
        let codes = [
            "dns-nxdomain",
            "tls-cert-expired",
            "tls-secret-missing",
            "lb-pending",
        ];
        let near = |code| nearest(code, codes.into_iter());
        assert_eq!(near("dns-nxdomian"), ["dns-nxdomain"]);
        assert_eq!(near("tls"), ["tls-cert-expired", "tls-secret-missing"]);
        assert!(near("quux").is_empty());
    }
}
