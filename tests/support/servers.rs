//! Servers on loopback that behave as told, well or badly: DNS over UDP and TCP, TCP, TLS, HTTP. They end when dropped.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::svcb::{Alpn, SVCB, SvcParamKey, SvcParamValue};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, HTTPS, NS, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SignatureAlgorithm,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// 127.0.0.1.
pub const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A running server.
pub struct Server {
    /// Where it listens.
    pub addr: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// A TCP server that treats every connection the same way.
pub async fn tcp<F, Fut>(on: IpAddr, serve: F) -> Server
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind((on, 0)).await.expect("a free port");
    let addr = listener.local_addr().expect("its address");
    let task = tokio::spawn(async move {
        // Dropped with this task, it ends the connections.
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve(stream));
            while connections.try_join_next().is_some() {}
        }
    });
    Server {
        addr,
        tasks: vec![task],
    }
}

/// A port of loopback where nothing listens.
pub async fn closed_port(on: IpAddr) -> SocketAddr {
    let listener = TcpListener::bind((on, 0)).await.expect("a free port");
    listener.local_addr().expect("its address")
}

/// Reads and says nothing, until the other side leaves.
pub async fn silence(mut stream: impl AsyncRead + Unpin) {
    let mut buffer = [0; 1024];
    while matches!(stream.read(&mut buffer).await, Ok(n) if n > 0) {}
}

/// Ends the connection with a reset at once.
pub async fn reset(stream: TcpStream) {
    // Time to be accepted: a reset before that is a refusal.
    tokio::task::yield_now().await;
    stream.set_zero_linger().expect("linger");
}

/// Reads the head of a request, up to the empty line.
pub async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    while !bytes.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads one request, answers with these bytes and closes.
pub async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin, response: &[u8]) {
    head(&mut stream).await;
    let _ = stream.write_all(response).await;
    let _ = stream.shutdown().await;
}

/// Reads something, answers with these bytes and stays until the other side leaves.
pub async fn answer_any(mut stream: TcpStream, response: &[u8]) {
    let _ = stream.read(&mut [0; 4096]).await;
    let _ = stream.write_all(response).await;
    silence(stream).await;
}

/// Reads something, answers with these bytes and closes.
pub async fn answer_any_and_close(mut stream: TcpStream, response: &[u8]) {
    let _ = stream.read(&mut [0; 4096]).await;
    let _ = stream.write_all(response).await;
    let _ = stream.shutdown().await;
}

