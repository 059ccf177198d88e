//! Pitfalls of network policies, and what they have in common: which ways are shut, how bad that is, and what would open them.

pub mod netpol_controller_egress_or_ingress;
pub mod netpol_egress_denied_client;
pub mod netpol_egress_dns_denied;
pub mod netpol_hostnetwork_controller;
pub mod netpol_ingress_denied_from_client;
pub mod netpol_ingress_denied_from_controller;
pub mod netpol_named_port_unresolved;
pub mod netpol_namespace_label_missing;
pub mod netpol_other_engine;
pub mod netpol_selector_and_or;
pub mod netpol_service_port_instead_of_pod_port;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::allow::{Chosen, policy};
use super::slip::{self, Slip, Slipped};
use super::{Judged, Policies, end_words};
use crate::diagnosis::checks::{Case, Check, Draft, Sink, subject_of};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::request::bisect::Break;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::diagnosis::semantics::policy::{Denial, Direction, End, Flow, Tried};
use crate::diagnosis::semantics::selector::Selector;
use crate::diagnosis::shell;
use crate::report::{Evidence, Hop, Severity};

/// Lines of each sort that are shown.
const MOST: usize = 3;

/// What requests say of ways that policies shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// They pass all the same.
    Refuted,
    /// They die as they would there.
    Confirmed,
    /// Nothing of it is known, or it has another reason.
    Open,
}

/// The ways into a backend that are shut on one side.
struct Shut<'c> {
    policies: &'c Policies,
    ways: Vec<(&'c Judged, &'c Denial)>,
    /// Endpoints of which some way is shut, and all.
    endpoints: (usize, usize),
    standing: Standing,
}

impl<'c> Shut<'c> {
    /// The same, once every answer is there. None where no way is shut.
    fn of(case: &Case<'c, '_>, backend: &'c Backend, direction: Direction) -> Option<Self> {
        let policies = backend.policy.found()?;
        let shut = |j: &'c Judged| Some((j, j.denial(direction)?));
        let ways: Vec<_> = policies.flows.iter().filter_map(shut).collect();
        if ways.is_empty() || !case.all_answered() {
            return None;
        }
        let words = |flow: &Flow| end_words(&flow.destination) + &format!("{:?}", addresses(flow));
        let count = |all: &mut dyn Iterator<Item = &Judged>| {
            let each: BTreeSet<_> = all.map(|j| words(&j.flow)).collect();
            each.len()
        };
        let endpoints = (
            count(&mut ways.iter().map(|(j, _)| *j)),
            count(&mut policies.flows.iter()),
        );
        let all = ways.len() == policies.flows.len();
        Some(Self {
            policies,
            ways,
            endpoints,
            standing: standing(case, backend, all),
        })
    }

    fn first(&self) -> (&'c Judged, &'c Denial) {
        self.ways[0]
    }

    const fn severity(&self) -> Severity {
        self.standing.severity()
    }

    /// The first rule that was meant to let the first way through, and slipped like this.
    fn slipped(&self, backend: &Backend, is: impl Fn(&Slip) -> bool) -> Option<Slipped<'c>> {
        let port = backend.service.found().and_then(|s| s.port.as_ref());
        slip::find(self.policies, self.first(), port.map(|p| p.port), is)
    }

    /// ` (1 of 3 endpoints)` where it is not all of them.
    fn share(&self) -> String {
        match self.endpoints {
            (part, all) if part == all => String::new(),
            (part, all) => format!(" ({part} of {all} endpoints)"),
        }
    }

    /// Begins a finding about a policy, with what requests say of it.
    fn draft<'s>(
        &self,
        case: &Case,
        sink: &'s mut Sink,
        (check, about): (&Check, &NetworkPolicy),
        title: &str,
        why: &str,
    ) -> Draft<'s> {
        sink.find(check, subject_of(about), format!("{title}{}", self.share()))
            .severity(self.severity())
            .why(format!("{why}; {}", self.standing.words()))
            .see_all(case.request_lines().take(1))
            .see_all(case.inside_lines(Hop::NetworkPolicy).into_iter().take(1))
    }
}

fn addresses(flow: &Flow) -> Vec<IpAddr> {
    match &flow.destination {
        End::Pod(pod) => pod.addresses.clone(),
        End::Address(address) => vec![*address],
        End::Outside => Vec::new(),
    }
}

impl Standing {
    const fn severity(self) -> Severity {
        match self {
            Self::Refuted => Severity::Info,
            Self::Open => Severity::Warning,
            Self::Confirmed => Severity::Error,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Refuted => {
                "an answer comes from there all the same, so that nothing enforces it, or it is younger than the connection"
            }
            Self::Open => {
                "whether the cluster's network enforces policies is not known: it would be denied if it does"
            }
            Self::Confirmed => {
                "the request fails as it does when packets are dropped, and the pods answer when they are asked inside"
            }
        }
    }
}

