//! Everything the hops found out about one request. Its tail stands once for each backend, its middle once for each entrance.

use k8s_openapi::api::core::v1::{Service, ServicePort};

pub use super::backend::{Backend, BackendId};
use super::client::Client;
use super::cluster_dns::Lookup;
use super::controller::Controller;
use super::dns::Resolved;
pub use super::entrance_id::EntranceId;
use super::load_balancer::LoadBalancer;
use super::route::Route;
use super::service::BackendService;
use super::service::kube_proxy::KubeProxy;
use super::tls::Tls;
use super::user::User;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Progress, Stage};
use crate::diagnosis::declared::Declarations;
use crate::diagnosis::declared::gateways::{Gateways, Way};
use crate::diagnosis::dialect::effects::Guard;
use crate::diagnosis::dialect::upstream::Upstream;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::request::inside::Inside;
use crate::diagnosis::routing::{Declared, Rule};
use crate::facts::{Gap, HttpAnswer, Unknown};
use crate::report::{EAST_WEST, Hop, NORTH_SOUTH};
use crate::target::Request;

/// What was found, hop by hop. Checks read it.
pub struct Journey<'a> {
    /// Who declares the host.
    pub declared: Seen<Result<Declarations, Unknown>>,
    /// What Gateway API says about the host.
    pub gateways: Seen<Result<Gateways, Unknown>>,
    /// The request, once its scheme is decided.
    pub request: Option<Request>,
    /// Nobody gave its scheme, and no Ingress that can be read tells it.
    pub scheme_guessed: bool,
    /// What an ordinary client gets.
    pub user: User<'a>,
    /// DNS.
    pub dns: Stage<Resolved>,
    /// Where a pod calls, the hops before the Service; the ones from outside are then skipped.
    pub called: Option<Called<'a>>,
    /// The ways in; first the one that DNS reaches. Never empty.
    pub entrances: Vec<Entrance<'a>>,
    /// Where the rule leads, as its backends are written; empty while no rule is known.
    pub backends: Seen<Vec<Backend<'a>>>,
}

impl<'a> Journey<'a> {
    /// Whether the request goes over TLS. A guess may be wrong: who needs it needs what could not be read for it.
    pub fn is_https(&self) -> bool {
        if self.scheme_guessed {
            self.declared.touch();
        }
        self.request.as_ref().is_some_and(|r| r.https)
    }

    /// Whether everything that names the host takes gRPC calls alone.
    pub fn is_of_calls(&self) -> bool {
        let ways = self.gateways.glance().as_ref();
        let ways = ways.map_or(&[][..], |g| g.all.as_slice());
        let mut bound = ways.iter().flat_map(|w| &w.bound).peekable();
        let declared = self.declared.glance().as_ref();
        let by_ingress = declared.map_or(true, |d| d.all.iter().any(|d| d.by_name));
        bound.peek().is_some() && bound.all(|b| b.route.is_of_calls()) && !by_ingress
    }

    /// The hops that it passes, in order.
    pub const fn hops(&self) -> &'static [Hop] {
        match self.called {
            Some(_) => EAST_WEST,
            None => NORTH_SOUTH,
        }
    }

    /// The way in that the request takes.
    pub fn entrance(&self) -> &Entrance<'a> {
        &self.entrances[0]
    }

    /// Whether some Ingress is there that does not decode: its rule may be the better one.
    pub fn has_garbled_rules(&self) -> bool {
        let missing = |d: &Declarations| matches!(d.missing, Some(Gap::Malformed { .. }));
        self.declared.as_ref().is_ok_and(missing)
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

impl Journey<'_> {
    /// Whether every backend that gets requests by an entrance stands for a name outside the cluster.
    pub fn leads_outside(&self, entrance: &EntranceId) -> bool {
        let mut backends = self.weighted(entrance).peekable();
        let outside = |b: &Backend| {
            let service = b.service.found();
            service.is_some_and(BackendService::is_external_name)
        };
        backends.peek().is_some() && backends.all(outside)
    }
}

