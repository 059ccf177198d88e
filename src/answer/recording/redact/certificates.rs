//! Writes an X.509 certificate (RFC 5280) that says what a [`Certificate`] says. It is signed by nobody and belongs to no key: it
//! stands in the place of one whose bytes would tell whose it is.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::facts::Certificate;

const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
/// id-Ed25519 (RFC 8410): an algorithm without parameters, with the shortest keys.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];

/// The DER.
pub(super) fn certificate(certificate: &Certificate, serial: [u8; 8]) -> Vec<u8> {
    let algorithm = tlv(SEQUENCE, &[tlv(OID, &[ED25519.to_vec()])]);
    let key = tlv(BIT_STRING, &[vec![0; 33]]);
    let mut alternatives: Vec<Vec<u8>> = certificate
        .names
        .iter()
        .map(|name| tlv(0x82, &[name.as_bytes().to_vec()]))
        .collect();
    alternatives.extend(certificate.addresses.iter().map(|ip| match ip {
        std::net::IpAddr::V4(ip) => tlv(0x87, &[ip.octets().to_vec()]),
        std::net::IpAddr::V6(ip) => tlv(0x87, &[ip.octets().to_vec()]),
    }));
    // Who issues for himself has one name; who does not must not look it.
    let twins = certificate.subject == certificate.issuer && !certificate.self_issued;
    let mut body = vec![
        tlv(0xa0, &[tlv(INTEGER, &[vec![2]])]),
        tlv(INTEGER, &[serial.to_vec()]),
        algorithm.clone(),
        name(&certificate.issuer, twins),
        tlv(
            SEQUENCE,
            &[time(certificate.not_before), time(certificate.not_after)],
        ),
        name(&certificate.subject, false),
        tlv(SEQUENCE, &[algorithm.clone(), key]),
    ];
    if !alternatives.is_empty() {
        let extension = tlv(
            SEQUENCE,
            &[
                tlv(OID, &[SUBJECT_ALT_NAME.to_vec()]),
                tlv(OCTET_STRING, &[tlv(SEQUENCE, &alternatives)]),
            ],
        );
        body.push(tlv(0xa3, &[tlv(SEQUENCE, &[extension])]));
    }
    let signature = tlv(BIT_STRING, &[vec![0; 65]]);
    tlv(SEQUENCE, &[tlv(SEQUENCE, &body), algorithm, signature])
}

/// A serial number as [`Certificate`] spells it.
pub(super) fn serial_text(serial: [u8; 8]) -> String {
    let parts: Vec<String> = serial.iter().map(|b| format!("{b:02x}")).collect();
    parts.join(":")
}

fn name(common_name: &str, with_organization: bool) -> Vec<u8> {
    let part = |oid: &[u8], text: &str| {
        let text = tlv(UTF8_STRING, &[text.as_bytes().to_vec()]);
        tlv(SET, &[tlv(SEQUENCE, &[tlv(OID, &[oid.to_vec()]), text])])
    };
    let mut parts = Vec::new();
    if !common_name.is_empty() {
        parts.push(part(COMMON_NAME, common_name));
    }
    if with_organization {
        parts.push(part(ORGANIZATION, "issuer"));
    }
    tlv(SEQUENCE, &parts)
}

fn time(moment: Timestamp) -> Vec<u8> {
    let text = moment
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%d%H%M%SZ")
        .to_string();
    tlv(GENERALIZED_TIME, &[text.into_bytes()])
}

/// Tag, length, value (DER).
fn tlv(tag: u8, contents: &[Vec<u8>]) -> Vec<u8> {
    let length: usize = contents.iter().map(Vec::len).sum();
    let mut out = vec![tag];
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        out.push(short);
    } else {
        let bytes = length.to_be_bytes();
        let bytes: Vec<u8> = bytes.into_iter().skip_while(|b| *b == 0).collect();
        out.push(0x80 | u8::try_from(bytes.len()).unwrap_or_default());
        out.extend(bytes);
    }
    out.extend(contents.concat());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain() -> Certificate {
        Certificate {
            subject: "x1.example.com".to_owned(),
            issuer: "x2 CA".to_owned(),
            names: vec!["x1.example.com".to_owned(), "*.x1.example.com".to_owned()],
            addresses: vec![
                "203.0.113.1".parse().expect("v4"),
                "2001:db8::1".parse().expect("v6"),
            ],
            not_before: "1999-01-01T00:00:00Z".parse().expect("a moment"),
            not_after: "2063-12-31T23:59:59Z".parse().expect("a moment"),
            serial: "41:00:00:00:00:00:00:02".to_owned(),
            self_issued: false,
            issuer_published: false,
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let serial = [0x41, 0, 0, 0, 0, 0, 0, 2];
        let cases = [
            plain(),
            Certificate {
                subject: String::new(),
                ..plain()
            },
            Certificate {
                names: vec![],
                addresses: vec![],
                ..plain()
            },
            Certificate {
                subject: "me".to_owned(),
                issuer: "me".to_owned(),
                self_issued: true,
                ..plain()
            },
            Certificate {
                subject: "me".to_owned(),
                issuer: "me".to_owned(),
                self_issued: false,
                ..plain()
            },
            Certificate {
                names: (0..200).map(|i| format!("host-{i}.example.com")).collect(),
                ..plain()
            },
        ];
        for case in cases {
            assert_eq!(serial_text(serial), case.serial);
            let der = certificate(&case, serial);
            assert_eq!(Certificate::from_der(&der), Ok(case));
        }
    }
}
