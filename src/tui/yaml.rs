//! An object as YAML, line by line with the path of the field that each line holds, so that a finding can point at its line.

use serde_json::Value;

use crate::report::{Code, Evidence, ObjectRef, Report};

/// A line of YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlLine {
    /// The path as evidence writes it: `.spec.ports[0].targetPort`.
    pub path: String,
    /// The line.
    pub text: String,
}

/// The lines of an object, in the order that kubectl prints.
pub fn lines(object: &Value) -> Vec<YamlLine> {
    let mut out = Vec::new();
    write(&mut out, object, "", 0, String::new());
    out
}

/// Writes a value. `lead` is what its first line begins with: indentation, dashes, key.
fn write(out: &mut Vec<YamlLine>, value: &Value, path: &str, indent: usize, lead: String) {
    let mut push = |text: String| {
        out.push(YamlLine {
            path: path.to_owned(),
            text,
        });
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let nested = lead.ends_with(':');
            if nested {
                push(lead.clone());
            }
            let mut first = (!nested).then_some(lead);
            for (key, value) in fields {
                let lead = first.take().unwrap_or_else(|| " ".repeat(indent));
                let child = step(path, key);
                field(
                    out,
                    value,
                    &child,
                    indent,
                    format!("{lead}{}:", scalar(key)),
                );
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let nested = lead.ends_with(':');
            if nested {
                push(lead.clone());
            }
            let mut first = (!nested).then_some(lead);
            for (index, item) in items.iter().enumerate() {
                let lead = first.take().unwrap_or_else(|| " ".repeat(indent));
                let child = format!("{path}[{index}]");
                write(out, item, &child, indent + 2, format!("{lead}- "));
            }
        }
        Value::String(text) if text.contains('\n') => {
            let keep = if text.ends_with('\n') { "|" } else { "|-" };
            push(join(&lead, keep));
            for line in text.trim_end_matches('\n').split('\n') {
                push(format!("{:1$}{line}", "", indent));
            }
        }
        Value::Object(_) => push(join(&lead, "{}")),
        Value::Array(_) => push(join(&lead, "[]")),
        Value::String(text) => push(join(&lead, &scalar(text))),
        other => push(join(&lead, &other.to_string())),
    }
}

/// A field's value: lists stand below their key without further indentation, as kubectl writes them.
fn field(out: &mut Vec<YamlLine>, value: &Value, path: &str, indent: usize, lead: String) {
    let deeper = if value.is_array() { indent } else { indent + 2 };
    write(out, value, path, deeper, lead);
}

fn join(lead: &str, value: &str) -> String {
    if lead.is_empty() || lead.ends_with(' ') {
        format!("{lead}{value}")
    } else {
        format!("{lead} {value}")
    }
}

/// One step deeper, with brackets where a key is no plain word: `.metadata.labels["a.b/c"]`.
fn step(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if key.chars().all(plain) {
        format!("{path}.{key}")
    } else {
        format!("{path}[{key:?}]")
    }
}

/// A string as YAML takes it: bare where nothing else could be meant.
fn scalar(text: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || "-_./@+=~".contains(c) || c == ' ' || c == ':';
    let begins = text.starts_with(|c: char| c.is_alphabetic() || c == '/');
    let bare = begins
        && text.chars().all(harmless)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "y" | "n"
        );
    if bare {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

/// The lines that findings are about, each with the finding's code. A field that is not there marks the one that it would stand in.
pub fn marks(report: &Report, object: &ObjectRef, lines: &[YamlLine]) -> Vec<(usize, Code)> {
    let name = object.display();
    let mut all: Vec<(usize, Code)> = Vec::new();
    for finding in &report.findings {
        for proof in &finding.evidence {
            let Evidence::Field { object, path, .. } = proof else {
                continue;
            };
            if *object != name {
                continue;
            }
            let at = line_of(lines, &plain(path));
            if let Some(at) = at
                && !all.contains(&(at, finding.code))
            {
                all.push((at, finding.code));
            }
        }
    }
    all
}

/// The line of a field, else the first line of what it would stand in.
fn line_of(lines: &[YamlLine], path: &str) -> Option<usize> {
    let mut path = path;
    while !path.is_empty() {
        let inside = |line: &YamlLine| {
            let of_line = plain(&line.path);
            let rest = of_line.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if let Some(at) = lines.iter().position(inside) {
            return Some(at);
        }
        path = &path[..path.rfind(['.', '[']).unwrap_or(0)];
    }
    None
}

/// A path with odd keys in one form: `.metadata.labels["a.b/c"]`, `.metadata.labels.a\.b/c` and `.metadata.labels.a.b/c` are one.
fn plain(path: &str) -> String {
    path.replace("[\"", ".")
        .replace("\"]", "")
        .replace('\\', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_know_their_paths() {
        let service = json!({"kind": "Service", "metadata": {"name": "web", "labels": {"a.b/c": "true"}},
            "spec": {"ports": [{"port": 80, "targetPort": "http"}, {"port": 443}], "selector": {}, "list": []}});
        let lines = lines(&service);
        let text: Vec<&str> = lines.iter().map(|l| l.text.as_str()).collect();
        let back: Value = serde_saphyr::from_str(&text.join("\n")).expect("YAML");
        assert_eq!(back, service);
        let path = |text: &str| {
            let line = lines.iter().find(|l| l.text.trim() == text);
            line.map(|l| l.path.as_str())
        };
        assert_eq!(path("targetPort: http"), Some(".spec.ports[0].targetPort"));
        assert_eq!(path("- port: 443"), Some(".spec.ports[1].port"));
        assert_eq!(
            path(r#"a.b/c: "true""#),
            Some(r#".metadata.labels["a.b/c"]"#)
        );
    }

    #[test]
    fn what_comes_out_reads_back() {
        let odd = json!({"text": "a\nb\n", "cut": "a\n\nb", "yes": "no", "n": "1", "at": "2026-01-01T00:00:00Z",
            "colon": "a: b", "hash": "a #b", "empty": "", "dash": "- x", "null": null, "deep": [[1, 2], [{"a": [true]}]],
            "tab": "a\tb", "args": ["--flag=x", "*"], "ctl": "\u{1b}[31m"});
        let text: Vec<String> = lines(&odd).into_iter().map(|l| l.text).collect();
        let back: Value = serde_saphyr::from_str(&text.join("\n")).expect("YAML");
        assert_eq!(back, odd);
    }
}
