//! Server blocks: what each is for, and what its plugins were told.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use super::authority::{self, Authority};
use super::cache::Cache;
use super::cursor::Cursor;
use super::doubt::{Doubt, Why};
use super::fault::Fault;
use super::files::Files;
use super::forward::Forward;
use super::hosts::Hosts;
use super::kubernetes::{Kubernetes, Pods};
use super::lex::{Place, Token, has_variable};
use super::parse::{Raw, Use};
use super::plain;
use super::plugins;
use super::rewrite::Rule;
use super::template::Template;
use super::zones::{Transport, fqdn, longest, split};

/// A key of a block: what it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it stands.
    pub at: Place,
    /// Its zones: several for a network that does not end with a label; none where a variable stands for them.
    pub zones: Vec<String>,
    /// Its port.
    pub port: Option<u16>,
    /// How questions come in.
    pub transport: Transport,
}

/// One directive as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its name.
    pub name: String,
    /// Its first line.
    pub at: Place,
    /// All its lines.
    pub lines: Vec<Place>,
    /// The words after its name on its first line.
    pub words: Vec<String>,
}

/// A server block.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its first key.
    pub at: Place,
    /// What it serves.
    pub keys: Vec<Key>,
    /// Its directives in the order of the text.
    pub directives: Vec<Directive>,
    /// What may stand in it that is not seen.
    pub unseen: Vec<Doubt>,
    /// Plugin `kubernetes`.
    pub kubernetes: Option<Kubernetes>,
    /// Plugin `forward`, each use.
    pub forwards: Vec<Forward>,
    /// Plugin `hosts`.
    pub hosts: Option<Hosts>,
    /// Plugin `cache`.
    pub cache: Option<Cache>,
    /// Plugin `rewrite`, each rule.
    pub rewrites: Vec<Rule>,
    /// Plugin `template`, each use.
    pub templates: Vec<Template>,
    /// Plugin `acl`, each use.
    pub access: Vec<Access>,
    /// Plugins that answer from elsewhere.
    pub authorities: Vec<Authority>,
    /// What of a plugin is not seen.
    pub(super) doubts: BTreeMap<String, Doubt>,
    uses: Vec<Use>,
}

impl Block {
    pub(super) fn new(raw: Raw) -> Result<Self, Fault> {
        let keys: Result<Vec<Key>, Fault> = raw.keys.iter().map(key).collect();
        let first = raw.keys.first();
        Ok(Self {
            at: first.map_or_else(Place::start, |k| k.at.clone()),
            keys: keys?,
            directives: raw.uses.iter().map(directive).collect(),
            unseen: raw.unseen,
            kubernetes: None,
            forwards: Vec::new(),
            hosts: None,
            cache: None,
            rewrites: Vec::new(),
            templates: Vec::new(),
            access: Vec::new(),
            authorities: Vec::new(),
            doubts: BTreeMap::new(),
            uses: raw.uses,
        })
    }

    /// All its zones, in small letters and with their final dots.
    pub fn zones(&self) -> Vec<String> {
        let all = self.keys.iter().flat_map(|k| &k.zones);
        all.cloned().collect()
    }

    /// The longest of its zones that a name is in, of those served by plain DNS on a port.
    pub fn zone_of(&self, name: &str, port: u16) -> Option<&str> {
        let name = fqdn(name);
        let served = self.keys.iter().filter(|k| k.serves(port));
        let zones = served.filter_map(|k| longest(&k.zones, &name));
        zones.max_by_key(|z| z.len())
    }