/// An HTTP server with one response for all requests, and the heads of those.
pub async fn http(response: impl Into<Vec<u8>>) -> (Server, Arc<Mutex<Vec<String>>>) {
    let response: Arc<[u8]> = response.into().into();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heads);
    let server = tcp(V4, move |mut stream| {
        let (response, log) = (Arc::clone(&response), Arc::clone(&log));
        async move {
            let head = head(&mut stream).await;
            log.lock().expect("the log").push(head);
            let _ = stream.write_all(&response).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    (server, heads)
}

/// A certificate authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// With a key of its own.
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    /// Its certificate.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server certificate for these names; `change` may alter it before it is signed.
    pub fn issue(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Identity {
        self.issue_with(&rcgen::PKCS_ECDSA_P256_SHA256, names, change)
    }

    /// The same with another kind of key.
    pub fn issue_with(
        &self,
        algorithm: &'static SignatureAlgorithm,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Identity {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let mut params = params(names);
        change(&mut params);
        let leaf = params.signed_by(&key, &self.0).expect("a certificate");
        Identity {
            chain: vec![leaf.der().clone(), self.0.der().clone()],
            key,
        }
    }
}

/// A chain and its key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Identity {
    /// Signed by itself; `change` may alter it before that.
    pub fn self_signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = params(names);
        change(&mut params);
        let leaf = params.self_signed(&key).expect("a certificate");
        Self {
            chain: vec![leaf.der().clone()],
            key,
        }
    }

    /// The same with its chain so many times over.
    pub fn repeated(mut self, times: usize) -> Self {
        self.chain = vec![self.chain; times].concat();
        self
    }

    /// Its leaf as one of X.509 version 1, which is what is left without version and extensions. Nobody has signed that.
    pub fn version_1(&self) -> CertificateDer<'static> {
        let (_, certificate) = element(&self.chain[0]);
        let (tbs, signature) = element_and_rest(certificate);
        let mut fields = element(tbs).1;
        let mut kept = Vec::new();
        while !fields.is_empty() {
            let (field, rest) = element_and_rest(fields);
            // Explicitly tagged: the version and the extensions.
            if !matches!(field[0], 0xa0 | 0xa3) {
                kept.extend_from_slice(field);
            }
            fields = rest;
        }
        let mut inner = sequence(&kept);
        inner.extend_from_slice(signature);
        sequence(&inner).into()
    }

    /// The leaf in PEM.
    pub fn leaf_pem(&self) -> String {
        pem(&self.chain[0])
    }

    /// The key in PEM.
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// A configuration that serves this leaf with its key, whether it is sound or not.
    pub fn config_as(&self, leaf: CertificateDer<'static>) -> ServerConfig {
        let mut config = self.config();
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        let key = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).expect("a key");
        let certified = CertifiedKey::new(vec![leaf], key);
        config.cert_resolver = Arc::new(SingleCertAndKey::from(certified));
        config
    }

    /// A configuration that serves it.
    pub fn config(&self) -> ServerConfig {
        self.config_with(None)
    }

    /// A configuration that demands a client certificate of the authority.
    pub fn config_with(&self, clients: Option<&Authority>) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .expect("versions");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.0.der().clone()).expect("a root");
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .build()
                        .expect("a verifier");
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).expect("a key");
        builder
            .with_single_cert(self.chain.clone(), key)
            .expect("chain and key")
    }
}

/// A certificate in PEM.
pub fn pem(der: &[u8]) -> String {
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(64).collect();
    let lines = String::from_utf8(lines.join(&b'\n')).expect("ASCII");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

/// Tag and content of the DER element that these bytes begin with.
fn element(der: &[u8]) -> (u8, &[u8]) {
    let (element, _) = element_and_rest(der);
    let head = match element[1] {
        long @ 0x80.. => 2 + usize::from(long & 0x7f),
        _ => 2,
    };
    (element[0], &element[head..])
}

fn element_and_rest(der: &[u8]) -> (&[u8], &[u8]) {
    let (head, length) = match der[1] {
        long @ 0x80.. => {
            let head = 2 + usize::from(long & 0x7f);
            let bytes = der[2..head].iter();
            (head, bytes.fold(0, |all, b| all << 8 | usize::from(*b)))
        }
        short => (2, usize::from(short)),
    };
    der.split_at(head + length)
}

fn sequence(content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).expect("small").to_be_bytes();
    let head = match (high, low) {
        (0, ..0x80) => vec![0x30, low],
        (0, _) => vec![0x30, 0x81, low],
        _ => vec![0x30, 0x82, high, low],
    };
    [&head, content].concat()
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names.clone()).expect("names");
    params
        .distinguished_name
        .push(DnType::CommonName, names[0].clone());
    params
}

/// A TLS server; `serve` gets the connections whose handshake came about.
pub async fn tls<F, Fut>(config: ServerConfig, serve: F) -> Server
where
    F: Fn(TlsStream<TcpStream>) -> Fut + Clone + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tcp(V4, move |stream| {
        let (acceptor, serve) = (acceptor.clone(), serve.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream).await;
            }
        }
    })
    .await
}

/// What a DNS server says to one question.
#[derive(Clone)]
pub enum Says {
    /// These records with this code.
    Records(ResponseCode, Vec<Record>),
    /// Over UDP only a part, marked as such; over TCP these records.
    Long(Vec<Record>),
    /// Nothing.
    Nothing,
    /// The first of two when asked the first time, then the second, and so on in turn.
    InTurn(Box<[Self; 2]>, Arc<AtomicUsize>),
    /// Bytes that are no message, after the right identifier.
    Garbage,
    /// Other servers, in the authority section; it does not speak for the name itself.
    Refers(Vec<Record>),
}

