//! TLS: shakes hands with any server and keeps what it showed. The chain is judged, but never stops the handshake: a
//! certificate that nobody accepts is what the user wants to see.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::roots::{self, Verifier};
use super::{ms, tcp, words};
use crate::facts::{Certificate, Handshake, TlsAnswer};

/// How long a TLS 1.3 server that asked for a client certificate is given to complain that none came. It can only do so after
/// the handshake is over for the client (RFC 8446 §4.4.2.4).
const COMPLAINT: Duration = Duration::from_secs(1);

/// The most certificates of a chain that are kept.
const CHAIN: usize = 16;

/// What a stream must be to shake hands over it.
pub(in crate::answer) trait Stream:
    AsyncRead + AsyncWrite + Send + Unpin
{
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Judges and shakes hands.
pub(in crate::answer) struct Tls {
    provider: Arc<CryptoProvider>,
    /// What a client on this machine would use; or why there is none.
    verifier: Result<Verifier, String>,
}

impl Tls {
    /// Takes the roots of a PEM file, else of this machine.
    pub(super) fn new(cacert: Option<&Path>) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier: Result<Verifier, String> = match cacert {
            Some(path) => Ok(roots::of_file(path, &provider)
                .map_err(|why| format!("CA certificates {}: {why}", path.display()))?),
            // A machine without roots can still probe. Every chain is then refused with this reason.
            None => roots::of_machine(None, &provider),
        };
        Ok(Self { provider, verifier })
    }

    /// What a client of this machine shakes hands with; it refuses what the machine does not trust.
    pub(super) fn strict(&self) -> Result<ClientConfig, String> {
        roots::config(self.verifier.clone()?, &self.provider)
    }

    /// The judge of this machine's clients: the machine's roots and those of a PEM file beside them.
    pub(super) fn with_machine(&self, cacert: Option<&Path>) -> Result<Verifier, String> {
        match cacert {
            Some(path) => roots::of_machine(Some(path), &self.provider),
            None => self.verifier.clone(),
        }
    }

    /// The cryptography that all handshakes use.
    pub(super) fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }

    /// Shows what a handshake over a stream shows.
    pub(in crate::answer) async fn over(
        &self,
        stream: impl Stream,
        sni: &str,
        started: Instant,
        deadline: Instant,
    ) -> TlsAnswer {
        self.show(stream, sni, started, deadline).await.0
    }

    /// The same with the stream, where it is good for a request.
    pub(super) async fn show<S: Stream>(
        &self,
        stream: S,
        sni: &str,
        started: Instant,
        deadline: Instant,
    ) -> (TlsAnswer, Option<TlsStream<tcp::Tap<S>>>) {
        let witness = Arc::new(Witness::new(
            Arc::clone(&self.provider),
            Some(self.verifier.clone()),
        ));
        let shaken = self
            .shake(stream, sni, &[b"h2", b"http/1.1"], &witness, deadline)
            .await;
        let mut answer = failed(Handshake::Done, started);
        let mut kept = None;
        match shaken {
            Err(handshake) => answer.handshake = handshake,
            Ok(mut stream) => {
                let (_, session) = stream.get_ref();
                let protocol = session.protocol_version();
                answer.protocol = protocol.map(version);
                answer.alpn = session
                    .alpn_protocol()
                    .map(|name| name.escape_ascii().to_string());
                let mut quiet = true;
                if protocol == Some(ProtocolVersion::TLSv1_3)
                    && witness.asked_for_certificate.load(Ordering::Relaxed)
                {
                    (answer.handshake, quiet) = complaint(&mut stream, deadline).await;
                }
                kept = Some(stream).filter(|_| quiet);
            }
        }
        (answer.chain, answer.refused) = witness.seen();
        (answer, kept)
    }

    /// Shakes hands for an HTTP request of this protocol, as ALPN has it, with any certificate.
    pub(super) async fn open<S: Stream>(
        &self,
        stream: S,
        sni: &str,
        protocol: &str,
        deadline: Instant,
    ) -> Result<TlsStream<tcp::Tap<S>>, Handshake> {
        let witness = Arc::new(Witness::new(Arc::clone(&self.provider), None));
        self.shake(stream, sni, &[protocol.as_bytes()], &witness, deadline)
            .await
    }

    async fn shake<S: Stream>(
        &self,
        stream: S,
        sni: &str,
        alpn: &[&[u8]],
        witness: &Arc<Witness>,
        deadline: Instant,
    ) -> Result<TlsStream<tcp::Tap<S>>, Handshake> {
        let name = ServerName::try_from(sni.to_owned())
            .map_err(|_| Handshake::Other(format!("{sni:?} is no name that TLS can ask for")))?;
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| Handshake::Other(e.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(witness) as Verifier)
            .with_client_cert_resolver(Arc::clone(witness) as Arc<dyn ResolvesClientCert>);
        // A resumed session shows no chain.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
        let (tap, first) = tcp::Tap::new(stream);
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, tap);
        match timeout_at(deadline, connecting).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(e)) => Err(failure(&e, &first.get())),
            Err(_) => Err(Handshake::TimedOut),
        }
    }
}