    /// The first use of a directive.
    pub fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|d| d.name == name)
    }

    /// Whether a directive stands in it.
    pub fn has(&self, name: &str) -> bool {
        self.directive(name).is_some()
    }

    /// `autopath` by the plugin `kubernetes`, which does not know for sure whose address a pod has: `pods` is not `verified`.
    pub fn autopath_unverified(&self) -> Option<&Directive> {
        let by_kubernetes = |d: &&Directive| d.words.last().is_some_and(|w| w == "@kubernetes");
        let verified = self.kubernetes.as_ref().map(|k| k.pods) == Some(Pods::Verified);
        self.directive("autopath")
            .filter(by_kubernetes)
            .filter(|_| !verified)
    }

    /// The addresses and interfaces it listens on; none: all.
    pub fn addresses(&self) -> BTreeSet<&str> {
        let binds = self.directives.iter().filter(|d| d.name == "bind");
        binds.flat_map(|d| &d.words).map(String::as_str).collect()
    }

    /// Whether it leaves out addresses of those it listens on.
    pub(super) fn binds_but(&self) -> bool {
        let mut binds = self.directives.iter().filter(|d| d.name == "bind");
        binds.any(|d| d.lines.len() > 1)
    }

    /// Tells a plugin what stands in the block for it.
    pub(super) fn set_up(&mut self, plugin: &str, files: &Files) -> Result<(), Fault> {
        let of = |used: &&Use| used.name == plugin;
        let uses = || self.uses.iter().filter(of);
        let tokens: Vec<Token> = uses().flat_map(|u| u.tokens.clone()).collect();
        if tokens.is_empty() {
            return Ok(());
        }
        let variable = tokens.iter().find(|t| has_variable(&t.text));
        let variable = variable.map(|t| Doubt::new(Why::Variable, &t.at));
        let doubt = uses().find_map(|u| u.unseen.clone()).or(variable);
        let zones = self.zones();
        let told = self.tell(Cursor::new(plugin, &tokens), &zones, files);
        // A variable among the upstreams changes nothing about which names are asked there.
        let of_names = || {
            let zones = self.forwards.iter();
            let mut zones = zones.flat_map(|f| f.except.iter().chain([&f.from]));
            told.is_err() || plugin != "forward" || zones.any(|z| has_variable(z))
        };
        let doubt = doubt.filter(|d| d.why != Why::Variable || of_names());
        let hidden = self.keys.iter().find(|k| k.zones.is_empty());
        let hidden = hidden.map(|k| Doubt::new(Why::Variable, &k.at));
        let hidden = hidden.filter(|_| told.is_err());
        match doubt.or(hidden) {
            None => told,
            Some(doubt) => {
                self.doubts.insert(plugin.to_owned(), doubt);
                Ok(())
            }
        }
    }

    fn tell(&mut self, mut cursor: Cursor, zones: &[String], files: &Files) -> Result<(), Fault> {
        let cursor = &mut cursor;
        match cursor.plugin {
            "kubernetes" => self.kubernetes = Kubernetes::parse(cursor, zones)?.pop(),
            "forward" => self.forwards = Forward::parse(cursor)?,
            "hosts" => self.hosts = Hosts::parse(cursor, zones, files)?.pop(),
            "cache" => self.cache = Cache::parse(cursor, zones)?.pop(),
            "rewrite" => self.rewrites = Rule::parse(cursor)?,
            "template" => self.templates = Template::parse(cursor, zones)?,
            "acl" => self.access = Access::parse(cursor, zones)?,
            plugin => {
                plain::check(&mut cursor.clone())?;
                if authority::PLUGINS.contains(&plugin) {
                    self.authorities.extend(Authority::parse(cursor, zones)?);
                }
            }
        }
        Ok(())
    }

    /// Whether any of its plugins sees questions.
    pub(super) fn has_chain(&self) -> bool {
        let all = self.directives.iter();
        all.map(|d| d.name.as_str()).any(plugins::sees_questions)
    }
}

impl Key {
    /// Whether it serves plain DNS on a port.
    pub(super) fn serves(&self, port: u16) -> bool {
        self.transport == Transport::Dns && self.port == Some(port)
    }
}

fn key(token: &Token) -> Result<Key, Fault> {
    let (transport, rest) = Transport::of(&token.text);
    let at = token.at.clone();
    if has_variable(rest) {
        return Ok(Key {
            at,
            zones: Vec::new(),
            port: None,
            transport,
        });
    }
    let (zones, port) = split(rest).map_err(|what| Fault::new(&token.at, what))?;
    let port = port.unwrap_or(transport.port());
    Ok(Key {
        at,
        zones: zones.iter().map(|z| fqdn(z)).collect(),
        port: port.try_into().ok(),
        transport,
    })
}

fn directive(used: &Use) -> Directive {
    let mut lines: Vec<Place> = Vec::new();
    for token in &used.tokens {
        if lines.last() != Some(&token.at) {
            lines.push(token.at.clone());
        }
    }
    let first = used.tokens.first();
    let mut cursor = Cursor::new(&used.name, &used.tokens);
    cursor.next();
    Directive {
        name: used.name.clone(),
        at: first.map_or_else(Place::start, |t| t.at.clone()),
        lines,
        words: cursor.rest(),
    }
}
