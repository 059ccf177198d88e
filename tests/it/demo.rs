//! The bundled recordings: each says today what it was recorded for, and says the same when its names and addresses are replaced.

use std::path::Path;
use std::process::Command;

use hops::answer::recording::Recording;
use hops::answer::recording::redact::redact;
use serde_json::Value;

/// Scenario, verdict, the hop that breaks, and the root cause.
const STORIES: &[(&str, &str, Option<&str>, Option<&str>)] = &[
    ("healthy", "ok", None, None),
    (
        "label-drift",
        "broken",
        Some("service"),
        Some("service-selector-no-match"),
    ),
    (
        "controller-down",
        "broken",
        Some("controller"),
        Some("ctl-not-running"),
    ),
    (
        "secret-elsewhere",
        "broken",
        Some("tls"),
        Some("tls-secret-wrong-namespace"),
    ),
    ("crash-loop", "broken", Some("pod"), Some("pod-crashloop")),
    (
        "exact-path",
        "broken",
        Some("route"),
        Some("ingress-path-no-match"),
    ),
    (
        "wrong-port",
        "broken",
        Some("service"),
        Some("service-targetport-mismatch"),
    ),
    (
        "no-load-balancer",
        "broken",
        Some("load-balancer"),
        Some("lb-no-implementation"),
    ),
    ("two-ways-in", "ok", None, None),
    // What is wrong with the way in that the name does not lead to is told, and breaks nothing.
    ("no-grant", "ok", None, Some("route-ref-not-permitted")),
    (
        "no-certificate",
        "broken",
        Some("tls"),
        Some("tls-secret-missing"),
    ),
    ("call", "ok", None, None),
    (
        "call-namespace",
        "broken",
        Some("cluster-dns"),
        Some("cluster-dns-short-name-wrong-namespace"),
    ),
    (
        "call-port",
        "broken",
        Some("service"),
        Some("service-port-not-exposed"),
    ),
    (
        "call-not-ready",
        "broken",
        Some("pod"),
        Some("pod-readiness-failing"),
    ),
    (
        "call-dns-down",
        "broken",
        Some("cluster-dns"),
        Some("cluster-dns-down"),
    ),
    (
        "call-dns-hosts",
        "broken",
        Some("cluster-dns"),
        Some("cluster-dns-override"),
    ),
    (
        "call-policy",
        "degraded",
        None,
        Some("netpol-ingress-denied-from-client"),
    ),
];
/// The one that is compared.
const COMPARED: &str = "compare";

fn hops(args: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-hops"))
        .args(args)
        .output()
        .expect("hops runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (output.status.code().expect("an exit code"), text)
}

fn report(args: &[&str]) -> (i32, Value) {
    let (code, text) = hops(&[args, &["-o", "json"]].concat());
    (
        code,
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}\n{text}")),
    )
}

/// Codes with what they are a symptom of.
fn findings(report: &Value) -> Vec<(String, Value)> {
    let list = report["findings"].as_array().expect("findings");
    list.iter()
        .map(|f| {
            (
                f["code"].as_str().expect("a code").to_owned(),
                f["causedBy"].clone(),
            )
        })
        .collect()
}

#[test]
fn every_story_comes_to_its_verdict() {
    for (name, verdict, broken_at, root) in STORIES {
        let (code, report) = report(&["demo", name]);
        assert_eq!(report["verdict"], *verdict, "{name}");
        assert_eq!(report["brokenAt"].as_str(), *broken_at, "{name}");
        let roots: Vec<String> = findings(&report)
            .into_iter()
            .filter(|f| f.1.is_null())
            .map(|f| f.0)
            .collect();
        assert_eq!(
            roots,
            root.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "{name}"
        );
        assert_eq!(code, i32::from(*verdict == "broken"), "{name}");
        let gaps = report["gaps"].as_array().expect("gaps");
        // An address that is silent shows no certificate.
        let open = gaps.iter().filter(|g| g["why"] != "no handshake was seen");
        assert_eq!(open.count(), 0, "{name} was recorded whole: {gaps:?}");
    }
}

#[test]
fn the_list_names_every_recording() {
    let (code, list) = hops(&["demo", "--list"]);
    assert_eq!(code, 0);
    let listed: Vec<&str> = list
        .lines()
        .skip(1)
        .filter_map(|l| l.split_whitespace().next())
        .collect();
    let told = STORIES.iter().map(|s| s.0).chain([COMPARED]);
    assert_eq!(listed, told.collect::<Vec<_>>());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let files = std::fs::read_dir(folder).expect("assets/demo").count();
    assert_eq!(files, STORIES.len() + 1, "every recording is bundled");
}

