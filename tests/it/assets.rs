//! The files that travel with a release.

use serde_json::Value;
use std::fmt::Write as _;

/// The krew manifest as krew-release-bot would fill it in.
fn krew() -> Value {
    let template = include_str!("../../assets/krew/hops.yaml");
    let mut filled = String::new();
    for line in template.lines() {
        let indent = line.len() - line.trim_start().len();
        match line.trim().strip_prefix("{{ addURIAndSha \"") {
            Some(rest) => {
                let (url, call) = rest.split_once("\" ").expect("a quoted URL");
                assert_eq!(call, format!(".TagName | indent {indent} }}}}"));
                let pad = " ".repeat(indent);
                let _ = write!(
                    filled,
                    "{pad}uri: {url}\n{pad}sha256: {}\n",
                    "0a".repeat(32)
                );
            }
            None => {
                let _ = writeln!(filled, "{line}");
            }
        }
    }
    let filled = filled.replace("{{ .TagName }}", "v0.1.0");
    assert!(!filled.contains("{{"), "{filled}");
    serde_saphyr::from_str(&filled).expect("YAML")
}

#[test]
fn the_krew_manifest_follows_krews_rules() {
    let plugin = krew();
    assert_eq!(
        plugin["apiVersion"],
        "krew.googlecontainertools.github.com/v1alpha2"
    );
    assert_eq!(plugin["kind"], "Plugin");
    assert_eq!(plugin["metadata"]["name"], "hops"); // as the file is called
    assert_eq!(plugin["spec"]["version"], "v0.1.0");
    let short = plugin["spec"]["shortDescription"]
        .as_str()
        .expect("a short description");
    assert!(
        short.len() <= 50 && !short.ends_with('.') && !short.contains("kubectl"),
        "{short}"
    );
    for text in ["description", "caveats"] {
        let text = plugin["spec"][text].as_str().expect("a text");
        assert!(text.lines().all(|l| l.len() <= 80), "{text}");
    }
    let platforms = plugin["spec"]["platforms"].as_array().expect("platforms");
    assert_eq!(platforms.len(), 5);
    for platform in platforms {
        let labels = &platform["selector"]["matchLabels"];
        let (os, arch) = (
            labels["os"].as_str().expect("os"),
            labels["arch"].as_str().expect("arch"),
        );
        let uri = platform["uri"].as_str().expect("a URI");
        assert!(
            uri.ends_with(&format!("/v0.1.0/kubectl-hops-v0.1.0-{os}-{arch}.tar.gz")),
            "{uri}"
        );
        assert_eq!(platform["sha256"].as_str().map(str::len), Some(64));
        let bin = if os == "windows" {
            "kubectl-hops.exe"
        } else {
            "kubectl-hops"
        };
        assert_eq!(platform["bin"], bin);
    }
}

#[cfg(unix)]
#[test]
fn kubectls_completion_hook_is_executable() {
    use std::os::unix::fs::PermissionsExt;
    let hook =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/kubectl_complete-hops");
    let mode = std::fs::metadata(hook)
        .expect("the hook")
        .permissions()
        .mode();
    assert_eq!(mode & 0o111, 0o111);
}
