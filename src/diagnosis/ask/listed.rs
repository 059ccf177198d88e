//! What a list brought, and whether that is all there is.

use std::sync::Arc;

use crate::facts::{Gap, Unknown};

/// The objects of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// Those that could be read.
    pub items: Vec<Arc<T>>,
    /// Why there may be more: some do not decode, or only one namespace may be listed. What is not here is then not known to be
    /// missing.
    pub missing: Option<Gap>,
}

impl<T> Listed<T> {
    /// The objects, when nothing is left out.
    pub fn whole(self) -> Result<Vec<Arc<T>>, Unknown> {
        match self.missing {
            None => Ok(self.items),
            Some(gap) => Err(Unknown::Gap(gap)),
        }
    }

    /// The objects that were found; with none of them, whether there is none has to be known.
    pub fn some(self, enough: impl Fn(&[Arc<T>]) -> bool) -> Result<Vec<Arc<T>>, Unknown> {
        if enough(&self.items) {
            Ok(self.items)
        } else {
            self.whole()
        }
    }
}
