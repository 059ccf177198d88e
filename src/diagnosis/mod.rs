//! The diagnosis: a pure walk over facts. Reading [`walk`] is reading in which order the hops are resolved; what they found is the
//! [`Journey`], which the checks judge.

pub mod ask;
mod backends;
mod call;
pub mod called;
pub mod checks;
pub mod declared;
pub mod dialect;
mod entrances;
pub mod hops;
pub mod predict;
pub mod request;
mod rivals;
pub mod routing;
pub mod semantics;
pub mod served;
pub mod shell;
mod verdict;

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;

use crate::facts::{Exchange, Facts, Handshake, Question, Refused, Unknown};
use crate::report::{Hop, Report};
use crate::target::request::default_port;
use crate::target::{Header, Queries, Request, ResolveOverride, Scheme, Target};
use ask::cx::Cx;
use ask::missed::Seen;
use ask::reads::{Log, Reads};
use ask::stage::{Progress, Stage};
use declared::Declarations;
use declared::gateways::Gateways;
use entrances::Asked;
use hops::journey::Journey;
use hops::{dns, user};
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
    /// The values of the request's query, which are not to be shown either.
    pub queries: Queries,
    /// `--resolve`.
    pub resolve: Vec<ResolveOverride>,
    /// `--dns-server`.
    pub dns_server: Option<SocketAddr>,
    /// `--entrance`.
    pub entrance: Option<String>,
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
            queries: Queries::default(),
            resolve: Vec::new(),
            dns_server: None,
            entrance: None,
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

/// Walks one request over the facts. A host that takes gRPC calls alone is called, unless the user wants something else.
pub fn walk(target: &Target, facts: &Facts, settings: &Settings) -> Walk {
    let log = Log::default();
    let cx = Cx::new(target, Reads::new(facts, settings, &log));
    if let Some(call) = &target.call {
        return verdict::conclude(cx, &call::journey(&cx, call));
    }
    let journey = journey(&cx);
    let given = settings.headers.iter().any(|h| h.is("content-type"));
    if settings.method == "GET" && !given && journey.is_of_calls() {
        let call = Settings {
            method: "POST".to_owned(),
            headers: [Header::of_calls(), settings.headers.clone()].concat(),
            ..settings.clone()
        };
        return walk(target, facts, &call);
    }
    verdict::conclude(cx, &journey)
}

/// The hops in the order in which one needs the other.
fn journey<'a>(cx: &Cx<'a>) -> Journey<'a> {
    let declared = Declarations::read(&cx.at(Hop::Route));
    let gateways = Gateways::read(&cx.at(Hop::Route));
    let (request, scheme_guessed) = request(cx, &declared, &gateways);
    let user = user::resolve(&cx.at(Hop::User), request.as_ref());
    let dns = dns::resolve(&cx.at(Hop::Dns), request.as_ref().map_or(0, |r| r.port));
    let asked = Asked {
        wanted: cx.settings.entrance.as_deref(),
        declared: &declared,
        gateways: &gateways,
        request: request.as_ref(),
        scheme_guessed,
        addresses: &cx.seen(|| dns.found().map(|d| d.addresses.as_slice())),
        name: addresses(&dns),
    };
    let mut entrances = entrances::all(cx, &asked);
    let elsewhere = entrances::leads_elsewhere(&asked, &entrances);
    let named = entrances::of_the_name(&asked, &entrances);
    let lb = cx.at(Hop::LoadBalancer);
    let dns = dns::compare(&lb, dns, named.load_balancer.found(), &named.declared);
    let backends = cx.seen(|| {
        // Where no Ingress declares the host, or the name leads elsewhere as well, it is a Gateway that may lead to some.
        let alone = declared.glance().as_ref().is_ok_and(|d| d.all.is_empty());
        if (alone || elsewhere) && entrances[0].way.is_none() {
            gateways.touch();
        }
        let each = entrances.iter();
        let all = each.flat_map(|entrance| backends::of(cx, entrance));
        all.collect::<Vec<_>>()
    });
    for entrance in &mut entrances {
        entrance.rivals =
            cx.seen(|| rivals::of(cx, &declared, entrance, request.as_ref(), &backends));
    }
    let mut journey = Journey {
        declared,
        gateways,
        request,
        scheme_guessed,
        user,
        dns,
        called: None,
        entrances,
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

/// The request, once it is known whether it goes over TLS, and whether that is a guess.
fn request(
    cx: &Cx,
    declared: &Seen<Result<Declarations, Unknown>>,
    gateways: &Seen<Result<Gateways, Unknown>>,
) -> (Option<Request>, bool) {
    let target = cx.target;
    let by_gateway = || {
        let found = gateways.as_ref().map_err(Clone::clone);
        found.map(|g| g.wants_tls(&target.host))
    };
    let https = match (target.scheme, declared.as_ref()) {
        (Scheme::Https, _) => true,
        (Scheme::Http, _) => false,
        (Scheme::Auto, Ok(declared)) if declared.wants_tls(&target.host) => true,
        (Scheme::Auto, Ok(declared)) => match by_gateway() {
            Ok(https) => https,
            Err(Unknown::Waiting) => return (None, false),
            // Who is served by an Ingress is asked for as that says.
            Err(Unknown::Gap(_)) if !declared.all.is_empty() => false,
            Err(Unknown::Gap(_)) => {
                let https = guess(cx);
                return (https.map(|https| request_over(cx, https)), true);
            }
        },
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
