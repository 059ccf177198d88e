//! The routes of Gateway API, whichever kind.

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::facts::gateway::{
    GRPCRoute, HTTPRoute, ParentRef, ParentStatus, RouteStatus, TCPRoute, TLSRoute,
};
use crate::facts::{Kind, Typed};

/// A route.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// Of HTTP requests.
    Http(Arc<HTTPRoute>),
    /// Of gRPC calls.
    Grpc(Arc<GRPCRoute>),
    /// Of TLS connections.
    Tls(Arc<TLSRoute>),
    /// Of TCP connections.
    Tcp(Arc<TCPRoute>),
}

impl Route {
    /// Whether it takes gRPC calls.
    pub const fn is_of_calls(&self) -> bool {
        matches!(self, Self::Grpc(_))
    }

    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Http(_) => HTTPRoute::OF,
            Self::Grpc(_) => GRPCRoute::OF,
            Self::Tls(_) => TLSRoute::OF,
            Self::Tcp(_) => TCPRoute::OF,
        }
    }

    /// Its metadata.
    pub fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::Http(route) => &route.metadata,
            Self::Grpc(route) => &route.metadata,
            Self::Tls(route) => &route.metadata,
            Self::Tcp(route) => &route.metadata,
        }
    }

    /// Its namespace, or `default`.
    pub fn namespace(&self) -> &str {
        self.metadata().namespace.as_deref().unwrap_or("default")
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.metadata().name.as_deref().unwrap_or_default()
    }

    /// To what it attaches.
    pub fn parents(&self) -> &[ParentRef] {
        match self {
            Self::Http(route) => &route.spec.parent_refs,
            Self::Grpc(route) => &route.spec.parent_refs,
            Self::Tls(route) => &route.spec.parent_refs,
            Self::Tcp(route) => &route.spec.parent_refs,
        }
    }

    /// Its hosts; those of its listeners where there are none.
    pub fn hosts(&self) -> &[String] {
        match self {
            Self::Http(route) => &route.spec.hostnames,
            Self::Grpc(route) => &route.spec.hostnames,
            Self::Tls(route) => &route.spec.hostnames,
            Self::Tcp(_) => &[],
        }
    }

    /// What controllers say of it.
    pub fn status(&self) -> &RouteStatus {
        match self {
            Self::Http(route) => &route.status,
            Self::Grpc(route) => &route.status,
            Self::Tls(route) => &route.status,
            Self::Tcp(route) => &route.status,
        }
    }

    /// The row of one controller at one parent; the rows of others say nothing of it.
    pub fn row(&self, controller: &str, parent: &ParentRef) -> Option<&ParentStatus> {
        let mut rows = self.rows(controller, parent);
        rows.find(|r| {
            r.parent_ref.section_name == parent.section_name && r.parent_ref.port == parent.port
        })
    }

    /// The rows of one controller at one object, whichever of its listeners they name.
    pub fn rows<'r>(
        &'r self,
        controller: &str,
        parent: &ParentRef,
    ) -> impl Iterator<Item = &'r ParentStatus> {
        let namespace = |p: &ParentRef| {
            let own = || self.namespace().to_owned();
            p.namespace.clone().unwrap_or_else(own)
        };
        let same = move |row: &ParentRef| {
            row.kind() == parent.kind()
                && row.name == parent.name
                && namespace(row) == namespace(parent)
        };
        let rows = self.status().parents.iter();
        rows.filter(move |r| r.controller_name == controller && same(&r.parent_ref))
    }
}
