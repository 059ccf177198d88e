//! The server blocks of a Corefile and their directives, by Caddy's grammar (coredns/caddy, caddyfile/parse.go).

use std::collections::BTreeMap;

use super::doubt::{Doubt, Why};
use super::fault::Fault;
use super::files::Files;
use super::lex::{Place, Token, has_variable, tokens};
use super::plugins;

/// Caddy's own limit for snippets.
const MOST_IMPORTS: usize = 10_000;
/// More tokens than these are not read.
const MOST_TOKENS: usize = 200_000;

/// One server block before its keys and plugins are looked at.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub(super) keys: Vec<Token>,
    pub(super) uses: Vec<Use>,
    pub(super) unseen: Vec<Doubt>,
}

/// One use of a directive.
#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) name: String,
    /// Its own name first.
    pub(super) tokens: Vec<Token>,
    pub(super) unseen: Option<Doubt>,
}

/// What a text says before it is looked at closer.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) blocks: Vec<Raw>,
    /// What may be between the blocks.
    pub(super) unseen: Vec<Doubt>,
}

/// What is known around a text.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The folder of the Corefile: relative imports start there.
    pub home: &'a str,
    /// Files of the pod.
    pub files: &'a Files,
    /// Plugins of this build that are not among CoreDNS's own.
    pub plugins: &'a [&'a str],
}

struct Parser<'a> {
    around: Around<'a>,
    /// What is left, the next one last.
    rest: Vec<Token>,
    current: Option<Token>,
    before: Option<Token>,
    snippets: BTreeMap<String, Vec<Token>>,
    imports: usize,
    imported: usize,
    out: Text,
}

/// The blocks of a text.
pub(super) fn blocks(text: &str, around: Around) -> Result<Text, Fault> {
    let mut rest = tokens(text, None);
    rest.reverse();
    let mut parser = Parser {
        around,
        rest,
        current: None,
        before: None,
        snippets: BTreeMap::new(),
        imports: 0,
        imported: 0,
        out: Text::default(),
    };
    while parser.next() {
        let block = parser.block()?;
        parser.out.blocks.extend(block);
    }
    Ok(parser.out)
}

