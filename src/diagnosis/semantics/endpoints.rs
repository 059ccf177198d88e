//! EndpointSlices: who gets the requests to a Service port. The specification's rules; consumers that differ hand in their own.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::ServicePort;
use k8s_openapi::api::discovery::v1::{Endpoint as Written, EndpointPort, EndpointSlice};

use crate::diagnosis::semantics::meta::name_of;

/// The label by which an EndpointSlice says whose it is.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";

/// The conditions of an endpoint, as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `conditions.ready`.
    pub ready: Option<bool>,
    /// `conditions.serving`.
    pub serving: Option<bool>,
    /// `conditions.terminating`.
    pub terminating: bool,
}

impl Conditions {
    fn of(endpoint: &Written) -> Self {
        let conditions = endpoint.conditions.as_ref();
        Self {
            ready: conditions.and_then(|c| c.ready),
            serving: conditions.and_then(|c| c.serving),
            terminating: conditions.and_then(|c| c.terminating).unwrap_or(false),
        }
    }

    /// Ready; what is not written counts as such.
    pub fn ready(self) -> bool {
        self.ready.unwrap_or(true)
    }

    /// Serving; where it is not written, as ready.
    pub fn serving(self) -> bool {
        self.serving.unwrap_or_else(|| self.ready())
    }
}

/// One address behind a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // the conditions as the API has them
pub struct Endpoint {
    /// IP address.
    pub address: String,
    /// Port; none when the slice has no port of that name (a named targetPort that the pod does not have).
    pub port: Option<i32>,
    /// The pod, if the slice says.
    pub pod: Option<String>,
    /// The consumer sends requests to it.
    pub usable: bool,
    /// The consumer counts it, and sends no new requests to it.
    pub fenced: bool,
    /// `conditions.ready`; nil counts as true.
    pub ready: bool,
    /// `conditions.serving`; nil counts as ready does.
    pub serving: bool,
    /// `conditions.terminating`.
    pub terminating: bool,
    /// The slice it stands in.
    pub slice: String,
    /// The node it runs on, if the slice says.
    pub node: Option<String>,
    /// It would be used, were it on the node of the caller: the Service keeps calls on their node.
    pub away: bool,
}

/// The endpoints of one Service port, as a consumer sees them who says which port of a slice is meant, and which conditions it takes or
/// merely counts: slices being deleted are left out, an address is counted once.
pub fn join(
    slices: &[Arc<EndpointSlice>],
    port_in: impl Fn(&EndpointSlice) -> Option<i32>,
    is_usable: impl Fn(Conditions) -> bool,
    is_fenced: impl Fn(Conditions) -> bool,
) -> Vec<Endpoint> {
    let mut seen: BTreeMap<(String, Option<i32>), Endpoint> = BTreeMap::new();
    for slice in slices {
        if slice.metadata.deletion_timestamp.is_some() || slice.address_type == "FQDN" {
            continue;
        }
        let number = port_in(slice);
        for endpoint in slice.endpoints.iter().flatten() {
            let conditions = Conditions::of(endpoint);
            let Some(address) = endpoint.addresses.first() else {
                continue;
            };
            let pod = endpoint
                .target_ref
                .as_ref()
                .filter(|t| t.kind.as_deref() == Some("Pod"))
                .and_then(|t| t.name.clone());
            let found = Endpoint {
                address: address.clone(),
                port: number,
                pod,
                usable: is_usable(conditions) && number.is_some(),
                fenced: is_fenced(conditions) && number.is_some(),
                ready: conditions.ready(),
                serving: conditions.serving(),
                terminating: conditions.terminating,
                slice: name_of(&**slice).to_owned(),
                node: endpoint.node_name.clone(),
                away: false,
            };
            seen.entry((address.clone(), number))
                .and_modify(|old| {
                    if !old.usable && found.usable {
                        *old = found.clone();
                    }
                })
                .or_insert(found);
        }
    }
    seen.into_values().collect()
}

/// The number that a Service port has in a slice: that of the port of the same name and protocol.
pub fn port_by_name(slice: &EndpointSlice, port: &ServicePort) -> Option<i32> {
    let wanted = port.name.as_deref().unwrap_or_default();
    ports_of(slice, port)
        .find(|p| p.name.as_deref().unwrap_or_default() == wanted)
        .and_then(|p| p.port)
}

/// The ports of a slice that have the protocol of a Service port.
pub fn ports_of<'s>(
    slice: &'s EndpointSlice,
    port: &'s ServicePort,
) -> impl Iterator<Item = &'s EndpointPort> {
    let protocol = port.protocol.as_deref().unwrap_or("TCP");
    slice
        .ports
        .iter()
        .flatten()
        .filter(move |p| p.protocol.as_deref().unwrap_or("TCP") == protocol)
}
