//! Plugin `template`: answers made from a text (CoreDNS plugin/template: setup.go, `templateParse`; template.go, `match`).

use super::cursor::Cursor;
use super::fault::Fault;
use super::kind::Kind;
use super::lex::Place;
use super::pattern::Pattern;
use super::zones::{longest, origins};

/// One template.
#[derive(Clone, Debug)]
pub struct Template {
    /// Where it stands.
    pub at: Place,
    /// The zones it is for.
    pub zones: Vec<String>,
    /// The class of its questions.
    pub class: String,
    /// The type of its questions.
    pub kind: String,
    /// What its names match, as it is written; none: all.
    pub patterns: Vec<String>,
    /// The records of its answer, as they are written.
    pub answers: Vec<String>,
    /// The code of its answer.
    pub rcode: String,
    /// The names of these zones that it does not match go on to the next template or plugin.
    pub fallthrough: Vec<String>,
    compiled: Vec<Option<Pattern>>,
    has_expressions: bool,
}

/// What becomes of a name at a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// It answers.
    Yes,
    /// It is not for the name at all.
    NotFor,
    /// It is, and does not match; nothing may come after it (`passes`).
    No { passes: bool },
    /// That cannot be told.
    Perhaps,
}

impl Template {
    pub(super) fn matches(&self, name: &str, kind: Kind) -> Match {
        let class = ["IN", "ANY"].contains(&self.class.as_str());
        let kind = self.kind == "ANY" || self.kind == kind.name();
        if !class || !kind || longest(&self.zones, name).is_none() {
            return Match::NotFor;
        }
        let passes = longest(&self.fallthrough, name).is_some();
        let mut unclear = false;
        let mut found = self.compiled.is_empty();
        for pattern in &self.compiled {
            match pattern {
                Some(pattern) => found |= pattern.matches(name),
                None => unclear = true,
            }
        }
        match (found, unclear) {
            (true, _) if self.has_expressions => Match::Perhaps,
            (true, _) => Match::Yes,
            (false, true) => Match::Perhaps,
            (false, false) => Match::No { passes },
        }
    }

    pub(super) fn parse(cursor: &mut Cursor, block: &[String]) -> Result<Vec<Self>, Fault> {
        let mut found = Vec::new();
        while cursor.next() {
            found.push(Self::one(cursor, block)?);
        }
        Ok(found)
    }

    fn one(cursor: &mut Cursor, block: &[String]) -> Result<Self, Fault> {
        let at = cursor.at();
        let (class, kind) = (cursor.value()?.to_owned(), cursor.value()?.to_owned());
        let mut told = Self {
            at,
            class,
            kind,
            zones: origins(&cursor.rest(), block),
            patterns: Vec::new(),
            answers: Vec::new(),
            rcode: "NOERROR".to_owned(),
            fallthrough: Vec::new(),
            compiled: Vec::new(),
            has_expressions: false,
        };
        while cursor.next_inside() {
            match cursor.text() {
                "match" => told.patterns.extend(cursor.some()?),
                "answer" => told.answers.extend(cursor.some()?),
                "additional" | "authority" => {
                    cursor.some()?;
                }
                "var" => {
                    if cursor.rest().len() < 2 {
                        return Err(cursor.wrong_count());
                    }
                    told.has_expressions = true;
                }
                "expr" => {
                    cursor.some()?;
                    told.has_expressions = true;
                }
                "rcode" => {
                    cursor.value()?.clone_into(&mut told.rcode);
                }
                "ederror" if (1..=2).contains(&cursor.rest().len()) => {}
                "ederror" => return Err(cursor.wrong_count()),
                "fallthrough" => told.fallthrough = cursor.fallthrough(),
                "upstream" => {
                    cursor.rest();
                }
                _ => return Err(cursor.unknown_property()),
            }
        }
        told.compiled = told.patterns.iter().map(|p| Pattern::new(p)).collect();
        Ok(told)
    }
}
