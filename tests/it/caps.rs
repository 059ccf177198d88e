//! Nothing that is read at the start has to end: each has a most, which is told, and the memory that it takes has one, too.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What the program may take for itself and for the largest thing that it reads, in KiB of address space.
const MEMORY: u64 = 1 << 20;

/// Runs the program in so much memory, and gives its only line; it ends soon and with exit code 2.
fn refused(args: &[&str], input: Stdio) -> String {
    let started = Instant::now();
    let output = Command::new("/bin/sh")
        .args(["-c", &format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"")])
        .arg(assert_cmd::cargo::cargo_bin!("kubectl-hops"))
        .args(["--check", "--timeout", "60s"])
        .args(args)
        .arg("shop.example.com")
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", "/usr/bin:/bin")
        .stdin(input)
        .output()
        .expect("the program runs");
    let took = started.elapsed();
    let line = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{args:?}: {line}");
    assert_eq!(line.lines().count(), 1, "{args:?}: {line}");
    assert!(output.stdout.is_empty(), "{args:?}: {line}");
    assert!(took < Duration::from_secs(15), "{args:?}: {took:?}");
    line
}

/// A kubeconfig whose cluster and user have more than this.
fn config(dir: &Path, cluster: &str, user: &str) -> String {
    let path = dir.join("config");
    let text = format!(
        "{{current-context: a, clusters: [{{name: a, cluster: {{server: 'https://127.0.0.1:1', {cluster}}}}}], users: [{{name: u, user: {{{user}}}}}], contexts: [{{name: a, context: {{cluster: a, user: u}}}}]}}"
    );
    fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[test]
fn an_endless_file_is_told_with_its_most() {
    let dir = tempfile::tempdir().expect("a directory");
    let zero = "/dev/zero";
    for (args, says) in [
        (
            &["--replay", zero][..],
            "cannot read /dev/zero: it is larger than 256 MiB, the most for a recording; record fewer hosts at once",
        ),
        (
            &["-f", zero],
            "cannot read /dev/zero: it is larger than 256 MiB, the most for manifests; give the namespaces that the host needs alone",
        ),
        (
            &["--cacert", zero],
            "CA certificates /dev/zero: it is larger than 16 MiB, the most for a PEM file",
        ),
        (
            &["--kubeconfig", zero],
            "cannot read kubeconfig /dev/zero: it is larger than 16 MiB, the most for a kubeconfig",
        ),
    ] {
        let line = refused(args, Stdio::null());
        assert_eq!(line, format!("error: {says}\n"), "{args:?}");
    }
    for (cluster, user, says) in [
        (
            "certificate-authority: /dev/zero",
            "token: t",
            "cluster \"a\": its certificate authority cannot be used: cannot read /dev/zero: it is larger than 16 MiB, the most for a PEM file",
        ),
        (
            "",
            "tokenFile: /dev/zero",
            "user \"u\": cannot read token file /dev/zero: it is larger than 1 MiB, the most for a token file",
        ),
        (
            "",
            "client-certificate: /dev/zero, client-key: /dev/zero",
            "user \"u\": its client certificate cannot be used: cannot read /dev/zero: it is larger than 16 MiB, the most for a PEM file",
        ),
        (
            "",
            "client-certificate-data: aGVsbG8K, client-key: /dev/zero",
            "user \"u\": its client certificate cannot be used: cannot read /dev/zero: it is larger than 16 MiB, the most for a PEM file",
        ),
    ] {
        let config = config(dir.path(), cluster, user);
        let line = refused(&["--kubeconfig", &config, "--no-probes"], Stdio::null());
        assert_eq!(line, format!("error: {says}\n"));
    }
}

#[test]
fn a_pipe_that_somebody_fills_for_ever_is_told_with_its_most() {
    let dir = tempfile::tempdir().expect("a directory");
    let pipe = dir.path().join("pipe");
    let pipe = pipe.to_str().expect("UTF-8");
    for (flag, path, what) in [
        ("--replay", pipe, "a recording"),
        ("--kubeconfig", pipe, "a kubeconfig"),
        ("-f", "-", "manifests"),
    ] {
        assert!(
            Command::new("mkfifo")
                .arg(pipe)
                .status()
                .expect("mkfifo runs")
                .success()
        );
        // It ends by itself as soon as nobody reads.
        let mut writer = Command::new("/bin/sh")
            .args(["-c", &format!("yes 'a: b' > '{pipe}'")])
            .spawn()
            .expect("a writer");
        let input = match path {
            "-" => Stdio::from(fs::File::open(pipe).expect("a reader")),
            _ => Stdio::null(),
        };
        let line = refused(&[flag, path], input);
        assert!(line.contains(&format!("the most for {what}")), "{line}");
        writer.wait().expect("the writer ends");
        fs::remove_file(pipe).expect("gone");
    }
}
