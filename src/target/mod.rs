//! What was asked: a host name or URL, made exact. Parsing is strict, so that a typo is an error and not a walk to nowhere.

pub mod call;
mod header;
pub mod queries;
pub mod request;
pub mod secrecy;

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use thiserror::Error;
use url::{Host, Url};

pub use call::{Call, Caller, PortCalled, Transport};
pub use header::Header;
pub use queries::Queries;
pub use request::Request;

/// Why the words on the command line are no target.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TargetError {
    /// Nothing, or only blanks.
    #[error("the target is empty: give a host name or URL, such as shop.example.com/cart")]
    Empty,
    /// Blanks inside.
    #[error("{0:?} is no host name: it contains a space")]
    Space(String),
    /// What calls is none of the things that can.
    #[error("{0}")]
    Caller(String),
    /// A scheme hops cannot walk.
    #[error("{url:?}: scheme {scheme:?} is not supported: use http or https")]
    Scheme {
        /// What was given.
        url: String,
        /// Its scheme.
        scheme: String,
    },
    /// User and password in the URL, which the message does not repeat.
    #[error(
        "the URL of {0:?} carries a user name or password: leave it out, probes never send credentials"
    )]
    Credentials(String),
    /// Not a host name.
    #[error("{given:?} is no host name: {why}")]
    Host {
        /// What was given.
        given: String,
        /// Why not.
        why: String,
    },
}

/// The scheme, as far as the user said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http://` was given.
    Http,
    /// `https://` was given.
    Https,
    /// Not given: https if a TLS entry covers the host, else http.
    Auto,
}

/// One request to walk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Host in lower-case ASCII (IDNA), without a trailing dot; or an address, without brackets.
    pub host: String,
    /// Scheme.
    pub scheme: Scheme,
    /// Port, when given.
    pub port: Option<u16>,
    /// Path and query, starting with `/`.
    pub path: String,
    /// Who calls it from inside the cluster; none of a request from outside.
    pub call: Option<Box<Call>>,
}

impl Target {
    /// Reads `shop.example.com`, `shop.example.com:8443/cart?x=1` or a URL; and what a pod calls, as [`call::one_word`] writes it.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TargetError::Empty);
        }
        if let Some(call) = call::of_word(text) {
            return call;
        }
        if text.chars().any(char::is_whitespace) {
            return Err(TargetError::Space(text.to_owned()));
        }
        let host_error = |why: String| TargetError::Host {
            given: text.to_owned(),
            why,
        };
        let (scheme, with_scheme) = match text.split_once("://") {
            Some((s, _)) if s.eq_ignore_ascii_case("http") => (Scheme::Http, text.to_owned()),
            Some((s, _)) if s.eq_ignore_ascii_case("https") => (Scheme::Https, text.to_owned()),
            Some((s, _)) => {
                return Err(TargetError::Scheme {
                    url: text.to_owned(),
                    scheme: s.to_owned(),
                });
            }
            None => {
                // An address alone needs no brackets.
                match text.parse::<Ipv6Addr>() {
                    Ok(ip) => (Scheme::Auto, format!("http://[{ip}]")),
                    Err(_) => (Scheme::Auto, format!("http://{text}")),
                }
            }
        };
        if let Some((_, host)) = authority(&with_scheme).rsplit_once('@') {
            return Err(TargetError::Credentials(host.to_owned()));
        }
        // The URL type drops a port that is its scheme's default; what the user typed counts here.
        let port = explicit_port(&with_scheme).map_err(host_error)?;
        let url = Url::parse(&with_scheme).map_err(|e| host_error(e.to_string()))?;
        let host = match url.host() {
            Some(Host::Domain(d)) => d.trim_end_matches('.').to_ascii_lowercase(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err(host_error("it has no host".to_owned())),
        };
        if host.parse::<IpAddr>().is_err() {
            check_host(&host).map_err(host_error)?;
        }
        let path = url.query().map_or_else(
            || url.path().to_owned(),
            |query| format!("{}?{query}", url.path()),
        );
        let scheme = match (scheme, port) {
            (Scheme::Auto, Some(443)) => Scheme::Https,
            (Scheme::Auto, Some(80)) => Scheme::Http,
            (s, _) => s,
        };
        Ok(Self {
            host,
            scheme,
            port,
            path,
            call: None,
        })
    }

    /// The address, where one stands in place of a name: only rules without a host and default backends answer to it.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The path without its query.
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or("/")
    }
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, r)| r);
    rest.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

fn explicit_port(url: &str) -> Result<Option<u16>, String> {
    let authority = authority(url);
    let after_host = authority.rsplit_once(']').map_or(authority, |(_, r)| r);
    match after_host.rsplit_once(':') {
        None | Some((_, "")) => Ok(None),
        Some((_, digits)) => match digits.parse::<u32>() {
            Ok(p @ 1..=65535) => Ok(u16::try_from(p).ok()),
            _ => Err(format!("port {digits:?} is not between 1 and 65535")),
        },
    }
}

