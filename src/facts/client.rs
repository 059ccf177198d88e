//! The user's request as any program on this machine makes it: with the proxies of the environment, this machine's trust, HTTP/2, and
//! redirects followed. What it gets is compared with what the direct probes got.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::exchange::{Connect, HttpAnswer};

/// The request: without a header of the user's, a cookie or a credential.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClientRequest {
    /// Over TLS.
    pub tls: bool,
    /// Host, with `:port` when it is not the scheme's default.
    pub host: String,
    /// Method: `GET` or `HEAD`.
    pub method: String,
    /// Path and query.
    pub path: String,
}

impl ClientRequest {
    /// Its URL.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.host, self.path)
    }
}

impl fmt::Display for ClientRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} as an ordinary client", self.method, self.url())
    }
}

/// How the request ended, after its redirects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientEnd {
    /// A response came.
    Response,
    /// The name of the host, or of the proxy before it, leads nowhere.
    NoName,
    /// No connection came about: to the proxy, where there is one, else to the host.
    NoConnection(Connect),
    /// The proxy does not open a way to the host.
    ProxyRefused,
    /// This machine does not trust the certificate; the text says why.
    NotTrusted(String),
    /// The TLS handshake failed otherwise; the text says how.
    NoTls(String),
    /// HTTP/2 was agreed on, and broke; the text says how.
    Http2(String),
    /// Nothing came within the time allowed.
    TimedOut,
    /// The connection ended before a response.
    Closed,
    /// The redirects do not end.
    Redirects,
    /// Something else.
    Other(String),
}

/// A proxy of the environment, without its user and password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProxyUsed {
    /// The variable that names it: `HTTPS_PROXY`.
    pub variable: String,
    /// `http://proxy.example.com:3128`.
    pub url: String,
    /// The variable that lists exceptions and does not name the host; none where there is no such variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceptions: Option<String>,
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirected {
    /// The status.
    pub status: u16,
    /// The URL that it leads to, without user, password and fragment; without its query where that is another host.
    pub to: String,
    /// The proxy by which it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyUsed>,
}

/// What an ordinary client gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientAnswer {
    /// How it ended.
    pub end: ClientEnd,
    /// The redirects before that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirected>,
    /// The proxy of the last request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<ProxyUsed>,
    /// `HTTP/2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The certificate that came from the host which was asked for first, be it trusted or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// The last response; what the proxy said, where that opens no way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<HttpAnswer>,
    /// Milliseconds it took.
    #[serde(default)]
    pub ms: u64,
}

impl ClientAnswer {
    /// The proxy of the first request.
    pub fn first_proxy(&self) -> Option<&ProxyUsed> {
        match self.redirects.first() {
            Some(first) => first.proxy.as_ref(),
            None => self.proxy.as_ref(),
        }
    }

    /// The last response, where the request ended in one.
    pub fn answered(&self) -> Option<&HttpAnswer> {
        let response = self.response.as_ref();
        response.filter(|_| self.end == ClientEnd::Response)
    }
}
