//! How a probe ended, in words.

use crate::facts::{Connect, DnsOutcome, Exchange, HttpAnswer};

/// How a lookup ended, as evidence writes it.
pub const fn outcome_words(outcome: DnsOutcome) -> &'static str {
    match outcome {
        DnsOutcome::Found => "found",
        DnsOutcome::NxDomain => "NXDOMAIN",
        DnsOutcome::NoData => "no A or AAAA record",
        DnsOutcome::ServFail => "SERVFAIL",
        DnsOutcome::TimedOut => "no answer",
    }
}

/// A connection's outcome in words.
pub fn connect_words(connect: &Connect, ms: u64) -> String {
    match connect {
        Connect::Connected => format!("connected in {ms} ms"),
        Connect::Refused => "refused".to_owned(),
        Connect::TimedOut => format!("no answer within {}", seconds(ms)),
        Connect::Reset => "reset".to_owned(),
        Connect::NoRoute => "no route".to_owned(),
        Connect::Other(why) => why.clone(),
    }
}

/// How an exchange ended, in words; `author` says who wrote the response: `by Traefik`.
pub fn exchange_words(answer: &HttpAnswer, author: Option<&str>) -> String {
    let words = match &answer.exchange {
        Exchange::Response => {
            let author = author.map(|a| format!(" {a}")).unwrap_or_default();
            format!("{}{author}, {} ms", answer.status, answer.ms)
        }
        Exchange::NoConnection(connect) => connect_words(connect, answer.ms),
        Exchange::NoTls(why) => format!("no TLS: {why}"),
        Exchange::TimedOut => format!("connected, no response within {}", seconds(answer.ms)),
        Exchange::Closed => "the connection was closed before a response".to_owned(),
        Exchange::NotHttp(why) => format!("not HTTP: {why}"),
    };
    match (&answer.exchange, &answer.tunnel) {
        // The far end's words add nothing to a plain outcome.
        (Exchange::NoConnection(Connect::Other(_)), Some(said)) if !words.contains(said) => {
            format!("{words} ({said})")
        }
        _ => words,
    }
}

fn seconds(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}
