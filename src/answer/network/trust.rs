//! Trust as the programs of this machine have it, and the certificates that servers show to them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::roots::{self, Verifier};
use super::tls::Tls;
use super::words;

/// This machine's roots, and those of `--cacert` beside them: a program that is told of one still knows the others' hosts.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    verifier: Result<Verifier, String>,
}

impl Trust {
    /// Beside those of the direct handshakes, whose roots are read by then.
    pub(super) fn new(tls: &Tls, cacert: Option<&Path>) -> Self {
        Self {
            provider: Arc::clone(tls.provider()),
            verifier: tls.with_machine(cacert),
        }
    }

    /// What one client shakes hands with, and where it notes what it is shown.
    pub(super) fn watched(&self) -> Result<(ClientConfig, Arc<Seen>), String> {
        let seen = Arc::new(Seen::default());
        let watching = Watching {
            verifier: self.verifier.clone()?,
            seen: Arc::clone(&seen),
        };
        let mut config = roots::config(Arc::new(watching), &self.provider)?;
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok((config, seen))
    }
}

/// The certificates that one client was shown.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<Vec<Shown>>);

#[derive(Debug)]
struct Shown {
    name: String,
    leaf: CertificateDer<'static>,
    refused: Option<String>,
}

impl Seen {
    /// The first certificate that came for a host.
    pub(super) fn leaf(&self, host: &str) -> Option<CertificateDer<'static>> {
        let host = host.trim_matches(['[', ']']);
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = all.iter().find(|s| s.name.eq_ignore_ascii_case(host))?;
        Some(shown.leaf.clone())
    }

    /// Why the last certificate is not trusted, if so.
    pub(super) fn refused(&self) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.last()?.refused.clone()
    }
}

/// Judges as the machine does, and notes what it judges.
#[derive(Debug)]
struct Watching {
    verifier: Verifier,
    seen: Arc<Seen>,
}

impl ServerCertVerifier for Watching {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict = self.verifier.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        let shown = Shown {
            name: server_name.to_str().into_owned(),
            leaf: end_entity.clone().into_owned(),
            refused: verdict.as_ref().err().map(words::refusal),
        };
        let mut all = self.seen.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(shown);
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
