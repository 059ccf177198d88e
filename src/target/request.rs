//! One HTTP request, whole: what a controller decides by.

use super::Header;

/// The port that a scheme means where none is given.
pub const fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

/// Host and port as URLs and the `Host` header write them: without the port where it is the scheme's own.
pub fn authority(https: bool, host: &str, port: u16) -> String {
    // The address of a URL or a header stands in brackets where colons are in it.
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    if port == default_port(https) {
        host
    } else {
        format!("{host}:{port}")
    }
}

/// A URL.
pub fn url(https: bool, host: &str, port: u16, path: &str) -> String {
    let scheme = if https { "https" } else { "http" };
    format!("{scheme}://{}{path}", authority(https, host, port))
}

/// Whether a method changes nothing, so that asking once more does no harm.
pub fn is_repeatable(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// Whether the headers are those of a gRPC call (gRPC over HTTP2, "Requests").
pub fn is_call(headers: &[Header]) -> bool {
    let mut kinds = headers.iter().filter(|h| h.is("content-type"));
    kinds.any(|h| h.value().is_some_and(|v| v.starts_with("application/grpc")))
}

/// The user's request, once the scheme is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Host name in lower case.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Over TLS.
    pub https: bool,
    /// `GET`.
    pub method: String,
    /// Path and query, beginning with `/`.
    pub path: String,
    /// Headers that the user adds.
    pub headers: Vec<Header>,
}

impl Request {
    /// Its URL.
    pub fn url(&self) -> String {
        url(self.https, &self.host, self.port, &self.path)
    }

    /// The path without the query.
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }

    /// Whether it may be sent to others, too, and more than once: only methods that change nothing (RFC 9110 §9.2.1) may.
    pub fn is_repeatable(&self) -> bool {
        is_repeatable(&self.method)
    }

    /// The value of a header, whatever the case of its name; none where a recording hides it.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|h| h.is(name))?.value()
    }

    /// The first value of a cookie (RFC 6265, 4.2.1), whatever the case of its name.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().flat_map(Header::cookies);
        all.find(|(n, _)| n.eq_ignore_ascii_case(name))?.1
    }
}
