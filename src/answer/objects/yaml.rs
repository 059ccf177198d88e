//! YAML as kubectl takes it: several documents in one text, JSON too, and errors that know their line.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Error, UserMessageFormatter};

use crate::answer::objects::json;

/// One document of a text.
pub(in crate::answer) struct Document<'a> {
    /// The line it begins at, from 1.
    pub line: u64,
    text: &'a str,
}

/// Why a text cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::answer) struct YamlError {
    /// The line, from 1, as far as it is known.
    pub line: u64,
    /// What is wrong, in one sentence without the library's names for it.
    pub why: String,
}

/// One document that was read, or why not.
pub(in crate::answer) struct Reading<'a> {
    /// The line it begins at, from 1.
    pub line: u64,
    /// Its text.
    pub text: &'a str,
    /// What it says.
    pub value: Result<Value, YamlError>,
    /// A key that stands in it twice: the later one counted.
    pub twice: Option<YamlError>,
}

/// Splits a text at its `---` lines. Documents of nothing but comments are left out, and those after so many.
pub(in crate::answer) fn documents(text: &str, most: usize) -> Vec<Document<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut all = Vec::new();
    let (mut start, mut first_line, mut at, mut line) = (0, 1, 0, 1);
    for row in text.split_inclusive('\n') {
        // At the beginning of a line these three are a marker, whatever surrounds them (YAML 1.2.2, 9.1.2).
        let is_marker = row
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if is_marker && at > start {
            let document = Document {
                line: first_line,
                text: &text[start..at],
            };
            all.extend(Some(document).filter(Document::has_content));
            if all.len() >= most {
                return all;
            }
            (start, first_line) = (at, line);
        }
        at += row.len();
        line += 1;
    }
    let last = Document {
        line: first_line,
        text: &text[start..],
    };
    all.extend(Some(last).filter(Document::has_content));
    all
}

impl<'a> Document<'a> {
    fn has_content(&self) -> bool {
        let body = self.text.strip_prefix("---").unwrap_or(self.text);
        body.lines()
            .map(str::trim)
            .any(|l| !l.is_empty() && !l.starts_with(['#', '%']) && l != "...")
    }

    /// Reads it as a type.
    ///
    /// # Errors
    /// The line within the whole text, and why.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, YamlError> {
        self.parse(DuplicateKeyPolicy::Error)
            .map_err(|error| self.told(&error))
    }

    /// Reads it as a value, even where a key stands in it twice.
    fn reading(&self) -> Reading<'a> {
        let mut twice = None;
        let value = self.parse(DuplicateKeyPolicy::Error).or_else(|error| {
            if matches!(error.without_snippet(), Error::DuplicateMappingKey { .. }) {
                twice = Some(self.told(&error));
                return self.parse(DuplicateKeyPolicy::LastWins);
            }
            Err(error)
        });
        Reading {
            line: self.line,
            text: self.text,
            value: value.map_err(|error| self.told(&error)),
            twice,
        }
    }

    fn parse<T: DeserializeOwned>(&self, duplicate_keys: DuplicateKeyPolicy) -> Result<T, Error> {
        let options = serde_saphyr::options! {
            // A whole cluster in one List is one document; its size is bounded where it is read from.
            budget: serde_saphyr::budget! {
                max_events: usize::MAX,
                max_nodes: usize::MAX,
                max_total_scalar_bytes: usize::MAX,
            },
            legacy_octal_numbers: true,
            duplicate_keys: duplicate_keys,
        };
        serde_saphyr::from_str_with_options(self.text, options)
    }

    fn told(&self, error: &Error) -> YamlError {
        let within = error.location().map_or(1, |at| at.line().max(1));
        let row = usize::try_from(within).unwrap_or(1) - 1;
        let template = self.text.lines().nth(row).is_some_and(|l| l.contains("{{"));
        YamlError {
            line: self.line - 1 + within,
            why: if template {
                "this is a template, which has to be rendered first, as helm template does"
                    .to_owned()
            } else {
                words(error.without_snippet())
            },
        }
    }
}

/// The words for a key that stands twice.
fn stands_twice(key: &str) -> String {
    format!("the key {key} stands twice in one mapping")
}

/// What is wrong with a text, for somebody who has never heard of the library.
fn words(error: &Error) -> String {
    match error {
        Error::DuplicateMappingKey { key: Some(key), .. } => stands_twice(key),
        Error::DuplicateMappingKey { .. } => "a key stands twice in one mapping".to_owned(),
        Error::UnknownAnchor { .. } => {
            "a text that begins with * has to be quoted; otherwise it stands for an anchor, and there is none of that name".to_owned()
        }
        Error::Budget {
            breach: BudgetBreach::Depth { .. },
            ..
        } => "it is nested deeper than anything that Kubernetes knows".to_owned(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasReplayCounterOverflow { .. } => {
            "its anchors and aliases unfold to more than hops reads".to_owned()
        }
        Error::Eof { .. } => "it ends too early".to_owned(),
        Error::AliasError { error, .. } => words(error),
        other => {
            let text = one_line(&other.render_with_formatter(&UserMessageFormatter));
            // The line is told already.
            match text.rfind(" at line ") {
                Some(at) => text[..at].to_owned(),
                None => text,
            }
        }
    }
}

/// The values of a text, each with the line it begins at. JSON texts may follow one another without a separator.
/// No more than so many.
pub(in crate::answer) fn readings<'a>(text: &'a str, most: usize) -> Vec<Reading<'a>> {
    if text.trim_start().starts_with('{')
        && let Some(all) = json::texts(text, most)
    {
        let reading = |json: json::Json<'a>| Reading {
            line: json.line,
            text: json.text,
            value: Ok(json.value),
            twice: json.twice.map(|(line, key)| YamlError {
                line,
                why: stands_twice(&key),
            }),
        };
        return all.into_iter().map(reading).collect();
    }
    documents(text, most)
        .iter()
        .map(Document::reading)
        .collect()
}

