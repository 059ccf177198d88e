//! A make as it reads Gateway API: what it is stays, and of what it does with Ingresses nothing holds.

use k8s_openapi::api::core::v1::{Service, ServicePort};

use super::args::Args;
use super::author::Author;
use super::image::Repository;
use super::questions::{DataPlane, Dialect, Plane, ProxyProtocol};
use super::upstream::Upstream;
use crate::diagnosis::routing::Rule;
use crate::diagnosis::routing::gateway::Ways;
use crate::diagnosis::semantics::endpoints::Conditions;
use crate::facts::{Certificate, HttpAnswer, Kind};

/// One of the makes, by its provider for Gateway API.
pub struct ByGateway(&'static dyn Dialect);

impl ByGateway {
    /// Of a make.
    pub const fn of(make: &'static dyn Dialect) -> Self {
        Self(make)
    }
}

impl Dialect for ByGateway {
    fn slug(&self) -> &'static str {
        self.0.slug()
    }

    fn title(&self) -> &'static str {
        self.0.title()
    }

    fn is_image(&self, image: Repository) -> bool {
        self.0.is_image(image)
    }

    fn is_command(&self, args: &Args) -> bool {
        self.0.is_command(args)
    }

    fn data_plane(&self) -> DataPlane {
        match self.0.plane() {
            Plane::Elsewhere => DataPlane::Elsewhere,
            Plane::Controller | Plane::Labelled(_) => DataPlane::InPods,
        }
    }

    fn listens(&self, args: &Args, https: bool) -> Option<u16> {
        self.0.listens(args, https)
    }

    fn ports(&self, args: &Args) -> Vec<u16> {
        self.0.ports(args)
    }

    fn proxy_protocol(&self, args: &Args) -> ProxyProtocol {
        self.0.proxy_protocol(args)
    }

    fn retired(&self, image: Repository, version: Option<(u32, u32)>) -> Option<&'static str> {
        self.0.retired(image, version)
    }

    fn signs(&self) -> bool {
        self.0.signs()
    }

    fn wrote(&self, answer: &HttpAnswer) -> Option<Author> {
        self.0.wrote(answer)
    }

    fn made_up(&self, leaf: &Certificate) -> bool {
        self.0.made_up(leaf)
    }

    fn gateway_controllers(&self) -> &'static [&'static str] {
        self.0.gateway_controllers()
    }

    fn wants_kinds(&self, version: Option<(u32, u32)>) -> &'static [Kind] {
        self.0.wants_kinds(version)
    }

    fn reads_gateways(&self, args: &Args) -> bool {
        self.0.reads_gateways(args)
    }

    fn ways(&self) -> Ways {
        self.0.ways()
    }

    fn plane(&self) -> Plane {
        self.0.plane()
    }

    fn is_usable(&self, conditions: Conditions) -> bool {
        match conditions.ready {
            None => self.ways().silence_is_ready,
            Some(ready) => ready,
        }
    }

    // GEP-1911 names the protocols by which appProtocol is read; TLS is a BackendTLSPolicy's.
    fn upstream(&self, _rule: &Rule, _service: &Service, port: &ServicePort) -> Upstream {
        let named = || port.name.as_deref().is_some_and(|n| n.starts_with("https"));
        match port.app_protocol.as_deref() {
            _ if self.ways().tls_by_port && (port.port == 443 || named()) => Upstream::Https,
            Some("kubernetes.io/h2c") => Upstream::Other,
            _ => Upstream::Http,
        }
    }
}
