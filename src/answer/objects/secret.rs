//! A Secret is reduced here, where it arrives: type, key names, certificates, and one word about the private key.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value, json};
use x509_parser::der_parser::parse_der;
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::x509::SubjectPublicKeyInfo;

use super::pem::{certificates, pem};
use crate::facts::secret::{PRIVATE_KEY_NOTE, PrivateKey};

/// Reduces a Secret. What is not on the short list of things to keep is dropped, so that a field unknown today leaks nothing
/// tomorrow. Reducing a reduced Secret gives the same again.
pub fn reduce(secret: &Value) -> Value {
    let data = data_of(secret);
    let certificates = data
        .get("tls.crt")
        .map(|bytes| certificates(bytes))
        .unwrap_or_default();
    let word = noted(secret, &data)
        .or_else(|| is_malformed(secret).then_some(PrivateKey::Unreadable))
        .unwrap_or_else(|| judge(data.get("tls.key").map(Vec::as_slice), &certificates));

    let mut metadata = Map::new();
    for field in ["name", "namespace", "uid", "creationTimestamp", "labels"] {
        if let Some(value) = secret.pointer(&format!("/metadata/{field}")) {
            metadata.insert(field.to_owned(), value.clone());
        }
    }
    metadata.insert(
        "annotations".to_owned(),
        json!({ PRIVATE_KEY_NOTE: word.word() }),
    );
    let kept: Map<String, Value> = data
        .keys()
        .map(|name| {
            let value = if name == "tls.crt" {
                STANDARD.encode(pem(&certificates))
            } else {
                String::new()
            };
            (name.clone(), Value::String(value))
        })
        .collect();

    let mut reduced = Map::new();
    reduced.insert("apiVersion".to_owned(), json!("v1"));
    reduced.insert("kind".to_owned(), json!("Secret"));
    reduced.insert("metadata".to_owned(), Value::Object(metadata));
    if let Some(kind) = secret.get("type").and_then(Value::as_str) {
        reduced.insert("type".to_owned(), json!(kind));
    }
    if is_malformed(secret) {
        // What is no dictionary of texts stays none, so that it is told as malformed and not as empty.
        reduced.insert("data".to_owned(), json!("malformed"));
    } else if !kept.is_empty() {
        reduced.insert("data".to_owned(), Value::Object(kept));
    }
    Value::Object(reduced)
}

/// Whether the data is of a type that no Secret has: then nothing is known of its keys.
fn is_malformed(secret: &Value) -> bool {
    match secret.get("data") {
        None | Some(Value::Null) => false,
        Some(Value::Object(data)) => data.values().any(|v| !v.is_string() && !v.is_null()),
        Some(_) => true,
    }
}

