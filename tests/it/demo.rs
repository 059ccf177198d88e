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
];

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
        assert_eq!(
            report["gaps"],
            serde_json::json!([]),
            "{name} was recorded whole"
        );
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
    assert_eq!(listed, STORIES.iter().map(|s| s.0).collect::<Vec<_>>());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let files = std::fs::read_dir(folder).expect("assets/demo").count();
    assert_eq!(files, STORIES.len(), "every recording is bundled");
}

#[test]
fn no_recording_holds_a_private_key_or_an_environment() {
    for (name, ..) in STORIES {
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
        for word in ["shop.example.com", "203.0.113.80", "shop-tls"] {
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
