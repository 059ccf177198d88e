//! YAML as kubectl takes it: several documents in one text, JSON too, and errors that know their line.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    /// The parser's words, on one line.
    pub why: String,
}

/// Splits a text at its `---` lines. Documents of nothing but comments are left out.
pub(in crate::answer) fn documents(text: &str) -> Vec<Document<'_>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut all = Vec::new();
    let (mut start, mut first_line, mut at, mut line) = (0, 1, 0, 1);
    for row in text.split_inclusive('\n') {
        // At the beginning of a line these three are a marker, whatever surrounds them (YAML 1.2.2, 9.1.2).
        let is_marker = row
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if is_marker && at > start {
            all.push(Document {
                line: first_line,
                text: &text[start..at],
            });
            (start, first_line) = (at, line);
        }
        at += row.len();
        line += 1;
    }
    all.push(Document {
        line: first_line,
        text: &text[start..],
    });
    all.retain(Document::has_content);
    all
}

impl Document<'_> {
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
        let options = serde_saphyr::options! {
            // A whole cluster in one List is one document; its size is bounded where it is read from.
            budget: serde_saphyr::budget! {
                max_events: usize::MAX,
                max_nodes: usize::MAX,
                max_total_scalar_bytes: usize::MAX,
            },
            legacy_octal_numbers: true,
        };
        serde_saphyr::from_str_with_options(self.text, options).map_err(|error| YamlError {
            line: self.line - 1 + error.location().map_or(1, |at| at.line().max(1)),
            why: one_line(&error.without_snippet().to_string()),
        })
    }
}

/// The values of a text, each with the line it begins at. JSON texts may follow one another without a separator.
///
/// # Errors
/// The line, and why.
pub(in crate::answer) fn values(text: &str) -> Result<Vec<(u64, Value)>, YamlError> {
    if text.trim_start().starts_with('{') {
        let json: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect();
        if let Ok(values) = json {
            return Ok(values.into_iter().map(|value| (1, value)).collect());
        }
    }
    documents(text)
        .iter()
        .map(|document| Ok((document.line, document.read()?)))
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
