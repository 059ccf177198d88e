//! The Middleware objects that there are, as far as they could be seen.

use std::sync::Arc;

use crate::facts::middleware::Middleware;
use crate::facts::{Gap, Unknown};

/// What was seen of them.
#[derive(Clone, Debug, Default)]
pub struct Middlewares {
    /// Those that were seen.
    pub items: Vec<Arc<Middleware>>,
    /// Why there may be others.
    pub hidden: Option<Unknown>,
}

/// What there is of one.
#[derive(Debug)]
pub enum Found<'m> {
    /// The object.
    Object(&'m Middleware),
    /// There is none.
    Missing,
    /// Whether there is one could not be seen, and why.
    Unknown(String),
}

impl Middlewares {
    /// The one of a name: namespace and name in one word, in which all but letters and digits are dashes
    /// (`Normalize` of pkg/provider of traefik/traefik). Which of its dashes ends the namespace it does not say.
    pub fn find(&self, name: &str) -> Found<'_> {
        if let Some(object) = self.object(name) {
            return Found::Object(object);
        }
        match &self.hidden {
            None => Found::Missing,
            Some(Unknown::Waiting) => Found::Unknown("not known yet".to_owned()),
            Some(Unknown::Gap(Gap::NotInstalled)) => Found::Missing,
            Some(Unknown::Gap(gap)) => Found::Unknown(gap.to_string()),
        }
    }

    /// The same, if it was seen.
    pub fn object(&self, name: &str) -> Option<&Middleware> {
        let is = |m: &&Arc<Middleware>| {
            let part = |p: &Option<String>| p.clone().unwrap_or_default();
            let (ns, own) = (part(&m.metadata.namespace), part(&m.metadata.name));
            normalized(&format!("{ns}-{own}")) == name
        };
        self.items.iter().find(is).map(|m| &**m)
    }
}

fn normalized(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
    words.join("-")
}
