//! What makes a request a gRPC call (gRPC over HTTP2, "Requests"), and what its end says in words of HTTP.

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderName};

/// How a call ended; in the head of the response, or after its body.
pub(super) const STATUS: HeaderName = HeaderName::from_static("grpc-status");
/// More of that, for a person.
pub(super) const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Whether a request with these headers is a call.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.map(|v| v.as_bytes().to_ascii_lowercase());
    kind.is_some_and(|v| {
        v.starts_with(b"application/grpc") && !v.starts_with(b"application/grpc-web")
    })
}

/// The status of HTTP that says what a call's end says, and the words beside it. None of a response that is no end of a call.
///
/// Proxies turn their own statuses into those of gRPC (Envoy, source/common/grpc/status.cc). An application that does not know the
/// method, or misses the message of a probe (`EOF` in Go), answers all the same; a proxy that knows no route says so without words.
pub(super) fn end(http: u16, headers: &HeaderMap) -> Option<(u16, String)> {
    let number = headers.get(STATUS)?.to_str().ok()?.parse::<u16>().ok()?;
    let message = headers.get(MESSAGE).map(|v| v.as_bytes().to_vec());
    let message = unescaped(&message.unwrap_or_default());
    let status = match number {
        _ if http != 200 => http,
        12 if message.is_empty() => 404,
        0 | 12 | 13 => 200,
        2 if message == "EOF" => 200,
        1 => 499,
        3 | 9 | 11 => 400,
        4 => 504,
        5 => 404,
        6 | 10 => 409,
        7 => 403,
        8 => 429,
        14 => 503,
        16 => 401,
        _ => 500,
    };
    Some((status, message))
}

/// A message without its percent signs (gRPC over HTTP2, "Status-Message").
fn unescaped(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).and_then(|h| std::str::from_utf8(h).ok());
        let byte = hex.filter(|_| *first == b'%');
        let byte = byte.and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_end_of_a_call_reads_as_a_status_of_http() {
        let cases = [
            ("0", "", Some((200, ""))),
            (
                "12",
                "unknown service shop.Cart",
                Some((200, "unknown service shop.Cart")),
            ),
            ("12", "", Some((404, ""))),
            ("13", "missing message", Some((200, "missing message"))),
            (
                "14",
                "no healthy upstream",
                Some((503, "no healthy upstream")),
            ),
            (
                "7",
                "RBAC%3A access denied%",
                Some((403, "RBAC: access denied%")),
            ),
            ("2", "boom", Some((500, "boom"))),
            ("2", "EOF", Some((200, "EOF"))),
            ("none", "", None),
        ];
        for (status, message, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(STATUS, HeaderValue::from_str(status).expect("a value"));
            if !message.is_empty() {
                headers.insert(MESSAGE, HeaderValue::from_str(message).expect("a value"));
            }
            let expected = expected.map(|(s, m)| (s, m.to_owned()));
            assert_eq!(end(200, &headers), expected, "{status} {message}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(end(404, &headers), None);
        headers.insert(STATUS, HeaderValue::from_static("12"));
        assert_eq!(end(415, &headers).map(|e| e.0), Some(415));
    }
}
