//! The listeners of a Gateway with those that ListenerSets add, and which of them takes a request.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::diagnosis::routing::{Declared, Place};
use crate::diagnosis::semantics::host::gateway_host_matches;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::gateway::{
    Condition, Gateway, ListenerSet, ListenerSpec, ListenerStatus, current,
};
use crate::target::Request;

/// A listener.
#[derive(Clone, Debug, PartialEq)]
pub struct Listener {
    /// Where it is written.
    pub place: Place,
    /// What it says.
    pub spec: ListenerSpec,
    /// What its controller says of it.
    pub status: Option<ListenerStatus>,
    /// It cannot be told from another one, or speaks another protocol at the same port: it takes nothing.
    pub conflicts: bool,
}

impl Listener {
    /// `https of Gateway infra/web`.
    pub fn words(&self) -> String {
        format!("{} of {}", self.spec.name, self.place.declared.label())
    }

    /// The namespace that `Same` means, and certificates without a namespace are in.
    pub fn namespace(&self) -> &str {
        self.place.declared.namespace()
    }

    /// Whether it covers a host.
    pub fn covers(&self, host: &str) -> bool {
        gateway_host_matches(self.spec.host(), host)
    }

    /// What its controller says of it now; none where that is about an older spec.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        let generation = self.place.declared.metadata().generation;
        current(&self.status.as_ref()?.conditions, kind, generation)
    }

    /// How specific its host is, the most first: exact, then the longest wildcard, then none (GEP-1713 names the same order).
    pub fn specificity(&self) -> (u8, Reverse<usize>) {
        let host = self.spec.host();
        let rank = match host {
            "" => 2,
            h if h.starts_with('*') => 1,
            _ => 0,
        };
        (rank, Reverse(host.len()))
    }
}

/// The listeners of a Gateway, its own first, then those of the oldest ListenerSet.
pub fn listeners(gateway: &Arc<Gateway>, sets: &[Arc<ListenerSet>]) -> Vec<Listener> {
    let own = Declared::Gateway(Arc::clone(gateway));
    let mut all = of(&own, &gateway.spec.listeners, &gateway.status.listeners);
    let mut sets: Vec<&Arc<ListenerSet>> = sets.iter().collect();
    sets.sort_by_key(|s| {
        let created = s
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|t| t.0.as_second());
        (
            created,
            namespace_of(&***s).to_owned(),
            name_of(&***s).to_owned(),
        )
    });
    for set in sets {
        let declared = Declared::ListenerSet(Arc::clone(set));
        all.extend(of(&declared, &set.spec.listeners, &set.status.listeners));
    }
    for at in 0..all.len() {
        let (before, rest) = all.split_at(at);
        let (one, behind) = (&rest[0], &rest[1..]);
        // Within one object neither of two is the better one; of several objects the first wins.
        let beside = behind
            .iter()
            .filter(|l| l.place.declared == one.place.declared);
        all[at].conflicts = before
            .iter()
            .chain(beside)
            .any(|other| conflict(one, other));
    }
    all
}

fn of(declared: &Declared, specs: &[ListenerSpec], status: &[ListenerStatus]) -> Vec<Listener> {
    let numbered = specs.iter().enumerate();
    let all = numbered.map(|(at, spec)| Listener {
        place: Place {
            declared: declared.clone(),
            pointer: format!("/spec/listeners/{at}"),
        },
        spec: spec.clone(),
        status: status.iter().find(|s| s.name == spec.name).cloned(),
        conflicts: false,
    });
    all.collect()
}

/// What is told apart at one port: by the `Host` header, by the server name, or by nothing.
fn layer(protocol: &str) -> &str {
    match protocol {
        "HTTPS" | "TLS" => "TLS",
        other => other,
    }
}

fn conflict(a: &Listener, b: &Listener) -> bool {
    let (a, b) = (&a.spec, &b.spec);
    let datagrams = |l: &ListenerSpec| l.protocol == "UDP";
    let same_port = a.port == b.port && datagrams(a) == datagrams(b);
    let same_layer = layer(&a.protocol) == layer(&b.protocol);
    same_port && (!same_layer || a.host().eq_ignore_ascii_case(b.host()))
}

/// The numbers of the listeners that take connections at one port in the request's protocol. `clear`: what was sent over TLS arrives without.
pub fn of_port(all: &[Listener], port: i32, request: &Request, clear: bool) -> Vec<usize> {
    let tls = request.https && !clear;
    let takes = |l: &Listener| {
        let protocol = match l.spec.protocol.as_str() {
            "HTTP" => !tls,
            "HTTPS" | "TLS" => tls,
            "TCP" => true,
            _ => false,
        };
        l.spec.port == port && protocol && !l.conflicts
    };
    (0..all.len()).filter(|at| takes(&all[*at])).collect()
}

/// Of those the ones that may serve a host: the most specific alone, or all that cover it, the most specific first.
pub fn admits(all: &[Listener], at_port: &[usize], host: &str, isolated: bool) -> Vec<usize> {
    let covering = at_port.iter().copied().filter(|at| all[*at].covers(host));
    let mut covering: Vec<usize> = covering.collect();
    covering.sort_by_key(|at| all[*at].specificity());
    if isolated {
        covering.truncate(1);
    }
    covering
}
