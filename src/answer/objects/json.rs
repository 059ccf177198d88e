//! JSON as kubectl takes it: texts that follow one another without a separator, and a key that stands twice told with its line.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// One of the texts.
pub(super) struct Json<'a> {
    /// The line it begins at, from 1.
    pub line: u64,
    pub text: &'a str,
    pub value: Value,
    /// The first key that stands in it twice, with the line of the later one.
    pub twice: Option<(u64, String)>,
}

/// What a text holds, up to so many; none where it is not JSON throughout.
pub(super) fn texts(text: &str, most: usize) -> Option<Vec<Json<'_>>> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let mut all = Vec::new();
    let (mut from, mut line) = (0, 1);
    while all.len() < most
        && let Some(value) = stream.next()
    {
        let value = value.ok()?;
        let rest = text[from..].trim_start();
        let start = text.len() - rest.len();
        line += newlines(&text[from..start]);
        let own = &text[start..stream.byte_offset()];
        all.push(Json {
            line,
            text: own,
            value,
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

/// The first key that stands twice in a value which begins at a line, with the line of the later one.
fn twice(text: &str, line: u64) -> Option<(u64, String)> {
    let error = serde_json::from_str::<KeysOnce>(text).err()?;
    let words = error.to_string();
    // The reader adds where it is.
    let (key, _) = words.rsplit_once(" at line ")?;
    let within = u64::try_from(error.line()).unwrap_or(1);
    Some((line - 1 + within, key.to_owned()))
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
                return Err(A::Error::custom(key));
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
        let all = texts(text, 9).expect("JSON");
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
        assert!(texts("{a: 1}", 9).is_none());
        assert!(texts("{\"a\": 1} rest", 9).is_none());
    }

    #[test]
    fn a_key_that_stands_twice_is_told_at_the_later_one() {
        let text = "{\"a\": {\"x\": 1}, \"b\": {\"x\": 1}}\n{\"list\": [\n  {\"a\": -1, \"b\": 1.5, \"c\": true,\n   \"at line 9\": \"x\",\n   \"at line 9\": \"y\"}]}\n";
        let all = texts(text, 9).expect("JSON");
        assert_eq!(all[0].twice, None, "the same key of two mappings");
        assert_eq!(all[1].twice, Some((5, "at line 9".to_owned())));
        assert_eq!(
            all[1].value,
            json!({"list": [{"a": -1, "b": 1.5, "c": true, "at line 9": "y"}]})
        );
    }
}
