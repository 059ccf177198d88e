//! The `/etc/hosts` of a pod (`ensureHostsFile` of `pkg/kubelet/kubelet_pods.go`), which every library looks into before it asks.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Pod, PodSpec};

use super::Libc;

/// A name of a host is cut to what the kernel takes (`truncatePodHostnameIfNeeded`).
const LONGEST_HOSTNAME: usize = 63;
/// musl reads lines in pieces of this size (`name_from_hosts`), and what is behind the first one is lost.
const MUSL_PIECE: usize = 511;
/// What the kubelet writes on top.
const OWN: [(&str, &[&str]); 6] = [
    ("127.0.0.1", &["localhost"]),
    ("::1", &["localhost", "ip6-localhost", "ip6-loopback"]),
    ("fe00::0", &["ip6-localnet"]),
    ("fe00::0", &["ip6-mcastprefix"]),
    ("fe00::1", &["ip6-allnodes"]),
    ("fe00::2", &["ip6-allrouters"]),
];

/// What put a line there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The kubelet, for every pod.
    Kubelet,
    /// The pod's own name and address.
    Pod,
    /// This one of `spec.hostAliases`.
    HostAlias(usize),
}

/// An address and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The address, as it is written.
    pub address: String,
    /// The names.
    pub names: Vec<String>,
    /// What put it there.
    pub origin: Origin,
}

/// A hosts file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The node's own lines come first and are not known: the pod is on the node's network.
    pub node_unknown: bool,
}

/// The file of a pod, by the cluster's domain.
pub fn hosts(pod: &Pod, domain: &str) -> Hosts {
    let spec = pod.spec.as_ref();
    let node_unknown = spec.is_some_and(|s| s.host_network == Some(true));
    let mut lines = Vec::new();
    if !node_unknown {
        let names = |n: &[&str]| n.iter().map(|n| (*n).to_owned()).collect();
        lines.extend(OWN.iter().map(|(address, all)| Line {
            address: (*address).to_owned(),
            names: names(all),
            origin: Origin::Kubelet,
        }));
        let own = own_names(pod, domain);
        lines.extend(addresses(pod).into_iter().map(|address| Line {
            address,
            names: own.clone(),
            origin: Origin::Pod,
        }));
    }
    let aliases = spec.iter().flat_map(|s| s.host_aliases.iter().flatten());
    lines.extend(aliases.enumerate().map(|(at, alias)| Line {
        address: alias.ip.clone(),
        names: alias.hostnames.clone().unwrap_or_default(),
        origin: Origin::HostAlias(at),
    }));
    Hosts {
        lines,
        node_unknown,
    }
}

impl Line {
    /// The address, where it is one: libraries pass over a line with none.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }

    fn has(&self, libc: Libc, name: &str) -> bool {
        match libc {
            // `_nss_files_gethostbyname4_r` of `nss/nss_files/files-hosts.c`.
            Libc::Glibc => self.names.iter().any(|n| n.eq_ignore_ascii_case(name)),
            Libc::Musl => {
                let mut end = self.address.len();
                self.names.iter().any(|n| {
                    end += 1 + n.len();
                    n == name && end < MUSL_PIECE
                })
            }
            // `lookupStaticHost` of `net/hosts.go`: a name with a dot inside may have a final one.
            Libc::Go => {
                let bare = name.strip_suffix('.').filter(|n| n.contains('.'));
                let bare = bare.unwrap_or(name);
                self.names.iter().any(|n| n.eq_ignore_ascii_case(bare))
            }
        }
    }
}

/// The lines that a library finds a name in, in order; where there are none, it asks. glibc stops at the first one if the image's
/// `/etc/host.conf` does not say `multi on`.
pub fn alias<'a>(libc: Libc, name: &str, hosts: &'a Hosts) -> Vec<&'a Line> {
    let lines = hosts.lines.iter().filter(|l| l.ip().is_some());
    lines.filter(|l| l.has(libc, name)).collect()
}

fn addresses(pod: &Pod) -> Vec<String> {
    let Some(status) = &pod.status else {
        return Vec::new();
    };
    let all: Vec<String> = status
        .pod_ips
        .iter()
        .flatten()
        .map(|a| a.ip.clone())
        .collect();
    if all.is_empty() {
        return status.pod_ip.iter().cloned().collect();
    }
    all
}

/// `GeneratePodHostNameAndDomain`: the name with its domain comes first, where there is a subdomain.
fn own_names(pod: &Pod, domain: &str) -> Vec<String> {
    let said = |of: fn(&PodSpec) -> &Option<String>| {
        let value = pod.spec.as_ref().and_then(|s| of(s).as_deref());
        value.filter(|v| !v.is_empty())
    };
    if let Some(name) = said(|s| &s.hostname_override) {
        return vec![short(name)];
    }
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let name = short(said(|s| &s.hostname).unwrap_or(name));
    let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
    let whole = said(|s| &s.subdomain).map(|sub| format!("{name}.{sub}.{namespace}.svc.{domain}"));
    whole.into_iter().chain([name]).collect()
}

