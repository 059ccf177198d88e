//! From the Service's address to a pod, as kube-proxy does it.

use serde_json::json;

use super::broken;
use crate::bench::{Bench, predicted_pods};

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn healthy_by_short_name() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    let report = bench.call_works(&client, "frontend", 80);
    assert_eq!(report["target"]["from"], "shop/client-glibc", "{report:#}");
    assert_eq!(report["target"]["host"], "frontend", "{report:#}");
    assert_eq!(
        predicted_pods(&report),
        bench.pods("shop", "app=frontend"),
        "{report:#}"
    );
    let path = report["path"].as_array().unwrap().iter();
    let hops: Vec<_> = path.map(|hop| hop["hop"].as_str().unwrap()).collect();
    assert_eq!(
        hops,
        [
            "client",
            "cluster-dns",
            "service",
            "endpoints",
            "network-policy",
            "pod"
        ]
    );
    let requests = report["stats"]["apiRequests"].as_u64().unwrap();
    // Two of them ask what the user may do, and one which policies there can be beside NetworkPolicy.
    assert!(requests <= 17, "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn healthy_from_a_pod_of_a_deployment() {
    let bench = Bench::healthy();
    // Its pods are no clients of ours, but they are programs that call.
    let report = bench.approves_of(&[
        "-n",
        "shop",
        "--from",
        "deploy/frontend",
        "product-service.default",
    ]);
    let from = report["target"]["from"].as_str().unwrap();
    assert!(from.starts_with("shop/frontend-"), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn healthy_by_the_name_of_its_port() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.meets(&client, "frontend", 80, "ok");
    bench.approves_of(&["--from", &client.pod(), "frontend:http"]);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn healthy_by_udp() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.shop_service(
        "clock",
        &json!({"selector": {"app": "frontend"}, "ports": [{"port": 123, "targetPort": 8081, "protocol": "UDP"}]}),
    );
    bench.until(
        "the clock",
        || bench.connects_by_udp(&client, "clock", 123),
        |met| met == "ok",
    );
    bench.leaves_open(&["--from", &client.pod(), "--protocol", "udp", "clock:123"]);
    // The same Service has no TCP port: nobody says so, packets are let fall.
    bench.call_fails(
        &client,
        "clock",
        123,
        "timeout",
        &broken("service", &["service-port-not-exposed"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn selector_matches_nothing() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"] = json!({"app": "fronted"});
    });
    bench.call_fails(
        &client,
        "frontend",
        80,
        "refused",
        &broken("service", &["service-selector-no-match"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn scaled_to_zero() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Deployment", "frontend", |frontend| {
        frontend["spec"]["replicas"] = 0.into();
    });
    let all = [
        "-n",
        "shop",
        "get",
        "pods",
        "-l",
        "app=frontend",
        "-o",
        "name",
    ];
    bench.until(
        "the last pod's end",
        || bench.kubectl(&all),
        String::is_empty,
    );
    // The name goes on resolving.
    bench.call_fails(
        &client,
        "frontend",
        80,
        "refused",
        &broken("endpoints", &["endpoints-scaled-to-zero"]),
    );
    assert_eq!(bench.addresses(&client, "frontend").len(), 1);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn target_port_where_nothing_listens() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = 8089.into();
    });
    bench.call_fails(
        &client,
        "frontend",
        80,
        "refused",
        &broken("service", &["service-targetport-mismatch"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn target_port_that_no_container_declares() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    // Listens there, and says so nowhere.
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = 8080.into();
    });
    bench.change("Deployment", "frontend", |frontend| {
        let container = &mut frontend["spec"]["template"]["spec"]["containers"][0];
        container.as_object_mut().unwrap().remove("ports");
    });
    bench.rolled_out("shop", "frontend");
    bench.call_works(&client, "frontend", 80);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn target_port_name_that_no_pod_has() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = "web".into();
    });
    bench.call_fails(
        &client,
        "frontend",
        80,
        "refused",
        &broken("service", &["service-named-targetport-unresolved"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn port_that_the_service_does_not_have() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    // The pods' own port, called at the Service.
    let report = bench.call_fails(
        &client,
        "frontend",
        8080,
        "timeout",
        &broken("service", &["service-port-not-exposed"]),
    );
    assert!(report["findings"].to_string().contains("80"), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pods_not_ready() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Deployment", "frontend", |frontend| {
        frontend["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] =
            json!({"exec": {"command": ["/bin/busybox", "false"]}, "periodSeconds": 1});
    });
    bench.meets(&client, "frontend", 80, "refused");
    // A probe gets its failureThreshold of periods before a pod counts as failing.
    std::thread::sleep(std::time::Duration::from_millis(3500));
    bench.call_fails(
        &client,
        "frontend",
        80,
        "refused",
        &broken("pod", &["pod-readiness-failing"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pods_that_crash() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Deployment", "frontend", |frontend| {
        frontend["spec"]["template"]["spec"]["containers"][0]["args"] = json!(["no-such-command"]);
    });
    let restarts = "jsonpath={.items[*].status.containerStatuses[0].restartCount}";
    let pods = ["-n", "shop", "get", "pods", "-l", "app=frontend", "-o"];
    bench.until(
        "restarts",
        || bench.kubectl(&[&pods[..], &[restarts]].concat()),
        |counts| {
            let again = |count: &&str| count.parse::<u32>().is_ok_and(|n| n > 0);
            counts.split(' ').filter(again).count() == 3
        },
    );
    bench.call_fails(
        &client,
        "frontend",
        80,
        "refused",
        &broken("pod", &["pod-crashloop"]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn one_of_several_pods_is_not_ready() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    // Ready where a file is: in one pod it is missing.
    bench.change("Deployment", "frontend", |frontend| {
        let container = &mut frontend["spec"]["template"]["spec"]["containers"][0];
        container["readinessProbe"] =
            json!({"exec": {"command": ["/bin/cat", "/tmp/ready"]}, "periodSeconds": 1});
        container["lifecycle"] =
            json!({"postStart": {"exec": {"command": ["/bin/sh", "-c", ": > /tmp/ready"]}}});
    });
    bench.rolled_out("shop", "frontend");
    let pods = bench.pods("shop", "app=frontend");
    let one = pods.first().unwrap();
    bench.kubectl(&[
        "-n",
        "shop",
        "exec",
        one,
        "--",
        "/bin/busybox",
        "rm",
        "/tmp/ready",
    ]);
    let ready = || bench.read("shop", "deployment", "frontend")["status"]["readyReplicas"].clone();
    bench.until("two ready pods", ready, |count| *count == 2);
    bench.meets(&client, "frontend", 80, "ok");
    let hops = bench.hops(&["--from", &client.pod(), "frontend:80"]);
    let report = hops.json();
    assert_ne!(report["verdict"], "broken", "{report:#}");
    assert_eq!(hops.exit, 0, "{report:#}");
    assert!(!predicted_pods(&report).contains(one), "{report:#}");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn two_faults_that_have_nothing_to_do_with_each_other() {
    let bench = Bench::healthy();
    let client = bench.client("shop");
    bench.change("Deployment", "coredns", |coredns| {
        coredns["spec"]["replicas"] = 0.into();
    });
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"] = json!({"app": "fronted"});
    });
    let roots = ["cluster-dns-down", "service-selector-no-match"];
    let both = broken("cluster-dns", &roots);
    bench.call_fails(&client, "frontend", 80, "EAI_AGAIN", &both);
    // The first one mended, the second one is what is left.
    bench.change("Deployment", "coredns", |_| ());
    bench.dns_answers();
    let second = broken("service", &roots[1..]);
    bench.call_fails(&client, "frontend", 80, "refused", &second);
}
