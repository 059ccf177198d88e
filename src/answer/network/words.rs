//! Words for what the wire said: alerts, refusals of certificates, and bytes of an unexpected protocol.

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible};

use crate::facts::{Connect, Handshake};

/// The name of an alert as RFC 8446 §6 writes it.
pub(super) fn alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnrecognisedName => "unrecognized_name".to_owned(),
        AlertDescription::UnknownCA => "unknown_ca".to_owned(),
        AlertDescription::UnknownPSKIdentity => "unknown_psk_identity".to_owned(),
        AlertDescription::EncryptedClientHelloRequired => "ech_required".to_owned(),
        AlertDescription::Unknown(number) => format!("number {number}"),
        other => snake(&format!("{other:?}")),
    }
}

fn snake(camel: &str) -> String {
    let mut snake = String::with_capacity(camel.len() + 4);
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Why a verifier does not accept a certificate, in a few words.
pub(super) fn refusal(error: &Error) -> String {
    use CertificateError as C;
    let Error::InvalidCertificate(why) = error else {
        return error.to_string();
    };
    match why {
        C::Expired | C::ExpiredContext { .. } => "expired".to_owned(),
        C::NotValidYet | C::NotValidYetContext { .. } => "not valid yet".to_owned(),
        C::UnknownIssuer => "unknown issuer".to_owned(),
        C::NotValidForName => "not valid for this name".to_owned(),
        C::NotValidForNameContext { expected, .. } => {
            format!("not valid for name {}", expected.to_str())
        }
        C::Revoked => "revoked".to_owned(),
        C::BadSignature => "its signature does not match".to_owned(),
        C::BadEncoding => "not a readable certificate".to_owned(),
        C::UnhandledCriticalExtension => {
            "it has a critical extension that clients do not understand".to_owned()
        }
        C::UnsupportedSignatureAlgorithmContext { .. }
        | C::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "signed with an algorithm that clients do not accept".to_owned()
        }
        C::InvalidPurpose | C::InvalidPurposeContext { .. } => {
            "not meant for servers (extended key usage)".to_owned()
        }
        C::Other(other) => match other.to_string().as_str() {
            // The verifiers' own names for what has no variant above.
            "CaUsedAsEndEntity" => {
                "unknown issuer: a CA certificate is served as the server's own".to_owned()
            }
            "certificate had invalid extensions" => {
                "not meant for servers (extended key usage)".to_owned()
            }
            "UnsupportedCertVersion" => {
                "X.509 version 1, which has no place for the names that browsers and Go programs look for"
                    .to_owned()
            }
            text => text.to_owned(),
        },
        other => other.to_string(),
    }
}

/// A failure of the TLS protocol that is neither an alert nor another protocol.
pub(super) fn protocol(error: &Error) -> String {
    match error {
        Error::PeerIncompatible(PeerIncompatible::ServerDoesNotSupportTls12Or13) => {
            "the server speaks TLS 1.1 or older only".to_owned()
        }
        Error::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Handshake::TOO_LARGE.to_owned(),
        Error::DecryptError => "what the server sent cannot be decrypted".to_owned(),
        other => other.to_string(),
    }
}

/// How a handshake failed, as the end of a sentence about an HTTP exchange.
pub(super) fn handshake(handshake: &Handshake) -> String {
    match handshake {
        Handshake::Done => "completed".to_owned(),
        Handshake::NoConnection(connect) => match connect {
            Connect::Other(text) => text.clone(),
            other => format!("no connection: {other:?}"),
        },
        Handshake::Alert(name) => format!("alert {name}"),
        Handshake::NotTls(bytes) => format!("not TLS: {bytes}"),
        Handshake::TimedOut => "no answer to the handshake".to_owned(),
        Handshake::Closed => "closed during the handshake".to_owned(),
        Handshake::Other(text) => text.clone(),
    }
}

/// The first line of some bytes with everything unprintable escaped.
pub(in crate::answer) fn printable(bytes: &[u8]) -> String {
    let line = bytes
        .split(|b| matches!(b, b'\r' | b'\n'))
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    line.escape_ascii().to_string()
}

/// Whether bytes begin a TLS record: a content type (RFC 8446 §5.1), then version 3.
pub(super) fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0x14..=0x17)) && bytes.get(1).is_none_or(|version| *version == 3)
}

/// Whether bytes begin an HTTP/2 connection: a SETTINGS frame on stream 0 (RFC 9113 §3.4).
pub(super) fn is_http2(bytes: &[u8]) -> bool {
    matches!(bytes, [0, _, _, 4, _, 0, 0, 0, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_the_names_of_the_rfc() {
        for (number, name) in [
            (0, "close_notify"),
            (20, "bad_record_mac"),
            (40, "handshake_failure"),
            (48, "unknown_ca"),
            (70, "protocol_version"),
            (80, "internal_error"),
            (112, "unrecognized_name"),
            (113, "bad_certificate_status_response"),
            (115, "unknown_psk_identity"),
            (116, "certificate_required"),
            (120, "no_application_protocol"),
            (200, "number 200"),
        ] {
            assert_eq!(alert(AlertDescription::from(number)), name);
        }
    }

    #[test]
    fn unprintable_bytes_are_escaped() {
        assert_eq!(printable(b"\r\nHTTP/1.1 400 Bad\r\nX"), "HTTP/1.1 400 Bad");
        assert_eq!(printable(b"\x1b[2J\x00"), r"\x1b[2J\x00");
        assert_eq!(printable(b""), "");
    }

    #[test]
    fn protocols_are_told_by_their_first_bytes() {
        assert!(is_tls(&[0x15, 3, 3, 0, 2, 2, 40]));
        assert!(!is_tls(b"HTTP/"));
        assert!(!is_tls(&[]));
        assert!(is_http2(&[0, 0, 18, 4, 0, 0, 0, 0, 0, 0, 3]));
        assert!(!is_http2(b"HTTP/1.1 200"));
    }
}
