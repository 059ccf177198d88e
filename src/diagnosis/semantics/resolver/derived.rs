//! The `/etc/resolv.conf` that the kubelet has made for a pod (`GetPodDNS` of `pkg/kubelet/network/dns/dns.go`; pods of Linux alone).

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{PodDNSConfigOption, PodSpec};

use super::ResolvConf;
use super::policy::{DnsPolicy, effective};

/// The limits of the kubelet (`MaxDNSNameservers` and the like of `pkg/apis/core/validation`).
const MOST_NAMESERVERS: usize = 3;
const MOST_SEARCHES: usize = 32;
const LONGEST_SEARCHES: usize = 2048;
const LONGEST_SEARCH: usize = 253;

/// Why another policy is in effect than the pod asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// `ClusterFirst` means `Default` on the node's network.
    HostNetwork,
    /// The kubelet knows no Cluster DNS; an Event `MissingClusterDNS` says so.
    MissingClusterDns,
}

/// What the kubelet is told of Cluster DNS.
#[derive(Clone, Copy, Debug)]
pub struct ClusterDns<'a> {
    /// Its `clusterDNS`.
    pub nameservers: &'a [IpAddr],
    /// Its `clusterDomain`.
    pub domain: &'a str,
    /// The node's own file, where it is known.
    pub node: Option<&'a ResolvConf>,
}

/// What the kubelet's limits cut away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    /// Nameservers beyond the third.
    pub nameservers: Vec<String>,
    /// Domains beyond the 32nd, those that are too long, and those that make the line too long.
    pub searches: Vec<String>,
}

/// A pod's file, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derived {
    /// The policy in effect.
    pub policy: DnsPolicy,
    /// Why it is another than the pod asks for.
    pub fallback: Option<Fallback>,
    /// The file.
    pub conf: ResolvConf,
    /// The node's own lines belong to it and are not known: with `Default` all of them, with Cluster DNS its domains, which stand behind
    /// those of the cluster and before those of `dnsConfig`.
    pub node_unknown: bool,
    /// What was cut away.
    pub cut: Cut,
}

impl Derived {
    /// Whether the file names nobody, so that the libraries turn to the pod itself. The API server lets no `None` without one pass.
    pub fn is_without_nameserver(&self) -> bool {
        let node = self.policy == DnsPolicy::Default && self.node_unknown;
        self.conf.nameservers.is_empty() && !node
    }

    /// Whether the file brings a pod to Cluster DNS.
    pub fn is_cluster_dns(&self) -> bool {
        matches!(
            self.policy,
            DnsPolicy::ClusterFirst | DnsPolicy::ClusterFirstWithHostNet
        )
    }
}

/// The file of a pod.
pub fn resolv_conf(spec: &PodSpec, namespace: &str, cluster: &ClusterDns) -> Derived {
    let own = effective(spec);
    let (policy, fallback) = match own {
        DnsPolicy::ClusterFirst | DnsPolicy::ClusterFirstWithHostNet
            if cluster.nameservers.is_empty() =>
        {
            (DnsPolicy::Default, Some(Fallback::MissingClusterDns))
        }
        DnsPolicy::Default if spec.dns_policy.as_deref() != Some("Default") => {
            (own, Some(Fallback::HostNetwork))
        }
        _ => (own, None),
    };
    let node = cluster.node.cloned().unwrap_or_default();
    let mut conf = match policy {
        DnsPolicy::None => ResolvConf::default(),
        DnsPolicy::Default => ResolvConf {
            searches: node_searches(&node),
            ..node
        },
        DnsPolicy::ClusterFirst | DnsPolicy::ClusterFirstWithHostNet => ResolvConf {
            nameservers: cluster.nameservers.to_vec(),
            searches: without_duplicates(cluster_searches(namespace, cluster, &node)),
            ndots: 5,
            ..ResolvConf::default()
        },
    };
    let all_unknown = policy == DnsPolicy::Default && cluster.node.is_none();
    conf.host_domain = host_domain(spec, namespace, cluster.domain).filter(|_| !all_unknown);
    let mut nameservers: Vec<String> = conf.nameservers.iter().map(ToString::to_string).collect();
    if let Some(dns) = &spec.dns_config {
        nameservers.extend(dns.nameservers.iter().flatten().cloned());
        nameservers = without_duplicates(nameservers);
        conf.searches.extend(dns.searches.iter().flatten().cloned());
        conf.searches = without_duplicates(conf.searches);
        dns.options
            .iter()
            .flatten()
            .for_each(|o| merge(&mut conf, o));
    }
    let cut = Cut {
        nameservers: split_off(&mut nameservers, MOST_NAMESERVERS),
        searches: cut_searches(&mut conf.searches),
    };
    conf.nameservers = nameservers.iter().flat_map(|n| n.parse()).collect();
    Derived {
        policy,
        fallback,
        conf,
        node_unknown: policy != DnsPolicy::None && cluster.node.is_none(),
        cut,
    }
}

