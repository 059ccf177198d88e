//! The scheme does not fit the port: plain HTTP where TLS is asked for, or TLS where plain HTTP is.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::request::attempt::Attempt;
use crate::facts::{Exchange, Handshake};
use crate::report::{Evidence, Hop, Severity};

/// How nginx and Go servers answer plain HTTP on a port for TLS.
const WANTS_TLS: &[&str] = &[
    "The plain HTTP request was sent to HTTPS port",
    "Client sent an HTTP request to an HTTPS server",
];

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-plain-http-on-443",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the port speaks the other scheme: plain HTTP for https, or TLS for http",
    explain: include_str!("tls_plain_http_on_443.md"),
    symptom_of: &[
        WRONG_ADDRESS,
        &["lb-port-map", "lb-proxy-protocol-mismatch"],
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    if !case.settled() {
        return;
    }
    let https = case.https();
    let crossed: Vec<(&Attempt, Evidence)> = case
        .attempts()
        .iter()
        .filter_map(|k| Some((k, other_scheme(case, k, https)?)))
        .collect();
    let Some((first, _)) = crossed.first() else {
        return;
    };
    let severity = if crossed.len() == case.attempts().len() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let (title, why) = if https {
        (
            format!("{} speaks plain HTTP, not TLS", first.to),
            "the handshake is answered with an HTTP response, so no https client gets through",
        )
    } else {
        (
            format!("{} speaks TLS, not plain HTTP", first.to),
            "the plain request arrives where a TLS handshake is expected",
        )
    };
    let port = first.to.port();
    let mut draft = sink
        .find(&CHECK, host_subject(&case.target.host), title)
        .severity(severity)
        // Without TLS there is no such hop: it is the way in that is wrong.
        .at(if https { Hop::Tls } else { Hop::LoadBalancer })
        .why(why);
    for (_, line) in crossed {
        draft = draft.see(line);
    }
    if https && case.entrance.passes_tls() {
        let pods = case.backends().flat_map(|b| &b.at_pods.pods).take(1);
        let lines: Vec<Evidence> = pods
            .filter_map(|p| p.other_protocol.as_ref())
            .filter_map(|a| a.evidence(case))
            .collect();
        return draft
            .see(super::passthrough_line(case))
            .see_all(lines)
            .fix("lead the rule to a port on which the pods speak TLS; or let the controller end TLS: take the annotation away")
            .done();
    }
    draft
        .look(format!("see where port {port} leads: the targetPort of the Service before the controller, and the protocol of the load balancer's listener"))
        .done();
}

fn other_scheme(case: &Case, attempt: &Attempt, https: bool) -> Option<Evidence> {
    if https {
        let tls = attempt.tls.as_ref().ok()?;
        let Handshake::NotTls(bytes) = &tls.handshake else {
            return None;
        };
        let line = format!("answered in plain text: {bytes}");
        return bytes
            .starts_with("HTTP/")
            .then(|| case.evidence(&case.tls_question(attempt.to), line));
    }
    let answer = *attempt.http.as_ref().ok()?;
    let speaks_tls = match &answer.exchange {
        Exchange::NotHttp(why) => why == "it speaks TLS",
        Exchange::Response => {
            answer.status == 400 && WANTS_TLS.iter().any(|w| answer.body.contains(w))
        }
        _ => false,
    };
    speaks_tls.then(|| attempt.http_line(case, https)).flatten()
}
