//! A request over TLS to a Gateway that has no listener for it, or one without to a Gateway that has only such.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject, subject_of};
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::hops::route::Route;
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::host::gateway_host_matches;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::shell::patch;
use crate::report::{Evidence, Hop, Severity};
use crate::target::Request;
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-http-only",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no listener of the Gateway takes the request in its scheme",
    explain: include_str!("gateway_http_only.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(way), Some(found), Some(request)) = (
        case.way(),
        case.entrance.route.found(),
        &case.journey.request,
    ) else {
        return;
    };
    if !case.settled() {
        return;
    }
    if found.listener.is_some() {
        return by_section(case, way, found, request, sink);
    }
    let tls = |protocol: &str| matches!(protocol, "HTTPS" | "TLS");
    let host = &request.host;
    let covering = way.listeners.iter().filter(|l| l.covers(host));
    let mut in_scheme = covering
        .clone()
        .filter(|l| tls(&l.spec.protocol) == request.https);
    // One that takes it at another port is told by the port; without any that covers the host the hostname is what is wrong.
    if in_scheme.next().is_some() || covering.clone().next().is_none() {
        return;
    }
    let label = label_of(&*way.gateway);
    let scheme = if request.https { "https" } else { "http" };
    let port = if way.make.ways().ports_of_pods {
        8443
    } else {
        443
    };
    let kubectl = case.settings.kubectl_in(way.namespace());
    let draft = sink
        .find(
            &CHECK,
            subject_of(&*way.gateway),
            format!("{label} has no listener that takes {host} over {scheme}"),
        )
        .severity(super::unless_answered(case))
        .why(if request.https {
            "nobody ends TLS for the host: the handshake fails, or shows another one's certificate"
        } else {
            "the Gateway takes the host over TLS alone"
        })
        .see_all(covering.take(4).map(|l| {
            let said = format!("{} at port {}", l.spec.protocol, l.spec.port);
            Evidence::raw(l.place.declared.label(), l.place.field(), said)
        }))
        .see_all(case.request_lines());
    if request.https {
        let listener = json!({"name": "https", "port": port, "protocol": "HTTPS", "hostname": host,
            "tls": {"certificateRefs": [{"name": "SECRET"}]}});
        draft
            .fix("add an HTTPS listener with the certificate's Secret in place of SECRET")
            .run(patch::add(
                &kubectl,
                crate::facts::Kind::Gateway,
                way.name(),
                "/spec/listeners/-",
                &listener,
            ))
            .done();
    } else {
        draft
            .fix(format!(
                "ask for https://{host}/, or add an HTTP listener, with a route that redirects"
            ))
            .done();
    }
}

/// A listener takes it, and the host's routes are at listeners of the other scheme alone.
fn by_section(case: &Case, way: &Way, found: &Route, request: &Request, sink: &mut Sink) {
    let resolution = &found.resolution;
    let undecided = resolution.approximate.is_some() || resolution.doubt.is_some();
    if resolution.winner().is_some() || resolution.redirect.is_some() || undecided {
        return;
    }
    let covers = |hosts: &[String]| hosts.iter().any(|h| gateway_host_matches(h, &request.host));
    let mut attached = way
        .attached()
        .filter(|(.., hosts)| covers(hosts))
        .peekable();
    if attached.peek().is_none() {
        return;
    }
    let secure = |at: usize| matches!(&*way.listeners[at].spec.protocol, "HTTPS" | "TLS");
    let mut others = Vec::new();
    for (route, at, _) in attached {
        if secure(at) == request.https {
            return;
        }
        others.push((route, &way.listeners[at]));
    }
    let Some((route, listener)) = others.first() else {
        return;
    };
    let (scheme, other) = if request.https {
        ("https", "http")
    } else {
        ("http", "https")
    };
    let declared = Declared::Route((*route).clone());
    let label = declared.label();
    let mut draft = sink
        .find(
            &CHECK,
            subject(declared.kind(), Some(declared.namespace()), declared.name()),
            format!("{label} is for {other} alone: it is at no listener that takes {scheme}"),
        )
        .severity(super::unless_answered(case))
        .why("what no route at the listener takes is answered with 404 by the Gateway itself");
    for (route, listener) in others.iter().take(4) {
        draft = draft.see(Evidence::raw(
            Declared::Route((*route).clone()).label(),
            ".spec.parentRefs",
            format!("listener {}", listener.words()),
        ));
    }
    draft
        .see_all(case.request_lines())
        .fix(format!(
            "name a listener for {scheme} beside {}, or no listener at all, in .spec.parentRefs of {label}",
            listener.spec.name
        ))
        .done();
}