/// `generateSearchesForDNSClusterFirst`.
fn cluster_searches(namespace: &str, cluster: &ClusterDns, node: &ResolvConf) -> Vec<String> {
    let domain = cluster.domain;
    let own = match domain {
        "" => Vec::new(),
        _ => vec![
            format!("{namespace}.svc.{domain}"),
            format!("svc.{domain}"),
            domain.to_owned(),
        ],
    };
    own.into_iter().chain(node_searches(node)).collect()
}

/// `parseResolvConf`: final dots are left out, and so is the root.
fn node_searches(node: &ResolvConf) -> Vec<String> {
    let domains = node.searches.iter().filter(|d| *d != ".");
    let bare = domains.map(|d| d.strip_suffix('.').unwrap_or(d));
    bare.map(str::to_owned).collect()
}

/// `GeneratePodHostNameAndDomain`: what a pod calls itself has a domain only where it is told to. A pod on the node's network is called as
/// its node is.
fn host_domain(spec: &PodSpec, namespace: &str, domain: &str) -> Option<String> {
    if let Some(name) = &spec.hostname_override {
        return name.split_once('.').map(|(_, rest)| rest.to_owned());
    }
    let subdomain = spec.subdomain.as_ref().filter(|s| !s.is_empty())?;
    (spec.set_hostname_as_fqdn == Some(true) && spec.host_network != Some(true))
        .then(|| format!("{subdomain}.{namespace}.svc.{domain}"))
}

/// `mergeDNSOptions`: an option takes the place of one of its name, even without a value.
fn merge(conf: &mut ResolvConf, option: &PodDNSConfigOption) {
    let name = option.name.as_deref().unwrap_or_default();
    conf.unset(name);
    match option.value.as_deref() {
        Some("") | None => conf.set(name),
        Some(value) => conf.set(&format!("{name}:{value}")),
    }
}

/// `omitDuplicates`.
fn without_duplicates(all: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::with_capacity(all.len());
    for text in all {
        if !kept.contains(&text) {
            kept.push(text);
        }
    }
    kept
}

/// `formDNSSearchFitsLimits`.
fn cut_searches(searches: &mut Vec<String>) -> Vec<String> {
    let beyond = split_off(searches, MOST_SEARCHES);
    let (kept, mut cut): (Vec<String>, _) =
        searches.drain(..).partition(|d| d.len() <= LONGEST_SEARCH);
    let mut length = 0;
    let fits = |domain: &&String| {
        length += domain.len() + 1;
        length <= LONGEST_SEARCHES + 1
    };
    let fitting = kept.iter().take_while(fits).count();
    *searches = kept;
    cut.extend(split_off(searches, fitting));
    cut.extend(beyond);
    cut
}

fn split_off(all: &mut Vec<String>, most: usize) -> Vec<String> {
    all.split_off(most.min(all.len()))
}

#[cfg(test)]
mod tests {
    use super::super::{Libc, parse, queries};
    use super::*;
    use serde_json::json;

    const NODE: &str =
        "nameserver 192.0.2.53\nsearch corp.example. . lan\noptions rotate timeout:1\n";

    fn spec(value: serde_json::Value) -> PodSpec {
        let mut whole = json!({"containers": []});
        let (into, from) = (whole.as_object_mut(), value.as_object());
        into.unwrap().extend(from.unwrap().clone());
        serde_json::from_value(whole).unwrap()
    }

    fn derived(value: serde_json::Value, dns: &[&str], node: Option<&str>) -> Derived {
        let nameservers: Vec<IpAddr> = dns.iter().map(|n| n.parse().unwrap()).collect();
        let node = node.map(parse);
        let cluster = ClusterDns {
            nameservers: &nameservers,
            domain: "cluster.local",
            node: node.as_ref(),
        };
        resolv_conf(&spec(value), "shop", &cluster)
    }

    #[test]
    fn a_file_is_derived() {
        let cluster =
            "nameserver 10.96.77.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local";
        let node = "nameserver 192.0.2.53\nsearch corp.example lan\noptions timeout:1 rotate\n";
        for (value, known, file) in [
            (json!({}), false, format!("{cluster}\noptions ndots:5\n")),
            (
                json!({}),
                true,
                format!("{cluster} corp.example lan\noptions ndots:5\n"),
            ),
            (json!({"hostNetwork": true}), true, node.to_owned()),
            (json!({"dnsPolicy": "Default"}), true, node.to_owned()),
            (json!({"dnsPolicy": "Default"}), false, String::new()),
            (json!({"dnsPolicy": "None"}), true, String::new()),
            (
                json!({"dnsPolicy": "None", "dnsConfig": {
                    "nameservers": ["10.96.77.10", "10.96.77.10"], "searches": ["shop.svc.cluster.local"]}}),
                true,
                "nameserver 10.96.77.10\nsearch shop.svc.cluster.local\n".to_owned(),
            ),
            (
                json!({"dnsConfig": {"nameservers": ["10.0.0.2"], "searches": ["lan", "cluster.local", "example.com"],
                    "options": [{"name": "ndots", "value": "1"}, {"name": "ndots", "value": "2"}, {"name": "edns0"}]}}),
                true,
                format!(
                    "nameserver 10.96.77.10\nnameserver 10.0.0.2\n{} corp.example lan example.com\noptions ndots:2 edns0\n",
                    cluster.lines().last().unwrap()
                ),
            ),
            (
                json!({"dnsConfig": {"options": [{"name": "ndots"}]}}),
                false,
                format!("{cluster}\noptions ndots\n"),
            ),
            (
                json!({"dnsPolicy": "Default", "dnsConfig": {"options": [{"name": "timeout", "value": "3"}]}}),
                true,
                node.replace("timeout:1", "timeout:3"),
            ),
        ] {
            let found = derived(value.clone(), &["10.96.77.10"], known.then_some(NODE));
            assert_eq!(found.conf.to_string(), file, "{value}");
            assert_eq!(found.cut, Cut::default(), "{value}");
            let none = found.policy == DnsPolicy::None;
            assert_eq!(found.node_unknown, !known && !none, "{value}");
        }
    }

