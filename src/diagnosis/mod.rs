//! The diagnosis: a pure walk over facts. Reading [`walk`] is reading in which order the hops are resolved; what they found is the
//! [`Journey`], which the checks judge.

pub mod ask;
mod backends;
pub mod checks;
pub mod declared;
pub mod dialect;
pub mod hops;
pub mod request;
mod rivals;
pub mod routing;
pub mod semantics;
pub mod served;
pub mod shell;
mod verdict;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::networking::v1::Ingress;

use crate::facts::{Exchange, Facts, Handshake, Question, Refused, Unknown};
use crate::report::{Hop, Report};
use crate::target::request::default_port;
use crate::target::{Header, Request, ResolveOverride, Scheme, Target};
use ask::cx::Cx;
use ask::missed::Seen;
use ask::reads::{Log, Reads};
use ask::stage::{Progress, Stage, Stop};
use declared::Declarations;
use hops::controller::Controller;
use hops::journey::{Entrance, EntranceId, Journey};
use hops::{controller, dns, load_balancer, route, tls, user};
use request::inside::look::look;

/// What the user set, as far as the walk needs it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The moment of judgement: wall clock when live, the recording's when replayed.
    pub now: Timestamp,
    /// The kubeconfig context, spelled out in every command that is printed.
    pub context: Option<String>,
    /// That context is the kubeconfig's current one.
    pub context_is_current: bool,
    /// The namespace of `-n` or of the context: read alone where the whole cluster may not be.
    pub namespace: String,
    /// HTTP method of the request.
    pub method: String,
    /// `-H`; the values are not to be shown.
    pub headers: Vec<Header>,
    /// `--resolve`.
    pub resolve: Vec<ResolveOverride>,
    /// `--dns-server`.
    pub dns_server: Option<SocketAddr>,
    /// Ask, too, what an ordinary client gets.
    pub as_client: bool,
    /// How objects are read of which each target has its own.
    pub breadth: Breadth,
    /// It is a recording that is walked: `now` is the moment when it was made.
    pub recorded: bool,
    /// What of the files an API server would refuse.
    pub refused: Vec<Refused>,
}

/// How objects are read of which each target has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breadth {
    /// One by one: there are few targets.
    Single,
    /// All of a kind at once: there are many.
    WholeKinds,
}

impl Default for Settings {
    /// A plain GET, without a cluster, at the beginning of time.
    fn default() -> Self {
        Self {
            now: Timestamp::UNIX_EPOCH,
            context: None,
            context_is_current: false,
            namespace: "default".to_owned(),
            method: "GET".to_owned(),
            headers: Vec::new(),
            resolve: Vec::new(),
            dns_server: None,
            as_client: true,
            breadth: Breadth::Single,
            recorded: false,
            refused: Vec::new(),
        }
    }
}

/// One walk: what is known by now, and what it would like to know.
pub struct Walk {
    /// Whole at every step; open parts say "waiting".
    pub report: Report,
    /// What it read and did not find among the facts.
    pub questions: Vec<Question>,
    /// Everything that it read, known or not, in the order of reading.
    pub read: Vec<Question>,
}

/// Walks one request over the facts.
pub fn walk(target: &Target, facts: &Facts, settings: &Settings) -> Walk {
    let log = Log::default();
    let cx = Cx::new(target, Reads::new(facts, settings, &log));
    verdict::conclude(cx, &journey(&cx))
}

/// The hops in the order in which one needs the other.
fn journey<'a>(cx: &Cx<'a>) -> Journey<'a> {
    let declared = Declarations::read(&cx.at(Hop::Route));
    let (request, scheme_guessed) = request(cx, &declared);
    let user = user::resolve(&cx.at(Hop::User), request.as_ref());
    let dns = dns::resolve(&cx.at(Hop::Dns), request.as_ref().map_or(0, |r| r.port));
    let controller = controller::resolve(&cx.at(Hop::Controller), &declared, addresses(&dns));
    let taken = cx.seen(|| taken(&declared, controller.found()));
    let lb = cx.at(Hop::LoadBalancer);
    let load_balancer = match &request {
        Some(request) => load_balancer::resolve(
            &lb,
            &taken,
            controller.found(),
            &cx.seen(|| dns.found().map(|d| d.addresses.as_slice())),
            request,
        ),
        None => Stage::waiting(),
    };
    let dns = dns::compare(&lb, dns, load_balancer.found(), &taken);
    let route = route::resolve(
        &cx.at(Hop::Route),
        &declared,
        controller.found(),
        load_balancer.found(),
        request.as_ref(),
    );
    let tls = match &request {
        Some(request) if request.https => tls::resolve(
            &cx.at(Hop::Tls),
            &taken,
            controller.found(),
            &route,
            load_balancer.found(),
        ),
        Some(_) => Stage::resolve(&cx.at(Hop::Tls), |_| {
            // As with `Journey::is_https`.
            if scheme_guessed {
                declared.touch();
            }
            Err(Stop::Skipped("plain HTTP".to_owned()))
        }),
        None => Stage::waiting(),
    };
    let mut entrance = Entrance {
        id: EntranceId::of(controller.found()),
        controller,
        load_balancer,
        tls,
        route,
        inside: Seen::default(),
        rivals: Seen::default(),
    };
    let backends = cx.seen(|| backends::of(cx, &entrance));
    entrance.rivals = cx.seen(|| rivals::of(cx, &declared, &entrance, request.as_ref(), &backends));
    let mut journey = Journey {
        declared,
        request,
        scheme_guessed,
        user,
        dns,
        entrances: vec![entrance],
        backends,
    };
    look(&cx.at(Hop::Controller), &mut journey);
    journey
}