impl Says {
    /// One after the other.
    pub fn in_turn(first: Self, second: Self) -> Self {
        Self::InTurn(Box::new([first, second]), Arc::default())
    }

    fn now(&self) -> &Self {
        match self {
            Self::InTurn(both, times) => &both[times.fetch_add(1, Ordering::SeqCst) % 2],
            other => other,
        }
    }
}

/// A DNS server's knowledge, by name without final dot and by type. `*.` stands for one label. What is not in it does not exist.
#[derive(Clone, Default)]
pub struct Zone {
    answers: HashMap<(String, RecordType), Says>,
    /// Whether it marks itself as a recursive resolver. Others speak with authority.
    pub recursive: bool,
    /// Goes along with answers that name nothing.
    pub soa: Option<Record>,
    /// What was asked, each time.
    pub asked: Arc<Mutex<Vec<(String, RecordType)>>>,
}

impl Zone {
    /// Knows nothing, as a resolver.
    pub fn new() -> Self {
        Self {
            answers: HashMap::new(),
            recursive: true,
            soa: None,
            asked: Arc::default(),
        }
    }

    /// Serves a zone, for which it has the authority.
    pub fn of(zone: &str, soa: Record) -> Self {
        let known = Self {
            recursive: false,
            soa: Some(soa.clone()),
            ..Self::new()
        };
        known.with(
            zone,
            RecordType::SOA,
            Says::Records(ResponseCode::NoError, vec![soa]),
        )
    }

    /// Adds what it says for one type.
    pub fn with(mut self, name: &str, rtype: RecordType, says: Says) -> Self {
        self.answers.insert((name.to_owned(), rtype), says);
        self
    }

    /// Adds what it says for A and for AAAA.
    pub fn both(self, name: &str, says: Says) -> Self {
        self.with(name, RecordType::A, says.clone())
            .with(name, RecordType::AAAA, says)
    }
}

/// An A or AAAA record.
pub fn address(name: &str, ttl: u32, address: &str) -> Record {
    let data = match address.parse().expect("an address") {
        IpAddr::V4(v4) => RData::A(A(v4)),
        IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
    };
    Record::from_rdata(name_of(name), ttl, data)
}

/// A CNAME record.
pub fn alias(name: &str, ttl: u32, target: &str) -> Record {
    Record::from_rdata(name_of(name), ttl, RData::CNAME(CNAME(name_of(target))))
}

/// An NS record.
pub fn served_by(zone: &str, ttl: u32, server: &str) -> Record {
    Record::from_rdata(name_of(zone), ttl, RData::NS(NS(name_of(server))))
}

/// An SOA record with a time for which nothing may be remembered.
pub fn soa(zone: &str, ttl: u32, minimum: u32) -> Record {
    let server = name_of(&format!("ns1.{zone}"));
    let data = SOA::new(server.clone(), server, 1, 7200, 900, 86_400, minimum);
    Record::from_rdata(name_of(zone), ttl, RData::SOA(data))
}

/// A TXT record of several strings.
pub fn txt(name: &str, strings: &[&str]) -> Record {
    let strings = strings.iter().map(ToString::to_string).collect();
    Record::from_rdata(name_of(name), 60, RData::TXT(TXT::new(strings)))
}

/// An HTTPS record that points to the name itself.
pub fn https(name: &str, ttl: u32) -> Record {
    let alpn = SvcParamValue::Alpn(Alpn(vec!["h2".to_owned()]));
    let data = SVCB::new(1, Name::root(), vec![(SvcParamKey::Alpn, alpn)]);
    Record::from_rdata(name_of(name), ttl, RData::HTTPS(HTTPS(data)))
}

fn name_of(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).expect("a name")
}

/// A DNS server, at one port for UDP and TCP.
pub async fn dns(zone: Zone) -> Server {
    let (udp, listener) = same_port().await;
    serve(zone, udp, listener)
}

