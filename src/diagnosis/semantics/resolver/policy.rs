//! Where a pod is told to get its names from, and what comes of that.

use k8s_openapi::api::core::v1::PodSpec;

/// Where a pod gets its nameservers and domains from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsPolicy {
    /// Cluster DNS.
    ClusterFirst,
    /// Cluster DNS, on the node's network too.
    ClusterFirstWithHostNet,
    /// The node's own file.
    Default,
    /// `dnsConfig` alone.
    None,
}

/// The policy that a pod has in effect, if the kubelet knows Cluster DNS (`getPodDNSType` of `pkg/kubelet/network/dns/dns.go`).
pub fn effective(spec: &PodSpec) -> DnsPolicy {
    match spec.dns_policy.as_deref() {
        Some("None") => DnsPolicy::None,
        Some("Default") => DnsPolicy::Default,
        Some("ClusterFirstWithHostNet") => DnsPolicy::ClusterFirstWithHostNet,
        Some("ClusterFirst") | None if spec.host_network == Some(true) => DnsPolicy::Default,
        // What the kubelet does not know, it takes for this.
        _ => DnsPolicy::ClusterFirst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_policy_is_in_effect() {
        use DnsPolicy::{ClusterFirst, ClusterFirstWithHostNet, Default, None};
        for (value, policy) in [
            (json!({}), ClusterFirst),
            (json!({"dnsPolicy": "ClusterFirst"}), ClusterFirst),
            (json!({"hostNetwork": true}), Default),
            (
                json!({"dnsPolicy": "ClusterFirst", "hostNetwork": true}),
                Default,
            ),
            (
                json!({"dnsPolicy": "ClusterFirstWithHostNet", "hostNetwork": true}),
                ClusterFirstWithHostNet,
            ),
            (json!({"dnsPolicy": "Default"}), Default),
            (json!({"dnsPolicy": "None", "hostNetwork": true}), None),
            (
                json!({"dnsPolicy": "Odd", "hostNetwork": true}),
                ClusterFirst,
            ),
        ] {
            let mut whole = json!({"containers": []});
            let (into, from) = (whole.as_object_mut(), value.as_object());
            into.unwrap().extend(from.unwrap().clone());
            let spec: PodSpec = serde_json::from_value(whole).unwrap();
            assert_eq!(effective(&spec), policy, "{value}");
        }
    }
}
