//! Certificates, reduced to what a verdict needs. Parsing is pure: bytes in, facts out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use x509_parser::oid_registry::OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, Pem, X509Certificate};

/// One X.509 certificate (RFC 5280) as a verdict sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Subject common name, or the whole subject where there is none.
    pub subject: String,
    /// Issuer common name, or the whole issuer where there is none.
    pub issuer: String,
    /// DNS names of the subject alternative name extension.
    #[serde(default)]
    pub names: Vec<String>,
    /// IP addresses of the same extension.
    #[serde(default)]
    pub addresses: Vec<std::net::IpAddr>,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// Serial number, in hex.
    #[serde(default)]
    pub serial: String,
    /// Subject equals issuer.
    #[serde(default)]
    pub self_issued: bool,
    /// It says where its issuer's certificate can be fetched (RFC 5280 §4.2.2.1, `caIssuers`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub issuer_published: bool,
}

impl Certificate {
    /// Reads one DER certificate.
    ///
    /// # Errors
    /// A sentence that says why the bytes are no certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, String> {
        let (_, cert) =
            X509Certificate::from_der(der).map_err(|e| format!("not a certificate: {e}"))?;
        let mut names = Vec::new();
        let mut addresses = Vec::new();
        if let Ok(Some(san)) = cert.subject_alternative_name() {
            for name in &san.value.general_names {
                match name {
                    GeneralName::DNSName(n) => names.push(n.to_ascii_lowercase()),
                    GeneralName::IPAddress(b) => addresses.extend(ip(b)),
                    _ => {}
                }
            }
        }
        let common = |name: &x509_parser::x509::X509Name<'_>| {
            name.iter_common_name()
                .next()
                .and_then(|cn| cn.as_str().ok())
                .map_or_else(|| name.to_string(), str::to_owned)
        };
        Ok(Self {
            subject: common(cert.subject()),
            issuer: common(cert.issuer()),
            names,
            addresses,
            not_before: moment(cert.validity().not_before.timestamp()),
            not_after: moment(cert.validity().not_after.timestamp()),
            serial: cert.raw_serial_as_string(),
            self_issued: cert.subject() == cert.issuer(),
            issuer_published: cert.extensions().iter().any(|e| {
                matches!(e.parsed_extension(), ParsedExtension::AuthorityInfoAccess(access)
                    if access.accessdescs.iter().any(|d| d.access_method == OID_PKIX_ACCESS_DESCRIPTOR_CA_ISSUERS))
            }),
        })
    }

    /// Reads every certificate of a PEM bundle, in its order; other blocks are passed over.
    ///
    /// # Errors
    /// A sentence that says why, when the text holds no readable certificate.
    pub fn from_pem(pem: &[u8]) -> Result<Vec<Self>, String> {
        let mut chain = Vec::new();
        for block in Pem::iter_from_buffer(pem) {
            let block = block.map_err(|e| format!("not PEM: {e}"))?;
            if block.label == "CERTIFICATE" {
                chain.push(Self::from_der(&block.contents)?);
            }
        }
        if chain.is_empty() {
            return Err("holds no PEM block \"CERTIFICATE\"".to_owned());
        }
        Ok(chain)
    }

    /// Whether it covers a host name by RFC 9525: the left-most label only may be `*`; the common name counts for nothing.
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|pattern| {
            pattern == host
                || pattern.strip_prefix("*.").is_some_and(|rest| {
                    host.split_once('.')
                        .is_some_and(|(label, tail)| !label.is_empty() && tail == rest)
                })
        })
    }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

fn ip(bytes: &[u8]) -> Option<std::net::IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(Into::into),
        16 => <[u8; 16]>::try_from(bytes).ok().map(Into::into),
        _ => None,
    }
}
