//! What a walk asked, as data for people: which hop wanted it, from where, and what came of it in a few words.

use crate::diagnosis::semantics::words::{
    client_words, connect_words, exchange_words, outcome_words, reply_words,
};
use crate::diagnosis::shell::reproduce;
use crate::facts::{
    Answer, Connect, DnsOutcome, Edge, Facts, Handshake, Question, TlsAnswer, Unknown,
};
use crate::report::{Asked, Hop, Outcome, Vantage};

/// The hop that a question belongs to: packets to the hop that they prove something about, objects to the hop that reads them.
pub(in crate::diagnosis) fn hop_of(question: &Question, reader: Hop) -> Hop {
    match question {
        Question::Dns { .. } | Question::DnsAuthority { .. } | Question::DnsText { .. } => Hop::Dns,
        Question::Tcp { .. } => Hop::LoadBalancer,
        Question::Tls { .. } | Question::PodTls { .. } => Hop::Tls,
        // The user's own request, end to end.
        Question::Http { .. } | Question::Client(_) => Hop::User,
        _ => reader,
    }
}

/// One question with what is known of it.
pub(in crate::diagnosis) fn asked(
    facts: &Facts,
    hop: Hop,
    question: &Question,
    kubectl: &str,
) -> Asked {
    let (outcome, clock) = match facts.count(question) {
        Some(Ok(count)) => (Outcome::Answered(count_words(question, count)), None),
        Some(Err(gap)) => (Outcome::Gap(gap.to_string()), None),
        None => match facts.probe(question) {
            Ok(answer) => (Outcome::Answered(words(answer)), clock(answer)),
            Err(Unknown::Gap(gap)) => (Outcome::Gap(gap.to_string()), None),
            Err(Unknown::Waiting) => (Outcome::Waiting, None),
        },
    };
    Asked {
        hop,
        vantage: vantage(question),
        what: question.to_string(),
        outcome,
        ms: clock.or_else(|| facts.took(question)),
        reproduce: reproduce::command(question, kubectl),
    }
}

fn vantage(question: &Question) -> Vantage {
    match (question, question.edge()) {
        (_, Edge::Objects) => Vantage::Objects,
        (_, Edge::Network) => Vantage::Here,
        (Question::Proxy { .. }, _) => Vantage::ApiServer,
        (_, Edge::Tunnel) => Vantage::Pod,
    }
}

fn count_words(question: &Question, count: usize) -> String {
    match (question, count) {
        (Question::Get { .. }, 0) => "not found".to_owned(),
        (Question::Get { .. }, _) => "found".to_owned(),
        (_, 0) => "none".to_owned(),
        (_, count) => format!("{count} found"),
    }
}

/// The probe's own clock.
fn clock(answer: &Answer) -> Option<u64> {
    match answer {
        Answer::Dns(a) => Some(a.ms),
        Answer::Tcp(a) => Some(a.ms),
        Answer::Tls(a) => Some(a.ms),
        Answer::Http(a) => Some(a.ms),
        Answer::Client(a) => Some(a.ms),
        Answer::Authority(a) => Some(a.ms),
        Answer::PodDns(a) => Some(a.ms),
        Answer::Text { .. }
        | Answer::Namespaces { .. }
        | Answer::ApiGroups { .. }
        | Answer::Object { .. }
        | Answer::Objects { .. }
        | Answer::Decoded(_) => None,
    }
}

fn words(answer: &Answer) -> String {
    match answer {
        Answer::Dns(a) => match a.outcome {
            DnsOutcome::Found => list(&a.addresses),
            outcome => outcome_words(outcome).to_owned(),
        },
        Answer::Authority(a) => match a.servers.first() {
            Some(server) if server.outcome == DnsOutcome::Found => format!(
                "{} by {}, zone {}",
                list(&server.addresses),
                server.name,
                a.zone
            ),
            Some(server) => format!("{} by {}", outcome_words(server.outcome), server.name),
            None => a.detail.clone().unwrap_or_else(|| "no server".to_owned()),
        },
        Answer::Text { texts: all } | Answer::Namespaces { namespaces: all } => {
            match all.as_slice() {
                [] => "none".to_owned(),
                all => all.join(", "),
            }
        }
        Answer::ApiGroups { groups } => format!("{} found", groups.len()),
        Answer::Tcp(a) => connect_words(&a.connect, a.ms),
        Answer::Tls(a) => tls_words(a),
        Answer::Http(a) => exchange_words(a, None),
        Answer::Client(a) => client_words(a),
        Answer::PodDns(a) => {
            let replies: Vec<String> = a.replies.iter().map(reply_words).collect();
            replies.join("; ")
        }
        Answer::Object { .. } | Answer::Objects { .. } | Answer::Decoded(_) => String::new(),
    }
}

fn tls_words(answer: &TlsAnswer) -> String {
    match &answer.handshake {
        Handshake::Done => {
            let leaf = answer.chain.first();
            let subject = leaf.map(|c| format!("certificate of {}", c.subject));
            let protocol = answer.protocol.clone();
            let parts: Vec<String> = subject.into_iter().chain(protocol).collect();
            match &answer.refused {
                Some(why) => format!("{}; not accepted: {why}", parts.join(", ")),
                None => parts.join(", "),
            }
        }
        Handshake::NoConnection(Connect::TimedOut) => "no connection".to_owned(),
        Handshake::NoConnection(connect) => connect_words(connect, answer.ms),
        Handshake::Alert(alert) => format!("alert {alert}"),
        Handshake::NotTls(_) => "not TLS".to_owned(),
        Handshake::TimedOut => "connected, then silence".to_owned(),
        Handshake::Closed => "closed during the handshake".to_owned(),
        Handshake::Other(why) => why.clone(),
    }
}

fn list(addresses: &[std::net::IpAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    all.join(", ")
}