/// The addresses of the name, as far as they are known.
fn addresses(dns: &Stage<dns::Resolved>) -> Result<&[IpAddr], Unknown> {
    match (dns.found(), dns.progress()) {
        (Some(resolved), _) => Ok(&resolved.addresses),
        (None, Progress::Unknown(gap)) => Err(Unknown::Gap(gap.clone())),
        (None, Progress::Skipped(_)) => Ok(&[]),
        (None, _) => Err(Unknown::Waiting),
    }
}

/// The Ingresses that the controller takes; all that declare the host, while none is known to.
fn taken(
    declared: &Seen<Result<Declarations, Unknown>>,
    controller: Option<&Controller>,
) -> Vec<Arc<Ingress>> {
    match (controller, declared.as_ref()) {
        (Some(c), _) => c.ingresses.clone(),
        (None, Ok(declared)) => declared
            .all
            .iter()
            .filter(|d| d.by_name)
            .map(|d| Arc::clone(&d.ingress))
            .collect(),
        (None, Err(_)) => Vec::new(),
    }
}

/// The request, once it is known whether it goes over TLS, and whether that is a guess.
fn request(cx: &Cx, declared: &Seen<Result<Declarations, Unknown>>) -> (Option<Request>, bool) {
    let target = cx.target;
    let https = match (target.scheme, declared.as_ref()) {
        (Scheme::Https, _) => true,
        (Scheme::Http, _) => false,
        (Scheme::Auto, Ok(declared)) => declared.wants_tls(&target.host),
        (Scheme::Auto, Err(Unknown::Waiting)) => return (None, false),
        // What nobody may read is asked for as a browser would, and the other way where that does not come about.
        (Scheme::Auto, Err(Unknown::Gap(_))) => {
            let https = guess(cx);
            return (https.map(|https| request_over(cx, https)), true);
        }
    };
    (Some(request_over(cx, https)), false)
}

/// Whether the request goes over TLS, found out by trying: https, and http only where no TLS comes about and http answers. None while
/// answers are open.
fn guess(cx: &Cx) -> Option<bool> {
    let port = |https| cx.target.port.unwrap_or(default_port(https));
    let dns = dns::resolve(&cx.at(Hop::Dns), port(true));
    let first = match addresses(&dns) {
        Ok(addresses) => addresses.first().copied(),
        Err(Unknown::Waiting) => return None,
        Err(Unknown::Gap(_)) => None,
    };
    let Some(address) = first else {
        return Some(true);
    };
    let to = SocketAddr::new(address, port(true));
    let in_the_clear = match cx.tls(cx.tls_question(to)) {
        Err(Unknown::Waiting) => return None,
        Ok(tls) if tls.handshake != Handshake::Done => {
            matches!(tls.handshake, Handshake::NotTls(_))
        }
        _ => return Some(true),
    };
    let plain = SocketAddr::new(address, port(false));
    match cx.aside().http(cx.http_question(plain, false)) {
        Err(Unknown::Waiting) => None,
        Ok(answer) => Some(answer.exchange != Exchange::Response),
        Err(Unknown::Gap(_)) => Some(!in_the_clear),
    }
}

fn request_over(cx: &Cx, https: bool) -> Request {
    Request {
        host: cx.target.host.clone(),
        port: cx.target.port.unwrap_or(default_port(https)),
        https,
        method: cx.settings.method.clone(),
        path: cx.target.path.clone(),
        headers: cx.settings.headers.clone(),
    }
}
