//! Codes that are causes of more than one pitfall, the deepest first.

use crate::report::Code;

/// The name leads to an address that is not the cluster's: what answers there says nothing about the cluster.
pub const WRONG_ADDRESS: &[Code] = &[
    "dns-stale-cache",
    "dns-local-override",
    "dns-partial-stale",
    "dns-points-elsewhere",
];

/// The same, but that the record itself is as it should be.
pub const OLD_ADDRESS: &[Code] = &["dns-stale-cache", "dns-local-override", "dns-partial-stale"];

/// Findings that a good answer does not refute: that it is the wrong page, or may be, is what they say.
pub const WRONG_PAGE: &[Code] = &[
    "ingress-class-missing",
    "ingress-class-not-found",
    "ingress-host-claimed-elsewhere",
    "ingress-path-shadowed",
];

/// Nobody is behind the load balancer.
pub const NO_CONTROLLER: &[Code] = &["ctl-not-running", "ctl-service-mismatch"];

/// No controller takes the Ingress.
pub const NO_CLASS: &[Code] = &[
    "ingress-class-missing",
    "ingress-class-not-found",
    "ctl-watch-scope",
    "ingress-snippet-rejected",
];

/// No controller takes the Ingress, or there is none: whatever certificate is served is not its own.
pub const NOT_ITS_OWN: &[Code] = &[
    "ingress-class-missing",
    "ingress-class-not-found",
    "ctl-watch-scope",
    "ingress-snippet-rejected",
    "ctl-not-installed",
    "host-no-rule",
];

/// The Gateway has nobody who carries it out, or no listener for the request.
pub const NO_GATEWAY: &[Code] = &[
    "gateway-crds-missing",
    "gatewayclass-not-found",
    "gatewayclass-not-accepted",
    "listener-not-accepted",
    "gateway-not-accepted",
    "gateway-not-programmed",
    "gateway-http-only",
    "listener-conflicted",
];

/// The controller cannot read the certificate.
pub const NO_SECRET: &[Code] = &[
    "tls-secret-wrong-namespace",
    "tls-secret-missing",
    "tls-secret-bad-keys",
    "tls-keypair-mismatch",
    "listener-refs-unresolved",
];

/// A pod that does not get as far as its readiness probe.
pub const POD_DOWN: &[Code] = &["pod-crashloop", "pod-not-starting"];

/// A Service that has no endpoint.
pub const NO_ENDPOINT: &[Code] = &[
    "service-selector-no-match",
    "service-selectorless-without-endpoints",
    "endpoints-scaled-to-zero",
    "service-named-targetport-unresolved",
    "pod-crashloop",
    "pod-not-starting",
    "pod-readiness-failing",
    "pod-readiness-gate",
    "endpoints-all-not-ready",
];
