//! The pod has dnsPolicy None, and what dnsConfig says does not do.

use super::{fix, served};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::semantics::resolver::DnsPolicy;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "client-dns-policy-none",
    hop: Hop::Client,
    severity: Severity::Error,
    title: "the pod brings its own DNS settings, and they do not lead to the name",
    explain: include_str!("client_dns_policy_none.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((client, lookup)) = case.called() else {
        return;
    };
    if lookup.conf.policy != DnsPolicy::None {
        return;
    }
    let Some(meant) = served(lookup) else { return };
    let conf = &lookup.conf.conf;
    let object = client.label();
    let other = conf.nameservers.first().filter(|_| !lookup.asks_cluster);
    // Without the server's own address nobody knows that this is another one.
    let server = lookup.server.as_ref();
    let known = server.is_some_and(|s| !s.addresses().is_empty());
    let (what, fix_words) = if let (Some(other), true) = (other, known) {
        (
            format!("asks {other}, which is not the DNS server of the cluster"),
            "name the cluster's DNS server in dnsConfig.nameservers, or take dnsPolicy out of the template",
        )
    } else if lookup.conf.is_without_nameserver() {
        (
            "names no nameserver".to_owned(),
            "name the cluster's DNS server in dnsConfig.nameservers, or take dnsPolicy out of the template",
        )
    } else if lookup.asks_cluster
        && !lookup.is_found()
        && lookup.ends.iter().all(|e| e.resolution.is_some())
    {
        let searches = if conf.searches.is_empty() {
            "no domain".to_owned()
        } else {
            conf.searches.join(" ")
        };
        (
            format!("searches {searches}"),
            "add the cluster's domains to dnsConfig.searches, call the full name, or take dnsPolicy out of the template",
        )
    } else {
        return;
    };
    let (kind, name) = client.object();
    let field = client.field();
    let draft = sink
        .find(
            &CHECK,
            subject(kind, Some(&client.namespace), name),
            format!("{object} has dnsPolicy None and {what}, so it does not find {meant}"),
        )
        .why("with None the pod's resolv.conf is what dnsConfig says, and nothing else")
        .see(Evidence::field(
            &object,
            format!("{field}.dnsPolicy"),
            "None",
        ))
        .see(Evidence::raw(
            &object,
            format!("{field}.dnsConfig.searches"),
            if conf.searches.is_empty() {
                "unset".to_owned()
            } else {
                conf.searches.join(" ")
            },
        ))
        .fix(fix_words);
    fix(case, client, draft).done();
}
