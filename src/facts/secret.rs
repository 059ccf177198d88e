//! A TLS Secret as hops keeps it: key names and the certificate chain. The private key never comes this far; the edge
//! replaces it with one word that says whether it fits.

use k8s_openapi::api::core::v1::Secret;

use super::certificate::Certificate;

/// The annotation in which the edge leaves its word about `tls.key`.
pub const PRIVATE_KEY_NOTE: &str = "hops/private-key";

/// What the edge found out about the private key before dropping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateKey {
    /// It parses and belongs to the leaf.
    Matches,
    /// It parses and belongs to another certificate.
    Mismatch,
    /// It does not parse, or is empty.
    Unreadable,
    /// There is no `tls.key`.
    Absent,
    /// The Secret carries no word about it.
    Unknown,
}

impl PrivateKey {
    /// The word in the annotation.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Matches => "matches",
            Self::Mismatch => "mismatch",
            Self::Unreadable => "unreadable",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        }
    }
}

/// The certificate side of a reduced Secret.
#[derive(Clone, Debug)]
pub struct TlsSecret {
    /// `kubernetes.io/tls`, `Opaque`; empty when not given.
    pub secret_type: String,
    /// The names of its data keys.
    pub keys: Vec<String>,
    /// The chain in `tls.crt`, leaf first, or why it cannot be read.
    pub chain: Result<Vec<Certificate>, String>,
    /// About `tls.key`.
    pub private_key: PrivateKey,
}

impl TlsSecret {
    /// Reads a reduced Secret.
    pub fn of(secret: &Secret) -> Self {
        let data = secret.data.as_ref();
        let chain = data.and_then(|d| d.get("tls.crt")).map_or_else(
            || Err("has no key \"tls.crt\"".to_owned()),
            |pem| Certificate::from_pem(&pem.0).map_err(|e| format!("tls.crt is {e}")),
        );
        let note = secret
            .metadata
            .annotations
            .as_ref()
            .and_then(|a| a.get(PRIVATE_KEY_NOTE));
        let private_key = [
            PrivateKey::Matches,
            PrivateKey::Mismatch,
            PrivateKey::Unreadable,
            PrivateKey::Absent,
        ]
        .into_iter()
        .find(|k| note.is_some_and(|n| n == k.word()))
        .unwrap_or(PrivateKey::Unknown);
        Self {
            secret_type: secret.type_.clone().unwrap_or_default(),
            keys: data
                .map(|d| d.keys().cloned().collect())
                .unwrap_or_default(),
            chain,
            private_key,
        }
    }
}
