//! A search domain outside the cluster has a wildcard, which takes names of the internet.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::client::checks::fix;
use crate::diagnosis::semantics::cluster_names;
use crate::diagnosis::semantics::resolver::Reply;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-search-wildcard-leak",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "a search domain answers for every name",
    explain: include_str!("cluster_dns_search_wildcard_leak.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let resolution = view.end().and_then(|e| e.resolution.as_ref());
    let Some(query) = resolution.and_then(|r| r.found()) else {
        return;
    };
    let lookup = view.lookup;
    let Some(search) = &query.search else { return };
    let inside = cluster_names::parse(&query.name, &lookup.domain).is_some();
    let called = view.call.name.trim_end_matches('.');
    if inside || !called.contains('.') {
        return;
    }
    let (leaked, own) = (lookup.said(&query.name), lookup.said(called));
    let Some(own) = own.filter(|o| o.reply == Reply::Found) else {
        return;
    };
    let Some(leaked) = leaked.filter(|l| l.addresses != own.addresses) else {
        return;
    };
    let pod = lookup.at_pods.iter().find(|p| p.answers());
    let conf = &lookup.conf.conf;
    let object = view.client.label();
    let (kind, name) = view.client.object();
    let draft = sink
        .find(
            &CHECK,
            subject(kind, Some(&view.client.namespace), name),
            format!("{called} is found as {}: the search domain {search} answers for it", query.name),
        )
        .why(format!(
            "the name has fewer than ndots {} dots, so search domains come first, and {search} has a wildcard: {} in the place of {}",
            conf.ndots,
            leaked.words(),
            own.words()
        ))
        .see_all([query.name.as_str(), called].iter().filter_map(|n| pod.and_then(|p| p.line(case, n))))
        .see(Evidence::raw(object, "resolv.conf search", conf.searches.join(" ")))
        .fix(format!("call {called}. with a final dot, set ndots to 1 in the pod's dnsConfig, or take {search} out of the search list"));
    fix(case, view.client, draft).done();
}
