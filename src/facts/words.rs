//! Questions in words. Whoever sees them twice takes them for the same, so they say all that tells one from another.

use std::fmt;

use super::pod_dns::DnsQuery;
use super::question::Question;
use crate::target::Header;

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get {
                kind,
                namespace,
                name,
            } => match namespace {
                Some(ns) => write!(f, "get {} {ns}/{name}", kind.title()),
                None => write!(f, "get {} {name}", kind.title()),
            },
            Self::List {
                kind,
                namespace,
                labels,
                fields,
            } => {
                write!(f, "list {}", kind.title_of_many())?;
                match namespace {
                    Some(ns) => write!(f, " in {ns}")?,
                    None if kind.namespaced() => write!(f, " in all namespaces")?,
                    None => {}
                }
                if let Some(l) = labels {
                    write!(f, " with labels {l}")?;
                }
                if let Some(s) = fields {
                    write!(f, " with fields {s}")?;
                }
                Ok(())
            }
            Self::Find { kind, name } => {
                write!(f, "find {} {name} in all namespaces", kind.title())
            }
            Self::ApiGroups => f.write_str("list API groups"),
            Self::Dns { name, via: None } => write!(f, "look up {name}"),
            Self::Dns {
                name,
                via: Some(via),
            } => write!(f, "look up {name} at {via}"),
            Self::Tcp { to } => write!(f, "connect to {to}"),
            Self::Tls { to, sni } => write!(f, "TLS handshake with {to} as {sni}"),
            Self::Http {
                to,
                tls,
                host,
                method,
                path,
                headers,
            } => {
                let scheme = if *tls { "https" } else { "http" };
                write!(f, "{method} {scheme}://{host}{path} via {}", to.ip())?;
                write_with(f, None, headers)
            }
            Self::Client(request) => request.fmt(f),
            Self::DnsAuthority { name, via } => {
                write!(f, "look up {name} at its authoritative servers")?;
                match via {
                    Some(via) => write!(f, ", found by {via}"),
                    None => Ok(()),
                }
            }
            Self::DnsText { name, via: None } => write!(f, "look up TXT {name}"),
            Self::DnsText {
                name,
                via: Some(via),
            } => write!(f, "look up TXT {name} at {via}"),
            Self::PodTls { pod, sni } => write!(f, "TLS handshake as {sni} {pod}"),
            Self::PodHttp {
                pod,
                tls,
                host,
                method,
                path,
                forwarded_https,
                again,
                headers,
            } => {
                let scheme = if *tls { "https" } else { "http" };
                let once_more = if *again { " again" } else { "" };
                write!(f, "{method} {scheme}://{host}{path} {pod}{once_more}")?;
                let own = forwarded_https.then_some("X-Forwarded-Proto: https");
                write_with(f, own, headers)
            }
            Self::PodDns { pod, queries } => {
                f.write_str("look up ")?;
                write_queries(f, queries)?;
                write!(f, " {pod}")
            }
            Self::Proxy {
                kind,
                namespace,
                name,
                port,
                tls,
                path,
            } => {
                let scheme = if *tls { "https:" } else { "" };
                write!(f, "GET {path} of {scheme}{} ", kind.name())?;
                if let Some(namespace) = namespace {
                    write!(f, "{namespace}/")?;
                }
                write!(f, "{name}:{port} through the API server")
            }
        }
    }
}

/// ` with X-Forwarded-Proto: https, X-Canary: always`
fn write_with(f: &mut fmt::Formatter<'_>, own: Option<&str>, given: &[Header]) -> fmt::Result {
    let all = own.into_iter().map(str::to_owned);
    let all: Vec<_> = all.chain(given.iter().map(Header::to_string)).collect();
    if all.is_empty() {
        return Ok(());
    }
    write!(f, " with {}", all.join(", "))
}

/// `web.shop.svc.cluster.local A AAAA, web.svc.cluster.local A AAAA`
fn write_queries(f: &mut fmt::Formatter<'_>, queries: &[DnsQuery]) -> fmt::Result {
    let mut before = None;
    for query in queries {
        match before.replace(&query.name) {
            Some(name) if *name == query.name => write!(f, " {}", query.rtype.name())?,
            Some(_) => write!(f, ", {query}")?,
            None => write!(f, "{query}")?,
        }
    }
    Ok(())
}
