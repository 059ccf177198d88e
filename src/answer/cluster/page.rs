//! One page of a list, read item by item: what of an object nobody needs is dropped while it is read, and never takes room.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Objects asked for in the first page of a list.
pub(super) const PAGE: usize = 500;
/// Objects asked for in a further page: a list that has some is long, and each page costs the server a search of its own.
const FURTHER: usize = 5_000;
/// Bytes that a further page is to have at most, by those that were there before.
const FURTHER_BYTES: usize = 8 << 20;

/// How many objects to ask for after a page of so many, which had so many bytes.
pub(super) fn further(objects: usize, bytes: usize) -> usize {
    let each = (bytes / objects).max(1);
    (FURTHER_BYTES / each).clamp(PAGE, FURTHER)
}

/// What a page says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// `IngressList`.
    pub kind: String,
    /// The state that the list shows.
    pub version: Option<String>,
    /// The token of the next page, where there is one.
    pub next: Option<String>,
}

/// Reads what stands before the items: the next page can be asked for while these are read. The API server writes it there; where it does
/// not, the whole page is gone over.
pub(super) fn head(bytes: &[u8]) -> serde_json::Result<Head> {
    let mut head = Head::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut stopped = false;
    let page = Page {
        head: &mut head,
        items: None,
        stopped: &mut stopped,
    };
    let read = page.deserialize(&mut reader);
    if stopped {
        return Ok(head);
    }
    read.and_then(|()| reader.end()).map(|()| head)
}

/// Reads all of it, and hands over each item.
pub(super) fn items(bytes: &[u8], each: &mut dyn FnMut(Value)) -> serde_json::Result<Head> {
    let mut head = Head::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let page = Page {
        head: &mut head,
        items: Some(each),
        stopped: &mut false,
    };
    page.deserialize(&mut reader)?;
    reader.end()?;
    Ok(head)
}

struct Page<'p> {
    head: &'p mut Head,
    /// Where the items go; none to stop before them.
    items: Option<&'p mut dyn FnMut(Value)>,
    stopped: &'p mut bool,
}

#[derive(serde::Deserialize, Default)]
struct Metadata {
    #[serde(default, rename = "resourceVersion")]
    version: Option<String>,
    #[serde(default, rename = "continue")]
    next: Option<String>,
}

impl<'de> DeserializeSeed<'de> for Page<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Page<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut told = false;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "kind" => self.head.kind = map.next_value()?,
                "metadata" => {
                    let metadata: Metadata = map.next_value()?;
                    self.head.version = metadata.version;
                    self.head.next = metadata.next.filter(|token| !token.is_empty());
                    told = true;
                }
                "items" => match &mut self.items {
                    Some(each) => map.next_value_seed(Items(*each))?,
                    None if told && !self.head.kind.is_empty() => {
                        *self.stopped = true;
                        return Err(A::Error::custom("no more is wanted"));
                    }
                    None => {
                        map.next_value::<IgnoredAny>()?;
                    }
                },
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// The items: a list, or null where there is none.
struct Items<'p>(&'p mut dyn FnMut(Value));

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element_seed(Lean(Part::Object))? {
            self.0(item);
        }
        Ok(())
    }
}

/// Which part of an object is read.
#[derive(Clone, Copy)]
enum Part {
    Object,
    Metadata,
}

/// A value without the bookkeeping of who wrote which field, which is most of many an object.
struct Lean(Part);

impl<'de> DeserializeSeed<'de> for Lean {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Lean {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = match (self.0, key.as_str()) {
                (Part::Object, "metadata") => map.next_value_seed(Self(Part::Metadata))?,
                (Part::Metadata, "managedFields") => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
                _ => map.next_value()?,
            };
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = seq.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, is: bool) -> Result<Value, E> {
        Ok(Value::Bool(is))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(page: &Value) -> (Head, Vec<Value>) {
        let text = page.to_string();
        let mut all = Vec::new();
        let head = items(text.as_bytes(), &mut |item| all.push(item)).expect("a page");
        (head, all)
    }

    #[test]
    fn items_come_whole_but_for_the_bookkeeping() {
        let odd = json!([null, 1, -1, 1.5, true, "text", {"managedFields": 1}, [{"metadata": {"managedFields": 2}}]]);
        let page = json!({"kind": "PodList", "metadata": {"resourceVersion": "7", "continue": "on"}, "items": [
            {"metadata": {"name": "a", "managedFields": [{"manager": "x"}], "labels": {"managedFields": "kept"}},
             "spec": {"managedFields": "kept", "odd": odd}},
            "no object", 3, null, [1], {"metadata": "text"}]});
        let (head, all) = read(&page);
        assert_eq!(
            (head.kind.as_str(), head.version.as_deref()),
            ("PodList", Some("7"))
        );
        assert_eq!(head.next.as_deref(), Some("on"));
        let mut expected = page["items"].as_array().expect("items").clone();
        expected[0]["metadata"]
            .as_object_mut()
            .expect("metadata")
            .remove("managedFields");
        assert_eq!(all, expected);
    }

    #[test]
    fn further_pages_are_as_long_as_their_bytes_allow() {
        for (objects, bytes, most) in [
            (500, 500 << 10, 5_000),
            (500, 500 * (4 << 10), 2_048),
            (5_000, 5_000 * (4 << 10), 2_048),
            (500, 500 << 20, 500),
            (500, 0, 5_000),
        ] {
            assert_eq!(further(objects, bytes), most);
        }
    }

    #[test]
    fn the_head_is_read_without_the_items_wherever_it_stands() {
        let cut =
            br#"{"kind":"PodList","apiVersion":"v1","metadata":{"continue":"on"},"items":[{"metad"#;
        assert_eq!(head(cut).expect("a head").next.as_deref(), Some("on"));
        assert!(
            items(cut, &mut |_| ()).is_err(),
            "and it is cut all the same"
        );
        let later = br#"{"items":[{"a":1}],"kind":"PodList","metadata":{"continue":""}}"#;
        let later = head(later).expect("a head");
        assert_eq!((later.kind.as_str(), later.next), ("PodList", None));
        for bad in [&b"<html>"[..], b"[1]", b"{\"items\": 3}x", b""] {
            assert!(head(bad).is_err() || items(bad, &mut |_| ()).is_err());
        }
        let (none, all) = read(&json!({"kind": "PodList", "items": null}));
        assert!(none.next.is_none() && all.is_empty());
    }
}
