//! Manifests judged before anything runs, by the program itself: templates stand for pods, Endpoints for slices, and what a server would
//! refuse is said.

use serde_json::Value;

const INGRESS: &str = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
";

/// A chart's output: the Service and the workload of the host.
fn chart(service: &str, workload: &str) -> String {
    format!("{INGRESS}{service}\n---\n{workload}\n")
}

fn service(selector: &str, port: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: shop}}, spec: {{selector: {selector}, ports: [{port}]}}}}"
    )
}

fn workload(version: &str, kind: &str, name: &str) -> String {
    let selector = if kind == "Job" {
        ""
    } else {
        "selector: {matchLabels: {app: web}}, "
    };
    let own = if kind == "StatefulSet" {
        "serviceName: web, "
    } else {
        ""
    };
    format!(
        "{{apiVersion: {version}, kind: {kind}, metadata: {{name: {name}, namespace: shop}}, spec: {{{own}{selector}template: {{metadata: \
         {{labels: {{app: web, release: a}}}}, spec: {{containers: [{{name: web, image: web, ports: [{{name: http, containerPort: 8080}}]}}]}}}}}}}}"
    )
}

/// The report, and the exit code.
fn judged(text: &str) -> (Value, i32) {
    let done = super::cli::hops()
        .args([
            "--check",
            "-o",
            "json",
            "-f",
            "-",
            "http://shop.example.com/",
        ])
        .write_stdin(text)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let report = serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
    (report, done.status.code().expect("an exit code"))
}

/// Codes of at least a warning.
fn codes(report: &Value) -> Vec<&str> {
    let all = report["findings"].as_array().expect("a list").iter();
    all.filter(|f| f["severity"] != "info")
        .filter_map(|f| f["code"].as_str())
        .collect()
}

fn hop<'r>(report: &'r Value, slug: &str) -> &'r Value {
    let path = report["path"].as_array().expect("a list");
    path.iter().find(|h| h["hop"] == slug).expect("the hop")
}

const KINDS: [(&str, &str); 5] = [
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
];

#[test]
fn a_label_that_drifted_in_a_chart_is_an_error_and_its_twin_is_clean() {
    for (version, kind) in KINDS {
        let template = workload(version, kind, "web");
        for wrong in ["{app: webb}", "{app: web, release: b}", "{app: storefront}"] {
            let (report, code) = judged(&chart(
                &service(wrong, "{port: 80, targetPort: 8080}"),
                &template,
            ));
            assert_eq!(
                codes(&report),
                ["service-selector-no-match"],
                "{kind} {wrong}: {report:#}"
            );
            assert_eq!(
                (code, &report["brokenAt"]),
                (1, &"service".into()),
                "{kind} {wrong}"
            );
            let text = report.to_string();
            assert!(text.contains("by the template, nothing runs yet"), "{text}");
            assert!(
                text.contains(&format!("{kind} shop/web .spec.template.metadata.labels")),
                "{text}"
            );
        }
        let (report, code) = judged(&chart(
            &service("{app: web}", "{port: 80, targetPort: http}"),
            &template,
        ));
        assert_eq!(codes(&report), [""; 0], "{kind}: {report:#}");
        assert_eq!((code, &report["verdict"]), (0, &"unknown".into()), "{kind}");
        let pod = hop(&report, "pod");
        assert_eq!(
            pod["summary"],
            format!("{kind} shop/web by the template, nothing runs yet")
        );
        assert_eq!(pod["state"], "unknown");
    }
}

#[test]
fn pods_that_others_make_are_not_missed() {
    for (selector, name) in [
        ("{cluster: pg, role: primary}", "api"),
        ("{app: redis}", "api"),
    ] {
        let text = chart(
            &service(selector, "{port: 80}"),
            &workload("apps/v1", "Deployment", name),
        );
        let (report, code) = judged(&text);
        assert_eq!(
            (codes(&report), code),
            (vec![], 0),
            "{selector}: {report:#}"
        );
    }
}

#[test]
fn ports_of_templates_are_judged() {
    let template = workload("apps/v1", "Deployment", "web");
    let (report, code) = judged(&chart(
        &service("{app: web}", "{port: 80, targetPort: web}"),
        &template,
    ));
    assert_eq!(
        codes(&report),
        ["service-named-targetport-unresolved"],
        "{report:#}"
    );
    assert_eq!(code, 1);
    let text = report.to_string();
    assert!(
        text.contains("Deployment shop/web .spec.template.spec.containers[].ports = http=8080"),
        "{text}"
    );
    // A number that is not declared may be listened on all the same.
    let (report, code) = judged(&chart(&service("{app: web}", "{port: 80}"), &template));
    assert_eq!(
        (codes(&report), code),
        (vec!["service-targetport-mismatch"], 0),
        "{report:#}"
    );
    assert_eq!(report["verdict"], "unknown");
}

#[test]
fn a_bare_pod_in_a_file_stands_for_itself() {
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop, labels: {app: web}}, spec: {containers: [{name: a, image: b, ports: [{name: http, containerPort: 8080}]}]}}";
    let (report, code) = judged(&chart(
        &service("{app: web}", "{port: 80, targetPort: http}"),
        pod,
    ));
    assert_eq!((codes(&report), code), (vec![], 0), "{report:#}");
    let (report, code) = judged(&chart(
        &service("{app: web}", "{port: 80, targetPort: web}"),
        pod,
    ));
    assert_eq!(
        (codes(&report), code),
        (vec!["service-named-targetport-unresolved"], 1),
        "{report:#}"
    );
}

