//! What a Corefile does not show: where it may do something else than can be read from it.

use super::lex::Place;

/// Why something cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Files are imported that were not read.
    Import,
    /// A variable of CoreDNS's environment.
    Variable,
    /// A plugin that is not among CoreDNS's own.
    Plugin,
    /// A regular expression that may mean something else to Go.
    Pattern,
    /// A file of the plugin `hosts` that was not read.
    File,
    /// A name with an asterisk in `hosts`: CoreDNS before 1.14.5 takes it as it is.
    Wildcard,
    /// The block answers some questions only: plugin `view`.
    View,
    /// The block listens on some addresses only, and the others would answer otherwise: plugin `bind`.
    Bind,
    /// The question is turned into one of another type or class.
    Rewrite,
    /// Unsigned questions may be refused: plugin `tsig`.
    Signature,
}

/// Something that cannot be told, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Why.
    pub why: Why,
    /// Where.
    pub at: Place,
}

impl Doubt {
    pub(super) fn new(why: Why, at: &Place) -> Self {
        Self {
            why,
            at: at.clone(),
        }
    }
}
