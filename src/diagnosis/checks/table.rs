//! The table of every check. `rules`, `explain` and the README's table come from it.

use super::Check;
use crate::diagnosis::hops::controller::checks as controller;
use crate::diagnosis::hops::dns::checks as dns;
use crate::diagnosis::hops::endpoints::checks as endpoints;
use crate::diagnosis::hops::load_balancer::checks as load_balancer;
use crate::diagnosis::hops::pod::checks as pod;
use crate::diagnosis::hops::route::checks as route;
use crate::diagnosis::hops::service::checks as service;
use crate::diagnosis::hops::tls::checks as tls;
use crate::diagnosis::hops::user::checks as user;

/// Every check, in path order.
pub const ALL: &[&Check] = &[
    &user::user_proxy_in_the_way::CHECK,
    &dns::dns_nxdomain::CHECK,
    &dns::dns_no_address::CHECK,
    &dns::dns_negative_cache::CHECK,
    &dns::dns_cname_dangling::CHECK,
    &dns::dns_servfail::CHECK,
    &dns::dns_local_override::CHECK,
    &dns::dns_stale_cache::CHECK,
    &dns::dns_partial_stale::CHECK,
    &dns::dns_private_address::CHECK,
    &dns::dns_points_elsewhere::CHECK,
    &dns::dns_nameserver_silent::CHECK,
    &dns::dns_flapping::CHECK,
    &load_balancer::lb_pending::CHECK,
    &load_balancer::lb_no_implementation::CHECK,
    &load_balancer::lb_sync_failed::CHECK,
    &load_balancer::lb_refused::CHECK,
    &load_balancer::lb_timeout::CHECK,
    &load_balancer::lb_internal_scheme::CHECK,
    &load_balancer::lb_etp_local_no_endpoint::CHECK,
    &load_balancer::nodeport_unreachable::CHECK,
    &load_balancer::lb_port_map::CHECK,
    &load_balancer::lb_proxy_protocol_mismatch::CHECK,
    &controller::ctl_not_running::CHECK,
    &controller::ctl_not_installed::CHECK,
    &controller::ctl_service_mismatch::CHECK,
    &controller::ctl_dataplane_stale::CHECK,
    &controller::ctl_webhook_unavailable::CHECK,
    &controller::ctl_watch_scope::CHECK,
    &controller::ctl_status_placeholder::CHECK,
    &controller::ctl_retired::CHECK,
    &tls::tls_secret_missing::CHECK,
    &tls::tls_secret_wrong_namespace::CHECK,
    &tls::tls_secret_bad_keys::CHECK,
    &tls::tls_keypair_mismatch::CHECK,
    &tls::tls_served_differs::CHECK,
    &tls::tls_cert_expired::CHECK,
    &tls::tls_cert_not_yet_valid::CHECK,
    &tls::tls_san_mismatch::CHECK,
    &tls::tls_fallback_cert_served::CHECK,
    &tls::tls_chain_incomplete::CHECK,
    &tls::tls_untrusted_issuer::CHECK,
    &tls::tls_plain_http_on_443::CHECK,
    &tls::tls_handshake_failure::CHECK,
    &route::manifest_refused::CHECK,
    &route::ingress_class_missing::CHECK,
    &route::ingress_class_not_found::CHECK,
    &route::host_no_rule::CHECK,
    &route::ingress_canary_orphan::CHECK,
    &route::ingress_path_no_match::CHECK,
    &route::ingress_backend_service_missing::CHECK,
    &route::ingress_backend_cross_namespace::CHECK,
    &route::ingress_backend_port_missing::CHECK,
    &route::ingress_externalname_disallowed::CHECK,
    &route::ingress_backend_protocol_mismatch::CHECK,
    &route::traefik_empty_service_404::CHECK,
    &route::traefik_middleware_missing::CHECK,
    &route::ingress_snippet_rejected::CHECK,
    &route::traefik_entrypoint_missing::CHECK,
    &route::tls_traefik_router_without_tls::CHECK,
    &route::ingress_redirect_loop::CHECK,
    &route::ingress_ssl_passthrough_off::CHECK,
    &route::ingress_access_denied::CHECK,
    &route::ingress_auth_url_unreachable::CHECK,
    &route::ingress_regex_spillover::CHECK,
    &route::ingress_port_is_targetport::CHECK,
    &route::ingress_annotation_foreign::CHECK,
    &route::ingress_path_shadowed::CHECK,
    &route::ingress_host_claimed_elsewhere::CHECK,
    &service::ingress_externalname_host_header::CHECK,
    &service::service_selector_no_match::CHECK,
    &service::service_named_targetport_unresolved::CHECK,
    &service::service_targetport_mismatch::CHECK,
    &service::service_selectorless_without_endpoints::CHECK,
    &endpoints::endpoints_empty::CHECK,
    &endpoints::endpoints_scaled_to_zero::CHECK,
    &endpoints::endpoints_all_not_ready::CHECK,
    &pod::pod_readiness_failing::CHECK,
    &pod::pod_readiness_gate::CHECK,
    &pod::pod_crashloop::CHECK,
    &pod::pod_not_starting::CHECK,
    &pod::pod_not_listening::CHECK,
    &pod::pod_bound_to_localhost::CHECK,
    &pod::pod_app_error::CHECK,
    // What other hops show decides how much it matters.
    &controller::ctl_config_reload_failed::CHECK,
    // Last: it fires only when nothing above explains a failing request.
    &endpoints::request_fails::CHECK,
];

/// The check of a code.
pub fn find(code: &str) -> Option<&'static Check> {
    ALL.iter().copied().find(|c| c.code == code)
}
