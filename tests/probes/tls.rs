//! TLS: chains, verdicts, alerts, and what is no TLS.

use hops::answer::network::{Network, NetworkConfig};
use hops::facts::{Connect, Exchange, Handshake, TlsAnswer};
use rcgen::{BasicConstraints, IsCa, date_time_ymd};
use tokio::io::AsyncWriteExt;

use crate::support::servers::{self, Authority, Identity, V4};
use crate::{HOST, ask_http, ask_tls, patient, quick, request};

/// A configuration that trusts this authority only, and the file it is in.
fn trusting(authority: &Authority) -> (NetworkConfig, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), authority.pem()).expect("a PEM file");
    let config = NetworkConfig {
        cacert: Some(file.path().to_owned()),
        ..patient()
    };
    (config, file)
}

async fn ask_identity(identity: &Identity, config: &NetworkConfig) -> TlsAnswer {
    let server = servers::tls(identity.config(), servers::silence).await;
    let answer = ask_tls(config.clone(), server.addr).await;
    assert_eq!(answer.handshake, Handshake::Done);
    answer
}

#[tokio::test]
async fn shows_a_good_chain() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&[HOST, "*.example.org"], |_| {});
    let mut config = identity.config();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = servers::tls(config, servers::silence).await;
    let (config, _file) = trusting(&authority);
    let answer = ask_tls(config, server.addr).await;
    assert_eq!(answer.handshake, Handshake::Done);
    assert_eq!(answer.refused, None);
    assert_eq!(answer.protocol.as_deref(), Some("TLSv1.3"));
    assert_eq!(answer.alpn.as_deref(), Some("h2"));
    let subjects: Vec<_> = answer.chain.iter().map(|c| c.subject.as_str()).collect();
    assert_eq!(subjects, [HOST, "Test CA"]);
    assert!(answer.chain[0].covers(HOST));
    assert!(answer.chain[0].covers("www.example.org"));
}

#[tokio::test]
async fn a_chain_that_is_too_large_is_called_so() {
    let authority = Authority::new("Test CA");
    let (config, _file) = trusting(&authority);
    let chain = |times| authority.issue(&[HOST], |_| {}).repeated(times);
    for (times, handshake) in [
        (20, Handshake::Done),
        (100, Handshake::Other(Handshake::TOO_LARGE.to_owned())),
    ] {
        let server = servers::tls(chain(times).config(), servers::silence).await;
        let answer = ask_tls(config.clone(), server.addr).await;
        assert_eq!(answer.handshake, handshake, "{times}");
    }
    let server = servers::tls(chain(100).config(), servers::silence).await;
    let answer = ask_http(config, request(server.addr, true)).await;
    assert_eq!(
        answer.exchange,
        Exchange::NoTls(Handshake::TOO_LARGE.to_owned())
    );
}

#[tokio::test]
async fn a_certificate_of_the_first_version_is_called_so() {
    let authority = Authority::new("Test CA");
    let (config, _file) = trusting(&authority);
    let identity = authority.issue(&[HOST], |_| {});
    let server = identity.config_as(identity.version_1());
    let server = servers::tls(server, servers::silence).await;
    let answer = ask_tls(config, server.addr).await;
    let refused = answer.refused.unwrap_or_default();
    assert!(refused.starts_with("X.509 version 1"), "{refused}");
}

