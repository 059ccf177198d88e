//! `--from POD` alone: the names that a pod is configured to call, from files.

use std::io::Write as _;

use crate::cli::hops;

/// A pod, and all ways in which it may be told whom to call; the last of the settings name nobody.
const POD: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: frontend-1, namespace: shop, labels: {app: frontend}}
spec:
  initContainers:
  - name: wait
    image: x
    command: [sh, -c, "until nc -z mq.data.svc.cluster.local:5672; do sleep 1; done"]
  containers:
  - name: web
    image: x
    envFrom:
    - prefix: APP_
      configMapRef: {name: app}
    - configMapRef: {name: not-there}
    - secretRef: {name: all}
    env:
    - {name: PRODUCT_NAME, value: product-service}
    - {name: PRODUCT_URL, value: "http://$(PRODUCT_NAME):8080/api?token=secret"}
    - {name: CART_ADDR, valueFrom: {configMapKeyRef: {name: app, key: cart}}}
    - {name: DB_URL, valueFrom: {secretKeyRef: {name: db, key: url}}}
    - {name: REDIS_HOST, value: redis}
    - {name: REDIS_PORT, value: "6379"}
    - {name: UNSET_URL, value: "http://$(NOBODY):80"}
    - {name: LISTEN_ADDR, value: "frontend:8080"}
    - {name: ALLOWED_HOSTS, value: shop.example.com}
    - {name: USER, value: "app:1000"}
    args: [--catalog-addr, "catalog:80", "--upstream=http://product-service:8080/", --verbose]
    volumeMounts: [{name: config, mountPath: /etc/app}]
  volumes:
  - {name: config, configMap: {name: files, items: [{key: app.properties, path: app.properties}]}}
  - name: both
    projected: {sources: [{configMap: {name: more}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: app, namespace: shop}
data: {SEARCH_HOST: search, SEARCH_PORT: "9200", cart: "http://cart.other", greeting: hello}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: files, namespace: shop}
data:
  app.properties: |
    # see http://commented.out:80/
    users.url=jdbc:postgresql://users:5433/users
    xml.schema=http://www.w3.org/2001/XMLSchema
  other.properties: |
    other.url=http://not-mounted:80
---
apiVersion: v1
kind: ConfigMap
metadata: {name: more, namespace: shop}
data: {x: "grpc://billing.pay.svc:50051"}
"#;

fn run(pod: &str, args: &[&str]) -> (i32, String, String) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(pod.as_bytes()).expect("written");
    let output = hops()
        .args(["-f", file.path().to_str().expect("a path")])
        .args(args)
        .output()
        .expect("the program runs");
    (
        output.status.code().expect("an exit code"),
        String::from_utf8(output.stdout).expect("UTF-8"),
        String::from_utf8(output.stderr).expect("UTF-8"),
    )
}

#[test]
fn all_ways_to_say_whom_a_pod_calls() {
    let (exit, out, _) = run(POD, &["--from", "shop/frontend-1"]);
    assert_eq!(exit, 0, "{out}");
    let (names, rest) = out.split_once("\n\n").expect("a list and verdicts");
    assert_eq!(
        names,
        "\
Pod shop/frontend-1 is configured to call
  search:9200                     env APP_SEARCH_HOST of container web
  http://cart.other               env APP_cart of container web
  http://product-service:8080     env PRODUCT_URL of container web
  redis:6379                      env REDIS_HOST of container web
  catalog:80                      args of container web
  mq.data.svc.cluster.local:5672  args of init container wait
  users:5433                      ConfigMap shop/files, app.properties
  billing.pay.svc:50051           ConfigMap shop/more, x
not read: ConfigMap shop/not-there (envFrom of container web): not in the files
not read: Secret shop/all (envFrom of container web): values of Secrets are not read
not read: Secret shop/db (env DB_URL of container web): values of Secrets are not read"
    );
    assert_eq!(
        rest.lines().filter(|l| l.starts_with('?')).count(),
        8,
        "{rest}"
    );
    assert!(!out.contains("secret\n") && !out.contains("token"), "{out}");
}

#[test]
fn each_name_has_a_report() {
    let (exit, out, err) = run(POD, &["--from", "shop/frontend-1", "-o", "json"]);
    assert_eq!(exit, 0, "{err}");
    let document: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    let reports = document["reports"].as_array().expect("reports");
    assert_eq!(reports.len(), 8);
    for report in reports {
        assert_eq!(report["target"]["from"], "shop/frontend-1");
    }
}

#[test]
fn a_pod_that_names_nobody_and_one_that_is_not_there() {
    let silent = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {containers: [{name: c, image: x, env: [{name: K, valueFrom: {secretKeyRef: {name: db, key: url}}}]}]}\n";
    let (exit, _, err) = run(silent, &["--from", "shop/a"]);
    assert_eq!(exit, 2, "{err}");
    assert!(
        err.starts_with("error: Pod shop/a names nothing to call in its environment, arguments and ConfigMaps; not read: Secret shop/db"),
        "{err}"
    );
    assert!(err.contains("kubectl hops --from shop/a web:8080"), "{err}");
    let (exit, _, err) = run(silent, &["--from", "shop/b"]);
    assert_eq!(exit, 2, "{err}");
    assert!(err.contains("Pod shop/b"), "{err}");
}