/// RFC 1035 lengths and RFC 1123 letters; underscores are let through, as resolvers do.
fn check_host(host: &str) -> Result<(), String> {
    if host.len() > 253 {
        return Err("it is longer than 253 characters".to_owned());
    }
    for label in host.split('.') {
        if label.is_empty() {
            return Err("it has an empty label (two dots in a row)".to_owned());
        }
        if label.len() > 63 {
            return Err(format!("label {label:?} is longer than 63 characters"));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(format!("label {label:?} begins or ends with '-'"));
        }
        if let Some(bad) = label
            .chars()
            .find(|c| !c.is_ascii_alphanumeric() && *c != '-' && *c != '_')
        {
            return Err(if bad == '*' {
                "a wildcard stands for many names: give one of them".to_owned()
            } else {
                format!("{bad:?} is not allowed in a host name")
            });
        }
    }
    Ok(())
}

/// `--resolve HOST:PORT:ADDR`, as curl has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveOverride {
    /// The name it is for.
    pub host: String,
    /// Where to connect instead.
    pub to: SocketAddr,
}

impl ResolveOverride {
    /// Reads curl's form; IPv6 addresses may stand in brackets.
    ///
    /// # Errors
    /// One sentence that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!(
                "{text:?}: expected HOST:PORT:ADDRESS, such as shop.example.com:443:203.0.113.80"
            )
        };
        let mut parts = text.splitn(3, ':');
        let (Some(host), Some(port), Some(addr)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(bad());
        };
        let port: u16 = port.parse().map_err(|_| bad())?;
        let addr: IpAddr = addr.trim_matches(['[', ']']).parse().map_err(|_| bad())?;
        let host = Target::parse(host).map_err(|e| e.to_string())?.host;
        Ok(Self {
            host,
            to: SocketAddr::new(addr, port),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        Target::parse(text).expect(text)
    }

    #[test]
    fn reads_hosts_and_urls() {
        let t = target("Shop.Example.com.");
        assert_eq!(
            (t.host.as_str(), t.scheme, t.port, t.path.as_str()),
            ("shop.example.com", Scheme::Auto, None, "/")
        );
        let t = target("https://shop.example.com:8443/cart?x=1#top");
        assert_eq!(
            (t.scheme, t.port, t.path.as_str()),
            (Scheme::Https, Some(8443), "/cart?x=1")
        );
        assert_eq!(t.path_only(), "/cart");
        assert_eq!(target("shop.example.com:443").scheme, Scheme::Https);
        assert_eq!(target("shop.example.com:8080/x").port, Some(8080));
        assert_eq!(target("bücher.example").host, "xn--bcher-kva.example");
    }

    #[test]
    fn an_address_is_a_host_too() {
        for (text, host, url) in [
            ("203.0.113.80", "203.0.113.80", "http://203.0.113.80/"),
            (
                "https://203.0.113.80:8443/x",
                "203.0.113.80",
                "https://203.0.113.80:8443/x",
            ),
            ("2001:db8::1", "2001:db8::1", "http://[2001:db8::1]/"),
            (
                "https://[2001:DB8::1]/",
                "2001:db8::1",
                "https://[2001:db8::1]/",
            ),
            (
                "[2001:db8::1]:8080",
                "2001:db8::1",
                "http://[2001:db8::1]:8080/",
            ),
        ] {
            let t = target(text);
            assert_eq!(t.host, host, "{text}");
            assert_eq!(t.address(), host.parse().ok(), "{text}");
            let https = t.scheme == Scheme::Https;
            let port = t.port.unwrap_or(request::default_port(https));
            assert_eq!(request::url(https, &t.host, port, &t.path), url);
        }
        assert_eq!(target("shop.example.com").address(), None);
    }

    #[test]
    fn refuses_what_it_cannot_walk() {
        for (text, part) in [
            ("", "empty"),
            ("shop .example.com", "space"),
            ("ftp://shop.example.com", "ftp"),
            ("shop.example.com:70000", "port"),
            ("shop.example.com:0", "port"),
            ("https://me:secret@shop.example.com", "credentials"),
            ("shop..example.com", "empty label"),
            ("*.example.com", "wildcard"),
            ("-shop.example.com", "begins"),
            ("https://", "host"),
        ] {
            let message = Target::parse(text).expect_err(text).to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn resolve_is_curls() {
        let r = ResolveOverride::parse("shop.example.com:443:203.0.113.80").expect("curl's form");
        assert_eq!(r.to, "203.0.113.80:443".parse().expect("an address"));
        let r = ResolveOverride::parse("shop.example.com:443:[2001:db8::1]").expect("IPv6");
        assert!(r.to.is_ipv6());
        assert!(ResolveOverride::parse("shop.example.com:443").is_err());
    }
}
