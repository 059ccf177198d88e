//! Anything that comes from outside may hold anything: whatever it is, hops neither crashes nor hangs on it. Each target begins with
//! something good and damages it.
//!
//! A few seconds each on every `cargo test`; `HOPS_FUZZ_SECONDS=900 cargo test --test it fuzz -- --test-threads=1` for longer, and with
//! cargo-bolero by coverage.

use std::io::Write as _;
use std::net::UdpSocket;
use std::time::Duration;

use hops::answer::Answerer;
use hops::answer::cluster::connect::kubeconfig::{ConnectOptions, contexts, plugin};
use hops::answer::network::{Network, NetworkConfig};
use hops::answer::objects::files::Files;
use hops::answer::recording::{Recording, Replay};
use hops::diagnosis::Settings;
use hops::engine::{Limits, check};
use hops::facts::{Certificate, Facts, Question};
use hops::output::text::{Style, render};
use hops::target::Target;
use serde_json::{Value, json};

/// One damage: where, how much, and what is put there.
type Edit = (u16, u8, u8);

/// Pieces that mean something to one reader or another.
const PIECES: [&[u8]; 24] = [
    b"",
    b"\n",
    b": ",
    b"- ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"null",
    b"-1",
    b"99999999999999999999",
    b"\"",
    b"'",
    b"&a ",
    b"*a ",
    b"<<: ",
    b"|\n",
    b"\xff\xfe",
    b"\0",
    b"\xe2\x80\xae",
    b"$1 ~* ^(a+)+$",
    b"//../%2e%2e/",
    b"---\n",
    b"\x1b[2J",
];

fn damaged(good: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for (at, length, piece) in edits {
        let at = usize::from(*at) % (bytes.len() + 1);
        let end = (at + usize::from(*length)).min(bytes.len());
        let piece = usize::from(*piece);
        // A piece, or a stretch of the text itself once more.
        let new = match PIECES.get(piece % (PIECES.len() * 2)) {
            Some(piece) => piece.to_vec(),
            None => bytes[at..end].repeat(2),
        };
        bytes.splice(at..end, new);
    }
    bytes
}

fn time() -> Duration {
    let seconds = std::env::var("HOPS_FUZZ_SECONDS").ok();
    Duration::from_secs(seconds.and_then(|s| s.parse().ok()).unwrap_or(2))
}

/// Hands damaged forms of something good to a reader.
fn fuzz(
    good: &'static [u8],
    mut read: impl FnMut(&[u8]) + std::panic::UnwindSafe + std::panic::RefUnwindSafe,
) {
    bolero::check!()
        .with_type::<Vec<Edit>>()
        .with_test_time(time())
        .for_each(|edits| read(&damaged(good, &edits[..edits.len().min(24)])));
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().expect("a runtime")
}

/// A walk over what was read, to its text.
fn walked(answerer: &dyn Answerer, target: &str) -> Option<String> {
    let target = Target::parse(target).ok()?;
    let (mut facts, settings) = (Facts::new(), Settings::default());
    let walk = check(
        std::slice::from_ref(&target),
        &mut facts,
        answerer,
        &settings,
        Limits::default(),
    );
    let report = runtime().block_on(walk).remove(0);
    Some(render(&report, &Style::default()))
}

/// The objects of the shop; with ingress-nginx in the place of Traefik.
fn shop(nginx: bool) -> Vec<Value> {
    let base: Value =
        serde_saphyr::from_str(include_str!("../pitfalls/shop.yaml")).expect("a fixture");
    let mut objects = base["objects"].as_array().expect("objects").clone();
    for object in objects.iter_mut().filter(|_| nginx) {
        if object["kind"] == "IngressClass" {
            object["spec"]["controller"] = "k8s.io/ingress-nginx".into();
        }
        if object["kind"] == "Deployment" && object["metadata"]["name"] == "traefik" {
            let image = "registry.k8s.io/ingress-nginx/controller:v1.11.2";
            object["spec"]["template"]["spec"]["containers"][0]["image"] = image.into();
        }
    }
    objects
}

/// No byte of it may act on a terminal.
fn is_plain(text: &str) {
    let acts = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.chars().any(acts), "{text:?}");
}

#[test]
fn kubeconfigs() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("config");
    let good = b"apiVersion: v1\nkind: Config\ncurrent-context: a\ncontexts:\n- {name: a, context: {cluster: c, user: u, namespace: n}}\nclusters:\n- {name: c, cluster: {server: 'https://127.0.0.1:1', certificate-authority-data: aGk=, proxy-url: 'http://p'}}\nusers:\n- name: u\n  user: {token: t, exec: {apiVersion: client.authentication.k8s.io/v1, command: 'true', interactiveMode: Never, env: [{name: A, value: b}]}}\n";
    fuzz(good, |bytes| {
        let mut file = std::fs::File::create(&path).expect("a file");
        file.write_all(bytes).expect("written");
        let options = ConnectOptions {
            kubeconfig: Some(path.clone()),
            ..ConnectOptions::default()
        };
        if let Err(error) = contexts(&options) {
            assert!(!error.to_string().is_empty());
        }
        let _ = plugin(&options);
    });
}

#[test]
fn manifests() {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": shop(false)});
    let good: &'static str = serde_saphyr::to_string(&list).expect("YAML").leak();
    fuzz(good.as_bytes(), |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        let mut files = Files::default();
        let _ = files.add("fuzz.yaml", text, "shop"); // it may be too much
        if let Ok(files) = files.some(&["fuzz.yaml".into()]) {
            is_plain(&walked(&files, "https://shop.example.com/cart").expect("a target"));
        }
    });
}

