//! Strange files, as people have them, given to the program itself: with which exit code it ends, and what it says of them.

use std::fs;
use std::path::Path;

use super::cli::hops;

/// Exit code and words, of standard output and of errors together.
fn told(args: &[&str], text: &str) -> (i32, String) {
    let done = hops()
        .args(["--check", "--no-probes"])
        .args(args)
        .arg("http://shop.example.com/")
        .write_stdin(text)
        .output()
        .expect("the program runs");
    let words = [done.stdout, done.stderr].concat();
    let words = String::from_utf8(words).expect("UTF-8");
    // Lines are broken where the page ends.
    let words: Vec<&str> = words.split_whitespace().collect();
    (done.status.code().expect("an exit code"), words.join(" "))
}

/// A file that fails or passes, and one beside it that differs in that alone and passes.
struct Strange {
    what: &'static str,
    text: String,
    code: i32,
    says: &'static [&'static str],
    mended: Option<String>,
}

const SERVICE: &str = "---\n{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}}\n";

/// An Ingress in several lines; its metadata and its path besides what is usual.
fn ingress(annotations: &str, path: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web, namespace: shop{annotations}}}\nspec:\n  ingressClassName: nginx\n  rules:\n  - host: shop.example.com\n    http: {{paths: [{path}]}}\n"
    )
}

const USUAL: &str =
    "{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}";

fn strange_files() -> Vec<Strange> {
    let whole = |path: &str| format!("{}{SERVICE}", ingress("", path));
    let usual = whole(USUAL);
    let canary = |value: &str| {
        let notes = format!(
            ", annotations: {{nginx.ingress.kubernetes.io/ssl-redirect: {value}, nginx.ingress.kubernetes.io/proxy-read-timeout: \"60\"}}"
        );
        format!("{}{SERVICE}", ingress(&notes, USUAL))
    };
    let labels = |version: &str| {
        let service = SERVICE.replace("{app: web}", &format!("{{app: web, version: {version}}}"));
        format!("{}{service}", ingress("", USUAL))
    };
    let endpoints = |subsets: &str| {
        let uid = |text: &str| {
            text.replace(
                "name: web, namespace: shop",
                "name: web, namespace: shop, uid: a",
            )
        };
        format!(
            "{}---\n{{apiVersion: v1, kind: Endpoints, metadata: {{name: web, namespace: shop, uid: a}}, subsets: {subsets}}}\n",
            uid(&usual)
        )
    };
    vec![
        Strange {
            what: "empty",
            text: String::new(),
            code: 2,
            says: &["error: nothing to check in standard input: no object was given"],
            mended: None,
        },
        Strange {
            what: "a group that is gone, with its fields",
            text: format!(
                "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {{name: web, namespace: shop, annotations: {{kubernetes.io/ingress.class: nginx}}}}\nspec:\n  rules:\n  - host: shop.example.com\n    http: {{paths: [{{path: /, backend: {{serviceName: web, servicePort: 80}}}}]}}\n{SERVICE}"
            ),
            code: 1,
            says: &[
                "manifest-refused Ingress shop/web would be refused: .apiVersion is extensions/v1beta1, which no API server since Kubernetes 1.22 takes",
                "write it as networking.k8s.io/v1",
            ],
            mended: Some(usual.clone()),
        },
        Strange {
            what: "the backend of v1beta1 in v1",
            text: whole("{path: /, pathType: Prefix, backend: {serviceName: web, servicePort: 80}}"),
            code: 1,
            says: &[
                ".spec.rules[0].http.paths[0].backend.serviceName is v1beta1's",
                "service: {name: …, port: {number: …}}",
                ":8:",
            ],
            mended: Some(usual.clone()),
        },
        Strange {
            what: "no path type",
            text: whole("{path: /, backend: {service: {name: web, port: {number: 80}}}}"),
            code: 1,
            says: &[".pathType is missing", "add pathType: Prefix", ":8:"],
            mended: Some(usual.clone()),
        },
        Strange {
            what: "a key that stands twice",
            text: format!(
                "{}---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: shop}}\nspec:\n  selector: {{app: web}}\n  selector: {{app: web2}}\n  ports: [{{port: 80}}]\n",
                ingress("", USUAL)
            ),
            code: 1,
            says: &[
                "Service shop/web would be refused: the key selector stands twice in one mapping: the later one was read",
                ":15:",
            ],
            mended: Some(usual.clone()),
        },
        Strange {
            what: "the same in JSON",
            text: "{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {\"name\": \"web\", \"namespace\": \"shop\"},\n \"spec\": {\n  \"selector\": {\"app\": \"web\"},\n  \"selector\": {\"app\": \"web2\"}, \"ports\": [{\"port\": 80}]}}\n".to_owned(),
            code: 1,
            says: &[
                "Service shop/web would be refused: the key selector stands twice in one mapping: the later one was read",
                ":4:",
            ],
            mended: None,
        },
        Strange {
            what: "a star that is not quoted",
            text: "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec:\n  rules:\n  - host: *.example.com\n    http: {paths: []}\n".to_owned(),
            code: 2,
            says: &["standard input:6: a text that begins with * has to be quoted"],
            mended: Some(usual.replace("host: shop.example.com", "host: \"*.example.com\"")),
        },
        Strange {
            what: "a name that the server completes",
            text: format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{generateName: job-, namespace: shop}}\nspec: {{containers: [{{name: a, image: b}}]}}\n---\n{}",
                ingress("", USUAL)
            ),
            code: 0,
            says: &["Ingress shop/web: / (Prefix) → web:80", "not in the files"],
            mended: None,
        },
        Strange {
            what: "Endpoints as a server gave them, without an address",
            text: endpoints("[]"),
            code: 1,
            says: &["endpoints-empty Service shop/web has no usable endpoint"],
            mended: Some(endpoints("[{addresses: [{ip: 10.0.0.1}], ports: [{port: 8080}]}]")),
        },
        Strange {
            what: "an annotation that is no text",
            text: canary("true"),
            code: 1,
            says: &[
                ".metadata.annotations[\"nginx.ingress.kubernetes.io/ssl-redirect\"] is true or false where text is wanted",
                "write it in quotes: \"true\"",
                ":3:",
            ],
            mended: Some(canary("\"true\"")),
        },
        Strange {
            what: "a label that is no text",
            text: labels("1.0"),
            code: 1,
            says: &[
                "Service shop/web would be refused: .spec.selector.version is a number where text is wanted",
                "write it in quotes: \"1.0\"",
            ],
            mended: Some(labels("\"1.0\"")),
        },
    ]
}