/// An answer that shows nothing.
pub(in crate::answer) fn failed(handshake: Handshake, started: Instant) -> TlsAnswer {
    TlsAnswer {
        handshake,
        chain: Vec::new(),
        refused: None,
        protocol: None,
        alpn: None,
        tunnel: None,
        ms: ms(started),
    }
}

/// Waits for the alert of a server that misses a client certificate, and tells whether it said nothing at all.
async fn complaint(stream: &mut TlsStream<impl Stream>, deadline: Instant) -> (Handshake, bool) {
    let deadline = deadline.min(Instant::now() + COMPLAINT);
    match timeout_at(deadline, stream.read(&mut [0])).await {
        Ok(Err(e)) => match tls_error(&e) {
            Some(Error::AlertReceived(alert)) => (Handshake::Alert(words::alert(*alert)), false),
            _ => (Handshake::Closed, false),
        },
        // It closes in peace, or speaks first: no complaint.
        Ok(Ok(_)) => (Handshake::Done, false),
        // It waits for a request.
        Err(_) => (Handshake::Done, true),
    }
}

fn failure(e: &io::Error, first: &[u8]) -> Handshake {
    if !first.is_empty() && !words::is_tls(first) {
        return Handshake::NotTls(words::printable(first));
    }
    if let Some(error) = tls_error(e) {
        return match error {
            Error::AlertReceived(alert) => Handshake::Alert(words::alert(*alert)),
            other => Handshake::Other(words::protocol(other)),
        };
    }
    match e.kind() {
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe => Handshake::Closed,
        io::ErrorKind::TimedOut => Handshake::TimedOut,
        _ => Handshake::Other(e.to_string()),
    }
}

/// The TLS error inside of an I/O error.
pub(super) fn tls_error(e: &io::Error) -> Option<&Error> {
    e.get_ref().and_then(|inner| inner.downcast_ref())
}

fn version(version: ProtocolVersion) -> String {
    match version {
        ProtocolVersion::TLSv1_2 => "TLSv1.2".to_owned(),
        ProtocolVersion::TLSv1_3 => "TLSv1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Sees the certificates of one handshake, notes the verdict of the real verifier, and lets the handshake go on.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    /// None where no verdict is wanted.
    verifier: Option<Result<Verifier, String>>,
    seen: Mutex<Seen>,
    asked_for_certificate: AtomicBool,
}

#[derive(Debug, Default)]
struct Seen {
    chain: Vec<CertificateDer<'static>>,
    refused: Option<String>,
}

impl Witness {
    fn new(provider: Arc<CryptoProvider>, verifier: Option<Result<Verifier, String>>) -> Self {
        Self {
            provider,
            verifier,
            seen: Mutex::default(),
            asked_for_certificate: AtomicBool::new(false),
        }
    }

    fn seen(&self) -> (Vec<Certificate>, Option<String>) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut chain, mut refused) = (Vec::new(), seen.refused.clone());
        for der in &seen.chain {
            match Certificate::from_der(der) {
                Ok(certificate) => chain.push(certificate),
                // What comes after it is left out, so that the first one kept is the leaf.
                Err(why) => {
                    refused.get_or_insert(why);
                    break;
                }
            }
        }
        (chain, refused)
    }

    /// The first reason stands: later ones follow from it.
    fn refuse(&self, why: String) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.refused.get_or_insert(why);
    }

    /// A signature that does not hold is a reason for clients to refuse, and none to look no further.
    fn note(&self, verified: Result<HandshakeSignatureValid, Error>) -> HandshakeSignatureValid {
        verified.unwrap_or_else(|e| {
            self.refuse(format!("handshake signature: {}", words::refusal(&e)));
            HandshakeSignatureValid::assertion()
        })
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.verifier {
            None => return Ok(ServerCertVerified::assertion()),
            Some(Err(why)) => self.refuse(why.clone()),
            Some(Ok(verifier)) => {
                let verdict = verifier.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                );
                if let Err(e) = verdict {
                    self.refuse(words::refusal(&e));
                }
            }
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain = std::iter::once(end_entity)
            .chain(intermediates)
            .take(CHAIN)
            .map(|der| der.clone().into_owned())
            .collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Ok(self.note(rustls::crypto::verify_tls12_signature(
            message, cert, dss, algorithms,
        )))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        Ok(self.note(rustls::crypto::verify_tls13_signature(
            message, cert, dss, algorithms,
        )))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(
        &self,
        _issuers: &[&[u8]],
        _schemes: &[SignatureScheme],
    ) -> Option<Arc<rustls::sign::CertifiedKey>> {
        self.asked_for_certificate.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
