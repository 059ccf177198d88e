//! One HTTP request, whole: what a controller decides by.

use super::Header;

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
    /// The URL; the port is left out where it is the scheme's own.
    pub fn url(&self) -> String {
        self.url_of(&self.host, &self.path)
    }

    /// The URL of another host and path, asked in the same way.
    pub fn url_of(&self, host: &str, path: &str) -> String {
        let (scheme, default) = if self.https {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if self.port == default {
            format!("{scheme}://{host}{path}")
        } else {
            format!("{scheme}://{host}:{}{path}", self.port)
        }
    }

    /// The path without the query.
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
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
