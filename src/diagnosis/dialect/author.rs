//! Who wrote a response, told by its bytes.

use crate::facts::HttpAnswer;

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

/// Who wrote it, as a person calls them.
pub fn author_title(answer: &HttpAnswer) -> Option<&'static str> {
    who_answered(answer).map(Author::title)
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
