//! One connection and one HTTP request over it: how they ended.

use serde::{Deserialize, Serialize};

/// How long the steps of an exchange took, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Until connected, or until the tunnel stood.
    pub connect: u64,
    /// The TLS handshake after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<u64>,
    /// From the request to the first bytes of the response.
    pub wait: u64,
}

/// How a connection attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connect {
    /// Connected.
    Connected,
    /// Refused: a RST came back.
    Refused,
    /// Nothing came back within the time allowed.
    TimedOut,
    /// Reset after it was accepted.
    Reset,
    /// This machine or a router on the way knows no route.
    NoRoute,
    /// Something else; the text is the operating system's.
    Other(String),
}

/// How an HTTP exchange ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exchange {
    /// A response came.
    Response,
    /// The TCP connection did not come about.
    NoConnection(Connect),
    /// The TLS handshake failed; the text says how.
    NoTls(String),
    /// Sent, and no response within the time allowed.
    TimedOut,
    /// The connection ended before a response.
    Closed,
    /// The response is not HTTP; the text says why.
    NotHttp(String),
}

/// What one HTTP request got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// How it ended.
    pub exchange: Exchange,
    /// Status code; 0 without a response. Of a gRPC call, which ends with 200 whatever came of it, the one that says what its
    /// `grpc-status` says.
    #[serde(default)]
    pub status: u16,
    /// Response headers that tell who answered, lower-case names. Tokens are left out; of `set-cookie` only that it came.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// Names of the other headers, lower-case, sorted: they tell answers apart. Their values are nobody's business.
    #[serde(
        default,
        rename = "otherHeaders",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub other_headers: Vec<String>,
    /// The first bytes of the body as text, for fingerprints only (at most 1 KiB).
    #[serde(default)]
    pub body: String,
    /// What the other end of a tunnel, or the API server, said when it could not get a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<String>,
    /// How long each step took; none without a response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// Milliseconds until the response's head was there.
    #[serde(default)]
    pub ms: u64,
}

impl HttpAnswer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
    }
}