impl Parser<'_> {
    fn next(&mut self) -> bool {
        let Some(token) = self.rest.pop() else {
            return false;
        };
        self.before = self.current.replace(token);
        true
    }

    /// Takes the current token back: it was read too far.
    fn back(&mut self) {
        self.rest.extend(self.current.take());
        self.current = self.before.take();
    }

    fn text(&self) -> &str {
        self.current.as_ref().map_or("", |t| &t.text)
    }

    fn is_new_line(&self) -> bool {
        match (&self.before, &self.current) {
            (Some(before), Some(current)) => before.is_broken_from(current),
            _ => true,
        }
    }

    fn next_is_on_the_line(&self) -> bool {
        let (current, next) = (self.current.as_ref(), self.rest.last());
        current
            .zip(next)
            .is_some_and(|(current, next)| current.is_followed_by(next))
    }

    fn place(&self) -> Place {
        let current = self.current.as_ref();
        current.map_or_else(Place::start, |t| t.at.clone())
    }

    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault::new(&self.place(), what)
    }

    /// One server block; none: it was a snippet, or nothing but an import.
    fn block(&mut self) -> Result<Option<Raw>, Fault> {
        let mut block = Raw::default();
        if self.keys(&mut block)? {
            return Ok(Some(block).filter(|b| !b.keys.is_empty()));
        }
        if let [key] = block.keys.as_slice()
            && let Some(name) = key.text.strip_prefix('(')
            && let Some(name) = name.strip_suffix(')')
        {
            let name = name.to_owned();
            self.snippet(name)?;
            return Ok(None);
        }
        let braces = self.text() == "{";
        if !braces {
            self.back();
        }
        self.directives(&mut block)?;
        if braces && self.text() != "}" {
            return Err(self.fault("the block is not closed: `}` is missing"));
        }
        Ok(Some(block).filter(|b| !b.keys.is_empty()))
    }

    /// Reads the keys of a block; true: the text ends with them.
    fn keys(&mut self, block: &mut Raw) -> Result<bool, Fault> {
        let mut another = false;
        loop {
            if self.text() == "import" && self.is_new_line() {
                let unseen = self.import()?;
                self.out.unseen.extend(unseen);
                if self.next() {
                    continue;
                }
                return Ok(true);
            }
            if self.text() == "{" {
                if another {
                    return Err(self.fault("another zone is expected before `{`"));
                }
                return Ok(false);
            }
            if let Some(mut key) = self.current.clone().filter(|k| !k.text.is_empty()) {
                another = key.text.ends_with(',');
                if another {
                    key.text.pop();
                }
                block.keys.push(key);
            }
            if !self.next() {
                if another {
                    return Err(self.fault("the text ends where another zone is expected"));
                }
                return Ok(true);
            }
            if !another && self.is_new_line() {
                return Ok(false);
            }
        }
    }

    fn snippet(&mut self, name: String) -> Result<(), Fault> {
        if self.snippets.contains_key(&name) {
            return Err(self.fault(format!("the snippet `{name}` is declared twice")));
        }
        if self.text() != "{" {
            return Err(self.fault(format!("`{{` is expected, not `{}`", self.text())));
        }
        let (mut open, mut tokens) = (1, Vec::new());
        while self.next() {
            match self.text() {
                "}" if open == 1 => {
                    open = 0;
                    break;
                }
                "}" => open -= 1,
                "{" => open += 1,
                _ => {}
            }
            tokens.extend(self.current.clone());
        }
        if open > 0 {
            return Err(self.fault(format!("the snippet `{name}` is not closed")));
        }
        let first = tokens.iter().take(1).zip(tokens.get(1));
        let pairs = tokens.windows(3).filter_map(|w| match w {
            [before, import, name] if before.at.line != import.at.line => Some((import, name)),
            _ => None,
        });
        let mut imports = first.chain(pairs).filter(|(i, _)| i.text == "import");
        if imports.any(|(_, n)| n.text == name) {
            return Err(self.fault(format!("the snippet `{name}` imports itself")));
        }
        self.snippets.insert(name, tokens);
        Ok(())
    }

    fn directives(&mut self, block: &mut Raw) -> Result<(), Fault> {
        while self.next() {
            match self.text() {
                "}" => break,
                "import" => {
                    let unseen = self.import()?;
                    block.unseen.extend(unseen);
                }
                _ => {
                    let used = self.directive()?;
                    if has_variable(&used.name) {
                        let at = used.tokens.first().map(|t| &t.at);
                        block
                            .unseen
                            .extend(at.map(|at| Doubt::new(Why::Variable, at)));
                    }
                    block.uses.push(used);
                }
            }
        }
        Ok(())
    }

    /// Reads a directive up to the end of its line, or of its braces.
    fn directive(&mut self) -> Result<Use, Fault> {
        let name = self.text().to_owned();
        let is_known = plugins::is_known(&name)
            || self.around.plugins.contains(&&*name)
            || has_variable(&name);
        if !is_known {
            let what = format!("`{name}` is not a plugin of CoreDNS");
            return Err(Fault::unknown(&self.place(), &name, what));
        }
        let (mut tokens, mut unseen, mut open) = (Vec::new(), None, 0_usize);
        tokens.extend(self.current.clone());
        while self.next() {
            match self.text() {
                "{" => open += 1,
                _ if open == 0 && self.is_new_line() => {
                    self.back();
                    break;
                }
                "}" if open == 0 => return Err(self.fault("`}` without an opening brace")),
                "}" => open -= 1,
                "import" if self.is_new_line() => {
                    unseen = self.import()?.or(unseen);
                    continue;
                }
                _ => {}
            }
            tokens.extend(self.current.clone());
        }
        if open > 0 {
            return Err(self.fault(format!("the braces of `{name}` are not closed")));
        }
        Ok(Use {
            name,
            tokens,
            unseen,
        })
    }

    /// Puts what an import names in its place, and stands before it; a doubt: that is not known.
    fn import(&mut self) -> Result<Option<Doubt>, Fault> {
        let (at, origin) = (self.place(), self.before.clone());
        if !self.next_is_on_the_line() || !self.next() {
            return Err(self.fault("`import` needs a file or a snippet"));
        }
        let name = self.text().to_owned();
        if name.is_empty() {
            return Err(self.fault("`import` needs a file or a snippet"));
        }
        if self.next_is_on_the_line() && self.next() {
            return Err(self.fault("`import` takes one file or snippet"));
        }
        let (found, unseen) = match self.snippets.get(&name) {
            Some(snippet) => (snippet.clone(), None),
            None if has_variable(&name) => (Vec::new(), Some(Doubt::new(Why::Variable, &at))),
            None => match self.imported(&name, &at)? {
                Some(found) => (found, None),
                None => (Vec::new(), Some(Doubt::new(Why::Import, &at))),
            },
        };
        self.imports += 1;
        self.imported += found.len();
        if self.imports > MOST_IMPORTS || self.imported > MOST_TOKENS {
            return Err(self.fault("too much is imported"));
        }
        self.rest.extend(found.into_iter().rev());
        self.current = origin;
        Ok(unseen)
    }

    /// The tokens of the files that a pattern names; none: they are not known.
    fn imported(&self, pattern: &str, at: &Place) -> Result<Option<Vec<Token>>, Fault> {
        let many = |c: char| pattern.matches(c).count() > 1;
        if many('*') || many('?') || (pattern.contains('[') && pattern.contains(']')) {
            return Err(self.fault(format!("`{pattern}` has more than one wildcard")));
        }
        let home = at.file.as_ref().and_then(|f| f.rsplit_once('/'));
        let home = home.map_or(self.around.home, |(folder, _)| folder);
        let mut path = pattern.to_owned();
        if !path.starts_with('/') {
            path = format!("{home}/{pattern}");
        }
        let Some(found) = self.around.files.find(&path) else {
            return Ok(None);
        };
        if found.is_empty() && !pattern.contains(['*', '?', '[', ']']) {
            return Err(self.fault(format!("the file `{pattern}` does not exist")));
        }
        let each = found
            .into_iter()
            .map(|(name, text)| tokens(text, Some(&name.into())));
        Ok(Some(each.flatten().collect()))
    }
}
