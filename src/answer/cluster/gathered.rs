//! The pages of a list, put together.

use std::collections::HashSet;

use serde_json::Value;

use super::{MAX_PAGES, PAGE, arrive};
use crate::facts::Kind;

/// What all pages have had so far.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) items: Vec<Value>,
    known: HashSet<(Option<String>, String)>,
}

impl Gathered {
    /// Adds a page. One that comes twice brings nothing new.
    ///
    /// # Errors
    /// What is wrong with the list: a server may give more than was asked for.
    pub(super) fn add(
        &mut self,
        kind: Kind,
        version: &str,
        page: Vec<Value>,
    ) -> Result<(), String> {
        let most = PAGE * MAX_PAGES;
        if self.items.len() + page.len() > most {
            return Err(format!("its list has more than {most} objects"));
        }
        for mut item in page {
            if name_of(&item).is_some_and(|name| !self.known.insert(name)) {
                continue;
            }
            if let Some(fields) = item.as_object_mut() {
                // Items of a list do not say what they are.
                fields.insert("apiVersion".to_owned(), version.into());
                fields.insert("kind".to_owned(), kind.name().into());
            }
            self.items.push(arrive(kind, item));
        }
        Ok(())
    }
}

/// Namespace and name, where there is a name.
pub(super) fn name_of(object: &Value) -> Option<(Option<String>, String)> {
    let text = |field: &str| Some(object.get("metadata")?.get(field)?.as_str()?.to_owned());
    Some((text("namespace"), text("name")?))
}
