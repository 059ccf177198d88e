//! One fault at a time on the way from the user to the pod, and two at once.

use serde_json::{Value, json};

use crate::bench::{Bench, SHOP, findings, predicted_pods, roots};
use crate::browser::Seen;
use crate::verdicts::Broken;

/// The fields of base.yaml that the tests change.
fn container(deployment: &mut Value) -> &mut Value {
    &mut deployment["spec"]["template"]["spec"]["containers"][0]
}

fn first_path(ingress: &mut Value) -> &mut Value {
    &mut ingress["spec"]["rules"][0]["http"]["paths"][0]
}

fn not_found(seen: &Seen) -> bool {
    seen.status() == 404
}

/// Waits until every frontend pod waits for this reason, as the kubelet gives it.
fn pods_wait_for(bench: &Bench, reason: &str) {
    let jsonpath = "jsonpath={.items[*].status.containerStatuses[0].state.waiting.reason}";
    bench.until(
        "the pods' state",
        || {
            bench.kubectl(&[
                "-n",
                "shop",
                "get",
                "pods",
                "-l",
                "app=frontend",
                "-o",
                jsonpath,
            ])
        },
        |reasons| reasons.split(' ').filter(|found| *found == reason).count() == 3,
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn healthy() {
    let bench = Bench::healthy();
    let answering = bench.answering(SHOP, 12);
    let hops = bench.hops(&[SHOP]);
    let report = hops.json();
    assert_eq!(report["verdict"], "ok", "{report:#}");
    assert_eq!(hops.exit, 0, "{report:#}");
    assert_eq!(predicted_pods(&report), answering, "{report:#}");
    assert_eq!(report["backends"][0]["service"], "frontend");
    assert_eq!(findings(&report).count(), 0, "{report:#}");
    assert!(
        report["stats"]["apiRequests"].as_u64().unwrap() <= 20,
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn plugin_of_the_real_kubectl() {
    let bench = Bench::healthy();
    let authority = bench.run.join("ca.crt");
    let hops = bench.plugin(&[
        "hops",
        "--check",
        "--cacert",
        &authority.to_string_lossy(),
        SHOP,
    ]);
    assert_eq!(hops.exit, 0, "{}{}", hops.stdout, hops.stderr);
    assert!(hops.stdout.contains("frontend"), "{}", hops.stdout);
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"]["app"] = "fronted".into()
    });
    bench.sees(SHOP, not_found);
    let hops = bench.plugin(&[
        "hops",
        "--check",
        "--cacert",
        &authority.to_string_lossy(),
        SHOP,
    ]);
    assert_eq!(
        hops.exit, 1,
        "kubectl passes the exit code on. {}{}",
        hops.stdout, hops.stderr
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_does_not_exist() {
    let bench = Bench::healthy();
    bench.zone(|zone| {
        zone.lines()
            .filter(|line| !line.starts_with("shop"))
            .map(|line| format!("{line}\n"))
            .collect()
    });
    bench.sees(SHOP, |seen| *seen == Seen::NoSuchName);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "dns",
            roots: &["dns-nxdomain"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn name_points_to_a_dead_address() {
    let bench = Bench::healthy();
    bench.zone(|zone| zone.replace("203.0.113.80", "203.0.113.99"));
    bench.sees(SHOP, |seen| *seen == Seen::TimedOut);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "dns",
            roots: &["dns-points-elsewhere"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn controller_scaled_to_zero() {
    let bench = Bench::healthy();
    bench.change("Deployment", "traefik", |traefik| {
        traefik["spec"]["replicas"] = 0.into()
    });
    bench.sees(SHOP, |seen| *seen == Seen::Refused);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "controller",
            roots: &["ctl-not-running"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn class_missing() {
    let bench = Bench::healthy();
    // Without this filter Traefik serves Ingresses without a class.
    bench.change("Deployment", "traefik", |traefik| {
        container(traefik)["args"]
            .as_array_mut()
            .unwrap()
            .push("--providers.kubernetesingress.ingressclass=traefik".into());
    });
    bench.kubectl(&[
        "-n",
        "traefik",
        "rollout",
        "status",
        "deployment",
        "traefik",
        "--timeout=60s",
    ]);
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.change("Ingress", "shop", |ingress| {
        ingress["spec"]
            .as_object_mut()
            .unwrap()
            .remove("ingressClassName");
    });
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 404);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-class-missing"],
            folded: &["tls-fallback-cert-served"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn class_missing_but_served() {
    let bench = Bench::healthy();
    bench.change("Ingress", "shop", |ingress| {
        ingress["spec"]
            .as_object_mut()
            .unwrap()
            .remove("ingressClassName");
    });
    let pods = bench.pods("shop", "app=frontend");
    std::thread::sleep(std::time::Duration::from_secs(2)); // longer than Traefik needs for a change
    assert_eq!(
        bench.answering(SHOP, 6),
        pods,
        "Traefik without a class filter serves it"
    );
    let hops = bench.hops(&[SHOP]);
    assert_eq!(hops.json()["verdict"], "ok", "{}", hops.stdout);
    assert_eq!(hops.exit, 0, "{}", hops.stdout);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn class_not_found() {
    let bench = Bench::healthy();
    bench.change("Ingress", "shop", |ingress| {
        ingress["spec"]["ingressClassName"] = "trafik".into()
    });
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 404);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-class-not-found"],
            folded: &["tls-fallback-cert-served"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn host_that_nobody_serves() {
    let bench = Bench::healthy();
    bench.zone(|zone| zone + "shopp 60 IN A 203.0.113.80\n");
    bench.sees("http://shopp.example.com/", not_found);
    let report = bench.diagnoses(
        "shopp.example.com",
        &Broken {
            at: "route",
            roots: &["host-no-rule"],
            folded: &[],
        },
    );
    assert!(
        report["findings"].to_string().contains("shop.example.com"),
        "names the nearest host: {report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn path_not_matched() {
    let bench = Bench::healthy();
    bench.change("Ingress", "shop", |ingress| {
        first_path(ingress)["path"] = "/app".into();
        first_path(ingress)["pathType"] = "Exact".into();
    });
    let url = "https://shop.example.com/app/login";
    bench.sees(url, not_found);
    bench.diagnoses(
        url,
        &Broken {
            at: "route",
            roots: &["ingress-path-no-match"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn backend_in_another_namespace() {
    let bench = Bench::healthy();
    bench.change("Ingress", "shop", |ingress| {
        first_path(ingress)["backend"]["service"]["name"] = "product-service".into()
    });
    bench.sees(SHOP, not_found);
    let report = bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-backend-cross-namespace"],
            folded: &[],
        },
    );
    assert!(
        report["findings"].to_string().contains("default"),
        "names the other namespace: {report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn wrong_number_for_an_unnamed_port() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"] = json!([{"port": 80, "targetPort": 8080}])
    });
    bench.change("Ingress", "shop", |ingress| {
        first_path(ingress)["backend"]["service"]["port"] = json!({"number": 80})
    });
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.change("Ingress", "shop", |ingress| {
        first_path(ingress)["backend"]["service"]["port"] = json!({"number": 8080})
    });
    bench.sees(SHOP, not_found);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-backend-port-missing"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn tls_secret_in_another_namespace() {
    let bench = Bench::healthy();
    bench.kubectl(&["-n", "shop", "delete", "secret", "shop-tls"]);
    bench.secret("default", "shop-tls", &bench.run.join("shop/shop"));
    bench.kubectl(&[
        "-n",
        "default",
        "label",
        "secret",
        "shop-tls",
        "hops.test/added=1",
    ]);
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 200);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "tls",
            roots: &["tls-secret-wrong-namespace"],
            folded: &["tls-fallback-cert-served"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn certificate_expired() {
    let bench = Bench::healthy();
    bench.secret(
        "shop",
        "shop-tls",
        &bench.certificate("shop.example.com", "30 days ago", "1 day ago"),
    );
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 200);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "tls",
            roots: &["tls-cert-expired"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn certificate_without_the_name() {
    let bench = Bench::healthy();
    bench.secret(
        "shop",
        "shop-tls",
        &bench.certificate("store.example.com", "now", "30 days"),
    );
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 200);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "tls",
            roots: &["tls-san-mismatch"],
            folded: &["tls-fallback-cert-served"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn labels_drifted() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"]["app"] = "fronted".into()
    });
    bench.sees(SHOP, not_found);
    let folded = &["endpoints-empty", "traefik-empty-service-404"];
    let report = bench.diagnoses(
        SHOP,
        &Broken {
            at: "service",
            roots: &["service-selector-no-match"],
            folded,
        },
    );
    assert!(
        report["findings"].to_string().contains("app=frontend")
            || report["findings"].to_string().contains("frontend"),
        "{report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn dead_path_answered_by_another_service() {
    let bench = Bench::healthy();
    bench.add(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"selector": {"app": "api"}, "ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    }));
    bench.change("Ingress", "shop", |ingress| {
        let mut api = first_path(ingress).clone();
        api["path"] = "/api".into();
        api["backend"]["service"]["name"] = "api".into();
        ingress["spec"]["rules"][0]["http"]["paths"]
            .as_array_mut()
            .unwrap()
            .push(api);
    });
    let url = "https://shop.example.com/api";
    std::thread::sleep(std::time::Duration::from_secs(2)); // longer than Traefik needs for a change
    assert_eq!(
        bench.curl(url).status(),
        200,
        "the frontend answers for the dead api"
    );
    bench.diagnoses(
        url,
        &Broken {
            at: "service",
            roots: &["service-selector-no-match"],
            folded: &["endpoints-empty"],
        },
    );
    let healthy = bench.hops(&[SHOP]);
    assert_eq!(
        healthy.exit, 0,
        "the other path's fault is not this one's. {}",
        healthy.stdout
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn target_port_where_nothing_listens() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = 8081.into()
    });
    bench.sees(SHOP, |seen| seen.status() == 502);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "service",
            roots: &["service-targetport-mismatch"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn target_port_name_that_no_pod_has() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = "web".into()
    });
    bench.sees(SHOP, not_found);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "service",
            roots: &["service-named-targetport-unresolved"],
            folded: &["traefik-empty-service-404"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn workload_scaled_to_zero() {
    let bench = Bench::healthy();
    bench.change("Deployment", "frontend", |frontend| {
        frontend["spec"]["replicas"] = 0.into()
    });
    bench.sees(SHOP, not_found);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "endpoints",
            roots: &["endpoints-scaled-to-zero"],
            folded: &["traefik-empty-service-404"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn no_pod_ready() {
    let bench = Bench::healthy();
    bench.change("Deployment", "frontend", |frontend| {
        container(frontend)["readinessProbe"] =
            json!({"exec": {"command": ["/bin/busybox", "false"]}, "periodSeconds": 1});
    });
    bench.sees(SHOP, not_found);
    // A probe gets its failureThreshold of periods before a pod counts as failing.
    std::thread::sleep(std::time::Duration::from_millis(3500));
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "pod",
            roots: &["pod-readiness-failing"],
            folded: &["endpoints-all-not-ready", "traefik-empty-service-404"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn crash_loop() {
    let bench = Bench::healthy();
    bench.change("Deployment", "frontend", |frontend| {
        container(frontend)["args"] = json!(["no-such-command"])
    });
    // Not the reason CrashLoopBackOff: the kubelet may leave a container at "terminated" for the whole back-off.
    bench.until(
        "restarts",
        || {
            bench.kubectl(&[
                "-n",
                "shop",
                "get",
                "pods",
                "-l",
                "app=frontend",
                "-o",
                "jsonpath={.items[*].status.containerStatuses[0].restartCount}",
            ])
        },
        |counts| {
            counts
                .split(' ')
                .filter(|count| count.parse::<u32>().is_ok_and(|n| n > 0))
                .count()
                == 3
        },
    );
    bench.sees(SHOP, not_found);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "pod",
            roots: &["pod-crashloop"],
            folded: &["endpoints-all-not-ready"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn config_map_missing() {
    let bench = Bench::healthy();
    bench.change("Deployment", "frontend", |frontend| {
        container(frontend)["envFrom"] = json!([{"configMapRef": {"name": "frontend-env"}}])
    });
    pods_wait_for(&bench, "CreateContainerConfigError");
    bench.sees(SHOP, not_found);
    let report = bench.diagnoses(
        SHOP,
        &Broken {
            at: "pod",
            roots: &["pod-not-starting"],
            folded: &["endpoints-all-not-ready"],
        },
    );
    assert!(
        report["findings"].to_string().contains("frontend-env"),
        "names the ConfigMap: {report:#}"
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn image_cannot_be_pulled() {
    let bench = Bench::healthy();
    bench.change("Deployment", "frontend", |frontend| {
        container(frontend)["image"] = "registry.invalid/shop/frontend:2".into();
        container(frontend)["imagePullPolicy"] = "IfNotPresent".into();
    });
    pods_wait_for(&bench, "ImagePullBackOff");
    bench.sees(SHOP, not_found);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "pod",
            roots: &["pod-not-starting"],
            folded: &["endpoints-all-not-ready"],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn two_independent_faults() {
    let bench = Bench::healthy();
    bench.secret(
        "shop",
        "shop-tls",
        &bench.certificate("shop.example.com", "30 days ago", "1 day ago"),
    );
    bench.change("Ingress", "shop", |ingress| {
        first_path(ingress)["path"] = "/app".into()
    });
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    bench.until("-k", || bench.curl_with(&["-k"], SHOP), not_found);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "tls",
            roots: &["tls-cert-expired", "ingress-path-no-match"],
            folded: &[],
        },
    );
}

/// Several targets in one run: each has its own report, and the worst decides the exit code.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn several_targets() {
    let bench = Bench::healthy();
    bench.change("Ingress", "shop", |ingress| {
        first_path(ingress)["path"] = "/hostname".into()
    });
    bench.sees("https://shop.example.com/cart", not_found);
    let hops = bench.hops(&[SHOP, "https://shop.example.com/cart"]);
    let all = hops.json();
    let verdicts: Vec<_> = all["reports"]
        .as_array()
        .unwrap()
        .iter()
        .map(|report| &report["verdict"])
        .collect();
    assert_eq!(verdicts, ["ok", "broken"], "{all:#}");
    assert!(
        roots(&all["reports"][1]).contains("ingress-path-no-match"),
        "{all:#}"
    );
    assert_eq!(hops.exit, 1);
}