/// `data` decoded, with `stringData` over it as the API server lays it. A value that is no base64 text counts as empty.
fn data_of(secret: &Value) -> std::collections::BTreeMap<String, Vec<u8>> {
    let entries = |field: &str| {
        secret
            .get(field)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    let encoded = entries("data").map(|(name, value)| {
        let text = value.as_str().unwrap_or_default();
        let text: String = text.split_ascii_whitespace().collect();
        (name.clone(), STANDARD.decode(text).unwrap_or_default())
    });
    let plain = entries("stringData").map(|(name, value)| {
        let text = value.as_str().unwrap_or_default();
        (name.clone(), text.as_bytes().to_vec())
    });
    encoded.chain(plain).collect()
}

/// The word a Secret carries that was reduced before. It counts only where no value is left that could be judged again: a
/// word that somebody wrote onto a real Secret does not.
fn noted(secret: &Value, data: &std::collections::BTreeMap<String, Vec<u8>>) -> Option<PrivateKey> {
    let reduced = data
        .iter()
        .all(|(name, value)| name == "tls.crt" || value.is_empty());
    let note = secret
        .get("metadata")?
        .get("annotations")?
        .get(PRIVATE_KEY_NOTE)?
        .as_str()?;
    [
        PrivateKey::Matches,
        PrivateKey::Mismatch,
        PrivateKey::Unreadable,
        PrivateKey::Unknown,
    ]
    .into_iter()
    .find(|word| reduced && data.contains_key("tls.key") && word.word() == note)
}

fn judge(key: Option<&[u8]>, certificates: &[Vec<u8>]) -> PrivateKey {
    let Some(key) = key else {
        return PrivateKey::Absent;
    };
    let Ok(der) = PrivateKeyDer::from_pem_slice(key) else {
        return PrivateKey::Unreadable;
    };
    // A key that is whole but of a kind this library does not load is not called unreadable: others may load it.
    if !parse_der(der.secret_der()).is_ok_and(|(rest, _)| rest.is_empty()) {
        return PrivateKey::Unreadable;
    }
    let public = any_supported_type(&der)
        .ok()
        .and_then(|key| key.public_key().map(|info| info.to_vec()));
    let leaf = certificates
        .first()
        .and_then(|der| X509Certificate::from_der(der).ok());
    match (public, leaf) {
        (Some(public), Some((_, leaf))) => {
            let fits = SubjectPublicKeyInfo::from_der(&public).is_ok_and(|(_, info)| {
                info.subject_public_key.data == leaf.public_key().subject_public_key.data
            });
            if fits {
                PrivateKey::Matches
            } else {
                PrivateKey::Mismatch
            }
        }
        _ => PrivateKey::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Secret;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256};

    use super::*;
    use crate::facts::secret::TlsSecret;

    fn pair(algorithm: &'static rcgen::SignatureAlgorithm) -> (String, String) {
        let key = KeyPair::generate_for(algorithm).expect("a key");
        let cert = CertificateParams::new(vec!["shop.example.com".to_owned()])
            .and_then(|params| params.self_signed(&key))
            .expect("a certificate");
        (cert.pem(), key.serialize_pem())
    }

    fn secret(entries: &[(&str, &str)]) -> Value {
        let data: Map<String, Value> = entries
            .iter()
            .map(|(name, text)| ((*name).to_owned(), json!(STANDARD.encode(text))))
            .collect();
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {
                "name": "shop-tls",
                "namespace": "shop",
                "uid": "6f6e",
                "creationTimestamp": "2026-01-01T00:00:00Z",
                "labels": {"app": "shop"},
                "ownerReferences": [{"name": "shop"}],
            },
            "data": data,
        })
    }

    fn read(reduced: &Value) -> TlsSecret {
        let typed: Secret = serde_json::from_value(reduced.clone()).expect("a Secret");
        TlsSecret::of(&typed)
    }

    /// No stretch of 16 characters of the key, in its PEM or as base64 of the PEM, is anywhere in the text. What the key shares with
    /// its certificate, its public half, does not count.
    fn assert_no_trace(text: &str, key_pem: &str, cert_pem: &str) {
        let flat = |text: &str| -> String { text.split_whitespace().collect() };
        let body = |pem: &str| -> String { pem.lines().filter(|l| !l.starts_with('-')).collect() };
        let (text, public) = (flat(text), flat(cert_pem) + &STANDARD.encode(cert_pem));
        for shape in [body(key_pem), STANDARD.encode(key_pem)] {
            let mut looked_for = 0;
            for start in 0..shape.len().saturating_sub(16) {
                let window = &shape[start..start + 16];
                if !public.contains(window) {
                    assert!(!text.contains(window), "key bytes in {text}");
                    looked_for += 1;
                }
            }
            assert!(looked_for > 30, "the search looks for something");
        }
    }

    #[test]
    fn a_matching_pair_is_reduced_to_certificate_and_word() {
        for algorithm in [&PKCS_ECDSA_P256_SHA256, &PKCS_RSA_SHA256] {
            let (cert, key) = pair(algorithm);
            let reduced = reduce(&secret(&[("tls.crt", &cert), ("tls.key", &key)]));
            let tls = read(&reduced);
            assert_eq!(tls.private_key, PrivateKey::Matches);
            assert_eq!(tls.keys, ["tls.crt", "tls.key"]);
            assert_eq!(tls.secret_type, "kubernetes.io/tls");
            assert_eq!(tls.chain.expect("a chain")[0].names, ["shop.example.com"]);
            assert_eq!(reduced["metadata"]["labels"]["app"], "shop");
            assert_eq!(reduced["metadata"]["uid"], "6f6e");
            assert_eq!(reduced["metadata"].get("ownerReferences"), None);
            assert_no_trace(&reduced.to_string(), &key, &cert);
            assert_eq!(reduce(&reduced), reduced, "reducing again changes nothing");
        }
    }

    #[test]
    fn the_word_says_what_is_wrong_with_the_key() {
        let (cert, key) = pair(&PKCS_ECDSA_P256_SHA256);
        let (_, other) = pair(&PKCS_ECDSA_P256_SHA256);
        let (_, of_another_kind) = pair(&PKCS_RSA_SHA256);
        let truncated: String = {
            let mut lines: Vec<&str> = key.lines().collect();
            lines.remove(2);
            lines.join("\n")
        };
        for (entries, expected) in [
            (
                vec![("tls.crt", &*cert), ("tls.key", &*other)],
                PrivateKey::Mismatch,
            ),
            (
                vec![("tls.crt", &*cert), ("tls.key", &*of_another_kind)],
                PrivateKey::Mismatch,
            ),
            (
                vec![("tls.crt", &*cert), ("tls.key", "")],
                PrivateKey::Unreadable,
            ),
            (
                vec![("tls.crt", &*cert), ("tls.key", &*cert)],
                PrivateKey::Unreadable,
            ),
            (
                vec![("tls.crt", &*cert), ("tls.key", &*truncated)],
                PrivateKey::Unreadable,
            ),
            (vec![("tls.crt", &*cert)], PrivateKey::Absent),
            (
                vec![("tls.crt", "nonsense"), ("tls.key", &*key)],
                PrivateKey::Unknown,
            ),
            (vec![], PrivateKey::Absent),
        ] {
            let reduced = reduce(&secret(&entries));
            assert_eq!(read(&reduced).private_key, expected, "{entries:?}");
            assert_eq!(reduce(&reduced), reduced);
            assert_no_trace(&reduced.to_string(), &key, &cert);
            assert_no_trace(&reduced.to_string(), &other, &cert);
        }
    }

    #[test]
    fn a_key_pasted_into_the_certificate_goes() {
        let (cert, key) = pair(&PKCS_ECDSA_P256_SHA256);
        let mislabelled = key.replace("PRIVATE KEY", "CERTIFICATE");
        let unended = key.replace("-----END PRIVATE KEY-----", "");
        for tls_crt in [
            format!("{key}{cert}"),
            format!("{cert}{key}"),
            format!("{cert}{mislabelled}"),
            format!("{unended}{cert}"),
            format!("{cert}-----BEGIN CERTIFICATE-----\n{key}"),
        ] {
            let reduced = reduce(&secret(&[("tls.crt", &tls_crt), ("tls.key", &key)]));
            assert_no_trace(&reduced.to_string(), &key, &cert);
            let kept = STANDARD
                .decode(reduced["data"]["tls.crt"].as_str().expect("text"))
                .expect("base64");
            assert_no_trace(&String::from_utf8_lossy(&kept), &key, &cert);
            assert!(String::from_utf8_lossy(&kept).contains(cert.lines().nth(1).expect("a line")));
        }
    }

    #[test]
    fn bytes_after_a_certificate_go() {
        let (cert, key) = pair(&PKCS_ECDSA_P256_SHA256);
        let mut der = certificates(cert.as_bytes()).remove(0);
        let length = der.len();
        der.extend_from_slice(key.as_bytes());
        let found = certificates(pem(&[der]).as_bytes());
        assert_eq!(found[0].len(), length);
    }

    #[test]
    fn annotations_and_unknown_fields_go() {
        let (cert, key) = pair(&PKCS_ECDSA_P256_SHA256);
        let mut object = secret(&[("tls.crt", &cert), ("tls.key", &key)]);
        object["metadata"]["annotations"] = json!({
            "kubectl.kubernetes.io/last-applied-configuration": object.to_string(),
            PRIVATE_KEY_NOTE: "mismatch",
        });
        object["metadata"]["managedFields"] =
            json!([{"fieldsV1": {"f:data": STANDARD.encode(&key)}}]);
        object["tomorrow"] = json!(key);
        let reduced = reduce(&object);
        assert_no_trace(&reduced.to_string(), &key, &cert);
        assert_eq!(
            reduced["metadata"]["annotations"],
            json!({PRIVATE_KEY_NOTE: "matches"}),
            "a word that stood on the object is not believed"
        );
    }

    #[test]
    fn string_data_goes_over_data() {
        let (cert, key) = pair(&PKCS_ECDSA_P256_SHA256);
        let (_, other) = pair(&PKCS_ECDSA_P256_SHA256);
        let mut object = secret(&[("tls.crt", &cert), ("tls.key", &other)]);
        object["stringData"] = json!({"tls.key": key, "password": "hunter2hunter2hunter2"});
        let reduced = reduce(&object);
        let tls = read(&reduced);
        assert_eq!(tls.private_key, PrivateKey::Matches);
        assert_eq!(tls.keys, ["password", "tls.crt", "tls.key"]);
        assert!(!reduced.to_string().contains("hunter2"));
        assert_no_trace(&reduced.to_string(), &key, &cert);
    }

    #[test]
    fn a_broken_certificate_still_shows_as_broken() {
        let (_, key) = pair(&PKCS_ECDSA_P256_SHA256);
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let chain = read(&reduce(&secret(&[("tls.crt", broken), ("tls.key", &key)]))).chain;
        assert!(chain.expect_err("broken").contains("not a certificate"));
        let chain = read(&reduce(&secret(&[("tls.crt", ""), ("tls.key", &key)]))).chain;
        assert!(chain.expect_err("empty").contains("no PEM block"));
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        for odd in [
            json!(null),
            json!([]),
            json!({"data": null, "metadata": null}),
            json!({"data": {"a": 3, "tls.key": {"b": "c"}}, "stringData": []}),
        ] {
            let reduced = reduce(&odd);
            assert_eq!(reduce(&reduced), reduced);
        }
    }

    #[test]
    fn data_of_another_type_stays_malformed_without_its_content() {
        for data in [
            json!("hunter2"),
            json!(["hunter2"]),
            json!({"tls.key": ["hunter2"]}),
        ] {
            let reduced =
                reduce(&json!({"kind": "Secret", "metadata": {"name": "a"}, "data": data}));
            assert_eq!(reduced["data"], json!("malformed"));
            assert!(serde_json::from_value::<Secret>(reduced).is_err());
        }
    }
}