/// The hops of a call from inside the cluster before the Service.
pub struct Called<'a> {
    /// Who calls.
    pub client: Stage<Client>,
    /// What the name leads to.
    pub cluster_dns: Stage<Lookup<'a>>,
    /// What turns the Service's address into a pod's, on the client's node.
    pub proxy: Seen<KubeProxy<'a>>,
}

/// One way in: a controller, what it publishes, and what it makes of the request.
pub struct Entrance<'a> {
    /// Which.
    pub id: EntranceId,
    /// The Gateway, where it is one.
    pub way: Option<Way>,
    /// The objects that publish it: the Ingresses that the controller takes, or the Gateway.
    pub declared: Seen<Vec<Declared>>,
    /// The program that answers.
    pub controller: Stage<Controller>,
    /// What it publishes, and what happens there.
    pub load_balancer: Stage<LoadBalancer<'a>>,
    /// The certificate.
    pub tls: Stage<Tls<'a>>,
    /// The rule that takes the request.
    pub route: Stage<Route>,
    /// The request put straight into the controller's pods.
    pub inside: Seen<Inside<'a>>,
    /// Other rules that could have given the answer.
    pub rivals: Seen<Vec<Rival<'a>>>,
}

/// A rule that is not the one which takes the request by the objects, and may have given the answer all the same.
pub struct Rival<'a> {
    /// The rule.
    pub rule: Rule,
    /// Why it comes into question.
    pub why: Doubt,
    /// Where it leads.
    pub backend: Backend<'a>,
}

/// Why an answer may be of another rule than the one that takes the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The other one is the better rule for the page; its controller is not the one that answers here, or it has none.
    BetterElsewhere,
    /// The other one is the better rule for the page; this controller drops it, for this reason.
    Dropped(String),
    /// The backend of the rule that takes the request is dead, or could not be read: some controllers go on to the next rule then.
    Next,
}

impl<'a> Entrance<'a> {
    /// In place of a way in where a pod calls: it goes to the Service by itself.
    pub fn of_call() -> Self {
        const WHY: &str = "a pod calls the Service itself";
        Self {
            id: EntranceId::of_call(),
            way: None,
            declared: Seen::default(),
            controller: Stage::skipped(WHY),
            load_balancer: Stage::skipped(WHY),
            tls: Stage::skipped(WHY),
            route: Stage::skipped(WHY),
            inside: Seen::default(),
            rivals: Seen::default(),
        }
    }

    /// Whether it stands for a pod that calls.
    pub fn is_call(&self) -> bool {
        self.id == EntranceId::of_call()
    }

    /// Whether it is a Gateway of a controller that takes Ingresses of the host, too.
    pub fn is_behind_ingresses(&self, declared: &Result<Declarations, Unknown>) -> bool {
        let Some(way) = &self.way else {
            return false;
        };
        let mut all = declared.iter().flat_map(|d| &d.all);
        all.any(|d| {
            d.claim
                .glance()
                .make()
                .is_some_and(|m| m.slug() == way.make.slug())
        })
    }

