//! Inside: the user's request put straight into the controller's pods and into the backend's, past DNS, load balancer and policies.
//!
//! Tunnels cost requests and rights, so they are opened only when the request from outside fails, or when who answered it is in
//! doubt. What they prove and what not is in [`crate::diagnosis::request::bisect`].

mod backend;
mod replica;

pub use backend::BackendPod;
pub use replica::Replica;

use crate::diagnosis::ask::cx::{Cx, Hides};
use crate::diagnosis::ask::stage::Stage;
use crate::diagnosis::dialect::Rule;
use crate::diagnosis::dialect::author::author_title;
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::dns::Resolved;
use crate::diagnosis::hops::endpoints::Endpoints;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::pod::Pods;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::hops::tls::{Tls, is_fallback};
use crate::diagnosis::request::Way;
use crate::diagnosis::request::attempt::Knock;
use crate::diagnosis::request::bisect::{Break, Outcome, Outcomes, bisect};
use crate::facts::{Handshake, HttpAnswer, Question, Unknown};
use crate::report::{Evidence, Hop};

pub(in crate::diagnosis) const HIDES: Hides = &["request-fails"];

/// A question that was put from another vantage, with its answer.
#[derive(Clone, Debug)]
pub struct Asked<'a, T> {
    /// What was asked, and from where.
    pub question: Question,
    /// What came of it.
    pub answer: Result<&'a T, Unknown>,
}

impl<'a> Asked<'a, HttpAnswer> {
    fn http(cx: &Cx<'a>, question: Question) -> Self {
        Self {
            answer: cx.http(question.clone(), HIDES),
            question,
        }
    }

    /// How it ended.
    pub fn outcome(&self, marks_known: bool) -> Outcome {
        match &self.answer {
            Ok(answer) => Outcome::of(answer, marks_known),
            Err(_) => Outcome::Unknown,
        }
    }

    /// As evidence.
    pub fn evidence(&self, cx: &Cx) -> Option<Evidence> {
        let answer = self.answer.as_ref().ok()?;
        Some(cx.evidence(
            &self.question,
            crate::diagnosis::semantics::words::exchange_words(answer, author_title(answer)),
        ))
    }
}

impl<T> Asked<'_, T> {
    /// Whether the answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        matches!(self.answer, Err(Unknown::Waiting))
    }
}

/// What was found inside.
#[derive(Clone, Debug, Default)]
pub struct Inside<'a> {
    /// The request at controller pods.
    pub replicas: Vec<Replica<'a>>,
    /// The request at backend pods.
    pub pods: Vec<BackendPod<'a>>,
    /// The Service through the API server; asked when its EndpointSlices may not be read.
    pub service: Option<Asked<'a, HttpAnswer>>,
    /// The API server reaches a pod that is known to answer: its timeouts then mean something.
    pub calibrated: bool,
    /// A pod refuses at its loopback and answers at its address: the application listens there alone.
    pub loopback_misleads: bool,
    /// How the request ends at each place; the worst where there are several.
    pub outcomes: Outcomes,
    /// The controller signs the errors that it writes, so that others are the application's.
    pub marks_known: bool,
}

impl Inside<'_> {
    /// Where the request dies.
    pub fn verdict(&self) -> Break {
        bisect(&self.outcomes)
    }

    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        self.replicas.iter().any(Replica::is_waiting)
            || self.pods.iter().any(BackendPod::is_waiting)
            || self.service.as_ref().is_some_and(Asked::is_waiting)
    }
}

/// What the hops before know.
pub struct Known<'k, 'a> {
    /// Port and scheme.
    pub way: Option<Way>,
    /// DNS.
    pub dns: &'k Stage<Resolved>,
    /// Load balancer.
    pub load_balancer: &'k Stage<LoadBalancer<'a>>,
    /// Controller.
    pub controller: Option<&'k Controller>,
    /// TLS.
    pub tls: &'k Stage<Tls<'a>>,
    /// The rule that takes the request.
    pub rule: Option<&'k Rule>,
    /// Service.
    pub service: Option<&'k BackendService>,
    /// Endpoints.
    pub endpoints: &'k Stage<Endpoints>,
    /// Pods.
    pub pods: Option<&'k Pods>,
}