/// Each way in beside the one that the name leads to, with what it answers.
#[test]
fn the_half_migrated_shop_tells_both_ways_in() {
    for (name, beside, status) in [
        ("two-ways-in", "Gateway infra/eg", Some(200)),
        ("no-grant", "Gateway infra/eg", Some(500)),
        ("no-certificate", "nginx", Some(200)),
    ] {
        let (_, report) = report(&["demo", name]);
        let all = report["entrances"].as_array().expect("ways in");
        let other = all.iter().find(|e| e["judged"] == false);
        let other = other.unwrap_or_else(|| panic!("{name}: {all:?}"));
        assert_eq!(other["id"], beside, "{name}");
        assert_eq!(other["status"].as_u64(), status, "{name}: {other}");
    }
}

#[test]
fn the_migration_differs_in_three_requests() {
    let (code, comparison) = report(&["demo", COMPARED]);
    assert_eq!(code, 1);
    assert_eq!(comparison["different"], 3, "{comparison:#}");
    assert_eq!(comparison["unknown"], 0);
    let requests = comparison["requests"].as_array().expect("requests");
    let differ: Vec<_> = requests.iter().filter(|r| r["same"] == false).collect();
    let asked = |r: &&Value| r["request"]["path"].as_str().expect("a path").to_owned();
    assert_eq!(
        differ.iter().map(asked).collect::<Vec<_>>(),
        ["/", "/x", "/no-such-path"]
    );
    assert!(differ.iter().all(|r| r["request"]["scheme"] == "http"));
    let (code, text) = hops(&["demo", COMPARED, "--color", "never"]);
    assert_eq!(code, 1);
    insta::assert_snapshot!(text);
    let (code, markdown) = hops(&["demo", COMPARED, "-o", "markdown"]);
    assert_eq!(code, 1);
    assert!(
        markdown.contains("| request | Gateway infra/eg | nginx |"),
        "{markdown}"
    );
    assert!(
        markdown.contains("RequestRedirect {scheme: https, statusCode: 301}"),
        "{markdown}"
    );
}

#[test]
fn a_redacted_comparison_counts_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/compare.yaml");
    let text = std::fs::read_to_string(path).expect("a recording");
    let recording = Recording::from_yaml(&text, COMPARED).expect("a recording");
    let redacted = redact(&recording);
    let host = redacted.run.targets[0].clone();
    let file = folder.path().join("compare.yaml");
    std::fs::write(&file, redacted.to_yaml().expect("a text")).expect("written");
    let file = file.to_str().expect("UTF-8");
    let (code, replayed) = report(&["compare", &host, "--replay", file]);
    let (_, plain) = report(&["demo", COMPARED]);
    assert_eq!(code, 1);
    for key in ["same", "different", "differentEffects", "unknown"] {
        assert_eq!(replayed[key], plain[key], "{key}");
    }
}

#[test]
fn no_recording_holds_a_private_key_or_an_environment() {
    for name in STORIES.iter().map(|s| s.0).chain([COMPARED]) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{name}.yaml"));
        let text = std::fs::read_to_string(path).expect("a recording");
        for word in [
            "PRIVATE KEY",
            "LS0tLS1CRUdJTiBQUklWQVRF",
            "LS0tLS1CRUdJTiBFQyBQUklWQVRF",
            "managedFields",
            "last-applied",
        ] {
            assert!(!text.contains(word), "{name} holds {word}");
        }
    }
}

#[test]
fn a_redacted_recording_tells_the_same_story_without_its_names() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, ..) in STORIES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{name}.yaml"));
        let text = std::fs::read_to_string(path).expect("a recording");
        let recording = Recording::from_yaml(&text, name).expect("a recording");
        let redacted = redact(&recording).to_yaml().expect("a text");
        let words: &[&str] = if name.starts_with("call") {
            &["product-service", "namespace: shop"]
        } else {
            &["shop.example.com", "203.0.113.80", "shop-tls"]
        };
        for word in words {
            assert!(text.contains(word), "{name} never held {word}");
            assert!(!redacted.contains(word), "{name} still holds {word}");
        }
        let file = folder.path().join(format!("{name}.yaml"));
        std::fs::write(&file, redacted).expect("written");
        let (plain_code, plain) = report(&["demo", name]);
        let (code, replayed) = report(&["--replay", file.to_str().expect("UTF-8")]);
        assert_eq!(code, plain_code, "{name}");
        for key in ["verdict", "brokenAt"] {
            assert_eq!(replayed[key], plain[key], "{name} {key}");
        }
        assert_eq!(findings(&replayed), findings(&plain), "{name}");
    }
}
