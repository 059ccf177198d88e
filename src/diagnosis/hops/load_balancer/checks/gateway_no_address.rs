//! A Gateway whose status has no address, where the name leads to nobody either.

use crate::diagnosis::ask::reads::after_grace;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::load_balancer::Published;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// Seconds that an address may take to come.
const GRACE: i64 = 300;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-no-address",
    hop: Hop::LoadBalancer,
    severity: Severity::Warning,
    title: "the Gateway publishes no address",
    explain: include_str!("gateway_no_address.md"),
    symptom_of: &[&[
        "gateway-crds-missing",
        "gatewayclass-not-found",
        "gatewayclass-not-accepted",
        "listener-not-accepted",
        "gateway-not-accepted",
        "gateway-not-programmed",
        "ctl-not-running",
        "lb-sync-failed",
        "lb-no-implementation",
        "lb-pending",
    ]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    let (Some(lb), Some(resolved)) = (
        case.entrance.load_balancer.found(),
        case.journey.dns.found(),
    ) else {
        return;
    };
    // The field is optional: where the name leads to somebody who answers, nobody misses it.
    let answered = lb.at_resolved.iter().any(|a| a.response().is_some());
    let waiting = lb.at_resolved.iter().any(Attempt::is_waiting);
    // What was never applied has neither an age nor an address.
    let age = case.age(way.gateway.metadata.creation_timestamp.as_ref());
    let has_one = !way.gateway.status.addresses.is_empty();
    if has_one || answered || waiting || age.is_none() {
        return;
    }
    let nameless = resolved.addresses.is_empty();
    let severity = if nameless {
        Severity::Warning
    } else {
        Severity::Info
    };
    let label = label_of(&*way.gateway);
    let services: Vec<&Published> = lb.published.iter().filter(|p| p.by_service).collect();
    let kubectl = case.settings.kubectl();
    let draft = sink
        .find(&CHECK, subject_of(&*way.gateway), format!("{label} publishes no address"))
        .severity(severity.min(after_grace(age, GRACE)))
        .why(if nameless {
            "what makes DNS records for Gateways, such as external-dns, takes their addresses from the status: without any the name gets no record"
        } else {
            "nobody can tell from the Gateway where it is reached; some makes never say it"
        })
        .see(Evidence::raw(&label, ".status.addresses", "[]"))
        .see_all(services.iter().map(|p| {
            Evidence::raw(&p.from, ".status.loadBalancer.ingress", &p.value)
        }));
    match services.first() {
        Some(service) => draft.look(format!(
            "let the controller publish the address of {} in the Gateway's status, or make the record by hand",
            service.from
        )),
        None => draft.look("see what was made for the Gateway, and whether its Service has an address"),
    }
    .run(format!(
        "{} get gateway {} -o yaml",
        case.settings.kubectl_in(way.namespace()),
        quote(way.name())
    ))
    .run(format!(
        "{kubectl} get service -A -l gateway.networking.k8s.io/gateway-name={}",
        quote(way.name())
    ))
    .done();
}
