//! The smallest API server that a command line test needs: plain HTTP on loopback, one answer for each path.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use hops::facts::Kind;
use serde_json::{Value, json};

/// Serves until the test ends; gives the URL. `answer` gets the path with its query.
pub fn serve(answer: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    let answer = std::sync::Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = std::sync::Arc::clone(&answer);
            std::thread::spawn(move || one(stream, &*answer));
        }
    });
    url
}

fn one(mut stream: TcpStream, answer: &dyn Fn(&str) -> (u16, Value)) {
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    for line in lines.map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = answer(path);
    let body = body.to_string();
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

/// The API server's words for a refusal.
pub fn refusal(code: u16, reason: &str) -> (u16, Value) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": reason, "reason": reason, "code": code});
    (code, status)
}

/// Lists of these Ingresses; every other list is empty, every other object is not there.
pub fn cluster(ingresses: Vec<Value>) -> impl Fn(&str) -> (u16, Value) {
    move |path| {
        let plain = path.split('?').next().unwrap_or_default();
        if plain == "/apis" {
            return (
                200,
                json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}),
            );
        }
        let last = plain.rsplit('/').next().unwrap_or_default();
        let served = [
            "ingresses",
            "namespaces",
            "services",
            "pods",
            "ingressclasses",
            "endpointslices",
            "networkpolicies",
            "deployments",
            "daemonsets",
            "replicasets",
            "statefulsets",
            "events",
        ];
        let mut read = Kind::ALL.into_iter().filter(|_| served.contains(&last));
        let Some(kind) = read.find(|k| k.plural() == last).map(Kind::name) else {
            return refusal(404, "NotFound");
        };
        let items = match kind {
            "Ingress" => {
                let here = plain
                    .split_once("/namespaces/")
                    .and_then(|(_, rest)| rest.split('/').next());
                let inside = |i: &&Value| here.is_none_or(|ns| i["metadata"]["namespace"] == ns);
                ingresses.iter().filter(inside).cloned().collect()
            }
            "Namespace" => vec![
                json!({"metadata": {"name": "shop"}}),
                json!({"metadata": {"name": "kube-system"}}),
            ],
            _ => Vec::new(),
        };
        let list = json!({"kind": format!("{kind}List"), "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": items});
        (200, list)
    }
}

/// An Ingress for one host.
pub fn ingress(namespace: &str, name: &str, host: &str, class: &str) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"ingressClassName": class, "rules": [{"host": host, "http": {"paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}
        ]}}]}
    })
}

/// A kubeconfig with the contexts `here` and `there`, both for this server; `here` is current.
pub fn kubeconfig(dir: &Path, server: &str) -> String {
    let path = dir.join("kubeconfig");
    let text = format!(
        r#"
apiVersion: v1
kind: Config
current-context: here
contexts:
- {{name: here, context: {{cluster: c, user: u}}}}
- {{name: there, context: {{cluster: c, user: u}}}}
clusters:
- {{name: c, cluster: {{server: "{server}"}}}}
users:
- {{name: u, user: {{token: t}}}}
"#
    );
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}
