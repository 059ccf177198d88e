//! Everything the hops found out about one request.

use super::controller::Controller;
use super::dns::Resolved;
use super::endpoints::Endpoints;
use super::load_balancer::LoadBalancer;
use super::pod::Pods;
use super::route::Route;
use super::service::BackendService;
use super::tls::Tls;
use crate::diagnosis::ask::stage::Stage;
use crate::diagnosis::declared::Site;
use crate::diagnosis::dialect::Rule;
use crate::diagnosis::request::Way;
use crate::diagnosis::request::inside::Inside;
use crate::facts::Unknown;

/// What was found, hop by hop. Checks read it.
pub struct Journey<'a> {
    /// Who declares the host.
    pub site: Result<Site, Unknown>,
    /// Port and scheme; none while it hangs on an open answer.
    pub way: Option<Way>,
    /// DNS.
    pub dns: Stage<Resolved>,
    /// Load balancer.
    pub load_balancer: Stage<LoadBalancer<'a>>,
    /// Controller.
    pub controller: Stage<Controller>,
    /// TLS.
    pub tls: Stage<Tls<'a>>,
    /// Route.
    pub route: Stage<Route>,
    /// Service.
    pub service: Stage<BackendService>,
    /// Endpoints.
    pub endpoints: Stage<Endpoints>,
    /// Network policy.
    pub policy: Stage<()>,
    /// Pod.
    pub pods: Stage<Pods>,
    /// The request from other vantage points.
    pub inside: Inside<'a>,
}

impl Journey<'_> {
    /// The rule that takes the request.
    pub fn rule(&self) -> Option<&Rule> {
        self.route.found.as_ref().and_then(Route::rule)
    }
}
