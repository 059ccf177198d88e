//! What a name of the cluster domain asks for, by its labels alone (CoreDNS plugin/kubernetes/parse.go).

/// Longest label and longest name that can be asked for (RFC 1035 §2.3.4); the name as text without the final dot.
const LONGEST_LABEL: usize = 63;
const LONGEST_NAME: usize = 253;

/// A name of the cluster domain, its parts in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// The domain itself.
    Domain,
    /// `svc.D`, above all Services.
    Svc,
    /// `pod.D`, above all pods.
    Pods,
    /// `ns.svc.D`.
    Namespace(String),
    /// `ns.pod.D`.
    PodNamespace(String),
    /// `name.ns.svc.D`.
    Service {
        /// The namespace.
        ns: String,
        /// The Service.
        name: String,
    },
    /// `_port._protocol.service.ns.svc.D`; the underscores may be left out, and a bare one stands for any.
    Port {
        /// The namespace.
        ns: String,
        /// The Service.
        service: String,
        /// The port's name; empty for any.
        port: String,
        /// The protocol; empty for any.
        protocol: String,
    },
    /// `host.service.ns.svc.D`, one endpoint.
    Endpoint {
        /// The namespace.
        ns: String,
        /// The Service.
        service: String,
        /// The endpoint's host name, or its address with dashes.
        host: String,
    },
    /// `zone.pin._zone.service.ns.svc.D` or the same with `prefer`: the endpoints of a topology zone.
    Zone {
        /// The namespace.
        ns: String,
        /// The Service.
        service: String,
        /// The zone; it may have dots.
        zone: String,
        /// Where the zone has no endpoint, those of all zones.
        prefer: bool,
    },
    /// `1-2-3-4.ns.pod.D`. Labels before it count for nothing.
    Pod {
        /// The namespace.
        ns: String,
        /// The address with dashes.
        dashed: String,
    },
    /// `dns-version.D`.
    Version,
    /// `ns.dns.D`, the server itself.
    NameServer,
    /// Anything else: never there. What stands before the domain.
    Other(String),
}

/// Reads a name; nothing where it is not of the domain, or is none that can be asked for.
pub fn parse(name: &str, domain: &str) -> Option<Name> {
    let lower = |text: &str| text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let (name, domain) = (lower(name), lower(domain));
    if name == domain {
        return Some(Name::Domain);
    }
    let base = match domain.as_str() {
        "" => name.as_str(),
        domain => name.strip_suffix(domain)?.strip_suffix('.')?,
    };
    let labels: Vec<&str> = base.split('.').collect();
    let is_label = |l: &&str| (1..=LONGEST_LABEL).contains(&l.len());
    if name.len() > LONGEST_NAME || !labels.iter().all(is_label) {
        return None;
    }
    Some(by_labels(&labels).unwrap_or_else(|| Name::Other(base.to_owned())))
}

fn by_labels(labels: &[&str]) -> Option<Name> {
    let owned = |label: &str| label.to_owned();
    let bare = |label: &str| label.strip_prefix('_').unwrap_or(label).to_owned();
    Some(match labels {
        ["svc"] => Name::Svc,
        ["pod"] => Name::Pods,
        ["dns-version"] => Name::Version,
        ["ns", "dns"] => Name::NameServer,
        [ns, "svc"] => Name::Namespace(owned(ns)),
        [ns, "pod"] => Name::PodNamespace(owned(ns)),
        [before @ .., dashed, ns, "pod"] if before.len() <= 2 => Name::Pod {
            ns: owned(ns),
            dashed: owned(dashed),
        },
        [name, ns, "svc"] => Name::Service {
            ns: owned(ns),
            name: owned(name),
        },
        [host, service, ns, "svc"] => Name::Endpoint {
            ns: owned(ns),
            service: owned(service),
            host: owned(host),
        },
        [port, protocol, service, ns, "svc"] => Name::Port {
            ns: owned(ns),
            service: owned(service),
            port: bare(port),
            protocol: bare(protocol),
        },
        [
            zone @ ..,
            how @ ("pin" | "prefer"),
            "_zone",
            service,
            ns,
            "svc",
        ] => Name::Zone {
            ns: owned(ns),
            service: owned(service),
            zone: zone.join("."),
            prefer: *how == "prefer",
        },
        _ => return None,
    })
}

