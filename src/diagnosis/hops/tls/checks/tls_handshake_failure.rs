//! The handshake does not come about.

use crate::diagnosis::checks::causes::{
    NO_CLASS, NO_CONTROLLER, NO_GATEWAY, NO_SECRET, WRONG_ADDRESS,
};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::hops::tls::wants_client_certificate;
use crate::facts::Handshake;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-handshake-failure",
    hop: Hop::Tls,
    severity: Severity::Error,
    title: "the TLS handshake fails",
    explain: include_str!("tls_handshake_failure.md"),
    symptom_of: &[
        WRONG_ADDRESS,
        NO_CONTROLLER,
        &["lb-proxy-protocol-mismatch", "lb-port-map"],
        NO_SECRET,
        NO_CLASS,
        NO_GATEWAY,
        &[
            "ctl-not-installed",
            "host-no-rule",
            "listener-conflicted",
            "route-no-matching-listener-hostname",
        ],
    ],
    run: Run::Entrance(run),
};

/// What an ending says.
struct Meaning {
    title: String,
    why: &'static str,
    fix: &'static str,
}

fn run(case: &Case, sink: &mut Sink) {
    let Some(tls) = super::settled(case) else {
        return;
    };
    let Some((to, handshake, meaning)) = tls
        .handshakes
        .iter()
        .find_map(|(to, t)| Some((*to, &t.handshake, meaning(case, &t.handshake)?)))
    else {
        return;
    };
    let works_somewhere = tls
        .handshakes
        .iter()
        .any(|(_, t)| t.handshake == Handshake::Done);
    let severity = match works_somewhere {
        _ if wants_client_certificate(handshake) => Severity::Info,
        // Many clients get through.
        _ if handshake.is_too_large() => Severity::Warning,
        true => Severity::Warning,
        false => Severity::Error,
    };
    let words = match handshake {
        Handshake::Alert(name) => format!("refused with alert {name}"),
        Handshake::NotTls(bytes) => format!("not TLS: {bytes}"),
        Handshake::TimedOut => "no answer to the handshake".to_owned(),
        Handshake::Closed => "closed during the handshake".to_owned(),
        Handshake::Other(why) => why.clone(),
        Handshake::Done | Handshake::NoConnection(_) => return,
    };
    sink.find(&CHECK, host_subject(&case.target.host), meaning.title)
        .severity(severity)
        .why(meaning.why)
        .see(case.evidence(&case.tls_question(to), words))
        .see(super::passthrough_line(case))
        .see_all(tls.passed_on.then(|| case.inside_lines(Hop::Pod)).into_iter().flatten())
        .fix(if tls.passed_on {
            "TLS goes to the pods as it comes: see whether they speak it on that port, and their log"
        } else {
            meaning.fix
        })
        .done();
}

fn meaning(case: &Case, handshake: &Handshake) -> Option<Meaning> {
    let host = &case.target.host;
    let controller = case.entrance.controller.found();
    let make = controller.map_or_else(Make::nobody, |c| Make::clone(&c.make));
    let of = |title: String, why, fix| Some(Meaning { title, why, fix });
    match handshake {
        h if wants_client_certificate(h) => of(
            format!("{host} wants a certificate of the client"),
            "mutual TLS is asked for, and hops has no certificate to show; who has one may get through",
            "ask with a client certificate: curl --cert FILE --key FILE",
        ),
        Handshake::Alert(name) => match name.as_str() {
            "protocol_version" => of(
                format!("{host} speaks no version of TLS that this machine does"),
                "hops speaks TLS 1.2 and 1.3, and the other side neither",
                "let the controller or load balancer take TLS 1.2 or 1.3",
            ),
            "unrecognized_name" => of(
                format!("nobody there has a certificate for {host}"),
                if case.entrance.passes_tls() {
                    "the pods have no certificate for the name"
                } else {
                    make.why_unrecognized_name()
                },
                "see whether the Secret of the TLS entry exists and carries the name",
            ),
            "handshake_failure" => of(
                format!("{host} and this machine have no cipher in common"),
                "the server finds no cipher suite, curve or kind of certificate that both sides can use",
                "compare the controller's TLS options with its certificate; an old cipher list is the usual reason",
            ),
            "internal_error" => of(
                format!("{host} fails inside the TLS handshake"),
                "the server has no certificate at all, or cannot use the one it has",
                "see the log of what ends TLS",
            ),
            _ => of(
                format!("{host} refuses the TLS handshake with alert {name}"),
                "the server ends the handshake",
                "see the log of what ends TLS",
            ),
        },
        Handshake::Closed => of(
            format!("the connection to {host} is closed during the TLS handshake"),
            "something takes the connection and drops it when TLS begins",
            "see which port of the controller the load balancer goes to, and whether one side alone speaks the PROXY protocol",
        ),
        Handshake::TimedOut => of(
            format!("{host} does not answer the TLS handshake"),
            "something takes the connection and says nothing",
            "see whether the load balancer has a healthy target behind it, and which port it goes to",
        ),
        // Plain HTTP has a name of its own.
        Handshake::NotTls(bytes) if !bytes.starts_with("HTTP/") => of(
            format!("{host} does not speak TLS on this port"),
            "what comes back is another protocol",
            "see where the port leads",
        ),
        h if h.is_too_large() => of(
            format!("{host} shows a certificate chain that is too large for some clients"),
            "each client has a limit for what the other side shows: OpenSSL's is 100 KiB, Go's 256 KiB, that of hops 64 KiB; what happens behind it could not be tried",
            "serve the certificate with those above it that clients lack and no others, and part one with thousands of names",
        ),
        Handshake::Other(_) => of(
            format!("the TLS handshake with {host} fails"),
            "both sides do not understand each other",
            "see the log of what ends TLS",
        ),
        Handshake::Done | Handshake::NotTls(_) | Handshake::NoConnection(_) => None,
    }
}
