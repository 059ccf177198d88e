//! What CoreDNS refuses to start with.

use std::fmt::{Display, Formatter, Result};

use super::lex::Place;

/// Why CoreDNS exits at its start, or keeps what it has at a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where CoreDNS says it is: for a block that is not closed that is the last line.
    pub at: Place,
    /// What is wrong.
    pub what: String,
    /// The directive or the property that is not known to [`super::VERSION`]: another version or another build may know it.
    pub unknown: Option<String>,
}

impl Fault {
    pub(super) fn new(at: &Place, what: impl Into<String>) -> Self {
        Self {
            at: at.clone(),
            what: what.into(),
            unknown: None,
        }
    }

    pub(super) fn unknown(at: &Place, word: &str, what: impl Into<String>) -> Self {
        Self {
            unknown: Some(word.to_owned()),
            ..Self::new(at, what)
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "line {}: {}", self.at.line, self.what)
    }
}
