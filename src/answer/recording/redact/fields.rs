//! Which fields hold names, which hold words of the API, and which are emptied.

/// Fields whose text is a word of the API or of this program, never a name.
const STRUCTURAL: &[&str] = &[
    "addressType",
    "alpn",
    "answer",
    "apiGroup",
    "apiVersion",
    "appProtocol",
    "ask",
    "connect",
    "effect",
    "end",
    "exchange",
    "externalTrafficPolicy",
    "from",
    "gap",
    "groups",
    "handshake",
    "imagePullPolicy",
    "internalTrafficPolicy",
    "ipFamilies",
    "ipFamilyPolicy",
    "kind",
    "method",
    "mode",
    "operator",
    "outcome",
    "pathType",
    "phase",
    "policyTypes",
    "protocol",
    "qosClass",
    "reason",
    "resource",
    "restartPolicy",
    "rtype",
    "scheme",
    "served",
    "sessionAffinity",
    "status",
    "strategy",
    "type",
    "types",
    "uid",
    "verb",
];

/// Fields of which every word is part of a name.
const NAMES: &[&str] = &[
    "claimName",
    "context",
    "externalName",
    "gatewayClassName",
    "generateName",
    "host",
    "hostname",
    "hostnames",
    "hosts",
    "image",
    "ingressClassName",
    "name",
    "names",
    "namespace",
    "namespaces",
    "nodeName",
    "path",
    "replaceFullPath",
    "replacePrefixMatch",
    "secretName",
    "sectionName",
    "serviceAccount",
    "serviceAccountName",
    "serviceName",
    "sni",
    "subdomain",
    "subject",
    "value",
    "with",
];

/// Maps whose keys users choose.
const DICTIONARIES: &[&str] = &[
    "annotations",
    "data",
    "labels",
    "matchLabels",
    "nodeSelector",
    "selector",
];

/// Digests that point to one image or one container and that no verdict reads.
const EMPTIED: &[&str] = &["containerID", "imageID"];

pub(super) fn is_structural(field: &str) -> bool {
    STRUCTURAL.contains(&field)
}

pub(super) fn is_name(field: &str) -> bool {
    NAMES.contains(&field)
}

pub(super) fn is_dictionary(field: &str) -> bool {
    DICTIONARIES.contains(&field)
}

pub(super) fn is_emptied(field: &str) -> bool {
    EMPTIED.contains(&field)
}
