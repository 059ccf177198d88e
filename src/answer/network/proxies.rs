//! The proxies of the environment, read and matched as reqwest does by itself: so it is known which of them took a request, and tests
//! need no process of their own.

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use crate::facts::ProxyUsed;

/// A variable that is set, by the name under which it was found.
#[derive(Clone, Debug, Default)]
struct Variable {
    name: String,
    value: String,
}

/// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    http: Option<Variable>,
    https: Option<Variable>,
    all: Option<Variable>,
    exceptions: Option<Variable>,
}

/// A proxy that takes a request, with how programs get to it.
pub(super) struct Taken {
    /// What may be told of it.
    pub used: ProxyUsed,
    /// With user and password, where the variable has them.
    pub url: Url,
    /// The same, taken apart.
    pub intercept: Intercept,
}

impl Proxies {
    /// Reads this process's environment.
    pub fn read() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// Reads variables; of the two cases of a name the upper one counts, be it empty.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        // What a web server hands to its programs: `HTTP_PROXY` is a header of the request there.
        if variable("REQUEST_METHOD").is_some() {
            return Self::default();
        }
        let either = |upper: &str| {
            let mut names = [upper.to_owned(), upper.to_ascii_lowercase()].into_iter();
            names.find_map(|name| variable(&name).map(|value| Variable { name, value }))
        };
        Self {
            http: either("HTTP_PROXY"),
            https: either("HTTPS_PROXY"),
            all: either("ALL_PROXY"),
            exceptions: either("NO_PROXY"),
        }
    }

    /// The proxy that takes a request for a URL.
    pub(super) fn taking(&self, url: &Url) -> Option<Taken> {
        let own = match url.scheme() {
            "http" => &self.http,
            "https" => &self.https,
            _ => return None,
        };
        let uri: Uri = url.as_str().parse().ok()?;
        let exceptions = self.exceptions.as_ref();
        [own, &self.all].into_iter().flatten().find_map(|variable| {
            let intercept = Matcher::builder()
                .all(variable.value.clone())
                .no(exceptions.map_or("", |e| &e.value))
                .build()
                .intercept(&uri)?;
            // As curl and reqwest take it, a proxy without a scheme is one for HTTP.
            let whole = if variable.value.contains("://") {
                variable.value.clone()
            } else {
                format!("http://{}", variable.value)
            };
            Some(Taken {
                used: ProxyUsed {
                    variable: variable.name.clone(),
                    url: intercept.uri().to_string().trim_end_matches('/').to_owned(),
                    exceptions: exceptions.map(|e| e.name.clone()),
                },
                url: Url::parse(&whole).ok()?,
                intercept,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taking(set: &[(&str, &str)], url: &str) -> Option<ProxyUsed> {
        let variable = |name: &str| {
            let found = set.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let taken = Proxies::of(variable).taking(&Url::parse(url).expect(url));
        taken.map(|t| t.used)
    }

    #[test]
    fn the_variable_is_told_and_nothing_secret_of_it() {
        const SHOP: &str = "https://shop.example.com/cart";
        for (set, url, expected) in [
            (vec![], SHOP, None),
            (vec![("HTTP_PROXY", "http://p:1")], SHOP, None),
            (
                vec![("https_proxy", "http://me:hunter2@p.example.com:3128/x")],
                SHOP,
                Some(("https_proxy", "http://p.example.com:3128")),
            ),
            (
                vec![("HTTPS_PROXY", "p:1"), ("https_proxy", "q:1")],
                SHOP,
                Some(("HTTPS_PROXY", "http://p:1")),
            ),
            (
                vec![("HTTPS_PROXY", ""), ("ALL_PROXY", "socks5h://p:1")],
                SHOP,
                Some(("ALL_PROXY", "socks5h://p:1")),
            ),
            (
                vec![("HTTP_PROXY", "p:1"), ("ALL_PROXY", "q:1")],
                "http://shop.example.com/",
                Some(("HTTP_PROXY", "http://p:1")),
            ),
            (
                vec![("HTTP_PROXY", "p:1"), ("REQUEST_METHOD", "GET")],
                "http://shop.example.com/",
                None,
            ),
            (vec![("HTTPS_PROXY", "::no proxy::")], SHOP, None),
        ] {
            let used = taking(&set, url);
            let told = used.as_ref().map(|u| (u.variable.as_str(), u.url.as_str()));
            assert_eq!(told, expected, "{set:?}");
        }
    }

    #[test]
    fn exceptions_are_taken_as_curl_takes_them() {
        for (list, direct) in [
            ("", false),
            ("*", true),
            ("example.com", true),
            (".example.com", true),
            ("other.example.com, localhost", false),
            ("shop.example.com", true),
            ("10.0.0.0/8", false),
        ] {
            let set = [("HTTPS_PROXY", "p:1"), ("no_proxy", list)];
            let used = taking(&set, "https://shop.example.com/");
            assert_eq!(used.is_none(), direct, "{list}");
            if let Some(used) = used {
                assert_eq!(used.exceptions.as_deref(), Some("no_proxy"), "{list}");
            }
        }
        let set = [("HTTP_PROXY", "p:1"), ("NO_PROXY", "10.0.0.0/8")];
        assert_eq!(taking(&set, "http://10.1.2.3/"), None);
        assert!(taking(&set, "http://11.1.2.3/").is_some());
    }
}
