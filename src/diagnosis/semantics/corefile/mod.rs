//! Corefiles: what CoreDNS was told to do with a name. [`parse`] reads one as CoreDNS does, and [`fate`] follows a name through it.
//!
//! What a Corefile does not show stays open: files it imports that are not known, variables, plugins of another build. A fault is only
//! what CoreDNS refuses whatever those are.

mod access;
mod authority;
mod block;
mod cache;
mod course;
mod cursor;
mod doubt;
mod duration;
mod fate;
mod fault;
mod files;
mod forward;
mod hosts;
mod kind;
mod kubernetes;
mod lex;
mod parse;
mod pattern;
mod plain;
mod plugins;
mod rewrite;
mod template;
#[cfg(test)]
mod tests;
mod zones;

pub use access::{Access, Action, Policy};
pub use authority::Authority;
pub use block::{Block, Directive, Key};
pub use cache::Cache;
pub use course::{Course, Fate, Rewritten, Step};
pub use doubt::{Doubt, Why};
pub use fate::fate;
pub use fault::Fault;
pub use files::Files;
pub use forward::Forward;
pub use hosts::Hosts;
pub use kind::Kind;
pub use kubernetes::{Kubernetes, Pods};
pub use lex::Place;
pub use parse::Around;
pub use plugins::VERSION;
pub use rewrite::Rule;
pub use template::Template;
pub use zones::Transport;

use zones::fqdn;

/// Where CoreDNS's images have their Corefile.
pub const HOME: &str = "/etc/coredns";

/// What CoreDNS serves when a Corefile has no block (core/dnsserver/register.go).
const DEFAULT: &str = ".:53 {\nwhoami\nlog\n}\n";

/// A Corefile that CoreDNS starts with.
#[derive(Clone, Debug)]
pub struct Corefile {
    /// Its server blocks in the order of the text.
    pub blocks: Vec<Block>,
    /// What may stand between them that is not seen.
    pub unseen: Vec<Doubt>,
}

/// Reads a Corefile of which nothing else is known.
pub fn parse(text: &str) -> Result<Corefile, Fault> {
    let around = Around {
        home: HOME,
        files: &Files::default(),
        plugins: &[],
    };
    parse_with(text, around)
}

/// Reads a Corefile, with what is known of its pod.
pub fn parse_with(text: &str, around: Around) -> Result<Corefile, Fault> {
    let mut parsed = parse::blocks(text, around)?;
    if parsed.blocks.is_empty() && parsed.unseen.is_empty() {
        parsed = parse::blocks(DEFAULT, around)?;
    }
    let blocks: Result<Vec<Block>, Fault> = parsed.blocks.into_iter().map(Block::new).collect();
    let mut corefile = Corefile {
        blocks: blocks?,
        unseen: parsed.unseen,
    };
    // In this order CoreDNS sees them too, so the first fault is the one it tells.
    for plugin in plugins::ORDER {
        for block in &mut corefile.blocks {
            block.set_up(plugin, around.files)?;
        }
    }
    corefile.has_no_double()?;
    Ok(corefile)
}

impl Corefile {
    /// The block that serves a name by plain DNS on a port: the longest zone wins.
    pub fn block_for(&self, name: &str, port: u16) -> Option<&Block> {
        self.best(name, port, |_| true)
    }

    fn best(&self, name: &str, port: u16, wanted: impl Fn(&Block) -> bool) -> Option<&Block> {
        let name = fqdn(name);
        let served = self.blocks.iter().filter(|b| wanted(b));
        let zones = served.filter_map(|b| Some((b.zone_of(&name, port)?.len(), b)));
        // The first of those that are alike.
        zones
            .rev()
            .max_by_key(|(length, _)| *length)
            .map(|(_, b)| b)
    }

    /// A zone can be served once on an address, unless its blocks are for some clients only (register.go,
    /// `validateZonesAndListeningAddresses`).
    fn has_no_double(&self) -> Result<(), Fault> {
        let mut seen: Vec<(&Key, &str, Option<&str>)> = Vec::new();
        let is_seen = |b: &&Block| {
            let whole = b.unseen.is_empty() && !b.doubts.contains_key("bind");
            whole && !b.has("view") && !b.binds_but()
        };
        for block in self.blocks.iter().filter(is_seen) {
            let mut bound: Vec<_> = block.addresses().into_iter().map(Some).collect();
            if bound.is_empty() {
                bound.push(None);
            }
            let each = block
                .keys
                .iter()
                .flat_map(|k| k.zones.iter().map(move |z| (k, z)));
            for (key, zone) in each {
                for address in &bound {
                    let same = |(other, of, at): &&(&Key, &str, Option<&str>)| {
                        let served = (other.transport, other.port, *of);
                        let overlap = at == address || at.is_none() || address.is_none();
                        served == (key.transport, key.port, zone) && overlap
                    };
                    if let Some((first, ..)) = seen.iter().find(same) {
                        let what = format!("`{zone}` is served on line {} already", first.at.line);
                        return Err(Fault::new(&key.at, what));
                    }
                    seen.push((key, zone, *address));
                }
            }
        }
        Ok(())
    }
}
