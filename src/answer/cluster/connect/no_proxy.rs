//! Proxies from the environment, read as Go's `net/http` reads them, so that hops takes the way that kubectl takes.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

/// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, as the caller found them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyEnv {
    /// For `https://` servers.
    pub https_proxy: Option<String>,
    /// For `http://` servers.
    pub http_proxy: Option<String>,
    /// Servers that are reached directly.
    pub no_proxy: Option<String>,
}

impl ProxyEnv {
    /// Reads this process's environment; upper case goes before lower case, and an empty value counts as none.
    pub fn read() -> Self {
        let var = |upper: &str| {
            [upper.to_owned(), upper.to_ascii_lowercase()]
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()))
        };
        Self {
            https_proxy: var("HTTPS_PROXY"),
            http_proxy: var("HTTP_PROXY"),
            no_proxy: var("NO_PROXY"),
        }
    }

    /// The proxy on the way to a server, if one is set and the server is not excepted. Loopback is always reached directly.
    pub fn for_server(&self, server: &Uri) -> Option<&str> {
        let https = server.scheme_str() != Some("http");
        let proxy = if https {
            self.https_proxy.as_deref()
        } else {
            self.http_proxy.as_deref()
        }
        .filter(|p| !p.is_empty())?;
        let host = server.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
        let port = server.port_u16().unwrap_or(if https { 443 } else { 80 });
        let direct = is_loopback(&host)
            || self
                .no_proxy
                .as_deref()
                .is_some_and(|list| excepts(list, &host, port));
        (!direct).then_some(proxy)
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a `NO_PROXY` list names the host. What cannot be read in it matches nothing, as in Go.
fn excepts(list: &str, host: &str, port: u16) -> bool {
    list.split(',')
        .map(|entry| entry.trim().to_ascii_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| entry_matches(&entry, host, port))
}

fn entry_matches(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    let address = host.parse::<IpAddr>().ok();
    if let Ok(net) = entry.parse::<IpNet>() {
        return address.is_some_and(|ip| net.contains(&ip));
    }
    let (pattern, wanted) = split_port(entry);
    if wanted.is_some_and(|w| w != port.to_string()) {
        return false;
    }
    if let Ok(ip) = pattern.parse::<IpAddr>() {
        return address == Some(ip);
    }
    // `*.example.com` and `.example.com` mean names below it, `example.com` means itself too.
    let pattern = pattern.strip_prefix('*').unwrap_or(pattern);
    match pattern.strip_prefix('.') {
        _ if pattern.is_empty() => false,
        Some(_) => host.ends_with(pattern),
        None => {
            host == pattern
                || host
                    .strip_suffix(pattern)
                    .is_some_and(|rest| rest.ends_with('.'))
        }
    }
}

/// Splits `host:port`, `[v6]:port`; a bare IPv6 address has no port.
fn split_port(entry: &str) -> (&str, Option<&str>) {
    if let Some(rest) = entry.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, tail)) => (host, tail.strip_prefix(':').filter(|p| !p.is_empty())),
            None => (entry, None),
        };
    }
    match entry.split_once(':') {
        Some((host, port)) if !port.contains(':') => (host, Some(port).filter(|p| !p.is_empty())),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct(no_proxy: &str, server: &str) -> bool {
        let env = ProxyEnv {
            https_proxy: Some("http://proxy:3128".to_owned()),
            http_proxy: Some("http://plain:3128".to_owned()),
            no_proxy: Some(no_proxy.to_owned()),
        };
        env.for_server(&server.parse().expect(server)).is_none()
    }

    #[test]
    fn entries_match_as_in_go() {
        let api = "https://api.example.com:6443";
        for (list, server, expected) in [
            ("", api, false),
            ("*", api, true),
            ("api.example.com", api, true),
            ("API.Example.COM", api, true),
            ("example.com", api, true),
            (".example.com", api, true),
            ("*.example.com", api, true),
            (".example.com", "https://example.com", false),
            ("*.example.com", "https://example.com", false),
            ("ample.com", api, false),
            ("api.example.com.evil", api, false),
            ("other.example.com", api, false),
            (" a , api.example.com ,", api, true),
            ("a,b,", api, false),
            (",", api, false),
            ("api.example.com:6443", api, true),
            ("api.example.com:443", api, false),
            ("api.example.com:443", "https://api.example.com", true),
            ("api.example.com:80", "http://api.example.com", true),
            ("10.1.2.3", "https://10.1.2.3:6443", true),
            ("10.1.2.3", "https://10.1.2.30:6443", false),
            ("10.1.2.3:6443", "https://10.1.2.3:6443", true),
            ("10.1.2.3:443", "https://10.1.2.3:6443", false),
            ("10.0.0.0/8", "https://10.1.2.3:6443", true),
            ("10.0.0.0/8", "https://11.1.2.3:6443", false),
            ("10.0.0.0/8", "https://10.example.com", false),
            ("10.0.0.0/99", "https://10.1.2.3:6443", false),
            ("2001:db8::1", "https://[2001:db8::1]:6443", true),
            ("[2001:db8::1]:6443", "https://[2001:db8::1]:6443", true),
            ("[2001:db8::1]:443", "https://[2001:db8::1]:6443", false),
            ("2001:db8::/32", "https://[2001:db8::1]:6443", true),
            (".", api, false),
            (":6443", api, false),
        ] {
            assert_eq!(direct(list, server), expected, "{list:?} and {server}");
        }
    }

    #[test]
    fn loopback_needs_no_entry() {
        for server in [
            "https://localhost:6443",
            "https://127.0.0.1:6443",
            "https://[::1]:6443",
        ] {
            assert!(direct("", server), "{server}");
        }
        assert!(!direct("", "https://128.0.0.1:6443"));
    }

    #[test]
    fn the_scheme_picks_the_proxy() {
        let env = ProxyEnv {
            https_proxy: Some("http://secure:1".to_owned()),
            http_proxy: None,
            no_proxy: None,
        };
        let to = |s: &'static str| env.for_server(&Uri::from_static(s));
        assert_eq!(to("https://10.0.0.1"), Some("http://secure:1"));
        assert_eq!(to("http://10.0.0.1"), None);
        let empty = ProxyEnv {
            https_proxy: Some(String::new()),
            ..ProxyEnv::default()
        };
        assert_eq!(empty.for_server(&Uri::from_static("https://a.b")), None);
    }
}