#[test]
fn recordings() {
    let good = include_bytes!("../../assets/demo/label-drift.yaml");
    fuzz(good, |bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return;
        };
        if let Ok(recording) = Recording::from_yaml(text, "fuzz") {
            let target = recording.run.targets.first().cloned().unwrap_or_default();
            if let Some(text) = walked(&Replay::new(recording), &target) {
                is_plain(&text);
            }
        }
    });
}

#[test]
fn certificates() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["shop.example.com".to_owned()]).expect("names");
    let certificate = params.self_signed(&key).expect("a certificate");
    let der: &'static [u8] = certificate.der().to_vec().leak();
    let pem: &'static [u8] = certificate.pem().into_bytes().leak();
    fuzz(der, |bytes| {
        let _ = Certificate::from_der(bytes);
    });
    fuzz(pem, |bytes| {
        let _ = Certificate::from_pem(bytes);
    });
}

/// A server on loopback that sends damaged answers.
#[test]
fn dns_messages() {
    // shop.example.com: an alias, then an address, with a compressed name.
    let good: &[u8] = b"\x00\x00\x81\x80\x00\x01\x00\x02\x00\x00\x00\x00\x04shop\x07example\x03com\x00\x00\x01\x00\x01\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x05\x02lb\xc0\x11\xc0\x2e\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xcb\x00\x71\x50";
    let server = UdpSocket::bind("127.0.0.1:0").expect("a port");
    server
        .set_read_timeout(Some(Duration::from_millis(20)))
        .expect("a limit");
    let at = server.local_addr().expect("its address");
    let network = Network::new(NetworkConfig {
        nameservers: Some(vec![at]),
        io_timeout: Duration::from_millis(40),
        ..NetworkConfig::default()
    })
    .expect("a network");
    let question = Question::Dns {
        name: "shop.example.com".to_owned(),
        via: Some(at),
    };
    let (runtime, network, server) = (
        runtime(),
        std::panic::AssertUnwindSafe(network),
        std::panic::AssertUnwindSafe(server),
    );
    let runtime = std::panic::AssertUnwindSafe(runtime);
    fuzz(good, |bytes| {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut asked = [0; 512];
                while let Ok((length, from)) = server.recv_from(&mut asked) {
                    let mut reply = bytes.to_vec();
                    // The right identifier, or nobody reads on.
                    if reply.len() > 2 && length > 2 {
                        reply[..2].copy_from_slice(&asked[..2]);
                    }
                    let _ = server.send_to(&reply, from);
                }
            });
            let _ = runtime.block_on(network.answer(&question));
        });
    });
}

/// Annotations, arguments of the controller and values of its ConfigMap, as people write them.
#[test]
fn annotations_and_arguments() {
    fn text(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }
    let good = b"^/(a|b)/.*$1 true,10.0.0.0/8 http://auth/?rd=$1 shop-mw@kubernetescrd";
    let bases = [shop(false), shop(true)];
    fuzz(good, move |bytes| {
        let value = text(bytes);
        let mut objects = bases[bytes.len() % 2].clone();
        for object in &mut objects {
            if object["kind"] == "Ingress" {
                for key in KEYS {
                    object["metadata"]["annotations"][*key] = value.clone().into();
                }
                object["spec"]["rules"][0]["http"]["paths"][0]["path"] = format!("/{value}").into();
            }
            if object["kind"] == "Deployment" {
                object["spec"]["template"]["spec"]["containers"][0]["args"] =
                    json!([value.clone(), format!("--{value}")]);
            }
            if object["kind"] == "ConfigMap" {
                object["data"] =
                    json!({"whitelist-source-range": value.clone(), "x": value.clone()});
            }
        }
        let now = "2026-11-23T12:00:00Z".parse().expect("a moment");
        let answerer = Replay::new(Recording::whole_cluster(objects, now));
        is_plain(&walked(&answerer, "https://shop.example.com/cart").expect("a target"));
    });
}

const KEYS: &[&str] = &[
    "nginx.ingress.kubernetes.io/rewrite-target",
    "nginx.ingress.kubernetes.io/use-regex",
    "nginx.ingress.kubernetes.io/server-alias",
    "nginx.ingress.kubernetes.io/canary",
    "nginx.ingress.kubernetes.io/canary-weight",
    "nginx.ingress.kubernetes.io/canary-by-header",
    "nginx.ingress.kubernetes.io/permanent-redirect",
    "nginx.ingress.kubernetes.io/app-root",
    "nginx.ingress.kubernetes.io/whitelist-source-range",
    "nginx.ingress.kubernetes.io/auth-url",
    "nginx.ingress.kubernetes.io/configuration-snippet",
    "nginx.ingress.kubernetes.io/default-backend",
    "nginx.ingress.kubernetes.io/ssl-passthrough",
    "traefik.ingress.kubernetes.io/router.middlewares",
    "traefik.ingress.kubernetes.io/router.entrypoints",
    "traefik.ingress.kubernetes.io/router.pathmatcher",
    "traefik.ingress.kubernetes.io/router.priority",
    "traefik.ingress.kubernetes.io/router.tls",
    "external-dns.alpha.kubernetes.io/target",
];