    #[test]
    fn a_policy_falls_back() {
        for (value, dns, policy, fallback) in [
            (
                json!({}),
                &["10.96.77.10"][..],
                DnsPolicy::ClusterFirst,
                None,
            ),
            (
                json!({}),
                &[],
                DnsPolicy::Default,
                Some(Fallback::MissingClusterDns),
            ),
            (
                json!({"hostNetwork": true}),
                &[],
                DnsPolicy::Default,
                Some(Fallback::HostNetwork),
            ),
            (
                json!({"dnsPolicy": "Default"}),
                &[],
                DnsPolicy::Default,
                None,
            ),
            (json!({"dnsPolicy": "None"}), &[], DnsPolicy::None, None),
        ] {
            let found = derived(value.clone(), dns, Some(NODE));
            assert_eq!(
                (found.policy, found.fallback),
                (policy, fallback),
                "{value}"
            );
            assert_eq!(found.is_cluster_dns(), policy == DnsPolicy::ClusterFirst);
        }
    }

    #[test]
    fn a_file_can_be_without_nameserver() {
        for (value, node, without) in [
            (json!({"dnsPolicy": "None"}), None, true),
            (
                json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["x"]}}),
                None,
                true,
            ),
            (json!({"dnsPolicy": "Default"}), None, false),
            (json!({"dnsPolicy": "Default"}), Some(""), true),
            (json!({}), None, false),
        ] {
            let found = derived(value.clone(), &["10.96.77.10"], node);
            assert_eq!(found.is_without_nameserver(), without, "{value}");
        }
    }

    #[test]
    fn limits_cut() {
        let nameservers = ["10.0.0.2", "10.0.0.3", "10.0.0.4"];
        let domains: Vec<String> = (0..31).map(|n| format!("d{n}.example")).collect();
        let value = json!({"dnsConfig": {"nameservers": nameservers, "searches": domains}});
        let found = derived(value, &["10.96.77.10"], None);
        assert_eq!(found.cut.nameservers, ["10.0.0.4"]);
        assert_eq!(found.cut.searches, ["d29.example", "d30.example"]);
        assert_eq!(found.conf.searches.len(), 32);
        // The cluster's own domains are 54 letters, the second one of these 253 and the others 250, each with a space: one is too many.
        let long = |n: usize, of: usize| format!("{n}{}", "x".repeat(of - 1));
        let domains = [
            long(0, 254),
            long(1, 253),
            long(2, 250),
            long(3, 250),
            long(4, 250),
        ];
        let more = (5..9).map(|n| long(n, 250));
        let domains: Vec<String> = domains.into_iter().chain(more).collect();
        let value = json!({"dnsConfig": {"searches": domains}});
        let found = derived(value, &["10.96.77.10"], None);
        assert_eq!(found.conf.searches.join(" ").len(), 54 + 254 + 6 * 251);
        assert_eq!(found.cut.searches, [domains[0].clone(), domains[8].clone()]);
        // What musl makes of it: no search at all.
        assert_eq!(queries(Libc::Musl, "web", &found.conf).len(), 1);
    }

    #[test]
    fn the_hosts_own_domain_is_searched_without_a_search_line() {
        let none = |more: serde_json::Value| {
            let mut value =
                json!({"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.96.77.10"]}});
            let (into, from) = (value.as_object_mut(), more.as_object());
            into.unwrap().extend(from.unwrap().clone());
            derived(value, &[], None)
                .conf
                .host_domain
                .unwrap_or_default()
        };
        for (more, domain) in [
            (json!({}), ""),
            (json!({"subdomain": "db"}), ""),
            (json!({"setHostnameAsFQDN": true}), ""),
            (
                json!({"subdomain": "db", "setHostnameAsFQDN": true}),
                "db.shop.svc.cluster.local",
            ),
            (
                json!({"subdomain": "db", "setHostnameAsFQDN": true, "hostNetwork": true}),
                "",
            ),
            (
                json!({"hostnameOverride": "web.corp.example"}),
                "corp.example",
            ),
        ] {
            assert_eq!(none(more.clone()), domain, "{more}");
        }
    }
}
