//! Trust as the programs of this machine have it, and the certificates that servers show to them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::tls::{Verifier, read_roots};
use super::words;

/// This machine's roots, and those of `--cacert` beside them: a program that is told of one still knows the others' hosts.
pub(super) struct Trust {
    provider: Arc<CryptoProvider>,
    verifier: Result<Verifier, String>,
}

impl Trust {
    /// Reads the roots.
    pub(super) fn new(cacert: Option<&Path>) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let more = match cacert {
            Some(path) => read_roots(path)
                .map_err(|why| format!("CA certificates {}: {why}", path.display()))?,
            None => Vec::new(),
        };
        let verifier =
            rustls_platform_verifier::Verifier::new_with_extra_roots(more, Arc::clone(&provider));
        Ok(Self {
            provider,
            verifier: verifier
                .map(|verifier| Arc::new(verifier) as Verifier)
                .map_err(|e| format!("this machine has no usable root certificates: {e}")),
        })
    }

    /// What one client shakes hands with, and where it notes what it is shown.
    pub(super) fn watched(&self) -> Result<(ClientConfig, Arc<Seen>), String> {
        let seen = Arc::new(Seen::default());
        let watching = Watching {
            verifier: self.verifier.clone()?,
            seen: Arc::clone(&seen),
        };
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(watching))
            .with_no_client_auth();
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
