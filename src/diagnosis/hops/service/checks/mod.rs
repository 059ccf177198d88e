//! Pitfalls of Services.

pub mod ingress_externalname_host_header;
pub mod service_named_targetport_unresolved;
pub mod service_selector_no_match;
pub mod service_selectorless_without_endpoints;
pub mod service_targetport_mismatch;