impl Name {
    /// The namespace that it lies in: without one that is served, there is no such name.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace(ns)
            | Self::PodNamespace(ns)
            | Self::Service { ns, .. }
            | Self::Port { ns, .. }
            | Self::Endpoint { ns, .. }
            | Self::Zone { ns, .. }
            | Self::Pod { ns, .. } => Some(ns),
            Self::Domain
            | Self::Svc
            | Self::Pods
            | Self::Version
            | Self::NameServer
            | Self::Other(_) => None,
        }
    }

    /// The namespace and name of the Service that it needs, and of whose EndpointSlices.
    pub fn service(&self) -> Option<(&str, &str)> {
        match self {
            Self::Service { ns, name } => Some((ns, name)),
            Self::Port { ns, service, .. }
            | Self::Endpoint { ns, service, .. }
            | Self::Zone { ns, service, .. } => Some((ns, service)),
            _ => None,
        }
    }

    /// The name written out, without the final dot.
    pub fn text(&self, domain: &str) -> String {
        let before = match self {
            Self::Domain => return domain.to_owned(),
            Self::Svc => "svc".to_owned(),
            Self::Pods => "pod".to_owned(),
            Self::Namespace(ns) => format!("{ns}.svc"),
            Self::PodNamespace(ns) => format!("{ns}.pod"),
            Self::Service { ns, name } => format!("{name}.{ns}.svc"),
            Self::Port {
                ns,
                service,
                port,
                protocol,
            } => format!("_{port}._{protocol}.{service}.{ns}.svc"),
            Self::Endpoint { ns, service, host } => format!("{host}.{service}.{ns}.svc"),
            Self::Zone {
                ns,
                service,
                zone,
                prefer,
            } => {
                let how = if *prefer { "prefer" } else { "pin" };
                format!("{zone}.{how}._zone.{service}.{ns}.svc")
            }
            Self::Pod { ns, dashed } => format!("{dashed}.{ns}.pod"),
            Self::Version => "dns-version".to_owned(),
            Self::NameServer => "ns.dns".to_owned(),
            Self::Other(before) => before.clone(),
        };
        match domain {
            "" => before,
            domain => format!("{before}.{domain}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOMAIN: &str = "cluster.local";

    #[test]
    fn names_are_read_by_their_labels() {
        for (name, read) in [
            ("cluster.local", Some("Domain")),
            ("Cluster.LOCAL.", Some("Domain")),
            ("svc.cluster.local", Some("Svc")),
            ("pod.cluster.local", Some("Pods")),
            ("shop.svc.cluster.local", Some(r#"Namespace("shop")"#)),
            ("shop.pod.cluster.local", Some(r#"PodNamespace("shop")"#)),
            (
                "WEB.Shop.SVC.cluster.local",
                Some(r#"Service { ns: "shop", name: "web" }"#),
            ),
            (
                "db-0.db.shop.svc.cluster.local",
                Some(r#"Endpoint { ns: "shop", service: "db", host: "db-0" }"#),
            ),
            // One underscore alone, and not even that is needed.
            (
                "_http._tcp.web.shop.svc.cluster.local",
                Some(r#"Port { ns: "shop", service: "web", port: "http", protocol: "tcp" }"#),
            ),
            (
                "http.tcp.web.shop.svc.cluster.local",
                Some(r#"Port { ns: "shop", service: "web", port: "http", protocol: "tcp" }"#),
            ),
            (
                "_.__tcp.web.shop.svc.cluster.local",
                Some(r#"Port { ns: "shop", service: "web", port: "", protocol: "_tcp" }"#),
            ),
            (
                "a.b.pin._zone.web.shop.svc.cluster.local",
                Some(r#"Zone { ns: "shop", service: "web", zone: "a.b", prefer: false }"#),
            ),
            (
                "a.prefer._zone.web.shop.svc.cluster.local",
                Some(r#"Zone { ns: "shop", service: "web", zone: "a", prefer: true }"#),
            ),
            // Too short for a zone: a port.
            (
                "pin._zone.web.shop.svc.cluster.local",
                Some(r#"Port { ns: "shop", service: "web", port: "pin", protocol: "zone" }"#),
            ),
            (
                "10-0-0-1.shop.pod.cluster.local",
                Some(r#"Pod { ns: "shop", dashed: "10-0-0-1" }"#),
            ),
            (
                "x.y.10-0-0-1.shop.pod.cluster.local",
                Some(r#"Pod { ns: "shop", dashed: "10-0-0-1" }"#),
            ),
            ("dns-version.cluster.local", Some("Version")),
            ("ns.dns.cluster.local", Some("NameServer")),
            // Neither `svc` nor `pod`, or too many labels.
            ("web.shop.cluster.local", Some(r#"Other("web.shop")"#)),
            ("a.dns.cluster.local", Some(r#"Other("a.dns")"#)),
            (
                "x.y.z.10-0-0-1.shop.pod.cluster.local",
                Some(r#"Other("x.y.z.10-0-0-1.shop.pod")"#),
            ),
            (
                "a.b.c.web.shop.svc.cluster.local",
                Some(r#"Other("a.b.c.web.shop.svc")"#),
            ),
            (
                "a.florp._zone.web.shop.svc.cluster.local",
                Some(r#"Other("a.florp._zone.web.shop.svc")"#),
            ),
            // No wildcards: a star is a name like others.
            (
                "*.shop.svc.cluster.local",
                Some(r#"Service { ns: "shop", name: "*" }"#),
            ),
            ("example.com", None),
            ("local", None),
            ("websvc.notcluster.local", None),
            ("xcluster.local", None),
            (".cluster.local", None),
            ("web..svc.cluster.local", None),
            ("web.shop.svc.cluster.local..", None),
        ] {
            let found = parse(name, DOMAIN).map(|n| format!("{n:?}"));
            assert_eq!(found.as_deref(), read, "{name}");
        }
    }

    #[test]
    fn names_have_a_limit() {
        let label = "a".repeat(63);
        assert!(parse(&format!("{label}.svc.{DOMAIN}"), DOMAIN).is_some());
        assert!(parse(&format!("a{label}.svc.{DOMAIN}"), DOMAIN).is_none());
        assert!(parse(&format!("{label}.{label}.{label}.{label}.{DOMAIN}"), DOMAIN).is_none());
    }

    #[test]
    fn a_name_says_what_it_needs() {
        let read = |name: &str| parse(name, "").expect("a name");
        assert_eq!(read("web.shop.svc").service(), Some(("shop", "web")));
        assert_eq!(read("db-0.db.shop.svc").service(), Some(("shop", "db")));
        assert_eq!(read("1-2-3-4.shop.pod").namespace(), Some("shop"));
        assert_eq!(read("1-2-3-4.shop.pod").service(), None);
        assert_eq!(read("svc").namespace(), None);
    }

    proptest! {
        #[test]
        fn what_is_written_out_is_read_again(
            name in "(_?[a-c-]{1,3}\\.){0,4}(svc|pod|dns|_zone)?(\\.(svc|pod))?",
            domain in prop_oneof![Just("cluster.local"), Just("")],
        ) {
            let whole = format!("{name}.{domain}");
            if let Some(read) = parse(&whole, domain) {
                prop_assert_eq!(parse(&read.text(domain), domain), Some(read));
            }
        }
    }
}
