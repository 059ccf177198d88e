//! Where something stands: the path within a document, and the line of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;
use serde_saphyr::granit_parser::{Event, Parser, StrInput};

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::answer) enum Step {
    /// Into a field.
    Key(String),
    /// Into an item of a list.
    Item(usize),
}

/// The way from the whole to a part.
pub(in crate::answer) type Path = Vec<Step>;

/// `.spec.rules[0].host`; a key that is no plain word stands in brackets: `.metadata.labels["example.com/a"]`.
pub(in crate::answer) fn path_words(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        let plain = |key: &str| {
            key.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        };
        let _ = match step {
            Step::Item(number) => write!(text, "[{number}]"),
            Step::Key(key) if plain(key) && !key.is_empty() => write!(text, ".{key}"),
            Step::Key(key) => write!(text, "[{key:?}]"),
        };
    }
    text
}

/// The path, one step further.
pub(in crate::answer) fn below(path: &[Step], key: &str) -> Path {
    let mut path = path.to_vec();
    path.push(Step::Key(key.to_owned()));
    path
}

/// The path, into an item.
pub(in crate::answer) fn item(path: &[Step], number: usize) -> Path {
    let mut path = path.to_vec();
    path.push(Step::Item(number));
    path
}

/// What stands there.
pub(in crate::answer) fn at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |at, step| match step {
        Step::Key(key) => at.get(key),
        Step::Item(number) => at.get(number),
    })
}

/// The same, to change it.
pub(in crate::answer) fn at_mut<'v>(value: &'v mut Value, path: &[Step]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |at, step| match step {
        Step::Key(key) => at.get_mut(key),
        Step::Item(number) => at.get_mut(number),
    })
}

/// Takes away what stands there.
pub(in crate::answer) fn remove(value: &mut Value, path: &[Step]) -> Option<Value> {
    let (last, way) = path.split_last()?;
    match (at_mut(value, way)?, last) {
        (Value::Object(fields), Step::Key(key)) => fields.remove(key),
        (Value::Array(items), Step::Item(number)) if *number < items.len() => {
            Some(items.remove(*number))
        }
        _ => None,
    }
}

/// The line within a text, from 1, at which a part begins: at its key, or as near to it as there is anything. Of several documents the
/// first is looked at.
pub(in crate::answer) fn line(text: &str, path: &[Step]) -> u64 {
    let mut nearest = 1;
    let mut seeker = Seeker(Parser::new_from_str(text));
    if let Some((begun, line)) = seeker.next() {
        nearest = line;
        seeker.seek(&begun, path, &mut nearest);
    }
    nearest
}

/// The first mapping of a document in which a key stands twice.
pub(in crate::answer) fn doubled(text: &str) -> Option<Path> {
    let mut seeker = Seeker(Parser::new_from_str(text));
    let (begun, _) = seeker.next()?;
    let mut at = Path::new();
    seeker.double(&begun, &mut at).then_some(at)
}

/// Reads what a text holds, and knows where it stands.
struct Seeker<'t>(Parser<'t, StrInput<'t>>);

impl<'t> Seeker<'t> {
    /// The next event of the document's content.
    fn next(&mut self) -> Option<(Event<'t>, u64)> {
        loop {
            let (event, span) = self.0.next_event()?.ok()?;
            match event {
                Event::Scalar(..)
                | Event::SequenceStart(..)
                | Event::SequenceEnd
                | Event::MappingStart(..)
                | Event::MappingEnd
                | Event::Alias(_) => {
                    return Some((event, u64::try_from(span.start.line()).unwrap_or(1)));
                }
                Event::DocumentEnd | Event::StreamEnd => return None,
                _ => {}
            }
        }
    }

    /// Follows the path into what has just begun; what it passes on the way is nearer than nothing.
    fn seek(&mut self, begun: &Event, path: &[Step], nearest: &mut u64) -> Option<()> {
        let (step, rest) = path.split_first()?;
        match (begun, step) {
            (Event::MappingStart(..), Step::Key(wanted)) => loop {
                let (key, line) = self.next()?;
                let found = match &key {
                    Event::MappingEnd => return None,
                    Event::Scalar(key, ..) => *key == wanted.as_str(),
                    _ => false,
                };
                self.skip(&key)?;
                let (value, _) = self.next()?;
                if found {
                    *nearest = line;
                    return self.seek(&value, rest, nearest);
                }
                self.skip(&value)?;
            },
            (Event::SequenceStart(..), Step::Item(wanted)) => {
                for number in 0.. {
                    let (value, line) = self.next()?;
                    if matches!(value, Event::SequenceEnd) {
                        return None;
                    }
                    if number == *wanted {
                        *nearest = line;
                        return self.seek(&value, rest, nearest);
                    }
                    self.skip(&value)?;
                }
                None
            }
            _ => None,
        }
    }

