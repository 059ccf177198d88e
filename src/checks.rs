//! The table of every check. `rules`, `explain` and the README's table come from it.
//!
//! To add a pitfall:
//!
//! 1. One file, named after its code, in the `checks` folder of its hop: `src/hops/service/checks/service_targetport_mismatch.rs`.
//!    It holds the check as data and its function, which reads the [`Journey`] and writes findings.
//! 2. One line in [`ALL`].
//! 3. One folder `tests/pitfalls/<code>/` with a case that fires and a near miss that stays silent.
//!
//! Nothing changes in the views.

use crate::facts::HttpAnswer;
use crate::hops::Journey;
use crate::hops::cx::Cx;
use crate::hops::door::Knock;
use crate::report::{Code, Evidence, Finding, Hop, Remedy, Severity, Subject};

use crate::hops::controller::checks as controller;
use crate::hops::controller::family::Family;
use crate::hops::dns::checks as dns;
use crate::hops::endpoints::checks as endpoints;
use crate::hops::load_balancer::checks as load_balancer;
use crate::hops::pod::checks as pod;
use crate::hops::route::checks as route;
use crate::hops::service::checks as service;
use crate::hops::tls::checks as tls;

/// One pitfall: how to tell it, and what there is to say of it.
pub struct Check {
    /// Its slug.
    pub code: Code,
    /// Where it breaks the path.
    pub hop: Hop,
    /// How bad it is unless something speaks for less.
    pub severity: Severity,
    /// One line.
    pub title: &'static str,
    /// In full: what it sees, why traffic breaks, how to fix it.
    pub explain: &'static str,
    /// Codes of which it may be a mere symptom, the deepest cause first.
    pub symptom_of: &'static [Code],
    /// Reads the journey, writes findings.
    pub run: fn(&Ctx, &mut Sink),
}

/// Every check, in path order.
pub const ALL: &[&Check] = &[
    &dns::dns_nxdomain::CHECK,
    &dns::dns_no_address::CHECK,
    &dns::dns_negative_cache::CHECK,
    &dns::dns_cname_dangling::CHECK,
    &dns::dns_servfail::CHECK,
    &dns::dns_local_override::CHECK,
    &dns::dns_stale_cache::CHECK,
    &dns::dns_partial_stale::CHECK,
    &dns::dns_private_address::CHECK,
    &dns::dns_points_elsewhere::CHECK,
    &load_balancer::lb_pending::CHECK,
    &load_balancer::lb_refused::CHECK,
    &load_balancer::lb_timeout::CHECK,
    &load_balancer::lb_internal_scheme::CHECK,
    &load_balancer::lb_etp_local_no_endpoint::CHECK,
    &load_balancer::nodeport_unreachable::CHECK,
    &load_balancer::lb_port_map::CHECK,
    &load_balancer::lb_proxy_protocol_mismatch::CHECK,
    &controller::ctl_not_running::CHECK,
    &controller::ctl_not_installed::CHECK,
    &controller::ctl_service_mismatch::CHECK,
    &controller::ctl_dataplane_stale::CHECK,
    &tls::tls_secret_missing::CHECK,
    &tls::tls_secret_wrong_namespace::CHECK,
    &tls::tls_served_differs::CHECK,
    &tls::tls_cert_expired::CHECK,
    &tls::tls_cert_not_yet_valid::CHECK,
    &tls::tls_san_mismatch::CHECK,
    &tls::tls_fallback_cert_served::CHECK,
    &tls::tls_chain_incomplete::CHECK,
    &tls::tls_untrusted_issuer::CHECK,
    &tls::tls_plain_http_on_443::CHECK,
    &tls::tls_handshake_failure::CHECK,
    &route::ingress_class_missing::CHECK,
    &route::ingress_class_not_found::CHECK,
    &route::host_no_rule::CHECK,
    &route::ingress_path_no_match::CHECK,
    &route::ingress_backend_service_missing::CHECK,
    &route::ingress_backend_cross_namespace::CHECK,
    &route::ingress_backend_port_missing::CHECK,
    &route::ingress_backend_protocol_mismatch::CHECK,
    &route::traefik_empty_service_404::CHECK,
    &route::tls_traefik_router_without_tls::CHECK,
    &route::ingress_redirect_loop::CHECK,
    &service::service_selector_no_match::CHECK,
    &service::service_named_targetport_unresolved::CHECK,
    &service::service_targetport_mismatch::CHECK,
    &endpoints::endpoints_empty::CHECK,
    &endpoints::endpoints_scaled_to_zero::CHECK,
    &endpoints::endpoints_all_not_ready::CHECK,
    &pod::pod_readiness_failing::CHECK,
    &pod::pod_crashloop::CHECK,
    &pod::pod_not_starting::CHECK,
    &pod::pod_not_listening::CHECK,
    &pod::pod_bound_to_localhost::CHECK,
    &pod::pod_app_error::CHECK,
    // Last: it fires only when nothing above explains a failing request.
    &endpoints::request_fails::CHECK,
];

