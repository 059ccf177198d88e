//! CoreDNS's own plugins, in the order in which they see a question (CoreDNS plugin.cfg).

/// The version these rules are those of.
pub const VERSION: &str = "1.15.0";

/// Every plugin. What decides about names has had the same order since 1.8; `acl` has moved behind `rewrite`, and `cache` behind both.
pub(super) const ORDER: [&str; 62] = [
    "root",
    "metadata",
    "geoip",
    "cancel",
    "proxyproto",
    "quic",
    "grpc_server",
    "https",
    "https3",
    "timeouts",
    "multisocket",
    "reload",
    "nsid",
    "bufsize",
    "bind",
    "debug",
    "trace",
    "ready",
    "health",
    "pprof",
    "shed",
    "prometheus",
    "errors",
    "log",
    "dnstap",
    "local",
    "dns64",
    "siit",
    "any",
    "chaos",
    "loadbalance",
    "tsig",
    "rewrite",
    "autopath",
    "acl",
    "cache",
    "header",
    "dnssec",
    "tls",
    "minimal",
    "template",
    "transfer",
    "dynupdate",
    "hosts",
    "route53",
    "azure",
    "clouddns",
    "k8s_external",
    "kubernetes",
    "file",
    "auto",
    "secondary",
    "etcd",
    "loop",
    "forward",
    "grpc",
    "erratic",
    "whoami",
    "on",
    "sign",
    "view",
    "nomad",
];

/// Those that see no question: a block with nothing else has no chain of plugins.
const WITHOUT_HANDLER: [&str; 17] = [
    "root",
    "proxyproto",
    "quic",
    "grpc_server",
    "https",
    "https3",
    "timeouts",
    "multisocket",
    "reload",
    "bind",
    "debug",
    "ready",
    "health",
    "pprof",
    "tls",
    "on",
    "sign",
];

/// Plugins of other builds that look on and decide nothing (OpenShift's enhancement "DNS name resolver": it inspects answers alone).
const ONLOOKERS: [&str; 1] = ["ocp_dnsnameresolver"];

/// Whether a directive is one of CoreDNS's own.
pub(super) fn is_known(directive: &str) -> bool {
    ORDER.contains(&directive)
}

/// Whether a plugin of CoreDNS sees questions.
pub(super) fn sees_questions(directive: &str) -> bool {
    !WITHOUT_HANDLER.contains(&directive)
}

/// Whether a plugin of another build may decide about names.
pub(super) fn may_decide(directive: &str) -> bool {
    !is_known(directive) && !ONLOOKERS.contains(&directive)
}