    /// Whether in what has just begun a key stands twice; then the path leads to where.
    fn double(&mut self, begun: &Event, at: &mut Path) -> bool {
        let mut keys = BTreeSet::new();
        for number in 0.. {
            let Some((next, _)) = self.next() else {
                return false;
            };
            let step = match (begun, &next) {
                (_, Event::MappingEnd | Event::SequenceEnd) => return false,
                (Event::SequenceStart(..), _) => Step::Item(number),
                (Event::MappingStart(..), Event::Scalar(key, ..)) => Step::Key(key.to_string()),
                (Event::MappingStart(..), _) => Step::Key(String::new()),
                _ => return false,
            };
            let value = match &step {
                Step::Item(_) => next,
                Step::Key(key) if !key.is_empty() && !keys.insert(key.clone()) => return true,
                Step::Key(_) => {
                    let passed = self.skip(&next).and_then(|()| self.next());
                    let Some((value, _)) = passed else {
                        return false;
                    };
                    value
                }
            };
            if matches!(value, Event::MappingStart(..) | Event::SequenceStart(..)) {
                at.push(step);
                if self.double(&value, at) {
                    return true;
                }
                at.pop();
            }
        }
        false
    }

    /// Passes over the rest of what has just begun.
    fn skip(&mut self, begun: &Event) -> Option<()> {
        let mut depth = match begun {
            Event::MappingStart(..) | Event::SequenceStart(..) => 1,
            _ => return Some(()),
        };
        while depth > 0 {
            match self.next()?.0 {
                Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
                Event::MappingEnd | Event::SequenceEnd => depth -= 1,
                _ => {}
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(words: &[&str]) -> Path {
        let step = |word: &&str| match word.parse() {
            Ok(number) => Step::Item(number),
            Err(_) => Step::Key((*word).to_owned()),
        };
        words.iter().map(step).collect()
    }

    #[test]
    fn a_part_is_found_at_its_line() {
        let text = "# shop\n---\nmetadata:\n  labels: {a: b,\n    c: d}\nspec:\n  rules:\n  - host: a\n    http:\n      paths: [{path: /}, {path: /b}]\n  -\n    host: b\n? odd\n: [1]\n";
        for (words, expected) in [
            (&["metadata"][..], 3),
            (&["metadata", "labels", "a"], 4),
            (&["metadata", "labels", "c"], 5),
            (&["spec", "rules", "0"], 8),
            (&["spec", "rules", "0", "http"], 9),
            (&["spec", "rules", "0", "http", "paths", "1", "path"], 10),
            (&["spec", "rules", "1", "host"], 12),
            // What is not there is told at what it is missing from.
            (&["spec", "rules", "1", "http"], 12),
            (&["spec", "rules", "7"], 7),
            (&["spec", "tls"], 6),
            (&["odd", "0"], 14),
            (&["nowhere"], 3),
        ] {
            assert_eq!(line(text, &path(words)), expected, "{words:?}");
        }
        let json =
            "{\n \"kind\": \"List\",\n \"items\": [\n  {\"a\": 1},\n  {\"a\": {\n   \"b\": 2}}]}";
        assert_eq!(line(json, &path(&["items", "1", "a", "b"])), 6);
        assert_eq!(line("a: [", &path(&["a", "0", "b"])), 1);
        assert_eq!(line("", &path(&["a"])), 1);
    }

    #[test]
    fn the_mapping_is_found_in_which_a_key_stands_twice() {
        for (text, words) in [
            ("a: 1\nb: {a: 1}\nc: [{a: 1}, {a: 1}]\n", None),
            ("a: 1\na: 2\n", Some(&[][..])),
            ("a: [{x: 1}, {b: {x: 1, x: 2}}]\n", Some(&["a", "1", "b"])),
            (
                "? [a, b]\n: {x: 1}\n? [a, b]\n: [{x: 1}, {\"x\": 1, \"x\": 2}]\n",
                Some(&["", "1"]),
            ),
            ("a: [", None),
            ("a", None),
        ] {
            assert_eq!(doubled(text), words.map(path), "{text}");
        }
    }

    #[test]
    fn a_path_leads_to_a_part_and_takes_it_away() {
        let mut value = json!({"spec": {"ports": [{"name": "a"}, {"name": "b"}]}});
        let name = path(&["spec", "ports", "1", "name"]);
        assert_eq!(path_words(&name), ".spec.ports[1].name");
        assert_eq!(at(&value, &name), Some(&json!("b")));
        assert_eq!(remove(&mut value, &name), Some(json!("b")));
        assert_eq!(
            remove(&mut value, &path(&["spec", "ports", "0"])),
            Some(json!({"name": "a"}))
        );
        assert_eq!(value, json!({"spec": {"ports": [{}]}}));
        assert_eq!(remove(&mut value, &path(&["spec", "ports", "9"])), None);
        assert_eq!(
            path_words(&path(&["labels", "example.com/a"])),
            ".labels[\"example.com/a\"]"
        );
    }
}
