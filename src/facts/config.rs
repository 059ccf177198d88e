//! What hops reads of a `ConfigMap`: a controller's own settings, and of these only the few that a verdict hangs on, and the Corefile of
//! the cluster's DNS server.

/// ingress-nginx: requests begin with a PROXY protocol line.
pub const USE_PROXY_PROTOCOL: &str = "use-proxy-protocol";

/// ingress-nginx: whether annotations may hold parts of its configuration.
pub const ALLOW_SNIPPETS: &str = "allow-snippet-annotations";

/// ingress-nginx: up to which risk annotations are taken.
pub const RISK_LEVEL: &str = "annotations-risk-level";

/// ingress-nginx: whether hosts with a certificate are sent to https, whether all are, and with which status.
pub const SSL_REDIRECT: &str = "ssl-redirect";
/// See there.
pub const FORCE_SSL_REDIRECT: &str = "force-ssl-redirect";
/// See there.
pub const REDIRECT_CODE: &str = "http-redirect-code";

/// CoreDNS: its Corefile.
pub const COREFILE: &str = "Corefile";

/// The keys that are kept; the edge drops all others, so that no other content is ever recorded.
pub const KEYS: &[&str] = &[
    USE_PROXY_PROTOCOL,
    ALLOW_SNIPPETS,
    RISK_LEVEL,
    SSL_REDIRECT,
    FORCE_SSL_REDIRECT,
    REDIRECT_CODE,
    COREFILE,
];
