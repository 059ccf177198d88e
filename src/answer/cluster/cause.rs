//! Why a request got no response, in words. The client library nests its errors and repeats itself; the deepest one knows.

use std::error::Error;
use std::io;

use rustls::{CertificateError, Error as TlsError, InvalidMessage};

use crate::answer::cluster::connect::credentials::CredentialError;
use crate::facts::Handshake;

/// One sentence for a failed request.
pub(in crate::answer) fn of(error: &kube::Error, server: &str) -> String {
    let chain = chain(error);
    if let Some(why) = chain
        .iter()
        .find_map(|e| e.downcast_ref::<CredentialError>())
    {
        return format!("cannot get credentials for {server}: {why}");
    }
    if let Some(why) = chain.iter().find_map(|e| e.downcast_ref::<TlsError>()) {
        return format!("no TLS connection to {server}: {}", tls(why));
    }
    let is_dns = chain.iter().any(|e| e.to_string() == "dns error");
    let io = chain
        .iter()
        .rev()
        .find_map(|e| e.downcast_ref::<io::Error>());
    if is_dns {
        let why = io.map_or_else(|| deepest(error), ToString::to_string);
        let why = why.rsplit(": ").next().unwrap_or_default();
        return format!("cannot look up the host of {server}: {why}");
    }
    let why = match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => "connection refused".to_owned(),
        Some(io::ErrorKind::TimedOut) => "no answer to the connection attempt".to_owned(),
        Some(io::ErrorKind::ConnectionReset) => "connection reset".to_owned(),
        Some(io::ErrorKind::HostUnreachable) => "no route to the host".to_owned(),
        Some(io::ErrorKind::NetworkUnreachable) => "network is unreachable".to_owned(),
        _ => deepest(error),
    };
    let was_connected = chain
        .iter()
        .filter_map(|e| e.downcast_ref::<hyper::Error>())
        .any(|e| e.is_incomplete_message() || e.is_parse() || e.is_closed());
    if was_connected {
        format!("{server} ended the connection without an answer: {why}")
    } else {
        format!("cannot connect to {server}: {why}")
    }
}

/// The innermost error's text.
pub(in crate::answer) fn deepest(error: &(dyn Error + 'static)) -> String {
    chain(error)
        .last()
        .map_or_else(|| error.to_string(), ToString::to_string)
}

/// The error and its causes. `io::Error` hides the error that it wraps from `source()`.
pub(in crate::answer) fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> Vec<&'a (dyn Error + 'static)> {
    let mut all: Vec<&'a (dyn Error + 'static)> = vec![error];
    let mut at = error;
    while all.len() < 32 {
        let wrapped = at
            .downcast_ref::<io::Error>()
            .and_then(|e| e.get_ref())
            .map(|e| e as &(dyn Error + 'static));
        let Some(next) = wrapped.or_else(|| at.source()) else {
            break;
        };
        all.push(next);
        at = next;
    }
    all
}

/// Whether a certificate is too old in form; the library has no name for this that others can see.
pub(in crate::answer) fn is_version_1(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(why) if why.to_string() == "UnsupportedCertVersion")
}

fn tls(error: &TlsError) -> String {
    match error {
        TlsError::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet".to_owned()
            }
            // Every kubeadm cluster calls its authority "kubernetes": with another cluster's authority it is the signature that fails.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                "its certificate is signed by an authority that is not trusted; certificate-authority in the kubeconfig names it"
                    .to_owned()
            }
            CertificateError::NotValidForName => {
                "its certificate is for another name".to_owned()
            }
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => format!(
                "its certificate is not for {} but for {}",
                expected.to_str(),
                presented.join(", ")
            ),
            other if is_version_1(other) => {
                "its certificate is of X.509 version 1, which has no place for names: issue it again as version 3"
                    .to_owned()
            }
            other => format!("its certificate is not accepted: {other}"),
        },
        TlsError::AlertReceived(alert) => {
            format!("it refuses the handshake: {alert:?}; look at the client certificate")
        }
        TlsError::InvalidMessage(
            InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge,
        ) => Handshake::TOO_LARGE.to_owned(),
        TlsError::InvalidMessage(_) => "it does not speak TLS there".to_owned(),
        other => other.to_string(),
    }
}
