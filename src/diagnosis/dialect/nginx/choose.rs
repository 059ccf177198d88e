//! ingress-nginx: one server a host, locations by length, the oldest Ingress first.
//!
//! Source: internal/ingress/controller (`getBackendServers`, `sortIngressSlice`) and rootfs/etc/nginx/template of
//! kubernetes/ingress-nginx; tie-breaks and regular expressions as measured on a running controller.

use std::cmp::Reverse;

use k8s_openapi::api::networking::v1::Ingress;
use regex::RegexBuilder;

use super::notes::{Notes, is_true};
use super::server::{EXACT, Server, is_sent_to, known_as};
use super::{canary, fallback, guards, path, redirects, turn};
use crate::diagnosis::dialect::dropped::{Cause, Dropped};
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::dialect::{
    Marked, Passed, Reader, Resolution, before_winner, leads_to_resource, path_miss, resource,
};
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::{PathMatch, Rule};
use crate::target::Request;

const USE_REGEX: &str = "use-regex";
const REWRITE: &str = "rewrite-target";

pub(super) fn resolve(
    notes: &Notes,
    rules: Vec<Rule>,
    reader: Reader,
    peers: Peers,
    request: &Request,
) -> Resolution {
    let path = path::normalised(request.path_only());
    let path = path.as_str();
    let name = known_as(notes, peers.here(), &request.host);
    let server = Server::of(
        notes,
        peers.here(),
        name.as_deref().unwrap_or(&request.host),
    );
    // A canary only takes a share of its primary's requests.
    let (canaries, rules): (Vec<Rule>, Vec<Rule>) =
        rules.into_iter().partition(|r| canary::is_canary(notes, r));
    let mut passed: Vec<Passed> = canaries
        .iter()
        .map(|rule| Passed {
            rule: rule.clone(),
            why: "a canary follows its primary".to_owned(),
        })
        .collect();
    let orphans = canaries
        .into_iter()
        .filter(|c| !canary::has_primary(notes, c, peers))
        .map(|rule| Marked {
            rule,
            annotation: notes.key(canary::NAME),
        })
        .collect();
    let mut here = Vec::new();
    for rule in rules {
        match server.leaves_out(&rule) {
            None => here.push(rule),
            Some(why) => passed.push(Passed {
                rule,
                why: why.to_owned(),
            }),
        }
    }
    // pkg/tcpproxy: TLS goes to the Service of the root as it comes, whatever the path, where the client asks for the very name of the
    // server: neither for one that a wildcard covers nor for an alias.
    let passes_tls = request.https
        && !reader.arrival.unwrapped
        && server.passes_tls
        && server.rank == EXACT
        && name.is_none()
        && reader.args.is_on(super::PASSTHROUGH);
    let mut read = if passes_tls {
        at_root(here, &mut passed)
    } else {
        Read::of(notes, here, &server, path, request, &mut passed)
    };
    let refused =
        |r: &Rule| guards::snippet(notes, r, reader.version, reader.config?).filter(|s| s.refuses);
    let (taken, refused): (Vec<Rule>, Vec<Rule>) = read
        .matching
        .into_iter()
        .partition(|r| refused(r).is_none());
    read.matching = taken;
    read.dropped.extend(refused.into_iter().map(|rule| {
        let why = "it holds a snippet, and the controller's settings refuse such Ingresses";
        Dropped::new(rule, Cause::Snippet, why)
    }));
    let rank = |r: &Rule| read.order.rank(r);
    read.matching.sort_by_key(rank);
    let dropped = before_winner(read.dropped, read.matching.first(), &mut passed, rank);
    let spillover = read.matching.first().and_then(|winner| {
        let own = wants_expressions(notes, winner);
        let plain = winner.is_default || winner.path().covers(path);
        let rule = read.culprit.filter(|_| !own && !plain)?;
        let annotation = regex_key(notes, &rule)?;
        Some(Marked { rule, annotation })
    });
    let mut redirect = read.redirect;
    if let Some(name) = name.filter(|n| is_sent_to(notes, peers.here(), &request.host, n)) {
        redirect = Some(redirects::www(notes, request, &name));
    } else if let (None, Some(winner), false) = (&redirect, read.matching.first(), passes_tls) {
        redirect = redirects::fixed(notes, winner);
    }
    // What is passed on is connected to the Service's own address: no canary gets a share of it, nobody takes over.
    if let (Some(primary), false) = (read.matching.first_mut(), passes_tls) {
        let fallback = fallback::of(notes, primary);
        primary.backends = canary::backends(notes, primary, peers, request);
        primary.backends.extend(fallback);
    }
    Resolution {
        tied: usize::from(!read.matching.is_empty()),
        matching: read.matching,
        passed,
        dropped,
        passes_tls,
        guards: Vec::new(),
        rewrites: None,
        doubt: None,
        redirect,
        spillover,
        orphans,
        approximate: read.unsure,
    }
}

/// How the locations of a server are asked one after the other.
#[derive(Clone, Copy)]
enum Order {
    /// The exact one, else the longest.
    Plain,
    /// All are expressions: the longest, then by falling text (the end of `getBackendServers`).
    Expressions,
}

type Rank = (
    bool,
    Reverse<usize>,
    bool,
    Reverse<String>,
    (Option<i64>, Reverse<String>),
);