#[test]
fn a_workload_at_zero_is_told_by_its_file() {
    let template = workload("apps/v1", "Deployment", "web")
        .replace("spec: {selector", "spec: {replicas: 0, selector");
    let (report, code) = judged(&chart(
        &service("{app: web}", "{port: 80, targetPort: http}"),
        &template,
    ));
    assert_eq!(
        (codes(&report), code),
        (vec!["endpoints-scaled-to-zero"], 1),
        "{report:#}"
    );
}

#[test]
fn endpoints_objects_tell_what_slices_would() {
    let uid = INGRESS.replace("namespace: shop", "namespace: shop, uid: a");
    let service = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, uid: b}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}";
    let endpoints = |subsets: &str| {
        format!(
            "{uid}{service}\n---\n{{apiVersion: v1, kind: Endpoints, metadata: {{name: web, namespace: shop, uid: c}}, subsets: {subsets}}}"
        )
    };
    let (report, code) = judged(&endpoints("[]"));
    assert_eq!(
        (codes(&report), code),
        (vec!["endpoints-empty"], 1),
        "{report:#}"
    );
    let (report, code) = judged(&endpoints(
        "[{addresses: [{ip: 10.0.0.1}], ports: [{port: 8080}]}]",
    ));
    assert_eq!((codes(&report), code), (vec![], 0), "{report:#}");
    assert_eq!(hop(&report, "endpoints")["summary"], "1 ready");
}

#[test]
fn what_a_server_refuses_is_an_error_where_the_request_passes() {
    let service = service("{app: web}", "{port: 80, targetPort: 8080}");
    let with = |ingress: &str| format!("{ingress}---\n{service}\n");
    let path = |path: &str| {
        INGRESS
            .replace("pathType: Prefix, ", path)
            .replace("---\n", "")
    };
    let old = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec:\n  rules:\n  - host: shop.example.com\n    \
               http: {paths: [{path: /, backend: {serviceName: web, servicePort: 80}}]}\n";
    let fields = path("pathType: Prefix, ").replace(
        "service: {name: web, port: {number: 80}}",
        "serviceName: web, servicePort: 80",
    );
    let annotated = path("pathType: Prefix, ")
        .replace("namespace: shop", "namespace: shop, annotations: {a: true}");
    for (ingress, line, words) in [
        (path(""), 7, "pathType is missing"),
        (old.to_owned(), 1, "since Kubernetes 1.22"),
        (fields, 7, "serviceName is v1beta1's"),
        (annotated, 3, "is true or false where text is wanted"),
    ] {
        let (report, code) = judged(&with(&ingress));
        assert_eq!(
            (codes(&report), code),
            (vec!["manifest-refused"], 1),
            "{ingress}{report:#}"
        );
        assert_eq!(report["brokenAt"], "route");
        let text = report["findings"].to_string();
        assert!(
            text.contains(&format!("standard input:{line}: ")),
            "{words}: {text}"
        );
        assert!(text.contains(words), "{words}: {text}");
        // The rest of the way is judged as it is meant.
        assert_eq!(hop(&report, "service")["state"], "ok", "{report:#}");
    }
    // A twin without a fault.
    let (report, code) = judged(&with(&path("pathType: Prefix, ")));
    assert_eq!((codes(&report), code), (vec![], 0), "{report:#}");
}

const TRAEFIK: &str = "\
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: traefik, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}
spec: {controller: traefik.io/ingress-controller}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: traefik, namespace: edge, labels: {app.kubernetes.io/name: traefik}}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: traefik}}
  template:
    metadata: {labels: {app.kubernetes.io/name: traefik}}
    spec: {containers: [{name: traefik, image: 'traefik:v3.7.15', args: [--providers.kubernetesingress]}]}
";

/// The templates of both ends are enough to judge policies by; nobody sees whether a cluster will enforce them.
#[test]
fn policies_are_judged_by_templates() {
    let whole = |policy: &str| {
        let chart = chart(
            &service("{app: web}", "{port: 80, targetPort: http}"),
            &workload("apps/v1", "Deployment", "web"),
        );
        judged(&format!("{chart}{TRAEFIK}---\n{policy}\n")).0
    };
    let policy = |spec: &str| {
        format!(
            "{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: web, namespace: shop}}, spec: {spec}}}"
        )
    };
    let from = "from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: edge}}}]";
    for (spec, state, code) in [
        ("", "skipped", None),
        ("{podSelector: {matchLabels: {app: db}}}", "skipped", None),
        (
            "{policyTypes: [Ingress]}",
            "degraded",
            Some("netpol-ingress-denied-from-controller"),
        ),
        (
            &format!("{{ingress: [{{{from}, ports: [{{port: 8080}}]}}]}}"),
            "ok",
            None,
        ),
        (
            &format!("{{ingress: [{{{from}, ports: [{{port: 80}}]}}]}}"),
            "degraded",
            Some("netpol-service-port-instead-of-pod-port"),
        ),
        (
            "{ingress: [{from: [{namespaceSelector: {matchLabels: {team: edge}}}]}]}",
            "unknown",
            None,
        ),
    ] {
        let text = if spec.is_empty() {
            String::new()
        } else {
            policy(spec)
        };
        let report = whole(&text);
        assert_eq!(hop(&report, "network-policy")["state"], state, "{spec}");
        let codes = codes(&report);
        let ours: Vec<_> = codes.iter().filter(|c| c.starts_with("netpol")).collect();
        match code {
            Some(code) => assert!(ours.contains(&&code), "{spec}: {codes:?}"),
            None => assert!(ours.is_empty(), "{spec}: {codes:?}"),
        }
        let gaps = report["gaps"].to_string();
        assert!(!gaps.contains("networkpolicies"), "{spec}: {gaps}");
    }
}
