//! Whether an object has the shape of its kind: what is text, what a number, what there is at all. What is of the wrong type is brought
//! into the right one where its meaning is plain, else left out, so that the rest can be read.

use serde_json::{Value, json};

use super::{Faults, path};
use crate::answer::objects::arrival::arrive;
use crate::answer::objects::place::{Path, Step, at_mut, below, item, remove};
use crate::facts::Kind;

/// More faults of shape than these are not looked for in one object.
const MOST: usize = 20;

/// Maps of texts, where YAML makes `true` and `1.0` of what was meant as text.
const TEXT_MAPS: [&[&str]; 8] = [
    &["metadata", "annotations"],
    &["metadata", "labels"],
    &["spec", "selector", "matchLabels"],
    &["spec", "template", "metadata", "annotations"],
    &["spec", "template", "metadata", "labels"],
    &["spec", "podSelector", "matchLabels"],
    &["data"],
    &["stringData"],
];

/// Makes texts of what stands in maps of texts.
pub(super) fn text_maps(kind: Kind, object: &mut Value, faults: &mut Faults) {
    let mut maps: Vec<Path> = TEXT_MAPS.iter().map(|names| path(names)).collect();
    if kind == Kind::Service {
        maps.push(path(&["spec", "selector"]));
    }
    for whole in maps {
        let private = whole.len() == 1;
        let Some(Value::Object(map)) = at_mut(object, &whole) else {
            continue;
        };
        for (key, value) in map.iter_mut() {
            let plain = match &*value {
                Value::Bool(b) => b.to_string(),
                Value::Number(n) => n.to_string(),
                _ => continue,
            };
            let quoted = if private {
                "write it in quotes".to_owned()
            } else {
                format!("write it in quotes: \"{plain}\"")
            };
            let why = format!("is {} where text is wanted", have(value));
            faults.add(below(&whole, key), why, quoted);
            *value = plain.into();
        }
    }
}

