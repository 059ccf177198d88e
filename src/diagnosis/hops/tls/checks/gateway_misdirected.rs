//! Hosts of a Gateway that browsers ask for over one connection, for one certificate covers them, while it keeps them apart.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject, subject_in};
use crate::diagnosis::request::attempt::Attempt;
use crate::facts::gateway::Condition;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-misdirected",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the listeners of the Gateway share a certificate or a host, by which browsers mix them up",
    explain: include_str!("gateway_misdirected.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(way), Some(found)) = (case.way(), case.entrance.route.found()) else {
        return;
    };
    let listener = found.listener.as_ref();
    let overlap = listener.and_then(|l| l.condition("OverlappingTLSConfig"));
    let overlap = overlap.filter(|c| Condition::is_true(c));
    let misdirected = |a: &Attempt| a.response().is_some_and(|r| r.status == 421);
    let said = case.attempts().iter().any(misdirected);
    if !case.https() || !case.settled() || !said && overlap.is_none() {
        return;
    }
    let host = &case.target.host;
    let gateway = crate::diagnosis::semantics::meta::label_of(&*way.gateway);
    let title = if said {
        format!("{gateway} answers that {host} came by the connection of another host (421)")
    } else {
        format!("{gateway} has other hosts at the port with the same certificate as {host}")
    };
    let subject = listener.map_or_else(|| host_subject(host), |l| subject_in(&l.place));
    let severity = if said {
        Severity::Error
    } else {
        Severity::Info
    };
    sink.find(&CHECK, subject, title)
        .severity(severity)
        .why(if said {
            "the Gateway has chosen a listener by the server name of the connection, and the host of the request belongs to another one: something in between uses one connection for several hosts, or the listeners cannot be told apart"
        } else {
            "a browser that has a connection to another host of the certificate sends requests for this one there, and the Gateway answers 421, or 404 for the other listener; curl and whoever opens a connection for each host gets through"
        })
        .see_all(listener.zip(overlap).map(|(l, c)| {
            let path = format!(
                ".status.listeners[{}].conditions[OverlappingTLSConfig]",
                l.spec.name
            );
            Evidence::raw(l.place.declared.label(), path, c.words())
        }))
        .see_all(case.request_lines())
        .look("give the hosts certificates that do not cover one another, or put them behind one listener; see which hosts share one")
        .run(format!(
            "{} get gateway {} -o yaml",
            case.settings.kubectl_in(way.namespace()),
            crate::diagnosis::shell::quote(way.name())
        ))
        .done();
}
