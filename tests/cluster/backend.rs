//! Faults behind the controller: pods that run and do not answer, or answer something else.

use serde_json::{Value, json};

use crate::bench::{Bench, SHOP};
use crate::browser::Seen;
use crate::verdicts::Broken;
use crate::world::At;

/// The frontend as a shell script. Ready as soon as it runs.
fn script(script: &str) -> Value {
    json!({"command": ["/bin/sh", "-c", script], "args": [], "readinessProbe": null})
}

/// A frontend that speaks TLS, with the shop's own certificate.
fn speaks_tls(bench: &Bench) {
    let args = [
        "netexec",
        "--http-port=8080",
        "--tls-cert-file=/tls/tls.crt",
        "--tls-private-key-file=/tls/tls.key",
    ];
    bench.frontend_is(
        &json!({
            "args": args,
            "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTPS"}, "periodSeconds": 1},
            "volumeMounts": [{"name": "tls", "mountPath": "/tls"}],
        }),
        &json!([{"name": "tls", "secret": {"secretName": "shop-tls"}}]),
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn application_on_localhost_only() {
    let bench = Bench::healthy();
    let serve = |address: &str| {
        let www = "busybox mkdir -p /tmp/www; busybox hostname > /tmp/www/hostname";
        script(&format!(
            "{www}; exec httpd -f -p {address}:8080 -h /tmp/www"
        ))
    };
    bench.frontend_is(&serve("0.0.0.0"), &Value::Null);
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
    bench.frontend_is(&serve("127.0.0.1"), &Value::Null);
    bench.sees(SHOP, |seen| seen.status() == 502);
    assert_eq!(
        bench
            .curl_in_pod(&bench.frontend(), 8080, "http://shop.example.com/hostname")
            .status(),
        200
    );
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "pod",
            roots: &["pod-bound-to-localhost"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn nothing_listens_on_the_port() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = 8080.into()
    });
    // Declared ports are documentation: the API cannot tell where this one listens.
    bench.frontend_is(&json!({"ports": null}), &Value::Null);
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["targetPort"] = 8088.into()
    });
    bench.sees(SHOP, |seen| seen.status() == 502);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "pod",
            roots: &["pod-not-listening"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn application_answers_500() {
    let bench = Bench::healthy();
    let url = "https://shop.example.com/echo?msg=out-of-stock&code=500";
    assert_eq!(bench.curl(url).status(), 500);
    assert_eq!(
        bench
            .curl_in_pod(&bench.frontend(), 8080, &url.replace("https", "http"))
            .status(),
        500
    );
    bench.diagnoses(
        url,
        &Broken {
            at: "pod",
            roots: &["pod-app-error"],
            folded: &[],
        },
    );
    bench.approves("https://shop.example.com/echo?msg=out-of-stock&code=200");
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn application_redirects_to_itself() {
    let bench = Bench::healthy();
    let url =
        "https://shop.example.com/redirect?location=https://shop.example.com/hostname&code=302";
    assert_eq!(bench.curl_with(&["-L"], url).status(), 200);
    bench.approves(url);
    // It wants https and does not see that this is it.
    let redirect = "--http-override=/redirect?location=https://shop.example.com/hostname&code=302";
    bench.frontend_is(
        &json!({"args": ["netexec", "--http-port=8080", redirect], "readinessProbe": null}),
        &Value::Null,
    );
    bench.sees(SHOP, |seen| seen.status() == 302);
    assert!(
        matches!(bench.curl_with(&["-L"], SHOP), Seen::Other { exit: 47, .. }),
        "too many redirects"
    );
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-redirect-loop"],
            folded: &[],
        },
    );
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn application_speaks_tls() {
    let bench = Bench::healthy();
    speaks_tls(&bench);
    let seen = bench.sees(SHOP, |seen| seen.status() == 400);
    assert!(
        matches!(seen, Seen::Answer { ref body, .. } if body.contains("HTTP request to an HTTPS server")),
        "{seen:?}"
    );
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-backend-protocol-mismatch"],
            folded: &[],
        },
    );
    bench.traefik_args(&[], &["--serverstransport.insecureskipverify=true"]);
    bench.change("Service", "frontend", |service| {
        service["metadata"]["annotations"]["traefik.ingress.kubernetes.io/service.serversscheme"] =
            "https".into()
    });
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn port_443_in_front_of_plain_http() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["port"] = 443.into()
    });
    bench.sees(SHOP, |seen| seen.status() == 500);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["ingress-backend-protocol-mismatch"],
            folded: &[],
        },
    );
    bench.change("Service", "frontend", |service| {
        service["spec"]["ports"][0]["port"] = 443.into();
        service["metadata"]["annotations"]["traefik.ingress.kubernetes.io/service.serversscheme"] =
            "http".into()
    });
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

/// As a policy cuts it: the packets of this one flow are dropped.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn packets_from_controller_to_pods_dropped() {
    let bench = Bench::healthy();
    let to_pods = [
        "OUTPUT",
        "-d",
        "10.244.0.0/16",
        "-p",
        "tcp",
        "--dport",
        "8080",
        "-j",
        "DROP",
    ];
    bench.firewall(&At::PodOf("traefik"), &to_pods);
    // Traefik gives up after 30 s, with a 504; until then it is silent.
    bench.sees(SHOP, |seen| *seen == Seen::TimedOut);
    assert_eq!(
        bench
            .curl_with(&["-k"], "https://shopp.gen.example.com/")
            .status(),
        404,
        "Traefik itself answers"
    );
    assert_eq!(
        bench
            .curl_in_pod(&bench.frontend(), 8080, "http://shop.example.com/hostname")
            .status(),
        200
    );
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "endpoints",
            roots: &["request-fails"],
            folded: &[],
        },
    );
}