/// The check of a code.
pub fn find(code: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|c| c.code == code)
}

/// What a check may read.
pub struct Ctx<'c, 'a> {
    /// Target, settings, and further questions.
    pub cx: &'c Cx<'a>,
    /// What the hops found.
    pub journey: &'c Journey<'a>,
    /// Hops at which the checks before this one found an error.
    pub broken: std::cell::RefCell<Vec<Hop>>,
}

impl<'c, 'a> Ctx<'c, 'a> {
    pub(crate) fn new(cx: &'c Cx<'a>, journey: &'c Journey<'a>) -> Self {
        Self {
            cx,
            journey,
            broken: std::cell::RefCell::default(),
        }
    }

    /// Whether the request goes over TLS.
    pub fn https(&self) -> bool {
        self.journey.way.is_some_and(|w| w.https)
    }

    /// What happened at the addresses that tell how the way goes on.
    pub fn knocks(&self) -> &'c [Knock<'a>] {
        let lb = self.journey.load_balancer.found.as_ref();
        lb.map(|l| l.knocks()).unwrap_or_default()
    }

    /// Whether every knock is through; before that a status may still come that refutes.
    pub fn settled(&self) -> bool {
        !self.knocks().iter().any(Knock::is_waiting)
    }

    /// Whether somebody answers the request with something else than an error. A redirect to https is no answer yet: many proxies
    /// send it for every host, known or not.
    pub fn answered_well(&self) -> bool {
        let upgrade = format!("https://{}", self.cx.target.host);
        let to_https = |r: &HttpAnswer| {
            r.header("location")
                .is_some_and(|l| l.starts_with(&upgrade))
        };
        // Nor is one that comes back to where it began.
        let ends = |k: &&Knock| !k.redirects.is_circle();
        let mut responses = self
            .knocks()
            .iter()
            .filter(ends)
            .filter_map(Knock::response);
        responses.any(|r| match r.status {
            300..=399 => !to_https(r),
            status => status < 300 || status == 401,
        })
    }

    /// Whether requests get to endpoints: by the EndpointSlices, or where these may not be read by the answer.
    pub fn carries_traffic(&self) -> bool {
        match &self.journey.endpoints.found {
            Some(endpoints) => endpoints.usable().next().is_some(),
            None => self.answered_well(),
        }
    }

    /// What the request gets from other vantage points, as far as it says something about a hop.
    pub fn inside_lines(&self, hop: Hop) -> Vec<Evidence> {
        let inside = &self.journey.inside;
        let replicas = inside.replicas.iter().map(|r| r.best());
        let loopbacks = inside.pods.iter().map(|p| &p.loopback).take(2);
        let addresses = inside.pods.iter().filter_map(|p| p.address.as_ref());
        let asked: Vec<_> = match hop {
            Hop::Dns | Hop::LoadBalancer | Hop::Controller => replicas.collect(),
            Hop::Tls => Vec::new(),
            Hop::Route => replicas.take(1).chain(loopbacks.take(1)).collect(),
            _ => loopbacks.chain(addresses.take(1)).collect(),
        };
        asked.iter().filter_map(|a| a.evidence(self.cx)).collect()
    }

    /// What the request got, as evidence.
    pub fn request_lines(&self) -> Vec<Evidence> {
        let line = |k: &Knock| {
            if k.connects() {
                k.http_line(self.cx, self.https())
            } else {
                k.tcp_line(self.cx)
            }
        };
        let knocks = self.knocks().iter();
        knocks.filter_map(line).take(3).collect()
    }
}

/// Where checks leave their findings.
#[derive(Default)]
pub struct Sink(Vec<Finding>);

impl Sink {
    /// Begins a finding of this check; it counts when the draft is dropped into [`Draft::done`].
    pub fn find(&mut self, check: &Check, subject: Subject, title: impl Into<String>) -> Draft<'_> {
        Draft {
            sink: self,
            finding: Finding {
                code: check.code,
                severity: check.severity,
                hop: check.hop,
                subject,
                title: title.into(),
                detail: String::new(),
                evidence: Vec::new(),
                remedy: Remedy::default(),
                caused_by: None,
            },
        }
    }
}

/// A finding being written.
#[must_use = "call done()"]
pub struct Draft<'s> {
    sink: &'s mut Sink,
    finding: Finding,
}

