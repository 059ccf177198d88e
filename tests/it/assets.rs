//! The files around the code: what a release carries, what runs on GitHub, what contributors are told.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).expect(name)
}

fn workflow(name: &str) -> Value {
    serde_saphyr::from_str(&text(&format!(".github/workflows/{name}"))).expect("YAML")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// The values of a field in the matrix of the release's builds.
fn builds(field: &str) -> BTreeSet<String> {
    let matrix = &workflow("release.yml")["jobs"]["build"]["strategy"]["matrix"]["include"];
    let values = list(matrix).iter().map(|row| row[field].as_str());
    values.map(|v| v.expect("a text").to_owned()).collect()
}

#[cfg(unix)]
mod krew {
    use super::*;
    use std::process::{Command, Output};

    /// What the script makes of the template, in a repository with these lines of package metadata.
    fn fill(metadata: &str) -> Output {
        let repository = tempfile::tempdir().expect("a folder");
        let top = repository.path();
        for name in [".github/release/krew", "assets/krew/hops.yaml"] {
            std::fs::create_dir_all(top.join(name).parent().expect("a folder")).expect("written");
            std::fs::copy(root().join(name), top.join(name)).expect("copied");
        }
        std::fs::write(top.join("Cargo.toml"), metadata).expect("written");
        for platform in builds("platform") {
            let archive = format!("kubectl-hops-v0.1.0-{platform}.tar.gz");
            let line = format!("{}  {archive}\n", sum(&platform));
            std::fs::write(top.join(format!("{archive}.sha256")), line).expect("written");
        }
        Command::new(top.join(".github/release/krew"))
            .arg("v0.1.0")
            .arg(top)
            .output()
            .expect("bash")
    }

    /// A checksum that no other platform has.
    fn sum(platform: &str) -> String {
        let number = builds("platform").iter().position(|p| p == platform);
        format!("{:a>64x}", number.expect("a build of the release"))
    }

    #[test]
    fn the_manifest_follows_krews_rules_and_names_every_build() {
        let output =
            fill("[package]\nrepository = \"https://git.example.com/shop/kubectl-hops\"\n");
        assert!(output.status.success(), "{output:?}");
        let filled = String::from_utf8(output.stdout).expect("text");
        let plugin: Value = serde_saphyr::from_str(&filled).expect("YAML");
        assert_eq!(
            plugin["apiVersion"],
            "krew.googlecontainertools.github.com/v1alpha2"
        );
        assert_eq!(plugin["kind"], "Plugin");
        assert_eq!(plugin["metadata"]["name"], "hops"); // as the file is called
        let spec = &plugin["spec"];
        assert_eq!(spec["version"], "v0.1.0");
        let home = "https://git.example.com/shop/kubectl-hops";
        assert_eq!(spec["homepage"], home);
        let short = spec["shortDescription"].as_str().expect("a text");
        assert!(
            short.len() <= 50 && !short.ends_with('.') && !short.contains("kubectl"),
            "{short}"
        );
        for text in ["description", "caveats"] {
            let text = spec[text].as_str().expect("a text");
            assert!(text.lines().all(|l| l.len() <= 80), "{text}");
        }
        let mut platforms = BTreeSet::new();
        for platform in list(&spec["platforms"]) {
            let labels = &platform["selector"]["matchLabels"];
            let os = labels["os"].as_str().expect("os");
            let name = format!("{os}-{}", labels["arch"].as_str().expect("arch"));
            assert_eq!(
                platform["uri"],
                format!("{home}/releases/download/v0.1.0/kubectl-hops-v0.1.0-{name}.tar.gz")
            );
            assert_eq!(platform["sha256"], sum(&name));
            let suffix = if os == "windows" { ".exe" } else { "" };
            assert_eq!(platform["bin"], format!("kubectl-hops{suffix}"));
            platforms.insert(name);
        }
        assert_eq!(platforms, builds("platform"));
    }

    #[test]
    fn without_an_address_there_is_no_manifest() {
        let output = fill("[package]\n# repository = \"https://git.example.com/shop\"\n");
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Cargo.toml has no repository"), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_run_is_executable() {
    use std::os::unix::fs::PermissionsExt;
    for name in [
        "assets/kubectl_complete-hops",
        ".github/release/krew",
        ".github/release/pack",
    ] {
        let mode = std::fs::metadata(root().join(name)).expect(name);
        assert_eq!(mode.permissions().mode() & 0o111, 0o111, "{name}");
    }
}

#[test]
fn the_oldest_rust_is_the_same_everywhere() {
    let oldest = env!("CARGO_PKG_RUST_VERSION");
    assert_eq!(
        workflow("ci.yml")["jobs"]["msrv"]["env"]["RUSTUP_TOOLCHAIN"],
        oldest
    );
    let told = text(".github/CONTRIBUTING.md");
    assert!(told.contains(&format!("Rust {oldest} or newer")));
}

#[test]
fn workflows_pin_actions_by_commit() {
    let mut seen = 0;
    for name in ["ci.yml", "release.yml"] {
        for line in text(&format!(".github/workflows/{name}")).lines() {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            seen += 1;
            let (_, pin) = action.split_once('@').expect("a version");
            let (commit, version) = pin.split_once(" # v").expect("a commit and its version");
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{name}: {action}");
        }
    }
    assert!(seen > 0);
}

#[test]
fn dependencies_are_judged_for_the_platforms_of_a_release() {
    let deny = text(".cargo/deny.toml");
    let targets = deny.split_once("targets = [").expect("targets").1;
    let targets = targets.split_once("]\n").expect("the end of targets").0;
    let quoted = targets.split('"').skip(1).step_by(2);
    let judged: BTreeSet<String> = quoted.map(str::to_owned).collect();
    assert_eq!(judged, builds("target"));
    let folder = std::fs::read_dir(root().join(".cargo")).expect("a folder");
    let names: Vec<_> = folder.flatten().map(|e| e.file_name()).collect();
    assert_eq!(names, ["deny.toml"], "a config would change builds");
}

#[test]
fn the_cluster_gets_the_same_packages_everywhere() {
    let words =
        |text: &str| -> BTreeSet<String> { text.split_whitespace().map(str::to_owned).collect() };
    let run = text(".ci/run");
    let (_, rest) = run.split_once("packages=(").expect("a list of packages");
    let mut here = words(rest.split_once(')').expect("its end").0);
    here.extend(words("python3 python3-pip")); // which it installs only where pip is missing
    let workflow = workflow("ci.yml");
    let steps = list(&workflow["jobs"]["cluster"]["steps"]).iter();
    let installs = steps.filter_map(|s| s["run"].as_str()?.split_once("--no-install-recommends "));
    let there: Vec<_> = installs.map(|(_, packages)| words(packages)).collect();
    assert_eq!(there, [here]);
}

/// What stands between single backticks.
fn in_backticks(markdown: &str) -> impl Iterator<Item = String> {
    use pulldown_cmark::{Event, Options, Parser};
    Parser::new_ext(markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Code(code) => Some(code.to_string()),
        _ => None,
    })
}

#[test]
fn contributors_are_led_to_files_that_exist() {
    let guide = text(".github/CONTRIBUTING.md");
    let mut seen = 0;
    let mut missing = Vec::new();
    for word in in_backticks(&guide) {
        let is_path = !word.contains(' ')
            && (word.contains('/') || word.rsplit_once('.').is_some_and(|(_, e)| e == "md"));
        if !is_path {
            continue;
        }
        seen += 1;
        // HOP and CODE stand for any: what is before them exists.
        let open = |part: &&str| !part.contains("HOP") && !part.contains("CODE");
        let known: PathBuf = word.split('/').take_while(open).collect();
        if !root().join(&known).exists() {
            missing.push(word);
        }
    }
    assert!(seen > 0);
    assert!(missing.is_empty(), "no such file: {missing:?}");
}
