//! JSON as kubectl takes it: texts that follow one another without a separator, and a key that stands twice told with its line.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::answer::objects::yaml::{Reading, YamlError, stands_twice};

/// The values of a text; none where it is not JSON throughout.
pub(super) fn readings(text: &str) -> Option<Vec<Reading<'_>>> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut all = Vec::new();
    let (mut from, mut line) = (0, 1);
    while let Some(value) = stream.next() {
        let value = value.ok()?;
        let rest = text[from..].trim_start();
        let start = text.len() - rest.len();
        line += newlines(&text[from..start]);
        let own = &text[start..stream.byte_offset()];
        all.push(Reading {
            line,
            text: own,
            value: Ok(value),
            twice: twice(own, line),
        });
        line += newlines(own);
        from = stream.byte_offset();
    }
    Some(all)
}

fn newlines(text: &str) -> u64 {
    text.bytes().map(|b| u64::from(b == b'\n')).sum()
}

/// The first key that stands twice in a value which begins at a line.
fn twice(text: &str, line: u64) -> Option<YamlError> {
    let error = serde_json::from_str::<KeysOnce>(text).err()?;
    let words = error.to_string();
    // The line is told already.
    let why = words
        .rsplit_once(" at line ")
        .map_or(&*words, |(why, _)| why);
    Some(YamlError {
        line: line - 1 + u64::try_from(error.line()).unwrap_or(1),
        why: why.to_owned(),
    })
}

/// Any value in which no key stands twice; what it says is not kept.
struct KeysOnce;

impl<'de> Deserialize<'de> for KeysOnce {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for KeysOnce {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(stands_twice(&key)));
            }
            keys.insert(key);
            map.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self, A::Error> {
        while seq.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_text_is_told_with_its_own_line() {
        let text = "\n{\"a\": 1}\n\n{\"b\":\n [2]} {\"c\": null}\n";
        let all = readings(text).expect("JSON");
        let told: Vec<_> = all.iter().map(|r| (r.line, r.text)).collect();
        assert_eq!(
            told,
            [
                (2, "{\"a\": 1}"),
                (4, "{\"b\":\n [2]}"),
                (5, "{\"c\": null}")
            ]
        );
        assert!(all.iter().all(|r| r.twice.is_none()));
        assert!(readings("{a: 1}").is_none());
        assert!(readings("{\"a\": 1} rest").is_none());
    }

    #[test]
    fn a_key_that_stands_twice_is_told_at_the_later_one() {
        let text = "{\"a\": {\"x\": 1}, \"b\": {\"x\": 1}}\n{\"list\": [\n  {\"a\": -1, \"b\": 1.5, \"c\": true,\n   \"at line 9\": \"x\",\n   \"at line 9\": \"y\"}]}\n";
        let all = readings(text).expect("JSON");
        assert_eq!(all[0].twice, None, "the same key of two mappings");
        let twice = all[1].twice.as_ref().expect("told");
        assert_eq!(twice.line, 5);
        assert_eq!(twice.why, "the key at line 9 stands twice in one mapping");
        assert_eq!(
            all[1].value,
            Ok(json!({"list": [{"a": -1, "b": 1.5, "c": true, "at line 9": "y"}]}))
        );
    }
}
