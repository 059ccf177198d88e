//! The roots by which certificates are judged.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::answer::capped;

pub(super) type Verifier = Arc<dyn ServerCertVerifier>;

/// By the roots of a PEM file alone.
pub(super) fn of_file(path: &Path, provider: &Arc<CryptoProvider>) -> Result<Verifier, String> {
    let mut roots = RootCertStore::empty();
    if roots.add_parsable_certificates(read_roots(path)?).0 == 0 {
        return Err("holds no certificate that can be a root".to_owned());
    }
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
            .build()
            .map_err(|e| e.to_string())?;
    Ok(verifier)
}

/// By this machine's roots, and those of a PEM file beside them.
pub(super) fn of_machine(
    more: Option<&Path>,
    provider: &Arc<CryptoProvider>,
) -> Result<Verifier, String> {
    let more = more.map_or(Ok(Vec::new()), read_roots)?;
    rustls_platform_verifier::Verifier::new_with_extra_roots(more, Arc::clone(provider))
        .map(|verifier| Arc::new(verifier) as Verifier)
        .map_err(|e| format!("this machine has no usable root certificates: {e}"))
}

/// What a client shakes hands with that lets a verifier judge and shows no certificate of its own.
pub(super) fn config(
    verifier: Verifier,
    provider: &Arc<CryptoProvider>,
) -> Result<ClientConfig, String> {
    let config = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// The certificates of a PEM file.
fn read_roots(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = capped::PEM.file(path).map_err(|e| e.to_string())?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let found = found.map_err(|e| format!("not PEM: {e}"))?;
    if found.is_empty() {
        return Err("holds no PEM block \"CERTIFICATE\"".to_owned());
    }
    Ok(found)
}
