//! CoreDNS found its own queries coming back and ends.

use std::net::IpAddr;

use super::{View, corefile_command, corefile_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::server::{CONFIG, NAMESPACE, Server};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::words;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-loop",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "the DNS server forwards queries to itself",
    explain: include_str!("cluster_dns_loop.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(server) = view.server() else { return };
    let Some(Ok(corefile)) = &*server.corefile else {
        return;
    };
    let Some(pod) = super::crashing(server).next() else {
        return;
    };
    let Some(found) = corefile.loop_of(&own_addresses(server)) else {
        return;
    };
    let kubectl = case.settings.kubectl_in(NAMESPACE);
    let severity = if found.certain {
        Severity::Error
    } else {
        Severity::Warning
    };
    sink.find(
        &CHECK,
        subject(Kind::ConfigMap, Some(NAMESPACE), CONFIG.0),
        if found.certain {
            format!("the Corefile forwards to {}, which is the DNS server itself", found.to)
        } else {
            format!("CoreDNS ends again and again, and forwards to {}: that may lead back to it", found.to)
        },
    )
    .severity(severity)
    .why("the plugin loop ends CoreDNS when its own query comes back; without the plugin it would ask itself until its memory is full")
    .see(corefile_line(found.at))
    .see(Evidence::raw(
        format!("Pod {NAMESPACE}/{}", name_of(&**pod)),
        ".status",
        words(pod),
    ))
    .fix("forward to DNS servers that are not in the cluster; where nodes have 127.0.0.53 in /etc/resolv.conf, let the kubelet's resolvConf be /run/systemd/resolve/resolv.conf")
    .run(format!("{kubectl} logs {} --previous --tail=20", quote(name_of(&**pod))))
    .run(corefile_command(case, "edit"))
    .done();
}

/// The addresses at which the server asks itself.
fn own_addresses(server: &Server) -> Vec<IpAddr> {
    let mut own = server.addresses();
    let pods = server.pods.iter().filter_map(|p| p.status.as_ref());
    own.extend(pods.filter_map(|s| s.pod_ip.as_ref()?.parse::<IpAddr>().ok()));
    own
}