impl Draft<'_> {
    /// Another severity than the check's own.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.finding.severity = severity;
        self
    }

    /// Another hop than the check's own.
    pub fn at(mut self, hop: Hop) -> Self {
        self.finding.hop = hop;
        self
    }

    /// Why it breaks the request.
    pub fn why(mut self, detail: impl Into<String>) -> Self {
        self.finding.detail = detail.into();
        self
    }

    /// A line of proof.
    pub fn see(mut self, evidence: impl Into<Option<Evidence>>) -> Self {
        self.finding.evidence.extend(evidence.into());
        self
    }

    /// What to do, in words.
    pub fn fix(mut self, text: impl Into<String>) -> Self {
        self.finding.remedy.text = text.into();
        self
    }

    /// A command to paste.
    pub fn run(mut self, command: impl Into<String>) -> Self {
        self.finding.remedy.commands.push(command.into());
        self
    }

    /// Files it.
    pub fn done(self) {
        debug_assert!(
            !self.finding.evidence.is_empty(),
            "{} without evidence",
            self.finding.code
        );
        self.sink.0.push(self.finding);
    }
}

/// Runs every check and folds symptoms under their causes; root causes come first, in path order.
pub(crate) fn run(ctx: &Ctx) -> Vec<Finding> {
    let mut sink = Sink::default();
    for check in ALL {
        ctx.cx.enter(check.hop);
        (check.run)(ctx, &mut sink);
        let errors = sink.0.iter().filter(|f| f.severity == Severity::Error);
        *ctx.broken.borrow_mut() = errors.map(|f| f.hop).collect();
    }
    let mut findings = sink.0;
    temper(ctx, &mut findings);
    let causes: Vec<(Code, Severity)> = findings.iter().map(|f| (f.code, f.severity)).collect();
    for finding in &mut findings {
        let Some(check) = find(finding.code) else {
            continue;
        };
        finding.caused_by = check.symptom_of.iter().copied().find(|cause| {
            causes
                .iter()
                .any(|(code, s)| code == cause && *s >= finding.severity)
        });
    }
    prove(ctx, &mut findings);
    findings.sort_by_key(|f| (f.caused_by.is_some(), std::cmp::Reverse(f.severity), f.hop));
    findings
}

/// What objects say is wrong behind the controller does not break a request that is answered: they may be older than the answer, or
/// something that hops does not read serves the host. But where Traefik drops the router of a Service without endpoints, the next
/// rule that matches answers in its place, and a good status proves nothing.
fn temper(ctx: &Ctx, findings: &mut [Finding]) {
    if !ctx.answered_well() {
        return;
    }
    let route = ctx.journey.route.found.as_ref();
    let resolution = route.map(|r| &r.resolution);
    let undecided = resolution.is_some_and(|r| r.undecided());
    let family = ctx.journey.controller.found.as_ref().map(|c| &c.family);
    let falls_through = family == Some(&Family::Traefik)
        && resolution.is_some_and(|r| {
            let mut backends = r.matching.iter().map(|rule| &rule.backend);
            let first = backends.next();
            backends.any(|b| Some(b) != first)
        });
    if falls_through && !undecided {
        return;
    }
    for finding in findings.iter_mut().filter(|f| f.hop >= Hop::Route) {
        finding.severity = finding.severity.min(Severity::Warning);
    }
}

/// What a user gets belongs to the proof of every root cause, also of those that objects alone show.
fn prove(ctx: &Ctx, findings: &mut [Finding]) {
    let Some(line) = crate::hops::failing_request(ctx.cx, ctx.journey) else {
        return;
    };
    let roots = findings
        .iter_mut()
        .filter(|f| f.severity == Severity::Error && f.caused_by.is_none());
    for root in roots {
        let proven = root
            .evidence
            .iter()
            .any(|e| matches!(e, Evidence::Probe { .. }));
        if !proven {
            root.evidence.push(line.clone());
        }
        // That the controller answers is half of what there is to know about a fault before it.
        if matches!(root.hop, Hop::Dns | Hop::LoadBalancer) {
            for line in ctx.inside_lines(root.hop) {
                if !root.evidence.contains(&line) {
                    root.evidence.push(line);
                }
            }
        }
    }
}

/// A host as the subject of a finding.
pub fn host_subject(host: &str) -> Subject {
    Subject {
        api_version: String::new(),
        kind: "Host".to_owned(),
        namespace: None,
        name: host.to_owned(),
    }
}

/// An object as the subject of a finding.
pub fn subject(kind: crate::facts::Kind, namespace: Option<&str>, name: &str) -> Subject {
    Subject {
        api_version: kind.api_version().to_owned(),
        kind: kind.name().to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

/// The same, from the object itself.
pub fn subject_of<T: crate::facts::Typed>(object: &T) -> Subject {
    let meta = object.metadata();
    let name = meta.name.as_deref().unwrap_or_default();
    subject(T::OF, meta.namespace.as_deref(), name)
}
