//! The part of JSON Schema 2020-12 that `assets/report.schema.json` uses. An unknown keyword is an error here, and so is a
//! property that the schema does not describe: what hops prints must be documented, though readers may see more later.
#![allow(clippy::unwrap_used)] // only tests read this

use serde_json::Value;

/// Everything in which `value` differs from the schema; empty when it is valid.
pub fn problems(root: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(root, root, value, "$", &mut found);
    found
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema_map = schema.as_object().expect("a schema is an object");
    for (keyword, rule) in schema_map {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root
                    .pointer(pointer)
                    .unwrap_or_else(|| panic!("{pointer} is missing"));
                check(root, target, value, at, found);
            }
            "oneOf" | "anyOf" => {
                let tries: Vec<Vec<String>> = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|s| {
                        let mut inner = Vec::new();
                        check(root, s, value, at, &mut inner);
                        inner
                    })
                    .collect();
                let valid = tries.iter().filter(|t| t.is_empty()).count();
                if valid == 0 || (keyword == "oneOf" && valid > 1) {
                    found.push(format!("{at}: {valid} alternatives fit: {tries:?}"));
                }
            }
            "type" => {
                let words = rule
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![rule.clone()]);
                if !words.iter().any(|w| is(value, w.as_str().unwrap())) {
                    found.push(format!("{at}: {value} is no {rule}"));
                }
            }
            "const" if value != rule => found.push(format!("{at}: {value} is not {rule}")),
            "enum" if !rule.as_array().unwrap().contains(value) => {
                found.push(format!("{at}: {value} is not one of {rule}"));
            }
            "minimum" if value.as_i64() < rule.as_i64() && value.is_number() => {
                found.push(format!("{at}: {value} < {rule}"));
            }
            "maximum" if value.as_i64() > rule.as_i64() => {
                found.push(format!("{at}: {value} > {rule}"));
            }
            "minItems"
                if value
                    .as_array()
                    .is_some_and(|a| (a.len() as u64) < rule.as_u64().unwrap()) =>
            {
                found.push(format!("{at}: fewer than {rule} items"));
            }
            "pattern" => {
                // The one pattern in use: slugs.
                assert_eq!(rule, "^[a-z0-9]+(-[a-z0-9]+)*$");
                let text = value.as_str().unwrap_or_default();
                let part = |p: &str| {
                    !p.is_empty()
                        && p.chars()
                            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                };
                if !text.split('-').all(part) {
                    found.push(format!("{at}: {value} is no slug"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        found.push(format!("{at}: {name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(s) => check(root, s, inner, &format!("{at}.{name}"), found),
                        None => found.push(format!("{at}: {name} is not described")),
                    }
                }
            }
            "items" => {
                for (i, inner) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, inner, &format!("{at}[{i}]"), found);
                }
            }
            "const" | "enum" | "minimum" | "maximum" | "minItems" => {}
            other => panic!("this validator does not know {other:?}"),
        }
    }
}

fn is(value: &Value, word: &str) -> bool {
    match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("no such type: {other}"),
    }
}