#[test]
fn strange_files_end_with_the_right_exit_code_and_words() {
    for strange in strange_files() {
        let (code, words) = told(&["-f", "-"], &strange.text);
        assert_eq!(code, strange.code, "{}: {words}", strange.what);
        for part in strange.says {
            assert!(words.contains(part), "{}: {part}: {words}", strange.what);
        }
        if let Some(mended) = strange.mended {
            let (code, words) = told(&["-f", "-"], &mended);
            assert_eq!(code, 0, "{} mended: {words}", strange.what);
            let clean = words.contains("0 errors, 0 warnings");
            assert!(clean, "{} mended: {words}", strange.what);
        }
    }
}

/// A controller of which the files hold the Deployment and its pod.
fn controller(ready: i32, status: &str) -> String {
    format!(
        "{}{SERVICE}---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: nginx, uid: a}}
spec: {{controller: k8s.io/ingress-nginx}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: controller, namespace: ingress-nginx, uid: a, labels: {{app.kubernetes.io/name: ingress-nginx}}}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: controller}}}}
  template:
    metadata: {{labels: {{app: controller}}}}
    spec: {{containers: [{{name: controller, image: \"registry.k8s.io/ingress-nginx/controller:v1.15.1\"}}]}}
status: {{replicas: 1, readyReplicas: {ready}}}
---
apiVersion: v1
kind: Pod
metadata: {{name: controller-1, namespace: ingress-nginx, uid: a, labels: {{app: controller}}}}
spec: {{containers: [{{name: controller, image: \"registry.k8s.io/ingress-nginx/controller:v1.15.1\"}}]}}
status: {status}
",
        ingress("", USUAL)
    )
}

/// Nobody dumped the DaemonSets, of which the cluster has none: the Deployment is seen all the same.
#[test]
fn a_kind_that_is_not_in_the_files_hides_no_other() {
    let pending = "{phase: Pending, conditions: [{type: PodScheduled, status: \"False\", reason: Unschedulable, message: \"0/3 nodes are available\"}]}";
    let (code, words) = told(&["-f", "-"], &controller(0, pending));
    assert_eq!(code, 1, "{words}");
    for part in [
        "ctl-not-running no pod of Deployment ingress-nginx/controller (ingress-nginx) is ready",
        "False (Unschedulable: 0/3 nodes are available)",
        "daemonsets",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let ready = "{phase: Running, conditions: [{type: Ready, status: \"True\"}]}";
    let (code, words) = told(&["-f", "-"], &controller(1, ready));
    assert_eq!(code, 0, "{words}");
    assert!(
        words.contains("ingress-nginx 1.15.1, 1 of 1 pods ready"),
        "{words}"
    );
}

/// What `kubectl cluster-info dump --output-directory` writes: a folder for each namespace, lists without kinds in their items, logs. It
/// has no Ingress, whatever the cluster has.
#[test]
fn a_dump_without_ingresses_leaves_the_route_open() {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    };
    let list = |kind: &str, items: &str| {
        format!(
            "{{\"kind\": \"{kind}\", \"apiVersion\": \"v1\", \"metadata\": {{\"resourceVersion\": \"7\"}}, \"items\": [{items}]}}"
        )
    };
    let web = "{\"metadata\": {\"name\": \"web\", \"namespace\": \"shop\", \"uid\": \"a\"}, \"spec\": {\"selector\": {\"app\": \"web\"}, \"ports\": [{\"port\": 80}]}}";
    write("nodes.json", &list("NodeList", ""));
    write("shop/services.json", &list("ServiceList", web));
    write("shop/pods.json", &list("PodList", ""));
    write(
        "shop/web-1/logs.txt",
        "==== START logs for container web\n{ not: yaml\n",
    );
    let folder = |dir: &Path| dir.to_str().expect("UTF-8").to_owned();
    let (code, words) = told(&["-f", &folder(dir.path())], "");
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("not in the files: ingresses"), "{words}");
    let strict = told(&["--strict", "-f", &folder(dir.path())], "");
    assert_eq!(strict.0, 3, "{}", strict.1);
    // With an Ingress beside it, what the dump lacks is known to be missing.
    let route = dir.path().join("ingress.yaml");
    fs::write(
        &route,
        ingress("", USUAL).replace("name: web, port", "name: gone, port"),
    )
    .expect("written");
    let both = ["-f", &folder(dir.path()), "-f", &folder(&route)].map(str::to_owned);
    let both: Vec<&str> = both.iter().map(String::as_str).collect();
    let (code, words) = told(&both, "");
    assert_eq!(code, 1, "{words}");
    assert!(words.contains("ingress-backend-service-missing"), "{words}");
}
