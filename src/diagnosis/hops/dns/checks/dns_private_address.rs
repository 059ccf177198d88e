//! The name resolves to an address that leads nowhere outside its own network.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;

use super::{dns_local_override, dns_stale_cache, list};
use crate::diagnosis::checks::{Check, Ctx, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::diagnosis::request::attempt::Knock;
use crate::diagnosis::semantics::address::is_private;
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-private-address",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name resolves to a private address that does not answer from here",
    explain: include_str!("dns_private_address.md"),
    symptom_of: &[],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let Some((resolved, answer)) = super::lookup(ctx) else {
        return;
    };
    let Some(lb) = &ctx.journey.load_balancer.found else {
        return;
    };
    if resolved.is_waiting() || lb.resolved.iter().any(Knock::is_waiting) {
        return;
    }
    // What cannot be seen may publish it.
    let all = || lb.published.iter().chain(&resolved.targets);
    let unclear = all().any(|p| p.addresses.is_empty());
    let published: Vec<IpAddr> = all().flat_map(|p| p.addresses.clone()).collect();
    let at_home = resolved.addresses.iter().any(|a| published.contains(a));
    if unclear || at_home || super::is_hidden(ctx) {
        return;
    }
    if dns_local_override::applies(ctx) || dns_stale_cache::read(ctx).is_some() {
        return;
    }
    let hit: Vec<IpAddr> = lb
        .resolved
        .iter()
        .filter(|k| k.fails() && is_private(&k.to.ip()))
        .map(|k| k.to.ip())
        .collect();
    let Some(first) = hit.first() else { return };
    let name = &ctx.cx.target.host;
    let inside = hit.iter().find_map(|a| Some((a, cluster_ip(ctx, *a)?)));
    let (what, why) = match inside {
        Some((address, service)) => (
            format!("{address}, the ClusterIP of {}", label_of(service)),
            "a ClusterIP leads somewhere only inside the cluster".to_owned(),
        ),
        None if first.is_loopback() => (
            list(&hit),
            "it is a loopback address: every client is led to itself".to_owned(),
        ),
        None => (
            format!("{}, which does not answer from here", list(&hit)),
            "a private address leads somewhere only inside its own network: the record is wrong, or this machine would have to be in that network (VPN)".to_owned(),
        ),
    };
    let severity = if lb.resolved.iter().all(Knock::fails) {
        Severity::Error
    } else {
        Severity::Warning
    };
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} resolves to {what}"),
        )
        .severity(severity)
        .why(why)
        .see(dns::line(ctx.cx, answer));
    if let Some((address, service)) = inside {
        let object = label_of(service);
        draft = draft.see(Evidence::field(
            object,
            ".spec.clusterIP",
            &address.to_string(),
        ));
    }
    let lines = super::authority_lines(ctx)
        .into_iter()
        .chain(super::published_lines(&lb.published))
        .chain(super::external_lines(ctx));
    for line in lines {
        draft = draft.see(line);
    }
    for knock in &lb.resolved {
        draft = draft.see(super::knock_line(ctx, knock));
    }
    draft = match super::wanted_record(ctx, &lb.published) {
        Some(record) => draft.fix(format!("make the record: {record}")),
        None => draft.fix("make the record point to the load balancer; for an internal name, connect to its network"),
    };
    if let Some(curl) = super::curl_past_dns(ctx, &lb.published) {
        draft = draft.run(curl);
    }
    draft.done();
}

/// The Service that has it as its ClusterIP, of those that were read.
pub(super) fn cluster_ip<'c>(ctx: &'c Ctx, address: IpAddr) -> Option<&'c Service> {
    let j = ctx.journey;
    let lb = j.load_balancer.found.iter();
    let of_lb = lb.filter_map(|l| l.service.as_deref());
    let controller = j.controller.found.iter().flat_map(|c| c.services.iter());
    let of_controller = controller.flatten().map(|s| &**s);
    let backend = j.service.found.iter().filter_map(|s| s.service.as_deref());
    let mut all = of_lb.chain(of_controller).chain(backend);
    all.find(|service| {
        let spec = service.spec.as_ref();
        let mut ips = spec.into_iter().flat_map(|s| {
            let more = s.cluster_ips.iter().flatten();
            s.cluster_ip.iter().chain(more)
        });
        ips.any(|ip| ip.parse() == Ok(address))
    })
}