impl Order {
    /// Of equal paths the turn decides.
    fn rank(self, rule: &Rule) -> Rank {
        let text = rule.path().text();
        let exact = matches!(rule.path(), PathMatch::Exact(_));
        match self {
            Self::Plain => {
                let length = text.trim_end_matches('/').len();
                (
                    rule.is_default,
                    Reverse(length),
                    !exact,
                    Reverse(String::new()),
                    turn(rule),
                )
            }
            Self::Expressions => {
                let falling = Reverse(text.to_owned());
                (
                    rule.is_default,
                    Reverse(text.len()),
                    false,
                    falling,
                    turn(rule),
                )
            }
        }
    }
}

/// What of a server's locations matches.
struct Read {
    matching: Vec<Rule>,
    dropped: Vec<Dropped>,
    redirect: Option<Redirect>,
    /// The rule that turns every path of the server into an expression.
    culprit: Option<Rule>,
    unsure: Option<String>,
    order: Order,
}

impl Read {
    fn of(
        notes: &Notes,
        here: Vec<Rule>,
        server: &Server,
        path: &str,
        request: &Request,
        passed: &mut Vec<Passed>,
    ) -> Self {
        let culprit = here.iter().find(|r| wants_expressions(notes, r)).cloned();
        let root = |r: &Rule| r.path().text() == "/" && r.path().kind() != "Exact";
        let by_default = !here.iter().any(root) && server.root_is(|i| wants(notes, i, "/"));
        let regex = culprit.is_some() || by_default;
        let slash = redirects::slash(&here, request, path).filter(|_| !regex);
        let (mut redirect, waiting) = match slash {
            Some((rule, redirect)) => (Some(redirect), Some(rule.clone())),
            None => (None, None),
        };
        if let Some(root) = redirects::app_root(notes, &here, request, path) {
            redirect = Some(root);
        }
        let (mut matching, mut dropped) = (Vec::new(), Vec::new());
        let mut unsure = None;
        for rule in here {
            // Two expressions for the root: the one that every server has from the start is asked first (`createServers`).
            if regex && !rule.is_default && rule.path().text() == "/" && !root(&rule) {
                passed.push(Passed {
                    rule,
                    why: "an expression of the host makes / (Exact) the same as the root of its server, which goes first".to_owned(),
                });
                continue;
            }
            // What the redirect leads to takes the next request.
            let next = waiting.as_ref().is_some_and(|w| *w == rule);
            match matches(&rule, path, regex) {
                Ok(found) if found || next => {
                    if leads_to_resource(&rule) {
                        dropped.push(resource(rule));
                    } else {
                        matching.push(rule);
                    }
                }
                Ok(_) => {
                    let why = path_miss(&rule, path);
                    passed.push(Passed { rule, why });
                }
                Err(why) => {
                    unsure = Some(why.clone());
                    passed.push(Passed { rule, why });
                }
            }
        }
        Self {
            matching,
            dropped,
            redirect,
            culprit,
            unsure,
            order: if regex {
                Order::Expressions
            } else {
                Order::Plain
            },
        }
    }
}

/// Of a server whose TLS is passed on only the root counts, as a prefix: in its place stands one without a Service where only an exact one
/// or a default backend is declared (`createServers`).
fn at_root(here: Vec<Rule>, passed: &mut Vec<Passed>) -> Read {
    let exact = |r: &Rule| matches!(r.path(), PathMatch::Exact(_));
    let is_root = |r: &Rule| !r.is_default && r.path().text() == "/" && !exact(r);
    let (matching, others): (Vec<Rule>, Vec<Rule>) = here.into_iter().partition(is_root);
    passed.extend(others.into_iter().map(|rule| Passed {
        rule,
        why: "TLS is passed on to the backend of / whatever the path".to_owned(),
    }));
    Read {
        matching,
        dropped: Vec::new(),
        redirect: None,
        culprit: None,
        unsure: None,
        order: Order::Plain,
    }
}

/// Whether a rule's location turns those of the whole server into expressions (`enforceRegexModifier`): use-regex, or a rewrite to
/// something else than its own path.
fn wants_expressions(notes: &Notes, rule: &Rule) -> bool {
    let ingress = rule.place.declared.ingress();
    ingress.is_some_and(|ingress| wants(notes, ingress, rule.path().text()))
}

/// The same of a location of an Ingress, as of the one that a server has before any path is declared.
pub(super) fn wants(notes: &Notes, ingress: &Ingress, path: &str) -> bool {
    let target = notes.of(ingress, REWRITE).unwrap_or_default();
    let rewrites = !target.is_empty() && target != path;
    rewrites || notes.of(ingress, USE_REGEX).is_some_and(is_true)
}

/// The annotation by which a rule's Ingress turns paths into expressions: its key.
fn regex_key(notes: &Notes, rule: &Rule) -> Option<String> {
    let has = |name: &&&str| notes.on(rule, name).is_some();
    let name = [REWRITE, USE_REGEX].iter().find(has).copied();
    name.map(|name| notes.key(name))
}

fn matches(rule: &Rule, path: &str, regex: bool) -> Result<bool, String> {
    if rule.is_default {
        return Ok(true);
    }
    if !regex {
        return Ok(rule.path().covers(path));
    }
    // One such annotation on the host turns every one of its paths into a case-insensitive expression, open at the end.
    RegexBuilder::new(&format!("^{}", rule.path().text()))
        .case_insensitive(true)
        .size_limit(1 << 20)
        .build()
        .map(|r| r.is_match(path))
        .map_err(|_| {
            format!(
                "cannot tell whether expression {:?} matches",
                rule.path().text()
            )
        })
}