/// Writes one document without its marker. Long lines stay in one piece, so that they can be searched for.
///
/// # Errors
/// The writer's words.
pub(in crate::answer) fn write(value: &impl Serialize) -> Result<String, String> {
    let options = serde_saphyr::ser_options! {
        folded_wrap_chars: usize::MAX,
    };
    serde_saphyr::to_string_with_options(value, options).map_err(|e| e.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values(text: &str) -> Result<Vec<(u64, Value)>, YamlError> {
        let all = readings(text, usize::MAX).into_iter();
        all.map(|r| match r.twice {
            Some(twice) => Err(twice),
            None => r.value.map(|value| (r.line, value)),
        })
        .collect()
    }

    #[test]
    fn documents_know_where_they_begin() {
        let text = "# a comment\n---\na: 1\n--- # another\n\nb: |\n  x\n  --- not a marker\n---\n# nothing\n---\nc: ---x\n";
        let read = values(text).expect("valid");
        assert_eq!(
            read,
            [
                (2, json!({"a": 1})),
                (4, json!({"b": "x\n--- not a marker\n"})),
                (11, json!({"c": "---x"})),
            ]
        );
        assert_eq!(values("").expect("empty"), []);
        assert_eq!(
            values("\u{feff}a: 1").expect("valid"),
            [(1, json!({"a": 1}))]
        );
        assert_eq!(values("a: 1\r\n---\r\nb: 2\r\n").expect("valid").len(), 2);
        assert_eq!(
            values("%YAML 1.2\n---\na: 1\n...\n").expect("valid").len(),
            1
        );
    }

    #[test]
    fn json_is_read_in_both_shapes() {
        let expected = json!({"a": [1, "x"], "b": null});
        assert_eq!(
            values("{\"a\": [1, \"x\"], \"b\": null}").expect("JSON"),
            [(1, expected.clone())]
        );
        assert_eq!(values("{\"a\": 1}\n{\"a\": 2}").expect("JSON").len(), 2);
        assert_eq!(
            values("{a: [1, x], b: null}").expect("YAML"),
            [(1, expected)]
        );
    }

    #[test]
    fn errors_name_the_line_of_the_whole_text() {
        for (text, lines) in [
            ("a: 1\n---\nb: 2\nc: [1,\n", 4..=5),
            ("a: 1\nb: 'x\n", 2..=3),
            ("a: 1\n---\nb: 2\nb: 3\n", 4..=4),
            ("a: {{ .Values.x }}\n", 1..=1),
            ("a: *gone\n", 1..=1),
        ] {
            let error = values(text).expect_err(text);
            assert!(lines.contains(&error.line), "{text:?}: {error:?}");
            assert!(
                !error.why.contains('\n') && !error.why.is_empty(),
                "{error:?}"
            );
        }
    }

    #[test]
    fn errors_are_told_in_words_of_the_text() {
        let deep = format!("a: {}{}", "[".repeat(80), "]".repeat(80));
        let aliases =
            "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n".to_owned() + "d: [*c, *c, *c, *c]\n";
        assert!(values(&aliases).is_ok());
        for (text, part) in [
            ("a: 1\na: 2\n", "the key a stands twice"),
            ("host: *.example.com\n", "has to be quoted"),
            ("a: {{ .Values.x }}\n", "helm template"),
            ("a: [1,\n", ""),
            (deep.as_str(), "nested"),
        ] {
            let why = values(text).expect_err(text).why;
            assert!(why.contains(part), "{text}: {why}");
            for foreign in [
                "Options",
                "Policy",
                "budget",
                "breach",
                "deserialize",
                "at line",
            ] {
                assert!(!why.contains(foreign), "{text}: {why}");
            }
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_told_and_the_later_one_counts() {
        let all = readings("a: 1\n---\nb: 2\nb: 3\n", 9);
        assert_eq!(all[0].twice, None);
        assert_eq!(all[1].value, Ok(json!({"b": 3})));
        assert_eq!(all[1].twice.as_ref().map(|t| t.line), Some(4));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            any::<String>(),
            "[ -~\n\t]{0,40}",
            Just("yes".to_owned()),
            Just("0123".to_owned()),
            Just("1e3".to_owned()),
            Just("null".to_owned()),
            Just("~".to_owned()),
            Just("2026-01-01".to_owned()),
            Just("  two\n leading\n\n".to_owned()),
            Just("---\nx".to_owned()),
            "[a-z ]{100,200}",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in prop::collection::btree_map("[a-z]{1,8}", any_json(), 1..4)) {
            let value = Value::Object(value.into_iter().collect());
            let text = format!("---\n{}", write(&value).expect("written"));
            let read = values(&text).map_err(|e| TestCaseError::fail(format!("{e:?}\n{text}")))?;
            prop_assert_eq!(read, vec![(1, value)], "{}", text);
        }
    }
}
