//! The door: what happens at each address when the user's request knocks there. Shared by the hops from DNS to TLS, and by
//! the verdict.

use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::ask::cx::{Cx, Hides};
use crate::diagnosis::request::redirects::{self, Redirects};
use crate::facts::{Connect, Exchange, Gap, HttpAnswer, Question, TcpAnswer, TlsAnswer, Unknown};
use crate::report::Evidence;

const TCP_HIDES: Hides = &["lb-refused", "lb-timeout", "dns-points-elsewhere"];
const TLS_HIDES: Hides = &[
    "tls-fallback-cert-served",
    "tls-san-mismatch",
    "tls-cert-expired",
];
pub(in crate::diagnosis) const HTTP_HIDES: Hides = &["request-fails"];

/// What one address answered.
#[derive(Clone, Debug)]
pub struct Knock<'a> {
    /// The address.
    pub to: SocketAddr,
    /// The connection.
    pub tcp: Result<&'a TcpAnswer, Unknown>,
    /// The handshake; a gap when the request is plain HTTP.
    pub tls: Result<&'a TlsAnswer, Unknown>,
    /// The user's request.
    pub http: Result<&'a HttpAnswer, Unknown>,
    /// Where it is redirected to.
    pub redirects: Redirects,
}

impl<'a> Knock<'a> {
    /// Knocks: TCP first, the rest only where something accepts, so that a dead address costs one timeout.
    pub fn at(cx: &Cx<'a>, address: IpAddr, port: u16, https: bool) -> Self {
        let to = SocketAddr::new(address, port);
        let tcp = cx.tcp(to, TCP_HIDES);
        let closed = || {
            Unknown::Gap(Gap::NotAsked {
                why: "no connection".to_owned(),
            })
        };
        let (tls, http) = match &tcp {
            Ok(t) if t.connect == Connect::Connected => (
                if https {
                    cx.tls(cx.tls_question(to), TLS_HIDES)
                } else {
                    Err(closed())
                },
                cx.http(cx.http_question(to, https), HTTP_HIDES),
            ),
            Ok(_) => (Err(closed()), Err(closed())),
            Err(unknown) => (Err(unknown.clone()), Err(unknown.clone())),
        };
        let redirects = match &http {
            Ok(answer) => redirects::follow(cx, to, https, answer),
            Err(_) => Redirects::default(),
        };
        Self {
            to,
            tcp,
            tls,
            http,
            redirects,
        }
    }

    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        let waiting = |u: &Unknown| *u == Unknown::Waiting;
        self.tcp.as_ref().is_err_and(waiting)
            || self.tls.as_ref().is_err_and(waiting)
            || self.http.as_ref().is_err_and(waiting)
            || self.redirects.waiting
    }

    /// Whether the address accepts connections.
    pub fn connects(&self) -> bool {
        self.tcp
            .as_ref()
            .is_ok_and(|t| t.connect == Connect::Connected)
    }

    /// Whether it does certainly not.
    pub fn fails(&self) -> bool {
        self.tcp
            .as_ref()
            .is_ok_and(|t| t.connect != Connect::Connected)
    }

    /// Whether it is the other side that does not take connections, and not this machine that has no way there.
    pub fn is_dead(&self) -> bool {
        self.fails() && !self.has_no_way()
    }

    /// Whether this machine has no way there: that says nothing about the other side.
    pub fn has_no_way(&self) -> bool {
        let local = |t: &TcpAnswer| matches!(t.connect, Connect::NoRoute | Connect::Other(_));
        self.tcp.as_ref().is_ok_and(|t| local(t))
    }

    /// The response, if there was one.
    pub fn response(&self) -> Option<&'a HttpAnswer> {
        let answer = *self.http.as_ref().ok()?;
        (answer.exchange == Exchange::Response).then_some(answer)
    }

    /// The connection as evidence.
    pub fn tcp_line(&self, cx: &Cx) -> Option<Evidence> {
        let tcp = self.tcp.as_ref().ok()?;
        let outcome = connect_words(&tcp.connect, tcp.ms);
        Some(cx.evidence(&Question::Tcp { to: self.to }, outcome))
    }

    /// The request as evidence.
    pub fn http_line(&self, cx: &Cx, https: bool) -> Option<Evidence> {
        let answer = self.http.as_ref().ok()?;
        let question = cx.http_question(self.to, https);
        Some(cx.evidence(&question, exchange_words(answer)))
    }
}

