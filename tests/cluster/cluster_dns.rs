//! The cluster's DNS as a test changes it, and what its upstream knows. Each change is undone when the test ends.

use serde_json::Value;

use crate::bench::Bench;

const DNS_PODS: [&str; 4] = ["-n", "kube-system", "-l", "k8s-app=kube-dns"];

impl Bench {
    /// CoreDNS's configuration, changed. Its pods go on with the one they started with.
    pub fn corefile(&self, change: impl FnOnce(&str) -> String) {
        self.later(|bench| {
            bench.change("ConfigMap", "coredns", |_| ());
            bench.dns_restarts();
            bench.dns_answers();
        });
        self.change("ConfigMap", "coredns", |map| {
            let text = change(map["data"]["Corefile"].as_str().unwrap());
            map["data"]["Corefile"] = text.into();
        });
    }

    /// The same, with this put before another plugin or in its place, and CoreDNS running by it.
    pub fn dns_runs_with(&self, old: &str, new: &str) {
        self.corefile(|text| replaced(text, old, new));
        self.dns_restarts();
        self.dns_answers();
    }

    /// New pods of CoreDNS, for better or worse.
    pub fn dns_restarts(&self) {
        self.kubectl(&[&["delete", "pod", "--wait=true"], &DNS_PODS[..]].concat());
    }

    /// Waits until CoreDNS crashed and was started again.
    pub fn dns_crashes(&self) {
        let restarts = "jsonpath={.items[*].status.containerStatuses[0].restartCount}";
        self.until(
            "restarts of CoreDNS",
            || self.kubectl(&[&["get", "pod", "-o", restarts], &DNS_PODS[..]].concat()),
            |count| count.parse::<u32>().is_ok_and(|n| n > 0),
        );
    }

    /// Waits until kube-dns has its ready endpoint.
    pub fn dns_answers(&self) {
        let ready = "jsonpath={.items[*].endpoints[*].conditions.ready}";
        let slices = [
            "-n",
            "kube-system",
            "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=kube-dns",
            "-o",
            ready,
        ];
        self.until(
            "the cluster's DNS",
            || self.kubectl(&slices),
            |ready| ready == "true",
        );
    }

    /// kube-dns made anew at another address; kubelets go on writing the old one into pods.
    pub fn kube_dns_moves_to(&self, address: &str) {
        let delete = |bench: &Bench| {
            bench.kubectl(&["-n", "kube-system", "delete", "service", "kube-dns"]);
        };
        self.later(move |bench| {
            delete(bench);
            bench.change("Service", "kube-dns", |_| ());
            bench.dns_answers();
        });
        delete(self);
        self.change("Service", "kube-dns", |service| {
            service["spec"]["clusterIP"] = address.into();
        });
        self.dns_answers();
    }

    /// Upstream says of names outside of example.com that they do not exist, as the internet does. The base state's refuses to speak
    /// of them.
    pub fn upstream_knows_the_internet(&self) {
        let file = self.run.join("etc/world.Corefile");
        let before = std::fs::read_to_string(&file).unwrap();
        let soa = ". 60 IN SOA ns.example.com. admin.example.com. 1 60 60 60 60";
        let rest = format!(
            ".:53 {{\n  bind {}\n  template ANY ANY {{\n    rcode NXDOMAIN\n    authority \"{soa}\"\n  }}\n}}\n",
            crate::world::AUTHORITY
        );
        let now = before.clone() + &rest;
        self.later(move |bench| bench.reload_dns("world", &before));
        self.reload_dns("world", &now);
    }

    /// What the API server says of an object.
    pub fn read(&self, namespace: &str, kind: &str, name: &str) -> Value {
        let object = self.kubectl(&["-n", namespace, "get", kind, name, "-o", "json"]);
        serde_json::from_str(&object).unwrap()
    }
}

fn replaced(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{text}");
    text.replacen(old, new, 1)
}
