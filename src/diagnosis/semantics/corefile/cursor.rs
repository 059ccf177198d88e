//! How a plugin reads its tokens (coredns/caddy, caddyfile/dispenser.go): all uses of a directive in a block are one list to it.

use super::fault::Fault;
use super::lex::{Place, Token};
use super::zones::exact;

/// Where a plugin stands in its tokens.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    /// The plugin.
    pub(super) plugin: &'t str,
    tokens: &'t [Token],
    /// How many were read: the current one is the last of them.
    read: usize,
    open: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(plugin: &'t str, tokens: &'t [Token]) -> Self {
        Self {
            plugin,
            tokens,
            read: 0,
            open: false,
        }
    }

    fn current(&self) -> Option<&'t Token> {
        self.tokens.get(self.read.checked_sub(1)?)
    }

    /// The text of the current token.
    pub(super) fn text(&self) -> &'t str {
        self.current().map_or("", |t| &t.text)
    }

    /// Where the current token is.
    pub(super) fn at(&self) -> Place {
        let token = self.current().or(self.tokens.first());
        token.map_or_else(Place::start, |t| t.at.clone())
    }

    /// Goes on to the next token.
    pub(super) fn next(&mut self) -> bool {
        let more = self.read < self.tokens.len();
        self.read += usize::from(more);
        more
    }

    /// Goes on to the next token of the line.
    pub(super) fn next_arg(&mut self) -> bool {
        let next = self.tokens.get(self.read);
        let more = self
            .current()
            .zip(next)
            .is_some_and(|(current, next)| current.is_followed_by(next));
        self.read += usize::from(more);
        more
    }

    /// The rest of the line up to an opening brace.
    pub(super) fn rest(&mut self) -> Vec<String> {
        let mut out = Vec::new();
        while self.next_arg() {
            if self.text() == "{" {
                self.read -= 1;
                break;
            }
            out.push(self.text().to_owned());
        }
        out
    }

    /// Goes on to the next token inside braces, which have to open on this line; there are no braces inside braces.
    pub(super) fn next_inside(&mut self) -> bool {
        if self.open {
            let more = self.next();
            self.open = !more || self.text() != "}";
            return more && self.open;
        }
        if !self.next_arg() {
            return false;
        }
        if self.text() != "{" {
            self.read -= 1;
            return false;
        }
        self.open = self.next() && self.text() != "}";
        self.open
    }

    /// The words of a property that takes none.
    pub(super) fn none(&mut self) -> Result<(), Fault> {
        match self.rest().as_slice() {
            [] => Ok(()),
            _ => Err(self.wrong_count()),
        }
    }

    /// The word of a property that takes one.
    pub(super) fn one(&mut self) -> Result<String, Fault> {
        match <[String; 1]>::try_from(self.rest()) {
            Ok([word]) => Ok(word),
            Err(_) => Err(self.wrong_count()),
        }
    }

    /// The words of a property that takes one at least.
    pub(super) fn some(&mut self) -> Result<Vec<String>, Fault> {
        let words = self.rest();
        if words.is_empty() {
            return Err(self.wrong_count());
        }
        Ok(words)
    }

    /// The next word of the line, whatever follows.
    pub(super) fn value(&mut self) -> Result<&'t str, Fault> {
        if self.next_arg() {
            return Ok(self.text());
        }
        Err(self.wrong_count())
    }

    /// The zones of `fallthrough`: all where none is named (CoreDNS plugin/pkg/fall).
    pub(super) fn fallthrough(&mut self) -> Vec<String> {
        let words = self.rest();
        if words.is_empty() {
            return vec![".".to_owned()];
        }
        words.iter().flat_map(|w| exact(w)).collect()
    }

    /// A fault at the current token.
    pub(super) fn fault(&self, what: impl AsRef<str>) -> Fault {
        let what = format!("{}: {}", self.plugin, what.as_ref());
        Fault::new(&self.at(), what)
    }

    /// The fault of a line with too few words, or too many.
    pub(super) fn wrong_count(&self) -> Fault {
        self.fault(format!("wrong number of words at `{}`", self.text()))
    }

    /// The fault of a property that the plugin does not have.
    pub(super) fn unknown_property(&self) -> Fault {
        let word = self.text();
        Fault {
            unknown: Some(word.to_owned()),
            ..self.fault(format!("there is no property `{word}`"))
        }
    }

    /// The fault of a plugin that stands a second time in a block.
    pub(super) fn twice(&self) -> Fault {
        self.fault("can stand in a server block only once")
    }
}