    /// Rules that are better for the page than the one that takes it, and are not this controller's.
    pub fn better_elsewhere(&self) -> impl Iterator<Item = &Rival<'a>> {
        let better = |r: &&Rival| r.why == Doubt::BetterElsewhere;
        self.rivals.iter().filter(better)
    }

    /// Whether it is known that no controller takes the rule, or that the one which does is not to be found here.
    pub fn does_not_run(&self) -> bool {
        let Some(controller) = self.controller.found() else {
            return self.is_unclaimed();
        };
        // One that hops would not recognise may well run.
        controller.complete
            && controller.make.is_known()
            && controller.workloads.is_empty()
            && !controller.make.data_plane_is_elsewhere()
    }

    /// Whether it is known that no controller takes the Ingresses: what their rules say is what would be.
    pub fn is_unclaimed(&self) -> bool {
        !self.is_call()
            && self.controller.found().is_none()
            && matches!(*self.controller.progress(), Progress::Skipped(_))
    }

    /// Whether its rules only say what would be, for nobody is known to carry them out.
    pub fn is_only_meant(&self) -> bool {
        // Where a pod behind the rule gave the answer, somebody does.
        let carried_out = matches!(self.inside.author, Author::Backend { .. });
        self.is_unclaimed() || self.does_not_run() && !carried_out
    }

    /// Whether somebody else than the backend that the objects decide could have given the answer: then a good status alone proves
    /// nothing.
    pub fn is_doubtful(&self, backends: &[Backend<'a>]) -> bool {
        let tied = |b: &Backend| b.entrance == self.id && b.share.tied;
        !self.rivals.is_empty()
            || backends.iter().any(tied)
            || self.does_not_run()
            || self.doubt().is_some()
    }

    /// What on the way to the right backend may have answered in its place.
    pub fn doubt(&self) -> Option<String> {
        let route = self.route.found().filter(|_| !self.passes_tls())?;
        let resolution = &route.resolution;
        let asks = |g: &&Guard| g.asks.is_some() && self.is_sent_on();
        let asked = || {
            let guard = resolution.guards.iter().find(asks)?;
            let (what, object) = (&guard.what, &guard.object);
            Some(format!(
                "whom {what} of {object} asks may have sent the user on"
            ))
        };
        let calls = self.rule().is_some_and(Rule::is_of_calls);
        let is_end = |r: &HttpAnswer| r.header("grpc-status").is_some();
        let no_end = || {
            let plain = calls && self.responses().any(|r| r.status < 400 && !is_end(r));
            plain.then(|| "it is no end of a gRPC call".to_owned())
        };
        resolution.doubt.clone().or_else(asked).or_else(no_end)
    }

    /// Whether somebody answers with a redirect.
    fn is_sent_on(&self) -> bool {
        self.statuses().any(|status| (300..400).contains(&status))
    }

    /// Whether what guards the way asks for credentials, as it is meant to.
    pub fn wants_password(&self) -> bool {
        let route = self.route.found();
        let guarded = route.is_some_and(|r| !r.resolution.guards.is_empty());
        let by_guard = guarded && !self.passes_tls() && self.inside.author.pod().is_none();
        by_guard && self.statuses().any(|status| status == 401)
    }

    /// What the request is answered with.
    fn statuses(&self) -> impl Iterator<Item = u16> {
        self.responses().map(|r| r.status)
    }

    fn responses(&self) -> impl Iterator<Item = &'a HttpAnswer> {
        let lb = self.load_balancer.found();
        let attempts = lb.into_iter().flat_map(|l| l.attempts());
        attempts.filter_map(Attempt::response)
    }

    /// Whether it could be seen which rule takes the request.
    pub fn is_decided(&self) -> bool {
        !matches!(*self.route.progress(), Progress::Unknown(_))
    }

    /// The rule that takes the request.
    pub fn rule(&self) -> Option<&Rule> {
        self.route.found().and_then(Route::rule)
    }

    /// Whether the request's TLS goes to the pods as it comes: the controller reads nothing of it and adds nothing to it.
    pub fn passes_tls(&self) -> bool {
        self.route.found().is_some_and(Route::passes_tls)
    }

    /// Whether the TLS connection is seen to end in the pods: nobody before them could write an answer into it.
    pub fn ends_in_pods(&self) -> bool {
        let tls = self.tls.found().filter(|_| self.passes_tls());
        let theirs = |t: &Tls| t.leaf().is_some_and(|leaf| t.fallback(leaf).is_none());
        tls.is_some_and(theirs)
    }

    /// Whether another request than the user's gets to the pods of a rule.
    pub fn rewrites(&self, rule: &Rule) -> bool {
        let route = self.route.found();
        let told = route.and_then(|r| r.resolution.rewrites);
        let told = told.filter(|_| self.rule() == Some(rule));
        let controller = self.controller.found();
        let hinted = || controller.is_some_and(|c| c.make.rewrites(rule));
        !self.passes_tls() && told.unwrap_or_else(hinted)
    }

    /// What is spoken to the pods behind a rule.
    pub fn upstream(&self, rule: &Rule, service: &Service, port: &ServicePort) -> Upstream {
        match self.controller.found() {
            _ if self.passes_tls() => Upstream::Https,
            // Calls go over HTTP/2, whatever the port of the Service says.
            _ if rule.is_of_calls() => Upstream::Other,
            Some(controller) => controller.make.upstream(rule, service, port),
            None => Upstream::Http,
        }
    }
}