fn short(name: &str) -> String {
    match name.get(..LONGEST_HOSTNAME) {
        Some(start) if name.len() > LONGEST_HOSTNAME => start.trim_end_matches(['-', '.']).into(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn file(spec: serde_json::Value) -> Hosts {
        let mut whole = json!({
            "metadata": {"name": "frontend-7d9c", "namespace": "shop"},
            "spec": {"containers": []},
            "status": {"podIPs": [{"ip": "10.0.1.7"}, {"ip": "fd00::7"}], "podIP": "10.0.1.7"},
        });
        let (into, from) = (whole["spec"].as_object_mut(), spec.as_object());
        into.unwrap().extend(from.unwrap().clone());
        let pod: Pod = serde_json::from_value(whole).unwrap();
        hosts(&pod, "cluster.local")
    }

    fn find(libc: Libc, name: &str, hosts: &Hosts) -> String {
        let lines = alias(libc, name, hosts);
        let words: Vec<&str> = lines.iter().map(|l| l.address.as_str()).collect();
        words.join(" ")
    }

    #[test]
    fn names_are_found_as_each_library_does() {
        let hosts = file(json!({"subdomain": "db", "hostAliases": [
            {"ip": "203.0.113.7", "hostnames": ["web", "shop.example.com"]},
            {"ip": "203.0.113.8", "hostnames": ["Shop.example.com"]},
            {"ip": "nowhere", "hostnames": ["web"]},
        ]}));
        let both = "203.0.113.7 203.0.113.8";
        let own = "10.0.1.7 fd00::7";
        for (name, glibc, musl, go) in [
            ("web", "203.0.113.7", "203.0.113.7", "203.0.113.7"),
            ("WEB", "203.0.113.7", "", "203.0.113.7"),
            ("shop.example.com", both, "203.0.113.7", both),
            ("shop.example.com.", "", "", both),
            ("web.", "", "", ""),
            ("we", "", "", ""),
            (
                "localhost",
                "127.0.0.1 ::1",
                "127.0.0.1 ::1",
                "127.0.0.1 ::1",
            ),
            ("ip6-localhost", "::1", "::1", "::1"),
            ("ip6-allnodes", "fe00::1", "fe00::1", "fe00::1"),
            ("frontend-7d9c", own, own, own),
            ("frontend-7d9c.db.shop.svc.cluster.local", own, own, own),
            ("frontend-7d9c.db", "", "", ""),
        ] {
            assert_eq!(find(Libc::Glibc, name, &hosts), glibc, "{name}");
            assert_eq!(find(Libc::Musl, name, &hosts), musl, "{name}");
            assert_eq!(find(Libc::Go, name, &hosts), go, "{name}");
        }
        let origins: Vec<Origin> = alias(Libc::Go, "web", &hosts)
            .iter()
            .map(|l| l.origin)
            .collect();
        assert_eq!(origins, [Origin::HostAlias(0)]);
    }

    #[test]
    fn a_pod_is_called_as_its_spec_says() {
        for (spec, names) in [
            (json!({}), &["frontend-7d9c"][..]),
            (json!({"hostname": "db-0"}), &["db-0"]),
            (
                json!({"hostname": "db-0", "subdomain": "db"}),
                &["db-0.db.shop.svc.cluster.local", "db-0"],
            ),
            (
                json!({"hostname": "db-0", "subdomain": "db", "hostnameOverride": "a.example"}),
                &["a.example"],
            ),
            (
                json!({"hostname": format!("{}--x", "y".repeat(61))}),
                &["y".repeat(61).as_str()],
            ),
        ] {
            let hosts = file(spec.clone());
            let own = hosts
                .lines
                .iter()
                .find(|l| l.origin == Origin::Pod)
                .unwrap();
            assert_eq!(own.names, names, "{spec}");
        }
    }

    #[test]
    fn on_the_nodes_network_the_node_says_the_rest() {
        let aliases = json!([{"ip": "203.0.113.7", "hostnames": ["web"]}]);
        let hosts = file(json!({"hostNetwork": true, "hostAliases": aliases}));
        assert!(hosts.node_unknown);
        assert_eq!(hosts.lines.len(), 1);
        assert!(alias(Libc::Glibc, "localhost", &hosts).is_empty());
        assert!(!file(json!({})).node_unknown);
    }

    #[test]
    fn musl_loses_the_end_of_a_long_line() {
        // 11 letters of address, then 10 for each name with the tab before it: the 50th ends at 511.
        let names: Vec<String> = (0..60).map(|n| format!("name-{n:04}")).collect();
        let hosts = file(json!({"hostAliases": [{"ip": "203.0.113.7", "hostnames": names}]}));
        for (name, seen) in [
            ("name-0048", true),
            ("name-0049", false),
            ("name-0059", false),
        ] {
            assert_eq!(!alias(Libc::Musl, name, &hosts).is_empty(), seen, "{name}");
            assert_eq!(alias(Libc::Glibc, name, &hosts).len(), 1);
        }
    }
}