/// A DNS server at this address; none where this machine has it not, or the port is taken.
pub async fn dns_at(zone: Zone, addr: SocketAddr) -> Option<Server> {
    let udp = UdpSocket::bind(addr).await.ok()?;
    let listener = TcpListener::bind(addr).await.ok()?;
    Some(serve(zone, udp, listener))
}

fn serve(zone: Zone, udp: UdpSocket, listener: TcpListener) -> Server {
    let addr = udp.local_addr().expect("its address");
    let over_udp = {
        let zone = zone.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
                if let Some(reply) = reply(&zone, &buffer[..length], false) {
                    let _ = udp.send_to(&reply, from).await;
                }
            }
        })
    };
    let over_tcp = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let zone = zone.clone();
            connections.spawn(async move {
                // One question after the other; whom it says nothing to, it hangs up on.
                while let Some(question) = dns_question(&mut stream).await {
                    let Some(reply) = reply(&zone, &question, true) else {
                        return;
                    };
                    if stream.write_all(&dns_framed(&reply)).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    Server {
        addr,
        tasks: vec![over_udp, over_tcp],
    }
}

/// A DNS message that comes over TCP; none when the other side has hung up.
pub async fn dns_question(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let length = stream.read_u16().await.ok()?;
    let mut question = vec![0; usize::from(length)];
    stream.read_exact(&mut question).await.ok()?;
    Some(question)
}

/// A DNS message as TCP carries it.
pub fn dns_framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).expect("a short message");
    [&length.to_be_bytes(), message].concat()
}

/// What this server says to a question over TCP.
pub fn dns_reply(zone: &Zone, question: &[u8]) -> Vec<u8> {
    reply(zone, question, true).expect("it says something")
}

async fn same_port() -> (UdpSocket, TcpListener) {
    for _ in 0..50 {
        let udp = UdpSocket::bind((V4, 0)).await.expect("a free port");
        let addr = udp.local_addr().expect("its address");
        if let Ok(listener) = TcpListener::bind(addr).await {
            return (udp, listener);
        }
    }
    panic!("no port is free for UDP and TCP");
}

fn reply(zone: &Zone, question: &[u8], tcp: bool) -> Option<Vec<u8>> {
    let question = Message::from_vec(question).ok()?;
    let query = question.queries.first()?;
    let name = query.name().to_lowercase().to_ascii();
    let key = (name.trim_end_matches('.').to_owned(), query.query_type());
    zone.asked.lock().expect("the log").push(key.clone());
    let mut reply = Message::response(question.metadata.id, OpCode::Query);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.metadata.recursion_available = zone.recursive;
    reply.metadata.authoritative = !zone.recursive;
    reply.add_query(query.clone());
    let any = key
        .0
        .split_once('.')
        .map(|(_, parent)| format!("*.{parent}"));
    let wildcard = || zone.answers.get(&(any?, key.1));
    let says = zone.answers.get(&key).or_else(wildcard);
    match says.map(Says::now) {
        None => reply.metadata.response_code = ResponseCode::NXDomain,
        Some(Says::Refers(servers)) => {
            reply.metadata.authoritative = false;
            reply.insert_authorities(servers.clone());
            return Some(reply.to_vec().expect("a message"));
        }
        Some(Says::Records(code, records)) => {
            reply.metadata.response_code = *code;
            let mut records = records.clone();
            for record in records.iter_mut().filter(|r| r.name.is_wildcard()) {
                record.name = query.name().clone();
            }
            reply.insert_answers(records);
        }
        Some(Says::Long(records)) if tcp => reply.insert_answers(records.clone()),
        Some(Says::Long(_)) => reply.metadata.truncation = true,
        Some(Says::Nothing | Says::InTurn(..)) => return None,
        Some(Says::Garbage) => {
            return Some([&question.metadata.id.to_be_bytes(), b"xyz".as_slice()].concat());
        }
    }
    if let (true, Some(soa)) = (reply.answers.is_empty(), &zone.soa) {
        reply.insert_authorities(vec![soa.clone()]);
    }
    Some(reply.to_vec().expect("a message"))
}
