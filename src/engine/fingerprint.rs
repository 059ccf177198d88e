//! The fingerprint of an answer about the network, which is what it says apart from its clocks: two rounds with the same ones saw the
//! same network.

use std::net::IpAddr;

use crate::facts::{Answer, Edge, Facts, Gap, HttpAnswer, Question};

/// Whether every answer about the network that `now` holds says what `before` says.
pub(super) fn same(before: &Facts, now: &Facts) -> bool {
    now.questions()
        .filter(|question| question.edge() == Edge::Network)
        .all(|question| {
            let (then, now) = (fingerprint(before, question), fingerprint(now, question));
            then.is_some() && then == now
        })
}

fn fingerprint(facts: &Facts, question: &Question) -> Option<Result<Answer, Gap>> {
    match (facts.probe(question), facts.gap(question)) {
        (Ok(answer), _) => Some(Ok(reduce(answer))),
        (Err(_), Some(gap)) => Some(Err(gap.clone())),
        (Err(_), None) => None,
    }
}

/// Without times, and with lists whose order says nothing in one order.
fn reduce(answer: &Answer) -> Answer {
    let mut answer = answer.clone();
    match &mut answer {
        Answer::Dns(dns) => {
            dns.ms = 0;
            dns.negative_ttl = None;
            dns.records = Vec::new();
            sort(&mut dns.addresses);
        }
        Answer::Authority(authority) => {
            authority.ms = 0;
            authority.detail = None;
            for server in &mut authority.servers {
                server.records = Vec::new();
                sort(&mut server.addresses);
            }
            authority
                .servers
                .sort_by(|a, b| (&a.name, a.address).cmp(&(&b.name, b.address)));
        }
        Answer::Text { texts } => texts.sort_unstable(),
        Answer::Tcp(tcp) => tcp.ms = 0,
        Answer::Tls(tls) => tls.ms = 0,
        Answer::Http(http) => reduce_http(http),
        Answer::Client(client) => {
            client.ms = 0;
            client.response.iter_mut().for_each(reduce_http);
        }
        Answer::Object { .. }
        | Answer::Objects { .. }
        | Answer::Decoded(_)
        | Answer::Namespaces { .. }
        | Answer::ApiGroups { .. }
        | Answer::PodDns(_) => {}
    }
    answer
}

fn reduce_http(http: &mut HttpAnswer) {
    http.ms = 0;
    http.phases = None;
    http.body = String::new();
    // Who answers, not when and to whom.
    http.headers.retain(|(name, _)| name == "server");
}

fn sort(addresses: &mut [IpAddr]) {
    addresses.sort_unstable();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts(answer: &serde_json::Value) -> Facts {
        let mut facts = Facts::new();
        let to = ([203, 0, 113, 80], 443).into();
        let host = "a".to_owned();
        let answer: Answer = serde_json::from_value(answer.clone()).expect("an answer");
        let question = match &answer {
            Answer::Dns(_) => Question::Dns {
                name: host,
                via: None,
            },
            Answer::Tls(_) => Question::Tls { to, sni: host },
            Answer::Http(_) => Question::Http {
                to,
                tls: true,
                host,
                method: "GET".to_owned(),
                path: "/".to_owned(),
                headers: Vec::new(),
            },
            _ => Question::Tcp { to },
        };
        facts.insert(question, Ok(answer));
        facts
    }

    #[test]
    fn times_do_not_count_and_outcomes_do() {
        let http = |status: u16, ms: u64, date: &str| {
            json!({"answer": "http", "exchange": "response", "status": status, "ms": ms,
                "body": date, "headers": [["date", date]], "phases": {"connect": ms, "wait": ms}})
        };
        let dns = |addresses: &[&str], ttl: u32| {
            json!({"answer": "dns", "outcome": "found", "addresses": addresses, "ms": ttl,
                "records": [{"name": "a", "rtype": "A", "ttl": ttl, "data": "x"}]})
        };
        for (a, b, equal) in [
            (http(200, 1, "a"), http(200, 2, "b"), true),
            (http(200, 1, "a"), http(502, 1, "a"), false),
            (
                dns(&["192.0.2.1", "192.0.2.2"], 5),
                dns(&["192.0.2.2", "192.0.2.1"], 4),
                true,
            ),
            (dns(&["192.0.2.1"], 5), dns(&["192.0.2.2"], 5), false),
            (
                json!({"answer": "tcp", "connect": "connected", "ms": 1}),
                json!({"answer": "tcp", "connect": "refused", "ms": 1}),
                false,
            ),
            (
                json!({"answer": "tls", "handshake": "done", "ms": 1}),
                json!({"answer": "tls", "handshake": "done", "ms": 2}),
                true,
            ),
            (
                json!({"answer": "tls", "handshake": "done"}),
                json!({"answer": "tls", "handshake": {"alert": "x"}}),
                false,
            ),
        ] {
            assert_eq!(same(&facts(&a), &facts(&b)), equal, "{a} {b}");
        }
    }

    #[test]
    fn what_was_not_asked_before_differs() {
        let answer = json!({"answer": "tcp", "connect": "connected"});
        assert!(!same(&Facts::new(), &facts(&answer)));
        assert!(same(&facts(&answer), &Facts::new()));
        let mut gap = facts(&answer);
        let question = gap.questions().next().expect("one").clone();
        gap.insert(question, Err(Gap::TimedOut));
        assert!(!same(&facts(&answer), &gap));
        assert!(same(&gap, &gap));
    }
}
