//! The name resolves to an address that leads nowhere outside its own network.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;

use super::{dns_local_override, dns_stale_cache, list};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::address::is_private;
use crate::diagnosis::semantics::meta::label_of;
use crate::facts::Connect;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-private-address",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name resolves to a private address that does not answer from here",
    explain: include_str!("dns_private_address.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((resolved, answer)) = super::lookup(case) else {
        return;
    };
    let Some(lb) = case.entrance.load_balancer.found() else {
        return;
    };
    if resolved.is_waiting() || lb.at_resolved.iter().any(Attempt::is_waiting) {
        return;
    }
    // What cannot be seen may publish it.
    let all = || lb.published.iter().chain(&resolved.targets);
    let unclear = all().any(|p| p.addresses.is_empty());
    let published: Vec<IpAddr> = all().flat_map(|p| p.addresses.clone()).collect();
    let at_home = resolved.addresses.iter().any(|a| published.contains(a));
    if unclear || at_home || super::is_hidden(case) {
        return;
    }
    if dns_local_override::applies(case) || dns_stale_cache::read(case).is_some() {
        return;
    }
    let hit: Vec<IpAddr> = lb
        .at_resolved
        .iter()
        .filter(|k| k.fails() && is_private(&k.to.ip()) && is_out_of_reach(case, k))
        .map(|k| k.to.ip())
        .collect();
    let Some(first) = hit.first() else { return };
    let name = &case.target.host;
    let inside = hit.iter().find_map(|a| Some((a, cluster_ip(case, *a)?)));
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
    let severity = if lb.at_resolved.iter().all(Attempt::fails) {
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
        .see(dns::line(case, answer));
    if let Some((address, service)) = inside {
        let object = label_of(service);
        draft = draft.see(Evidence::field(
            object,
            ".spec.clusterIP",
            &address.to_string(),
        ));
    }
    draft = draft
        .see_all(super::record_lines(case, &lb.published))
        .see_all(case.attempt_lines(&lb.at_resolved));
    draft = match super::wanted_record(case, &lb.published) {
        Some(record) => draft.fix(format!("make the record: {record}")),
        None => draft.fix("make the record point to the load balancer; for an internal name, connect to its network"),
    };
    if let Some(curl) = super::curl_past_dns(case, &lb.published) {
        draft = draft.run(curl);
    }
    draft.done();
}

/// Whether what it leads to is not what is meant. Who refuses is reached; that proves nothing of a loopback and of a ClusterIP.
fn is_out_of_reach(case: &Case, attempt: &Attempt) -> bool {
    let address = attempt.to.ip();
    let refuses = attempt
        .tcp
        .as_ref()
        .is_ok_and(|t| t.connect == Connect::Refused);
    !refuses || address.is_loopback() || cluster_ip(case, address).is_some()
}

/// The Service that has it as its ClusterIP, of those that were read.
pub(super) fn cluster_ip<'c>(case: &'c Case, address: IpAddr) -> Option<&'c Service> {
    let lb = case.entrance.load_balancer.found().into_iter();
    let of_lb = lb.filter_map(|l| l.service.as_deref());
    let controller = case
        .entrance
        .controller
        .found()
        .into_iter()
        .flat_map(|c| c.services.iter());
    let of_controller = controller.flatten().map(|s| &**s);
    let services = case.backends().filter_map(|b| b.service.found());
    let backend = services.filter_map(|s| s.service.as_deref());
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
