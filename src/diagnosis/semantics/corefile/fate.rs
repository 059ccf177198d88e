//! What CoreDNS does with a name: its server block, and that block's plugins in their order (CoreDNS core/dnsserver/server.go,
//! `ServeDNS`; plugin.cfg; the `ServeDNS` of each plugin).

use std::net::IpAddr;
use std::ptr;

use super::Corefile;
use super::access::decide;
use super::authority;
use super::block::Block;
use super::course::{Course, Fate, Rewritten, Step};
use super::doubt::{Doubt, Why};
use super::hosts::Hosts;
use super::kind::Kind;
use super::kubernetes::Kubernetes;
use super::lex::{Place, has_variable};
use super::plugins::{ORDER, may_decide};
use super::rewrite::{Rewriting, What};
use super::template::Match;
use super::zones::{fqdn, is_name, is_within, longest};

/// Follows a question by plain DNS that comes in on a port.
pub fn fate<'a>(corefile: &'a Corefile, name: &str, port: u16, kind: Kind) -> Course<'a> {
    let mut walk = Walk {
        done: false,
        course: Course {
            block: None,
            name: fqdn(name),
            kind,
            rewritten: Vec::new(),
            steps: Vec::new(),
            touched: Vec::new(),
        },
    };
    walk.doubts(&corefile.unseen);
    let unclear = |b: &&Block| b.keys.iter().any(|k| k.zones.is_empty());
    if let Some(block) = corefile.blocks.iter().find(unclear) {
        walk.open(Why::Variable, &block.at);
    }
    match select(corefile, &walk.course.name, port) {
        Err((why, block)) => walk.end(Some(&block.at), Fate::Open(why)),
        Ok(None) => walk.end(None, Fate::NoBlock),
        Ok(Some(block)) => walk.block(block),
    }
    walk.course
}

/// The block that serves a name, or why that cannot be told.
fn select<'a>(
    corefile: &'a Corefile,
    name: &str,
    port: u16,
) -> Result<Option<&'a Block>, (Why, &'a Block)> {
    let first = corefile.block_for(name, port);
    let Some(block) = first else {
        return Ok(None);
    };
    if block.has("view") {
        return Err((Why::View, block));
    }
    // Each address has its own zones.
    let mut others = corefile.blocks.iter().map(Block::addresses);
    let same = |addresses| {
        let best = corefile.best(name, port, |b| b.addresses() == addresses);
        best.is_none_or(|best| ptr::eq(best, block))
    };
    if others.all(same) {
        return Ok(Some(block));
    }
    Err((Why::Bind, block))
}

struct Walk<'a> {
    done: bool,
    course: Course<'a>,
}

impl<'a> Walk<'a> {
    fn step(&mut self, at: Option<&'a Place>, fate: Fate<'a>, passes: bool) {
        self.course.steps.push(Step { at, fate, passes });
        self.done = !passes;
    }

    fn end(&mut self, at: Option<&'a Place>, fate: Fate<'a>) {
        self.step(at, fate, false);
    }

    fn open(&mut self, why: Why, at: &'a Place) {
        self.step(Some(at), Fate::Open(why), true);
    }

    fn doubts(&mut self, doubts: &'a [Doubt]) {
        for doubt in doubts {
            self.open(doubt.why, &doubt.at);
        }
    }

    fn block(&mut self, block: &'a Block) {
        self.course.block = Some(block);
        self.doubts(&block.unseen);
        let others = block.directives.iter().filter(|d| may_decide(&d.name));
        for other in others.filter(|d| !has_variable(&d.name)) {
            self.open(Why::Plugin, &other.at);
        }
        if !block.has_chain() {
            return self.end(Some(&block.at), Fate::NoPlugin);
        }
        let asked = self.course.name.clone();
        for plugin in ORDER {
            if let Some(doubt) = block.doubts.get(plugin).filter(|_| decides(plugin)) {
                self.open(doubt.why, &doubt.at);
            }
            match plugin {
                "local" => self.local(block),
                "tsig" => self.signature(block),
                "rewrite" => self.rewrite(block),
                "acl" => self.access(block, &asked),
                "dns64" | "siit" | "autopath" => self.touch(plugin, block),
                "template" => self.templates(block),
                "hosts" => self.hosts(block.hosts.as_ref()),
                "kubernetes" => self.kubernetes(block.kubernetes.as_ref()),
                "forward" => self.forwards(block),
                _ => self.authorities(plugin, block),
            }
            if self.done {
                return;
            }
        }
        self.end(Some(&block.at), Fate::Nobody);
    }

    /// `localhost`, names in it, and names that begin with it (plugin/local).
    fn local(&mut self, block: &'a Block) {
        const REVERSE: [&str; 3] = ["0.in-addr.arpa.", "127.in-addr.arpa.", "255.in-addr.arpa."];
        let name = &self.course.name;
        let Some(local) = block.directive("local") else {
            return;
        };
        let off = local.lines.iter().any(|l| l.text.ends_with("off"));
        let begins = name.starts_with("localhost.") && !off;
        if begins || is_within("localhost.", name) || REVERSE.iter().any(|z| is_within(z, name)) {
            self.end(Some(&local.at), Fate::Local);
        }
    }

    fn signature(&mut self, block: &'a Block) {
        let Some(tsig) = block.directive("tsig") else {
            return;
        };
        let required = tsig.lines.iter().find(|l| l.text.starts_with("require"));
        if let Some(line) = required {
            self.open(Why::Signature, line);
        }
    }