#[tokio::test]
async fn says_why_clients_refuse_a_certificate() {
    let authority = Authority::new("Test CA");
    let (config, _file) = trusting(&authority);
    let refused = async |identity: Identity| {
        let answer = ask_identity(&identity, &config).await;
        assert!(!answer.chain.is_empty());
        answer.refused.unwrap_or_default()
    };
    let expired = authority.issue(&[HOST], |p| p.not_after = date_time_ymd(2020, 1, 1));
    assert_eq!(refused(expired).await, "expired");
    let early = authority.issue(&[HOST], |p| p.not_before = date_time_ymd(3000, 1, 1));
    assert_eq!(refused(early).await, "not valid yet");
    let other = authority.issue(&["other.example.com"], |_| {});
    assert_eq!(refused(other).await, "not valid for name shop.example.com");
    let stranger = Authority::new("Other CA").issue(&[HOST], |_| {});
    assert_eq!(refused(stranger).await, "unknown issuer");
    let own = Identity::self_signed(&[HOST], |_| {});
    assert_eq!(refused(own).await, "unknown issuer");
    // What `openssl req -x509` makes.
    let ca = Identity::self_signed(&[HOST], |p| {
        p.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let why = refused(ca).await;
    assert!(why.contains("unknown issuer"), "{why}");
    let client = authority.issue(&[HOST], |p| {
        p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    let why = refused(client).await;
    assert!(why.contains("not meant for servers"), "{why}");
}

#[tokio::test]
async fn judges_by_the_machines_roots_by_default() {
    let identity = Authority::new("Test CA").issue(&[HOST], |_| {});
    let answer = ask_identity(&identity, &patient()).await;
    assert!(answer.refused.is_some());
    assert_eq!(answer.chain.len(), 2);
}

#[tokio::test]
async fn takes_p521_certificates() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue_with(&rcgen::PKCS_ECDSA_P521_SHA512, &[HOST], |_| {});
    let (config, _file) = trusting(&authority);
    assert_eq!(ask_identity(&identity, &config).await.refused, None);
}

#[tokio::test]
async fn names_the_alert() {
    for (number, name) in [
        (40, "handshake_failure"),
        (70, "protocol_version"),
        (112, "unrecognized_name"),
    ] {
        let server = servers::tcp(V4, move |stream| async move {
            servers::answer_any(stream, &[0x15, 3, 3, 0, 2, 2, number]).await;
        })
        .await;
        let answer = ask_tls(patient(), server.addr).await;
        assert_eq!(answer.handshake, Handshake::Alert(name.to_owned()));
        assert_eq!(answer.protocol, None);
        let question = request(server.addr, true);
        let answer = ask_http(patient(), question).await;
        assert_eq!(answer.exchange, Exchange::NoTls(format!("alert {name}")));
    }
}

/// In TLS 1.3 the complaint comes after the handshake.
#[tokio::test]
async fn notices_that_a_client_certificate_is_required() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&[HOST], |_| {});
    let config = identity.config_with(Some(&authority));
    let server = servers::tls(config, servers::silence).await;
    let (config, _file) = trusting(&authority);
    let answer = ask_tls(config.clone(), server.addr).await;
    let alert = Handshake::Alert("certificate_required".to_owned());
    assert_eq!(answer.handshake, alert);
    assert_eq!(answer.chain.len(), 2);
    assert_eq!(answer.refused, None);
    let answer = ask_http(config, request(server.addr, true)).await;
    let alert = Exchange::NoTls("alert certificate_required".to_owned());
    assert_eq!(answer.exchange, alert);
}

#[tokio::test]
async fn tells_other_protocols_silence_and_closing_apart() {
    let http = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let plain = servers::tcp(V4, |stream| servers::answer_any(stream, http)).await;
    let not_tls = Handshake::NotTls("HTTP/1.1 400 Bad Request".to_owned());
    assert_eq!(ask_tls(patient(), plain.addr).await.handshake, not_tls);
    let answer = ask_http(patient(), request(plain.addr, true)).await;
    let why = "not TLS: HTTP/1.1 400 Bad Request".to_owned();
    assert_eq!(answer.exchange, Exchange::NoTls(why));

    let banner = servers::tcp(V4, |mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH\r\n").await;
        servers::silence(stream).await;
    })
    .await;
    let not_tls = Handshake::NotTls("SSH-2.0-OpenSSH".to_owned());
    assert_eq!(ask_tls(patient(), banner.addr).await.handshake, not_tls);

    let silent = servers::tcp(V4, servers::silence).await;
    assert_eq!(
        ask_tls(quick(), silent.addr).await.handshake,
        Handshake::TimedOut
    );

    let closing = servers::tcp(V4, |stream| servers::answer_any_and_close(stream, b"")).await;
    assert_eq!(
        ask_tls(patient(), closing.addr).await.handshake,
        Handshake::Closed
    );

    let refused = Handshake::NoConnection(Connect::Refused);
    let closed = servers::closed_port(V4).await;
    assert_eq!(ask_tls(patient(), closed).await.handshake, refused);
}

#[test]
fn needs_a_cacert_that_can_be_read() {
    let with = |path: &std::path::Path| {
        let config = NetworkConfig {
            cacert: Some(path.to_owned()),
            ..patient()
        };
        Network::new(config).err().unwrap_or_default()
    };
    let why = with("/does/not/exist.pem".as_ref());
    assert!(why.contains("/does/not/exist.pem"), "{why}");
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), "no certificate").expect("a file");
    let why = with(file.path());
    assert!(why.contains("CERTIFICATE"), "{why}");
}
