//! Everything the hops found out about one request. Its tail stands once for each backend, its middle once for each entrance.

use std::sync::Arc;

use super::controller::Controller;
use super::dns::Resolved;
use super::endpoints::Endpoints;
use super::load_balancer::LoadBalancer;
use super::pod::Pods;
use super::route::Route;
use super::service::BackendService;
use super::tls::Tls;
use crate::diagnosis::ask::stage::Stage;
use crate::diagnosis::declared::Declarations;
use crate::diagnosis::request::inside::{AtPods, Inside};
use crate::diagnosis::routing::{BackendRef, Rule, Share};
use crate::facts::Unknown;
use crate::target::Request;

/// What was found, hop by hop. Checks read it.
pub struct Journey<'a> {
    /// Who declares the host.
    pub declared: Result<Declarations, Unknown>,
    /// The request, once its scheme is decided.
    pub request: Option<Request>,
    /// DNS.
    pub dns: Stage<Resolved>,
    /// The ways in; first the one that DNS reaches. Never empty.
    pub entrances: Vec<Entrance<'a>>,
    /// Where the rule leads, as its backends are written; empty while no rule is known.
    pub backends: Vec<Backend<'a>>,
}

impl<'a> Journey<'a> {
    /// The way in that the request takes.
    pub fn entrance(&self) -> &Entrance<'a> {
        &self.entrances[0]
    }

    /// The entrance through which a backend is reached.
    pub fn entrance_of(&self, backend: &Backend) -> &Entrance<'a> {
        let through = |e: &&Entrance| e.id == backend.entrance;
        self.entrances
            .iter()
            .find(through)
            .unwrap_or_else(|| self.entrance())
    }

    /// The backends behind an entrance that get requests.
    pub fn weighted<'j>(
        &'j self,
        entrance: &'j EntranceId,
    ) -> impl Iterator<Item = &'j Backend<'a>> {
        self.backends
            .iter()
            .filter(move |b| b.entrance == *entrance && b.share.weight > 0)
    }
}

/// Names a way in: the class by which its controller takes the host, else the controller's make.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntranceId(pub Arc<str>);

impl EntranceId {
    /// Of the controller, as far as it is known.
    pub fn of(controller: Option<&Controller>) -> Self {
        let class = controller.and_then(|c| c.class.as_deref());
        let make = controller.map(|c| c.make.title());
        Self(class.or(make).unwrap_or("unclaimed").into())
    }
}

/// One way in: a controller, what it publishes, and what it makes of the request.
pub struct Entrance<'a> {
    /// Which.
    pub id: EntranceId,
    /// The program that answers.
    pub controller: Stage<Controller>,
    /// What it publishes, and what happens there.
    pub load_balancer: Stage<LoadBalancer<'a>>,
    /// The certificate.
    pub tls: Stage<Tls<'a>>,
    /// The rule that takes the request.
    pub route: Stage<Route>,
    /// The request put straight into the controller's pods.
    pub inside: Inside<'a>,
}

impl Entrance<'_> {
    /// The rule that takes the request.
    pub fn rule(&self) -> Option<&Rule> {
        self.route.found.as_ref().and_then(Route::rule)
    }
}

/// Names a backend: `shop/web:80`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackendId(pub Arc<str>);

/// The shared tail of the way: a Service, its port, and what stands behind.
pub struct Backend<'a> {
    /// Which.
    pub id: BackendId,
    /// The entrance from which requests come.
    pub entrance: EntranceId,
    /// Where it is said that it leads there.
    pub via: BackendRef,
    /// How much of the entrance's requests it gets.
    pub share: Share,
    /// Service.
    pub service: Stage<BackendService>,
    /// Endpoints.
    pub endpoints: Stage<Endpoints>,
    /// Network policy.
    pub policy: Stage<()>,
    /// Pod.
    pub pods: Stage<Pods>,
    /// The request put straight into the pods.
    pub at_pods: AtPods<'a>,
}

impl Backend<'_> {
    /// Whether somebody may be there to answer: not where there is certainly no endpoint.
    pub fn may_have_endpoints(&self) -> bool {
        let missing = |s: &BackendService| s.service.is_none() || s.port.is_none();
        let none = |e: &Endpoints| e.usable().next().is_none();
        !self.service.found.as_ref().is_some_and(missing)
            && !self.endpoints.found.as_ref().is_some_and(none)
    }
}
