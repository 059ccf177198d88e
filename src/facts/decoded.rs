//! Objects in their Rust types: what a list becomes as its pages come, so that nobody has to hold all of them as JSON.

use std::fmt;

use serde_json::Value;

use super::kinds::Kind;
use super::{Item, Malformed, display_name};

/// Objects of one kind. One that does not decode never spoils the others.
#[derive(Clone)]
pub struct Decoded {
    kind: Kind,
    pub(super) items: Vec<Item>,
    pub(super) malformed: Vec<Malformed>,
}

impl Decoded {
    /// None yet.
    pub const fn new(kind: Kind) -> Self {
        Self {
            kind,
            items: Vec::new(),
            malformed: Vec::new(),
        }
    }

    /// One more.
    pub fn add(&mut self, object: Value) {
        let name = display_name(&object);
        let labels = object.pointer("/metadata/labels").cloned();
        match self.kind.decode(object) {
            Ok(item) => self.items.push(item),
            Err(why) => self.malformed.push(Malformed::new(name, labels, why)),
        }
    }

    /// Their kind.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// How many, malformed ones too.
    pub fn len(&self) -> usize {
        self.items.len() + self.malformed.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Extend<Value> for Decoded {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, objects: I) {
        for object in objects {
            self.add(object);
        }
    }
}

impl fmt::Debug for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.len(), self.kind.plural())
    }
}

/// The same objects in the same order.
impl PartialEq for Decoded {
    fn eq(&self, other: &Self) -> bool {
        let json = |item: &Item| self.kind.json(item);
        self.kind == other.kind
            && self.malformed == other.malformed
            && self.items.iter().map(json).eq(other.items.iter().map(json))
    }
}
