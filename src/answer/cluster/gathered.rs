//! The pages of a list, put together.

use std::collections::HashSet;

use serde_json::Value;

use super::page::{self, PAGE};
use super::{MAX_PAGES, arrive};
use crate::facts::{Answer, Decoded, Kind};

/// Objects of a list.
const MOST: usize = PAGE * MAX_PAGES;

/// What all pages have had so far.
pub(super) struct Gathered {
    kind: Kind,
    version: &'static str,
    items: Items,
    known: HashSet<(Option<String>, String)>,
}

/// In which form the items are kept.
enum Items {
    /// As they came, for who writes them down or wants them for their names.
    Json(Vec<Value>),
    /// In their type, which takes a fraction of the room.
    Decoded(Decoded),
}

impl Gathered {
    /// Nothing yet.
    pub(super) fn new(kind: Kind, version: &'static str, as_json: bool) -> Self {
        Self {
            kind,
            version,
            items: if as_json {
                Items::Json(Vec::new())
            } else {
                Items::Decoded(Decoded::new(kind))
            },
            known: HashSet::new(),
        }
    }

    /// Adds a page. An object that comes twice brings nothing new.
    ///
    /// # Errors
    /// Where the page is no JSON.
    pub(super) fn add(&mut self, page: &[u8]) -> serde_json::Result<()> {
        page::items(page, &mut |item| self.take(item)).map(|_| ())
    }

    fn take(&mut self, mut item: Value) {
        // A server may give more than was asked for.
        if self.len() > MOST || name_of(&item).is_some_and(|name| !self.known.insert(name)) {
            return;
        }
        if let Some(fields) = item.as_object_mut() {
            // Items of a list do not say what they are.
            fields.insert("apiVersion".to_owned(), self.version.into());
            fields.insert("kind".to_owned(), self.kind.name().into());
        }
        let item = arrive(self.kind, item);
        match &mut self.items {
            Items::Json(all) => all.push(item),
            Items::Decoded(all) => all.add(item),
        }
    }

    /// What is wrong where there is more than any list has: then not all of it is kept.
    pub(super) fn too_long(&self) -> Option<String> {
        (self.len() > MOST).then(|| format!("its list has more than {MOST} objects"))
    }

    fn len(&self) -> usize {
        match &self.items {
            Items::Json(all) => all.len(),
            Items::Decoded(all) => all.len(),
        }
    }

    /// The answer that they make.
    pub(super) fn answer(self) -> Answer {
        match self.items {
            Items::Json(objects) => Answer::Objects { objects },
            Items::Decoded(decoded) => Answer::Decoded(decoded),
        }
    }

    /// The objects as they came.
    pub(super) fn json(self) -> Vec<Value> {
        match self.items {
            Items::Json(objects) => objects,
            Items::Decoded(_) => Vec::new(),
        }
    }
}

/// Namespace and name, where there is a name.
pub(super) fn name_of(object: &Value) -> Option<(Option<String>, String)> {
    let text = |field: &str| Some(object.get("metadata")?.get(field)?.as_str()?.to_owned());
    Some((text("namespace"), text("name")?))
}