/// Looks inside where the outside gives a reason to.
pub fn resolve<'a>(cx: &Cx<'a>, known: &Known<'_, 'a>) -> Inside<'a> {
    let mut inside = Inside {
        marks_known: known.controller.is_none_or(|c| signs(&c.family)),
        ..Inside::default()
    };
    let (Some(way), Some(lb)) = (known.way, &known.load_balancer.found) else {
        return inside;
    };
    let knocks = lb.knocks();
    if known.dns.found.is_none() || knocks.iter().any(Knock::is_waiting) {
        return inside;
    }
    let outside = outside(knocks, inside.marks_known);
    inside.outcomes.outside = outside;
    let nothing_tried = knocks.is_empty()
        && known
            .dns
            .found
            .as_ref()
            .is_some_and(|d| d.addresses.is_empty());
    let failing = !outside.is_good() && (outside != Outcome::Unknown || nothing_tried);
    let odd_tls = way.https && odd_certificate(known.tls);
    if !failing && !odd_tls && !lb.loops() {
        return inside;
    }
    if let Some(controller) = known.controller {
        inside.replicas = replica::all(cx, controller, lb, way, odd_tls);
    }
    inside.outcomes.controller = worst(
        inside
            .replicas
            .iter()
            .map(|r| r.best().outcome(inside.marks_known)),
    );
    if !failing {
        return inside;
    }
    // An error that the controller wrote is about the pods, whatever its own pods say; else they are asked first.
    let at_pods = matches!(
        outside,
        Outcome::ByProxy(_) | Outcome::ByEither(_) | Outcome::Silent | Outcome::Through(_)
    );
    let asked = !inside.replicas.iter().any(Replica::is_waiting);
    let reached = inside.outcomes.controller;
    if at_pods || asked && !reached.is_good() && reached.responds() {
        cx.enter(Hop::Pod);
        backend::all(cx, known, &mut inside);
    }
    inside
}

/// Whether a controller of this make signs the errors that it writes itself.
pub const fn signs(family: &Family) -> bool {
    matches!(family, Family::Traefik | Family::IngressNginx)
}

/// How the request ends from here: the worst over all addresses.
fn outside(knocks: &[Knock], marks_known: bool) -> Outcome {
    worst(knocks.iter().map(|knock| match (&knock.tcp, &knock.http) {
        // That this machine has no way there says nothing about the other side.
        _ if knock.has_no_way() => Outcome::Unknown,
        (_, Ok(answer)) => Outcome::of(answer, marks_known),
        (Ok(tcp), _) => match tcp.connect {
            crate::facts::Connect::Refused => Outcome::Refused,
            crate::facts::Connect::TimedOut => Outcome::Unreachable,
            crate::facts::Connect::Reset => Outcome::Garbled,
            _ => Outcome::Unknown,
        },
        _ => Outcome::Unknown,
    }))
}

fn worst(outcomes: impl Iterator<Item = Outcome>) -> Outcome {
    outcomes.max_by_key(|o| o.badness()).unwrap_or_default()
}

/// Whether the certificate that is served is not the one that the Secret holds, or the handshake fails.
fn odd_certificate(tls: &Stage<Tls>) -> bool {
    let Some(found) = &tls.found else {
        return false;
    };
    let failed = |h: &Handshake| !matches!(h, Handshake::Done | Handshake::NoConnection(_));
    if found.handshakes.iter().any(|(_, t)| failed(&t.handshake)) {
        return true;
    }
    let Some(leaf) = found.leaf() else {
        return false;
    };
    let expected: Vec<&str> = found
        .entries
        .iter()
        .filter_map(|e| match &e.secret {
            Ok(Some(secret)) => secret.chain.as_ref().ok()?.first(),
            _ => None,
        })
        .map(|c| c.serial.as_str())
        .collect();
    is_fallback(leaf) || !expected.is_empty() && !expected.contains(&leaf.serial.as_str())
}
