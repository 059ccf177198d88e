//! The user's request, tried: at the addresses it goes to, through redirects, and put straight into pods; and where it dies.

pub mod attempt;
pub mod bisect;
pub mod inside;
pub mod redirects;

/// The way in: port, and whether over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// TCP port.
    pub port: u16,
    /// TLS.
    pub https: bool,
}

impl Way {
    /// The URL of a host and path; the port is left out where it is the scheme's own.
    pub fn url(&self, host: &str, path: &str) -> String {
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
}
