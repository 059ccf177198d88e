//! The name resolves to addresses that the cluster does not publish for it.

use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Service;

use super::{View, answers_for_host, dns_local_override, dns_stale_cache, list};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::dns;
use crate::diagnosis::hops::load_balancer::service::own_addresses as addresses_of;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::selector::selects;
use crate::facts::Unknown;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "dns-points-elsewhere",
    hop: Hop::Dns,
    severity: Severity::Error,
    title: "the name resolves to an address that is not the cluster's",
    explain: include_str!("dns_points_elsewhere.md"),
    symptom_of: &[&[
        "dns-private-address",
        "lb-pending",
        "lb-etp-local-no-endpoint",
    ]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let (resolved, lb) = (view.resolved, view.lb);
    let (answers, dead) = (view.answers, view.dead);
    if view.is_at_home() || view.hidden && answers {
        return;
    }
    let published = &view.published;
    let other = match other_entrance(case, &resolved.addresses) {
        Err(Unknown::Waiting) => return,
        other => other.unwrap_or_default(),
    };
    // What another controller has is not translated.
    let natted = view.is_natted() && other.is_none();
    if natted && !dead {
        return;
    }
    // Where this machine or a cache is at fault, the record is not.
    if dns_local_override::applies(case) || dns_stale_cache::read(case).is_some() {
        return;
    }
    let name = &case.target.host;
    let behind = view.cdn();
    let works_there = lb.at_published.iter().any(|k| answers_for_host(k));
    let severity = match (behind, dead) {
        (Some(_), _) => Severity::Info,
        (None, true) if !natted || works_there => Severity::Error,
        _ => Severity::Warning,
    };
    let (here, there) = (list(&resolved.addresses), list(published));
    let mut why = match (behind, dead) {
        (Some(author), _) => format!("requests pass {} first", author.title),
        (None, true) => format!("requests go to {here}, which does not answer for the host"),
        (None, false) if answers => {
            format!("requests go to {here}, which does answer; is it meant to?")
        }
        (None, false) => format!("requests go to {here}; what answers there was not seen"),
    };
    if let Some((service, make)) = &other {
        why = format!(
            "{why}; it is the address of {}, before another controller ({make})",
            label_of(&**service)
        );
    }
    if resolved.authority().is_some_and(|a| a.wildcard) {
        why.push_str(
            "; a name that nobody made up before resolves to the same: a wildcard record gives it, and the host may have none of its own",
        );
    }
    let mut draft = sink
        .find(
            &CHECK,
            host_subject(name),
            format!("{name} resolves to {here}, the cluster publishes {there}"),
        )
        .severity(severity)
        .why(why)
        .see(dns::line(case, view.answer))
        .see(other.as_ref().and_then(|(service, _)| {
            let address = addresses_of(service)
                .into_iter()
                .find(|a| resolved.addresses.contains(a))?;
            let field = ".status.loadBalancer.ingress[].ip";
            Some(Evidence::field(
                label_of(&**service),
                field,
                &address.to_string(),
            ))
        }))
        .see_all(super::record_lines(case, &lb.published))
        .see_all(case.attempt_lines(lb.at_resolved.iter().chain(&lb.at_published)));
    if let Some(record) = super::wanted_record(case, &lb.published) {
        draft = draft.fix(format!("make the record: {record}"));
    }
    if let Some(curl) = super::curl_past_dns(case, &lb.published) {
        draft = draft.run(curl);
    }
    draft.done();
}

/// The Service before another controller of this cluster that has one of the addresses, and that controller's make.
fn other_entrance(
    case: &Case,
    addresses: &[IpAddr],
) -> Result<Option<(Arc<Service>, String)>, Unknown> {
    let own = case.entrance.controller.found().into_iter();
    let own: Vec<&str> = own
        .flat_map(|c| &c.workloads)
        .map(|w| w.namespace.as_str())
        .collect();
    let declared = case.journey.declared.as_ref().ok();
    let all = declared.and_then(|d| d.controllers.as_ref().ok());
    let others = all.into_iter().flat_map(|d| &d.workloads);
    let mut waiting = false;
    for workload in others.filter(|w| !own.contains(&w.namespace.as_str())) {
        let services = match case.list::<Service>(Some(&workload.namespace), None, None) {
            Ok(listed) => listed.items,
            Err(unknown) => {
                waiting |= unknown == Unknown::Waiting;
                continue;
            }
        };
        let leads_there = |s: &Service| {
            let selector = s.spec.as_ref().and_then(|s| s.selector.as_ref());
            selector.is_some_and(|sel| !sel.is_empty() && selects(sel, &workload.labels))
        };
        let found = services
            .into_iter()
            .find(|s| leads_there(s) && addresses_of(s).iter().any(|a| addresses.contains(a)));
        if let Some(service) = found {
            return Ok(Some((service, workload.make.title().to_owned())));
        }
    }
    if waiting {
        return Err(Unknown::Waiting);
    }
    Ok(None)
}