/// A connection's outcome in words.
pub fn connect_words(connect: &Connect, ms: u64) -> String {
    match connect {
        Connect::Connected => format!("connected in {ms} ms"),
        Connect::Refused => "refused".to_owned(),
        Connect::TimedOut => format!("no answer within {}", seconds(ms)),
        Connect::Reset => "reset".to_owned(),
        Connect::NoRoute => "no route".to_owned(),
        Connect::Other(why) => why.clone(),
    }
}

/// How an exchange ended, in words.
pub fn exchange_words(answer: &HttpAnswer) -> String {
    let words = match &answer.exchange {
        Exchange::Response => {
            let by = match who_answered(answer) {
                Some(by) => format!(" by {}", by.title()),
                None => String::new(),
            };
            format!("{}{by}, {} ms", answer.status, answer.ms)
        }
        Exchange::NoConnection(connect) => connect_words(connect, answer.ms),
        Exchange::NoTls(why) => format!("no TLS: {why}"),
        Exchange::TimedOut => format!("connected, no response within {}", seconds(answer.ms)),
        Exchange::Closed => "the connection was closed before a response".to_owned(),
        Exchange::NotHttp(why) => format!("not HTTP: {why}"),
    };
    match (&answer.exchange, &answer.tunnel) {
        // The far end's words add nothing to a plain outcome.
        (Exchange::NoConnection(Connect::Other(_)), Some(said)) if !words.contains(said) => {
            format!("{words} ({said})")
        }
        _ => words,
    }
}

fn seconds(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

/// Who wrote a response, told by its marks. Traefik's 404 and a Go program's are the same bytes, so that one stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// ingress-nginx itself.
    IngressNginx,
    /// Traefik itself.
    Traefik,
    /// Traefik or a Go program: their 404s are the same.
    TraefikOrGo,
    /// An Envoy.
    Envoy,
    /// HAProxy.
    Haproxy,
    /// AWS Application Load Balancer.
    Alb,
    /// Google's load balancer.
    Google,
    /// Cloudflare.
    Cloudflare,
    /// Some other CDN.
    Cdn,
}

impl Author {
    /// As a person calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::IngressNginx => "ingress-nginx",
            Self::Traefik => "Traefik",
            Self::TraefikOrGo => "Traefik or a Go program",
            Self::Envoy => "Envoy",
            Self::Haproxy => "HAProxy",
            Self::Alb => "AWS ALB",
            Self::Google => "Google's load balancer",
            Self::Cloudflare => "Cloudflare",
            Self::Cdn => "a CDN",
        }
    }

    /// As JSON spells it.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::IngressNginx => "ingress-nginx",
            Self::Traefik => "traefik",
            Self::TraefikOrGo => "unknown",
            Self::Envoy => "envoy",
            Self::Haproxy => "haproxy",
            Self::Alb | Self::Google => "lb",
            Self::Cloudflare | Self::Cdn => "cdn",
        }
    }
}

/// The CDN that a response went through, told by its headers.
pub fn cdn(answer: &HttpAnswer) -> Option<Author> {
    if answer.header("cf-ray").is_some() {
        Some(Author::Cloudflare)
    } else if answer.header("x-amz-cf-id").is_some()
        || answer
            .header("via")
            .is_some_and(|v| v.contains("varnish") || v.contains("CloudFront"))
    {
        Some(Author::Cdn)
    } else {
        None
    }
}

/// Who wrote the response, where its bytes tell.
pub fn who_answered(answer: &HttpAnswer) -> Option<Author> {
    let body = answer.body.trim();
    let server = answer.header("server").unwrap_or_default();
    if answer.status >= 300 && body.contains("<center>nginx</center>") {
        return Some(Author::IngressNginx);
    }
    match (answer.status, body) {
        (404, "404 page not found") => return Some(Author::TraefikOrGo),
        (503, "no available server")
        | (502, "Bad Gateway")
        | (504, "Gateway Timeout")
        | (500, "Internal Server Error")
            if server.is_empty() =>
        {
            return Some(Author::Traefik);
        }
        (503, b) if b.contains("No server is available to handle this request") => {
            return Some(Author::Haproxy);
        }
        (503, b)
            if b.starts_with("no healthy upstream") || b.starts_with("upstream connect error") =>
        {
            return Some(Author::Envoy);
        }
        (403, "RBAC: access denied") => return Some(Author::Envoy),
        _ => {}
    }
    if answer.status >= 400 && server.starts_with("awselb/") {
        return Some(Author::Alb);
    }
    if (520..=526).contains(&answer.status) && server == "cloudflare" {
        return Some(Author::Cloudflare);
    }
    if answer.status >= 400 && body.contains("response 404 (backend NotFound)") {
        return Some(Author::Google);
    }
    None
}
