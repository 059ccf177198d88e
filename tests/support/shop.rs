//! The shop, healthy for good: its certificate does not run out, so that it can be watched at any time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::diagnosis::Settings;
use hops::facts::{
    Answer, ClientAnswer, ClientEnd, Connect, DnsAnswer, DnsOutcome, Exchange, Gap, Handshake,
    HttpAnswer, Question, TcpAnswer, TlsAnswer,
};
use hops::target::Target;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

/// Its objects; the Secret as it is in the cluster, with its private key.
pub fn objects() -> Vec<Value> {
    let base: Value =
        serde_saphyr::from_str(include_str!("../pitfalls/shop.yaml")).expect("the base fixture");
    let mut objects = base["objects"].as_array().expect("objects").clone();
    objects.retain(|o| o["kind"] != "Secret");
    let key = KeyPair::generate().expect("a key");
    objects.push(secret(&key));
    objects
}

/// The Secret with a certificate for a key.
pub fn secret(key: &KeyPair) -> Value {
    let certificate = CertificateParams::new(vec!["shop.example.com".to_owned()])
        .and_then(|params| params.self_signed(key))
        .expect("a certificate");
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
        "metadata": {"name": "shop-tls", "namespace": "shop"},
        "data": {
            "tls.crt": STANDARD.encode(certificate.pem()),
            "tls.key": STANDARD.encode(key.serialize_pem()),
        },
    })
}

/// One of its objects.
pub fn object(kind: &str, name: &str) -> Value {
    let found = objects()
        .into_iter()
        .find(|o| o["kind"] == kind && o["metadata"]["name"] == name);
    found.expect("an object of the shop")
}

/// One of its objects with another value somewhere.
pub fn edited(kind: &str, name: &str, pointer: &str, value: Value) -> Value {
    let mut object = object(kind, name);
    *object.pointer_mut(pointer).expect("a place") = value;
    object
}

/// `https://shop.example.com/`.
pub fn target() -> Target {
    Target::parse("https://shop.example.com/").expect("a target")
}

/// Settings that name nothing special.
pub fn settings() -> Settings {
    Settings {
        now: "2026-11-23T12:00:00Z".parse().expect("a moment"),
        context: None,
        namespace: "default".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        resolve: Vec::new(),
        dns_server: None,
        ..Settings::default()
    }
}

/// A network in which everything works, but for the status of responses.
pub fn network(question: &Question, status: u16) -> Answer {
    match question {
        Question::Dns { .. } => Answer::Dns(DnsAnswer {
            outcome: DnsOutcome::Found,
            addresses: vec!["203.0.113.80".parse().expect("an address")],
            records: Vec::new(),
            server: "test".to_owned(),
            dns: None,
            hosts_file: Vec::new(),
            negative_ttl: None,
            silent: Vec::new(),
            unsteady: None,
            detail: None,
            ms: 1,
        }),
        Question::Tcp { .. } => Answer::Tcp(TcpAnswer {
            connect: Connect::Connected,
            ms: 1,
        }),
        Question::Tls { .. } | Question::PodTls { .. } => Answer::Tls(TlsAnswer {
            handshake: Handshake::Done,
            chain: Vec::new(),
            refused: None,
            protocol: None,
            alpn: None,
            tunnel: None,
            ms: 1,
        }),
        Question::Client(_) => Answer::Client(Box::new(ClientAnswer {
            end: ClientEnd::Response,
            redirects: Vec::new(),
            proxy: None,
            version: Some("HTTP/2".to_owned()),
            certificate: None,
            response: Some(response(status)),
            ms: 1,
        })),
        _ => Answer::Http(response(status)),
    }
}

fn response(status: u16) -> HttpAnswer {
    HttpAnswer {
        exchange: Exchange::Response,
        status,
        headers: Vec::new(),
        other_headers: Vec::new(),
        body: "frontend-1".to_owned(),
        tunnel: None,
        phases: None,
        ms: 1,
    }
}

/// The network in which everything works.
pub struct Good;

impl Answerer for Good {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move { Ok(network(question, 200)) })
    }
}
