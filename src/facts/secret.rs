//! A TLS Secret as hops keeps it: key names and the certificate chain. The private key never comes this far; the edge
//! replaces it with one word that says whether it fits.

use std::sync::{Arc, OnceLock};

use k8s_openapi::api::core::v1;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{Metadata, Resource};
use serde::{Deserialize, Serialize};

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

/// A Secret as it came, and its certificates, which are read once: every walk wants them.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret {
    object: v1::Secret,
    #[serde(skip)]
    tls: OnceLock<Arc<TlsSecret>>,
}

impl Secret {
    /// What it holds for TLS.
    pub fn tls(&self) -> Arc<TlsSecret> {
        Arc::clone(
            self.tls
                .get_or_init(|| Arc::new(TlsSecret::of(&self.object))),
        )
    }
}

impl Resource for Secret {
    const API_VERSION: &'static str = v1::Secret::API_VERSION;
    const GROUP: &'static str = v1::Secret::GROUP;
    const KIND: &'static str = v1::Secret::KIND;
    const VERSION: &'static str = v1::Secret::VERSION;
    const URL_PATH_SEGMENT: &'static str = v1::Secret::URL_PATH_SEGMENT;
    type Scope = <v1::Secret as Resource>::Scope;
}

impl Metadata for Secret {
    type Ty = ObjectMeta;

    fn metadata(&self) -> &ObjectMeta {
        &self.object.metadata
    }

    fn metadata_mut(&mut self) -> &mut ObjectMeta {
        &mut self.object.metadata
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
    pub fn of(secret: &v1::Secret) -> Self {
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
