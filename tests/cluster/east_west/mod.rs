//! What a pod of the cluster reaches by a name: one fault at a time, met by a real client first and then held against `--from`.

mod client;
mod configured;
mod coredns;
mod headless;
mod names;
mod policies;
mod services;
mod traffic;

use serde_json::{Value, json};

use crate::bench::{Bench, findings};
use crate::clients::Client;
use crate::verdicts::Broken;

/// An address that nobody owns: nothing comes back from there.
const DEAD: &str = "203.0.113.99";

/// A fault without consequences that the test holds hops to.
fn broken<'a>(at: &'a str, roots: &'a [&'a str]) -> Broken<'a> {
    Broken {
        at,
        roots,
        folded: &[],
    }
}

impl Bench {
    /// The call works, and hops says so.
    fn call_works(&self, client: &Client, host: &str, port: u16) -> Value {
        self.meets(client, host, port, "ok");
        self.approves_of(&["--from", &client.pod(), &format!("{host}:{port}")])
    }

    /// The call works, and where it leads is outside of the cluster: hops finds nothing wrong and does not call it ok.
    fn call_leads_outside(&self, client: &Client, host: &str, port: u16) {
        self.meets(client, host, port, "ok");
        self.leaves_open(&["--from", &client.pod(), &format!("{host}:{port}")]);
    }

    /// hops finds nothing wrong, and cannot see that the call is answered.
    fn leaves_open(&self, args: &[&str]) {
        let report = self.hops(args).json();
        assert_eq!(report["verdict"], "unknown", "{report:#}");
        assert_eq!(findings(&report).count(), 0, "{report:#}");
    }

    /// The client meets this, and hops warns of it: what the objects say may be meant.
    fn call_is_warned_of(&self, client: &Client, to: (&str, u16), met: &str, code: &str) {
        let (host, port) = to;
        self.meets(client, host, port, met);
        let hops = self.hops(&["--from", &client.pod(), &format!("{host}:{port}")]);
        let report = hops.json();
        assert_eq!(report["verdict"], "degraded", "{report:#}");
        assert!(has(&report, code), "{report:#}");
    }

    /// The client meets this, and hops names these roots of it.
    fn call_fails(
        &self,
        client: &Client,
        host: &str,
        port: u16,
        met: &str,
        expected: &Broken,
    ) -> Value {
        self.meets(client, host, port, met);
        self.diagnoses_of(
            &["--from", &client.pod(), &format!("{host}:{port}")],
            expected,
        )
    }

    /// A Service of the shop's namespace with these fields.
    fn shop_service(&self, name: &str, spec: &Value) {
        self.add(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec,
        }));
    }

    /// A StatefulSet of the shop's namespace whose pods, labelled with its name, answer on port 8080.
    fn stateful(&self, name: &str, service: &str, replicas: usize) {
        let labels = json!({"app": name});
        self.add(json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "namespace": "shop"},
            "spec": {
                "serviceName": service, "replicas": replicas, "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [{
                    "name": "db", "image": "hops.test/agnhost:1", "imagePullPolicy": "Never",
                    "args": ["serve-hostname", "--port=8080"],
                    "ports": [{"containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
                }]}},
            },
        }));
        let set = format!("statefulset/{name}");
        self.kubectl(&["-n", "shop", "rollout", "status", &set, "--timeout=60s"]);
    }
}

/// How hops says a hop of the path does.
fn state<'a>(report: &'a Value, hop: &str) -> &'a Value {
    let mut path = report["path"].as_array().unwrap().iter();
    &path.find(|line| line["hop"] == hop).unwrap()["state"]
}

fn has(report: &Value, code: &str) -> bool {
    findings(report).any(|finding| finding["code"] == code)
}
