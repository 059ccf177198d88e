//! Certificates in PEM, without anything that is none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::prelude::{FromDer, X509Certificate};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The DER of every block that calls itself a certificate and is one, without anything after it. A block that is none leaves
/// an empty place, so that its brokenness still shows while its bytes are gone.
pub(in crate::answer) fn certificates(pem: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(pem);
    let mut found = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines().map(str::trim) {
        match (&mut block, line) {
            (_, BEGIN) => block = Some(String::new()),
            (Some(body), END) => {
                let der = STANDARD.decode(&body).unwrap_or_default();
                let length =
                    X509Certificate::from_der(&der).map_or(0, |(rest, _)| der.len() - rest.len());
                found.push(der[..length].to_vec());
                block = None;
            }
            (Some(body), line) => body.push_str(line),
            (None, _) => {}
        }
    }
    found
}

/// Certificates as one text.
pub(in crate::answer) fn pem(certificates: &[Vec<u8>]) -> String {
    let mut text = String::new();
    for der in certificates {
        text.push_str(BEGIN);
        let encoded = STANDARD.encode(der);
        for (i, c) in encoded.chars().enumerate() {
            if i % 64 == 0 {
                text.push('\n');
            }
            text.push(c);
        }
        text.push('\n');
        text.push_str(END);
        text.push('\n');
    }
    text
}