    fn rewrite(&mut self, block: &'a Block) {
        // A rule that may have been the last.
        let mut perhaps_done = false;
        for rule in &block.rewrites {
            let name = self.course.name.clone();
            let changed = match &rule.what {
                What::Name {
                    names,
                    to,
                    restores,
                } => match names.rewrite(&name, to) {
                    Rewriting::Same => false,
                    Rewriting::Unclear => {
                        self.open(Why::Pattern, &rule.at);
                        false
                    }
                    Rewriting::New(_) if perhaps_done => {
                        self.open(Why::Rewrite, &rule.at);
                        false
                    }
                    Rewriting::New(to) => {
                        self.course.rewritten.push(Rewritten {
                            at: &rule.at,
                            to: to.clone(),
                            restores: *restores,
                        });
                        self.course.name = to;
                        if !is_name(&self.course.name) {
                            return self.end(Some(&rule.at), Fate::Failed);
                        }
                        true
                    }
                },
                What::Type { from, to } if from == self.course.kind.name() => {
                    match Kind::named(to) {
                        Some(kind) => self.course.kind = kind,
                        None => self.open(Why::Rewrite, &rule.at),
                    }
                    true
                }
                What::Class { from } if from == "IN" => {
                    self.open(Why::Rewrite, &rule.at);
                    true
                }
                What::Code(names) | What::Ttl(names) => {
                    let found = names.rewrite(&name, "") != Rewriting::Same;
                    if found && matches!(rule.what, What::Code(_)) {
                        self.course.touched.push(&rule.at);
                    }
                    found
                }
                What::Alias => {
                    self.course.touched.push(&rule.at);
                    true
                }
                What::Extension => {
                    perhaps_done |= !rule.goes_on;
                    false
                }
                What::Type { .. } | What::Class { .. } => false,
            };
            if changed && !rule.goes_on {
                return;
            }
        }
    }

    /// Before 1.14.2 it saw the name that was asked for, and not what `rewrite` made of it.
    fn access(&mut self, block: &'a Block, asked: &str) {
        let now = decide(&block.access, &self.course.name, self.course.kind);
        let before = decide(&block.access, asked, self.course.kind);
        if let Some(decision) = now.or(before) {
            let certain = now == before && decision.for_all;
            let policy = decision.policy;
            self.step(Some(&policy.at), Fate::Access(policy.action), !certain);
        }
    }

    fn touch(&mut self, plugin: &str, block: &'a Block) {
        let directive = block.directive(plugin);
        let concerned = match plugin {
            "dns64" => self.course.kind == Kind::Aaaa,
            "siit" => self.course.kind == Kind::A,
            _ => true,
        };
        let found = directive.filter(|_| concerned);
        self.course.touched.extend(found.map(|d| &d.at));
    }

    fn templates(&mut self, block: &'a Block) {
        for template in &block.templates {
            let at = Some(&template.at);
            match template.matches(&self.course.name, self.course.kind) {
                Match::Yes => self.end(at, Fate::Template(template)),
                Match::No { passes: false } => self.end(at, Fate::Failed),
                Match::Perhaps => self.step(at, Fate::Template(template), true),
                Match::NotFor | Match::No { passes: true } => {}
            }
            if self.done {
                return;
            }
        }
    }

    fn hosts(&mut self, hosts: Option<&'a Hosts>) {
        let name = self.course.name.clone();
        let Some(hosts) = hosts.filter(|h| h.is_for(&name)) else {
            return;
        };
        let at = Some(&hosts.at);
        let Some(listed) = hosts.find(&name) else {
            let passes = hosts.passes(&name);
            return match hosts.is_read {
                false => self.step(at, Fate::Open(Why::File), passes),
                true if passes => {}
                true => self.end(at, Fate::Failed),
            };
        };
        let is_4 = |a: &IpAddr| a.to_canonical().is_ipv4();
        let mut addresses = listed.addresses;
        addresses.retain(|a| is_4(a) == (self.course.kind == Kind::A));
        if listed.by_wildcard {
            self.open(Why::Wildcard, &hosts.at);
        }
        if !hosts.is_read && addresses.is_empty() {
            self.open(Why::File, &hosts.at);
        }
        self.end(at, Fate::Hosts(addresses));
    }

    fn kubernetes(&mut self, kubernetes: Option<&'a Kubernetes>) {
        let name = &self.course.name;
        let Some(found) = kubernetes.filter(|k| longest(&k.zones, name).is_some()) else {
            return;
        };
        let passes = found.passes(name);
        self.step(Some(&found.at), Fate::Kubernetes(found), passes);
    }

    fn forwards(&mut self, block: &'a Block) {
        let mut left = block.forwards.as_slice();
        while let Some((forward, after)) = left.split_first() {
            left = after;
            if forward.takes(&self.course.name) {
                // Only another one can be the next.
                let passes = forward.passes && !after.is_empty();
                self.step(Some(&forward.at), Fate::Forward(forward), passes);
            }
            if self.done {
                return;
            }
        }
    }

    fn authorities(&mut self, plugin: &str, block: &'a Block) {
        let all = block.authorities.iter().filter(|a| a.plugin == plugin);
        for found in all {
            if self.done || !found.is_for(&self.course.name) {
                continue;
            }
            let passes = found.passes(&self.course.name);
            self.step(Some(&found.at), Fate::Authority(found), passes);
        }
    }
}

/// Whether a plugin can decide about a name.
fn decides(plugin: &str) -> bool {
    const PLUGINS: [&str; 7] = [
        "local",
        "rewrite",
        "acl",
        "template",
        "hosts",
        "kubernetes",
        "forward",
    ];
    PLUGINS.contains(&plugin) || authority::PLUGINS.contains(&plugin)
}