/// What requests say. `all`: no way is open.
fn standing(case: &Case, backend: &Backend, all: bool) -> Standing {
    let mut responses = case.attempts().iter().filter_map(Attempt::response);
    let good = responses.any(|r| (200..300).contains(&r.status));
    let theirs = match &case.entrance.inside.author {
        Author::Backend { id, .. } => *id == backend.id.0,
        // Nobody else could have given it.
        Author::Untold => !case.is_shared() && !case.entrance.is_doubtful(&case.journey.backends),
        _ => false,
    };
    if all && good && theirs {
        return Standing::Refuted;
    }
    let at = case.outcomes();
    let stalls = |outcome| {
        matches!(
            outcome,
            Outcome::Silent | Outcome::ByProxy(502..=504) | Outcome::ByEither(502..=504)
        )
    };
    let dies = case.bisect() == Break::ControllerToPod && at.pod.responds();
    if dies && (stalls(at.outside) || at.outside == Outcome::Unknown && stalls(at.controller)) {
        Standing::Confirmed
    } else {
        Standing::Open
    }
}

/// Who isolates, as evidence.
fn isolating_lines<'p>(
    policies: impl IntoIterator<Item = &'p Arc<NetworkPolicy>>,
) -> impl Iterator<Item = Evidence> {
    policies.into_iter().take(MOST).map(|p| {
        let selector = p.spec.as_ref().and_then(|s| s.pod_selector.as_ref());
        let selector = selector.map(|s| Selector::from(s).to_string());
        let words = selector.filter(|s| !s.is_empty());
        let words = words.unwrap_or_else(|| "every pod of the namespace".to_owned());
        Evidence::raw(label_of(&**p), ".spec.podSelector", words)
    })
}

/// What of a rule does not match, as evidence.
fn tried_line(tried: &Tried) -> Evidence {
    let label = label_of(&*tried.rule.policy);
    match slip::peer_of(tried) {
        Some(peer) => {
            let place = (tried.rule.direction.peers(), tried.peer.unwrap_or_default());
            let path = format!("{}.{}[{}]", tried.rule.path(), place.0, place.1);
            Evidence::raw(label, path, slip::peer_words(peer))
        }
        None => ports_line(tried),
    }
}

/// A rule's ports, as evidence.
fn ports_line(tried: &Tried) -> Evidence {
    let label = label_of(&*tried.rule.policy);
    let path = format!("{}.ports", tried.rule.path());
    let words = crate::diagnosis::semantics::policy::port_words(tried.rule.ports());
    Evidence::raw(label, path, words)
}

/// The line that would let one way through. `about`: a policy that isolates the end which does not.
fn allow(
    case: &Case,
    backend: &Backend,
    flow: &Flow,
    (direction, about): (Direction, &NetworkPolicy),
) -> Option<String> {
    let caller = case
        .called()
        .and_then(|(client, _)| client.selector.clone());
    let controller = case.entrance.controller.found();
    let workloads = controller.into_iter().flat_map(|c| c.workloads.iter());
    let source = workloads.into_iter().find_map(|w| {
        let of = |end: &End| matches!(end, End::Pod(p) if p.namespace == w.namespace);
        let selector = Selector::parse(&w.pod_selector).ok()?;
        let equal: BTreeMap<_, _> = selector
            .equal()
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        (of(&flow.source) && equal.len() == selector.requirements().count()).then_some(equal)
    });
    let chosen = Chosen {
        source: source.as_ref().or(caller.as_ref()),
        destination: backend.service.found().and_then(|s| s.selector()),
        isolated: about.spec.as_ref().and_then(|s| s.pod_selector.as_ref()),
        nodes: nodes(backend),
    };
    let object = policy(flow, direction, &chosen)?;
    let namespace = object["metadata"]["namespace"].as_str()?;
    Some(shell::apply(&case.settings.kubectl_in(namespace), &object))
}

/// The same for a flow that leads to no backend: both ends by their own labels.
fn allow_flow(
    case: &Case,
    flow: &Flow,
    (direction, about): (Direction, &NetworkPolicy),
) -> Option<String> {
    let caller = case
        .called()
        .and_then(|(client, _)| client.selector.clone());
    let chosen = Chosen {
        source: caller.as_ref(),
        isolated: about.spec.as_ref().and_then(|s| s.pod_selector.as_ref()),
        ..Chosen::default()
    };
    let object = policy(flow, direction, &chosen)?;
    let namespace = object["metadata"]["namespace"].as_str()?;
    Some(shell::apply(&case.settings.kubectl_in(namespace), &object))
}

/// The addresses of the controller's pods that run on their nodes' network.
fn nodes(backend: &Backend) -> Vec<IpAddr> {
    let flows = backend.policy.found().into_iter().flat_map(|p| &p.flows);
    let each = flows.filter_map(|j| match &j.flow.source {
        End::Pod(pod) if pod.host_network => Some(&pod.addresses),
        _ => None,
    });
    let all: BTreeSet<IpAddr> = each.flatten().copied().collect();
    all.into_iter().collect()
}

/// The controller's pods of a way, for words.
fn source_words(case: &Case, flow: &Flow) -> String {
    let controller = case.entrance.controller.found();
    let title = controller.map_or_else(|| case.sender(), |c| c.make.title());
    match &flow.source {
        End::Pod(pod) => format!("{title} in namespace {}", pod.namespace),
        End::Address(address) => format!("{title} at {address}"),
        End::Outside => title.to_owned(),
    }
}

/// `kubectl get networkpolicies` where a policy is.
fn look(case: &Case, about: &NetworkPolicy) -> String {
    let kubectl = case.settings.kubectl_in(namespace_of(about));
    format!("{kubectl} get networkpolicies -o yaml")
}
