//! The protocol that a controller speaks to the pods and the `Host` that it sends them, as the objects tell it.

use k8s_openapi::api::core::v1::Service;

use crate::diagnosis::routing::Rule;
use crate::facts::Kind;

/// What the controller speaks to the pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Plain HTTP/1.
    Http,
    /// HTTP over TLS.
    Https,
    /// gRPC, h2c, FastCGI: nothing that a plain request could try.
    Other,
}

/// The annotation by which a make is told the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolAnnotation {
    /// The kind of the object that carries it: Ingress or Service.
    pub on: Kind,
    /// Its key.
    pub key: String,
    /// The value for plain HTTP.
    pub http: &'static str,
    /// The value for HTTP over TLS.
    pub https: &'static str,
}

/// The annotation by which backends get another `Host` than the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAnnotation {
    /// The kind of the object that carries it: Ingress or Service.
    pub on: Kind,
    /// Its key.
    pub key: String,
    /// Its value for the backend's own name; none where it is that name.
    pub value: Option<&'static str>,
}

impl ProtocolAnnotation {
    /// What it says, if it is set.
    pub(super) fn said(&self, rule: &Rule, service: &Service) -> Option<Upstream> {
        let of_service = || {
            let all = service.metadata.annotations.as_ref();
            all.and_then(|a| a.get(&self.key)).map(String::as_str)
        };
        let value = match self.on {
            Kind::Ingress => rule.annotation(&self.key),
            _ => of_service(),
        };
        let value = value.filter(|v| !v.is_empty())?.to_ascii_lowercase();
        Some(match value.as_str() {
            v if v.eq_ignore_ascii_case(self.http) => Upstream::Http,
            v if v.eq_ignore_ascii_case(self.https) => Upstream::Https,
            "http" | "auto_http" | "h1" => Upstream::Http,
            "https" | "h1-ssl" => Upstream::Https,
            _ => Upstream::Other,
        })
    }
}
