//! Pitfalls of Services.

pub mod ingress_externalname_host_header;
pub mod kube_proxy_missing_on_node;
pub mod service_externalname_problem;
pub mod service_headless_misuse;
pub mod service_internal_policy_local;
pub mod service_named_targetport_unresolved;
pub mod service_port_not_exposed;
pub mod service_proxy_name_foreign;
pub mod service_selector_no_match;
pub mod service_selector_too_broad;
pub mod service_selectorless_without_endpoints;
pub mod service_statefulset_name_mismatch;
pub mod service_statefulset_ordinal_missing;
pub mod service_targetport_mismatch;