/// Quantities may be written as numbers: `cpu: 1`. Their type is text.
pub(super) fn quantities(object: &mut Value) {
    const MAPS: [&str; 5] = ["limits", "requests", "overhead", "capacity", "allocatable"];
    const FIELDS: [&str; 2] = ["sizeLimit", "divisor"];
    let as_text = |value: &mut Value| {
        if value.is_number() {
            *value = value.to_string().into();
        }
    };
    match object {
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    Value::Object(map) if MAPS.contains(&key.as_str()) => {
                        map.values_mut().for_each(as_text);
                    }
                    _ if FIELDS.contains(&key.as_str()) => as_text(value),
                    // Texts of people's own.
                    _ if ["annotations", "labels", "data", "stringData"]
                        .contains(&key.as_str()) => {}
                    _ => quantities(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(quantities),
        _ => {}
    }
}

/// Brings the object into the shape of its kind. Whether it has it in the end.
pub(super) fn mend(kind: Kind, older: bool, object: &mut Value, faults: &mut Faults) -> bool {
    if older {
        return kind.reread(arrive(kind, object.clone())).is_ok();
    }
    for _ in 0..MOST {
        let error = match kind.reread(object.clone()) {
            Ok(again) => {
                // Of kinds that somebody installs only a part is read: what else they have is not known here.
                if kind.is_built_in() {
                    unknown(object, &again, &Vec::new(), kind, faults);
                }
                return true;
            }
            Err(error) => error,
        };
        let Some((at, error)) = culprit(kind, object, &error) else {
            break;
        };
        let Some(value) = at_mut(object, &at) else {
            break;
        };
        let wanted = error.rsplit_once("expected ").map_or("", |(_, w)| w);
        let encoded = [
            Step::Key("data".to_owned()),
            Step::Key("binaryData".to_owned()),
        ];
        let (why, fix) = if value.is_string() && at.first().is_some_and(|f| encoded.contains(f)) {
            ("is no base64".to_owned(), String::new())
        } else {
            words(value, wanted)
        };
        match mended(value, wanted) {
            Some(better) => *value = better,
            None => {
                remove(object, &at);
            }
        }
        faults.add(at, why, fix);
    }
    if kind.reread(object.clone()).is_ok() {
        return true;
    }
    let why = format!(
        "does not have the shape of {} {}",
        kind.api_version(),
        kind.name()
    );
    faults.add(Path::new(), why, "");
    false
}

/// The deepest part that is refused when it stands alone, with the words for it.
fn culprit(kind: Kind, object: &Value, error: &str) -> Option<(Path, String)> {
    let mut at = Path::new();
    let mut said = error.to_owned();
    let mut part = object;
    loop {
        let children: Vec<(Path, &Value)> = match part {
            Value::Object(fields) => fields.iter().map(|(k, v)| (below(&at, k), v)).collect(),
            Value::Array(items) => {
                let of = |(n, v)| (item(&at, n), v);
                items.iter().enumerate().map(of).collect()
            }
            _ => Vec::new(),
        };
        let refused = children.into_iter().find_map(|(path, value)| {
            let alone = alone(kind, &path, value);
            kind.reread(alone).err().map(|error| (path, value, error))
        });
        match refused {
            Some((path, value, error)) => (at, part, said) = (path, value, error),
            None => return (!at.is_empty()).then_some((at, said)),
        }
    }
}

/// An object of the kind with nothing in it but this part.
fn alone(kind: Kind, at: &[Step], part: &Value) -> Value {
    let mut whole = at
        .iter()
        .rev()
        .fold(part.clone(), |inner, step| match step {
            Step::Key(key) => json!({ key.as_str(): inner }),
            Step::Item(_) => json!([inner]),
        });
    for (field, word) in [("apiVersion", kind.api_version()), ("kind", kind.name())] {
        if at.first() != Some(&Step::Key(field.to_owned())) {
            whole[field] = word.into();
        }
    }
    whole
}

/// What a value is, for people.
fn have(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// What the decoder wants, for people. It knows types by their names in the API.
fn want(expected: &str) -> &'static str {
    match expected {
        w if w.contains("string") && w.contains("int") => "a number or text",
        w if w.contains("string") => "text",
        w if w.starts_with(['i', 'u', 'f']) && w.chars().skip(1).all(|c| c.is_ascii_digit()) => {
            "a number"
        }
        w if w.contains("bool") => "true or false",
        w if w.contains("sequence") => "a list",
        _ => "a mapping",
    }
}

fn words(value: &Value, expected: &str) -> (String, String) {
    let wanted = want(expected);
    if have(value) == wanted {
        return (
            "has a value that its type does not take".to_owned(),
            String::new(),
        );
    }
    let why = format!("is {} where {wanted} is wanted", have(value));
    let fix = match (value, wanted) {
        (Value::Bool(_) | Value::Number(_), "text") => "write it in quotes",
        (Value::String(_), "a number" | "true or false") => "write it without quotes",
        _ => "",
    };
    (why, fix.to_owned())
}

/// The value in the type that is wanted, where its meaning is plain.
fn mended(value: &Value, expected: &str) -> Option<Value> {
    match (value, want(expected)) {
        (Value::Bool(_) | Value::Number(_), "text") => Some(value.to_string().into()),
        (Value::String(text), "a number") => text.parse::<i64>().ok().map(Value::from),
        (Value::String(text), "true or false") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    }
}

/// Fields that are lost when the object is read and written again: its kind does not have them.
fn unknown(given: &Value, kept: &Value, whole: &Path, kind: Kind, faults: &mut Faults) {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            for (key, value) in given.iter().filter(|(_, v)| !v.is_null()) {
                match kept.get(key) {
                    Some(kept) => unknown(value, kept, &below(whole, key), kind, faults),
                    None => faults.doubt(
                        below(whole, key),
                        format!("is no field of {} {}", kind.api_version(), kind.name()),
                        "correct its spelling or its place, or take it away",
                    ),
                }
            }
        }
        (Value::Array(given), Value::Array(kept)) if given.len() == kept.len() => {
            for (number, (given, kept)) in given.iter().zip(kept).enumerate() {
                unknown(given, kept, &item(whole, number), kind, faults);
            }
        }
        _ => {}
    }
}
