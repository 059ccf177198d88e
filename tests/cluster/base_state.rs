//! Back to the base state, which each test begins with, and whether it is there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bench::{ADDED, APPLY, BASE, Bench, SHOP, SHOP_ADDRESS};

impl Bench {
    /// As few calls as there can be: this runs before every test.
    pub fn restore(&self) {
        self.kubectl(&["delete", "ingress,ingressclass,httproute,grpcroute,referencegrant,gateway,service,deployment,statefulset,pod,secret,configmap,serviceaccount,role,rolebinding,networkpolicy,namespace", "-A", "-l", ADDED, "--wait=true", "--ignore-not-found"]);
        let [base, gateway] = BASE.map(Self::file);
        let secret = self.secret_of("shop", "shop-tls", &self.run.join("shop/shop"));
        let files = ["-f", &base, "-f", &gateway, "-f", "-"];
        self.kubectl_reads(&[&APPLY[..], &files[..]].concat(), &secret);
        self.publish(&[SHOP_ADDRESS]);
        self.zone(|zone| zone);
        let what = ["get", "deployments,pods,endpointslices", "-A", "-o", "json"];
        let frontends = self.until(
            "the pods of the base state",
            || base_state(&serde_json::from_str(&self.kubectl(&what)).unwrap()),
            Result::is_ok,
        );
        let frontends = frontends.unwrap();
        self.until(
            "the base state",
            || self.answering(SHOP, 6),
            |answering| *answering == frontends,
        );
    }
}

/// The frontends, where all Deployments of the base state are rolled out and the cluster's DNS is ready.
fn base_state(all: &Value) -> Result<BTreeSet<String>, String> {
    let of = |kind: &'static str| {
        let items = all["items"].as_array().into_iter().flatten();
        items.filter(move |item| item["kind"] == kind)
    };
    for (namespace, name) in [
        ("kube-system", "coredns"),
        ("traefik", "traefik"),
        ("ingress-nginx", "ingress-nginx-controller"),
        ("shop", "frontend"),
    ] {
        let meta = |item: &&Value| {
            item["metadata"]["namespace"] == namespace && item["metadata"]["name"] == name
        };
        let status = |item: &Value| {
            let (status, wanted) = (&item["status"], &item["spec"]["replicas"]);
            let counts = ["replicas", "updatedReplicas", "availableReplicas"];
            status["observedGeneration"] == item["metadata"]["generation"]
                && counts.iter().all(|count| status[count] == *wanted)
        };
        if !of("Deployment").find(meta).is_some_and(status) {
            return Err(format!("Deployment {namespace}/{name} is not rolled out"));
        }
    }
    let mut dns = of("EndpointSlice")
        .filter(|item| item["metadata"]["labels"]["kubernetes.io/service-name"] == "kube-dns")
        .flat_map(|item| item["endpoints"].as_array().into_iter().flatten());
    match (dns.next(), dns.next()) {
        (Some(one), None) if one["conditions"]["ready"] == true => {}
        endpoints => return Err(format!("kube-dns has {endpoints:?}")),
    }
    let frontends: BTreeSet<String> = of("Pod")
        .filter(|pod| {
            let meta = &pod["metadata"];
            meta["namespace"] == "shop"
                && meta["labels"]["app"] == "frontend"
                && meta["deletionTimestamp"].is_null()
        })
        .map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned())
        .collect();
    match frontends.len() {
        3 => Ok(frontends),
        _ => Err(format!("{frontends:?}")),
    }
}
