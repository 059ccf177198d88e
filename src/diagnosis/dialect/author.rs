//! Who wrote a response, told by its bytes: the words of each make stand in its folder, those of proxies that are no ingress
//! controllers here.

use crate::diagnosis::semantics::words::exchange_words;
use crate::facts::HttpAnswer;

/// Who wrote a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Author {
    /// As a person calls it.
    pub title: &'static str,
    /// As JSON spells it.
    pub slug: &'static str,
    /// Who all writes these bytes, where it may be an application too.
    pub alike: Option<&'static str>,
    /// It is an ingress controller, and neither a CDN nor a cloud's load balancer.
    pub is_controller: bool,
}

impl Author {
    /// A proxy that is no ingress controller.
    const fn other(title: &'static str, slug: &'static str) -> Self {
        Self {
            title,
            slug,
            alike: None,
            is_controller: false,
        }
    }

    /// A controller that signs what it writes.
    pub(super) const fn controller(title: &'static str, slug: &'static str) -> Self {
        Self {
            title,
            slug,
            alike: None,
            is_controller: true,
        }
    }

    /// Whether nobody else writes such bytes.
    pub const fn is_sure(&self) -> bool {
        self.alike.is_none()
    }
}

const ENVOY: Author = Author::other("Envoy", "envoy");
const ALB: Author = Author::other("AWS ALB", "lb");
const GOOGLE: Author = Author::other("Google's load balancer", "lb");
const CLOUDFLARE: Author = Author::other("Cloudflare", "cdn");
const CDN: Author = Author::other("a CDN", "cdn");

/// How an exchange ended, in words, with who may have written the response, by its bytes.
pub fn answer_words(answer: &HttpAnswer) -> String {
    let author = who_answered(answer).map(|a| {
        if a.is_controller {
            // An application behind it may word its errors alike.
            format!("as {} words it", a.title)
        } else {
            format!("by {}", a.title)
        }
    });
    exchange_words(answer, author.as_deref())
}

/// The CDN that a response went through, told by its headers.
pub fn cdn(answer: &HttpAnswer) -> Option<Author> {
    if answer.header("cf-ray").is_some() {
        Some(CLOUDFLARE)
    } else if answer.header("x-amz-cf-id").is_some()
        || answer
            .header("via")
            .is_some_and(|v| v.contains("varnish") || v.contains("CloudFront"))
    {
        Some(CDN)
    } else {
        None
    }
}

/// Who wrote the response, where its bytes tell.
pub fn who_answered(answer: &HttpAnswer) -> Option<Author> {
    let mut makes = super::ALL.iter();
    makes
        .find_map(|d| d.wrote(answer))
        .or_else(|| stands_before(answer))
}

/// What may stand before a controller.
fn stands_before(answer: &HttpAnswer) -> Option<Author> {
    let body = answer.body.trim();
    let server = answer.header("server").unwrap_or_default();
    let envoy = match answer.status {
        503 => {
            body.starts_with("no healthy upstream") || body.starts_with("upstream connect error")
        }
        403 => body == "RBAC: access denied",
        _ => false,
    };
    if envoy {
        return Some(ENVOY);
    }
    if answer.status >= 400 && server.starts_with("awselb/") {
        return Some(ALB);
    }
    if (520..=526).contains(&answer.status) && server == "cloudflare" {
        return Some(CLOUDFLARE);
    }
    if answer.status >= 400 && body.contains("response 404 (backend NotFound)") {
        return Some(GOOGLE);
    }
    None
}
