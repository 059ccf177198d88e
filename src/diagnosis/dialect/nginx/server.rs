//! The server block that takes a host's requests, and what Ingresses give it.
//!
//! Source: internal/ingress/controller/controller.go (`createServers`) and internal/ingress/controller/nginx.go (`buildRedirects`) of
//! kubernetes/ingress-nginx.

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use super::notes::{self, Notes};
use super::turn_of;
use crate::diagnosis::routing::{HostPattern, Rule};
use crate::diagnosis::semantics::host::ingress_host_matches;

/// Marks an Ingress that has no server.
const CANARY: &str = "canary";
const ALIAS: &str = "server-alias";
const WWW: &str = "from-to-www-redirect";
/// The rank of a server by its own name.
pub const EXACT: u8 = 0;
/// The rank of the server without a name.
const NAMELESS: u8 = 2;

/// A server block.
pub struct Server<'i> {
    /// How specific its name is.
    pub rank: u8,
    /// The Ingress that made it: the first with a rule for its name. The nameless one is there without.
    maker: Option<&'i Arc<Ingress>>,
    /// The Ingress without rules whose default backend is the nameless server's.
    catch_all: Option<&'i Arc<Ingress>>,
    /// One of its Ingresses wants TLS passed on.
    pub passes_tls: bool,
}

impl<'i> Server<'i> {
    /// The one for a host: by name, then by wildcard, then the nameless one. Nothing falls through to a less specific one.
    pub fn of(notes: &Notes, ingresses: &'i [Arc<Ingress>], host: &str) -> Self {
        let mut ordered: Vec<&Arc<Ingress>> = ingresses
            .iter()
            .filter(|i| !notes.is_on(i, CANARY))
            .collect();
        ordered.sort_by_key(|i| turn_of(i));
        let covering = |i: &Ingress| {
            let named = hosts(i).filter(|h| ingress_host_matches(h, host));
            named.map(|h| HostPattern(h.to_owned()).rank()).min()
        };
        let rank = ordered.iter().filter_map(|i| covering(i)).min();
        let rank = rank.unwrap_or(NAMELESS);
        let of_it = |i: &&&Arc<Ingress>| {
            let mut named = hosts(i).filter(|h| ingress_host_matches(h, host));
            named.any(|h| HostPattern(h.to_owned()).rank() == rank)
        };
        let asks = |i: &&Arc<Ingress>| notes.is_on(i, "ssl-passthrough");
        Self {
            rank,
            maker: ordered.iter().find(of_it).copied(),
            catch_all: ordered.iter().find(|i| has_no_rules(i)).copied(),
            passes_tls: ordered.iter().filter(of_it).any(asks),
        }
    }

    /// Why a rule is none of its locations, if it is none.
    pub fn leaves_out(&self, rule: &Rule) -> Option<&'static str> {
        let is = |other: Option<&Arc<Ingress>>| other.is_some_and(|o| rule.place.is_in(o));
        let nameless = self.rank == NAMELESS;
        if !rule.is_default {
            let root = rule.path().text() == "/" && rule.path().kind() != "Exact";
            return match rule.host().rank() == self.rank {
                false => Some("another server block has the more specific host"),
                true if nameless && root && self.catch_all.is_some() => {
                    Some("an Ingress without rules has this place with its default backend")
                }
                true => None,
            };
        }
        let own = if nameless { self.catch_all } else { self.maker };
        match (is(own), nameless) {
            (true, _) => None,
            (false, true)
                if rule
                    .place
                    .declared
                    .ingress()
                    .is_some_and(|i| has_no_rules(i)) =>
            {
                Some("an older Ingress without rules has this place with its default backend")
            }
            (false, true) => Some("a default backend beside rules is for the hosts of these rules"),
            (false, false) => Some("the default backend of a host is that of its oldest Ingress"),
        }
    }

    /// Whether the Ingress that made it turns paths into expressions by its default location too.
    pub fn root_is(&self, wants: impl Fn(&Ingress) -> bool) -> bool {
        self.maker.is_some_and(|i| wants(i))
    }
}

/// The host by whose name the server is called that takes another one: an alias, or the same with or without `www.`. None where the host
/// has a server of its own, or none of these.
pub fn known_as(notes: &Notes, ingresses: &[Arc<Ingress>], host: &str) -> Option<String> {
    let primary = || ingresses.iter().filter(|i| !notes.is_on(i, CANARY));
    if primary().any(|i| hosts(i).any(|h| h.eq_ignore_ascii_case(host))) {
        return None;
    }
    let mut all: Vec<&Arc<Ingress>> = primary().filter(|i| also_called(notes, i, host)).collect();
    all.sort_by_key(|i| turn_of(i));
    let first = all.first()?;
    let own = || hosts(first).filter(|h| !h.is_empty());
    let www = own().find(|h| is_www_of(h, host));
    let name = if aliases(notes, first).any(|a| a.eq_ignore_ascii_case(host)) {
        own().min()
    } else {
        www
    };
    name.map(str::to_ascii_lowercase)
}

/// Whether an Ingress's server takes requests for a host that none of its rules names.
pub fn also_called(notes: &Notes, ingress: &Ingress, host: &str) -> bool {
    let alias = aliases(notes, ingress).any(|a| a.eq_ignore_ascii_case(host));
    alias || notes.is_on(ingress, WWW) && hosts(ingress).any(|h| is_www_of(h, host))
}

/// The hosts for which [`also_called`] may be true, whatever the annotations begin with.
pub fn other_names(ingress: &Ingress) -> Vec<String> {
    let aliases = notes::any(ingress, ALIAS).flat_map(listed);
    let mut names: Vec<String> = aliases.map(str::to_ascii_lowercase).collect();
    if notes::any(ingress, WWW).next().is_some() {
        for host in hosts(ingress).map(str::to_ascii_lowercase) {
            names.push(format!("www.{host}"));
            names.extend(host.strip_prefix("www.").map(str::to_owned));
        }
    }
    names
}

/// Whether a host is sent to the one of the server by its `www.`, and is no alias of it.
pub fn is_sent_to(notes: &Notes, ingresses: &[Arc<Ingress>], host: &str, name: &str) -> bool {
    let alias = |i: &Ingress| aliases(notes, i).any(|a| a.eq_ignore_ascii_case(host));
    is_www_of(name, host) && !ingresses.iter().any(|i| alias(i))
}

fn is_www_of(name: &str, host: &str) -> bool {
    let longer = |a: &str, b: &str| a.strip_prefix("www.").is_some_and(|a| a == b);
    let name = name.to_ascii_lowercase();
    longer(&name, host) || longer(host, &name)
}

fn aliases<'i>(notes: &Notes, ingress: &'i Ingress) -> impl Iterator<Item = &'i str> {
    listed(notes.of(ingress, ALIAS).unwrap_or_default())
}

fn listed(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|a| !a.is_empty())
}

fn hosts(ingress: &Ingress) -> impl Iterator<Item = &str> {
    let rules = ingress.spec.iter().flat_map(|s| s.rules.iter().flatten());
    rules.map(|r| r.host.as_deref().unwrap_or_default())
}

fn has_no_rules(ingress: &Ingress) -> bool {
    let spec = ingress.spec.as_ref();
    let none = |s: &k8s_openapi::api::networking::v1::IngressSpec| {
        s.rules.as_ref().is_none_or(Vec::is_empty) && s.default_backend.is_some()
    };
    spec.is_some_and(none)
}
