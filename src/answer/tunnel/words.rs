//! What the kubelet and the API server say about a connection that did not come about, made short and understood.

use crate::facts::{Connect, Exchange};

/// Characters of a text that are kept.
const LENGTH: usize = 300;

/// One line without what only the node knows: sandbox and namespace names.
pub(super) fn short(text: &str) -> String {
    // "error forwarding port 81 to pod 3f2a…, uid : failed to …"
    let text = match text.split_once(", uid ") {
        Some((_, rest)) => rest.split_once(':').map_or(rest, |(_, rest)| rest),
        None => text,
    };
    let mut kept = Vec::new();
    for word in text.split_whitespace() {
        let name = word.trim_matches(|c: char| matches!(c, '"' | '\'' | ',' | ':' | ';'));
        let is_id = name.len() >= 32 && name.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
        if !is_id && !name.contains("/netns/") {
            kept.push(word.to_owned());
        } else if let (Some(last), Some(mark)) = (
            kept.last_mut(),
            word.chars().last().filter(|c| matches!(c, ',' | ':')),
        ) {
            last.push(mark);
        }
    }
    let line = kept.join(" ");
    match line.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// What a text about a dial says of the one who was dialled; none when it speaks of something on the way to it.
pub(super) fn dial(text: &str) -> Option<Exchange> {
    let low = text.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|w| low.contains(w));
    // The container runtime or a proxy of the control plane, not the pod. A dial of ":8080" is one of nobody's address.
    if says(&["rpc error", "dial unix", ".sock:", "dial tcp :"]) {
        return None;
    }
    Some(
        if says(&["tls:", "tls handshake", "x509:", "to https client"]) {
            Exchange::NoTls(short(text))
        } else if says(&["refused"]) {
            Exchange::NoConnection(Connect::Refused)
        } else if says(&["no route to host", "is unreachable", "no such host"]) {
            Exchange::NoConnection(Connect::NoRoute)
        } else if says(&["timed out", "timeout", "deadline exceeded"]) {
            Exchange::NoConnection(Connect::TimedOut)
        } else if says(&["reset by peer", "broken pipe"]) || text.trim_end().ends_with("EOF") {
            Exchange::Closed
        } else if says(&["malformed http", "malformed mime", "http/0.9"]) {
            Exchange::NotHttp(short(text))
        } else if says(&["dial tcp", "connect(", "failed to connect"]) {
            Exchange::NoConnection(Connect::Other(short(text)))
        } else {
            return None;
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINERD: &str = "error forwarding port 81 to pod 0d1e3c5b7a9f0d1e3c5b7a9f0d1e3c5b7a9f0d1e3c5b7a9f0d1e3c5b7a9f0d1e, uid : failed to execute \
        portforward in network namespace \"/var/run/netns/cni-8a6c0c5e-1f\": failed to connect to localhost:81 inside namespace \
        \"0d1e3c5b7a9f0d1e3c5b7a9f0d1e3c5b7a9f0d1e3c5b7a9f0d1e3c5b7a9f0d1e\", IPv4: dial tcp4 127.0.0.1:81: connect: connection \
        refused IPv6 dial tcp6: address localhost: no suitable address found\n";

    #[test]
    fn what_only_the_node_knows_is_left_out() {
        assert_eq!(
            short(CONTAINERD),
            "failed to execute portforward in network namespace: failed to connect to localhost:81 inside namespace, IPv4: \
             dial tcp4 127.0.0.1:81: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found"
        );
        assert_eq!(short("a\n  b\t"), "a b");
        assert_eq!(short(&"ä".repeat(400)).chars().count(), LENGTH + 1);
    }

    #[test]
    fn a_dial_is_told_from_trouble_on_the_way() {
        let none = |connect| Some(Exchange::NoConnection(connect));
        for (text, expected) in [
            (CONTAINERD, none(Connect::Refused)),
            (
                "exit status 1: socat[12] E connect(5, AF=2 127.0.0.1:81, 16): Connection refused",
                none(Connect::Refused),
            ),
            (
                "dial tcp 10.244.0.11:8080: i/o timeout",
                none(Connect::TimedOut),
            ),
            (
                "dial tcp 10.244.0.11:8080: connect: no route to host",
                none(Connect::NoRoute),
            ),
            ("context deadline exceeded", none(Connect::TimedOut)),
            (
                "read tcp 10.0.0.1:1->10.244.0.11:80: read: connection reset by peer",
                Some(Exchange::Closed),
            ),
            ("EOF", Some(Exchange::Closed)),
            (
                "http: server gave HTTP response to HTTPS client",
                Some(Exchange::NoTls(
                    "http: server gave HTTP response to HTTPS client".to_owned(),
                )),
            ),
            (
                "dial tcp 127.0.0.1:81: connect: cannot assign requested address",
                none(Connect::Other(
                    "dial tcp 127.0.0.1:81: connect: cannot assign requested address".to_owned(),
                )),
            ),
            // None of these says anything about the pod's port.
            ("dial tcp :8080: connect: connection refused", None),
            ("unable to do port forwarding: socat not found", None),
            ("failed to find sandbox in store: not found", None),
            (
                "rpc error: code = Unavailable desc = dial unix /run/containerd/containerd.sock: connect: connection refused",
                None,
            ),
            ("No agent available", None),
            (
                "proxy error from 127.0.0.1:6443 while dialing 10.42.0.5:8080, code 502: 502 Bad Gateway",
                None,
            ),
        ] {
            assert_eq!(dial(text), expected, "{text}");
        }
    }
}
