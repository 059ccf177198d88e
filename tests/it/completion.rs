//! Completion: the protocol, the scripts under real shells, and kubectl's own completion where kubectl is there.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// A directory for the PATH, with the program and kubectl's hook in it.
fn bin() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let program = assert_cmd::cargo::cargo_bin!("kubectl-hops");
    symlink(program, dir.path().join("kubectl-hops")).expect("linked");
    let hook = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/kubectl_complete-hops");
    symlink(hook, dir.path().join("kubectl_complete-hops")).expect("linked");
    dir
}

fn command(bin: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
    command
}

fn lines(command: &mut Command) -> Vec<String> {
    let output = command.output().expect("it runs");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

fn is_there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|o| o.status.success())
}

fn kubeconfig(dir: &Path) -> String {
    let path = dir.join("kubeconfig");
    let text = "{apiVersion: v1, kind: Config, contexts: [\
        {name: prod, context: {cluster: c, user: u}}, \
        {name: 'arn:aws:eks:eu-central-1:1:cluster/prod', context: {cluster: c, user: u}}, \
        {name: 'evil$(reboot)', context: {cluster: c, user: u}}]}";
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn the_protocol_is_cobras() {
    let bin = bin();
    let ask = |words: &[&str]| {
        lines(
            command(bin.path(), "kubectl-hops")
                .args(["__complete", "--"])
                .args(words),
        )
    };
    assert_eq!(
        ask(&["expl"]),
        ["explain\tExplain one pitfall in full", ":4"]
    );
    assert_eq!(
        ask(&["rules", "-o", "j"]),
        ["json\tA list, with what explain prints", ":4"]
    );
    assert_eq!(
        ask(&["--fail-on", "n"]),
        ["never\tNothing: report only", ":4"]
    );
    assert_eq!(ask(&["--kubeconfig", ""]), [":0"]);
    assert_eq!(ask(&["nothing-like-this"]), [":4"]);
    let codes = ask(&["explain", ""]);
    assert_eq!(codes.len(), hops::diagnosis::checks::table::ALL.len() + 1);
    assert!(
        codes.iter().any(|c| c.starts_with("tls-cert-expired\t")),
        "{codes:?}"
    );
    let commands = ask(&[""]);
    assert!(
        commands.iter().any(|c| c.starts_with("demo\t"))
            && !commands.iter().any(|c| c.starts_with("__"))
    );
    // kubectl's hook calls the same.
    assert_eq!(
        lines(command(bin.path(), "kubectl_complete-hops").arg("expl")),
        ask(&["expl"])
    );
    assert_eq!(
        lines(command(bin.path(), "kubectl_complete-hops").args(["--context", "x", "--che"])),
        ask(&["--che"])
    );
}

#[test]
fn contexts_come_from_the_kubeconfig() {
    let bin = bin();
    let config = kubeconfig(bin.path());
    let ask = |words: &[&str]| {
        lines(
            command(bin.path(), "kubectl-hops")
                .args(["__complete", "--", "--kubeconfig", &config])
                .args(words),
        )
    };
    // A name that a shell would run is not offered.
    assert_eq!(
        ask(&["--context", ""]),
        ["arn:aws:eks:eu-central-1:1:cluster/prod", "prod", ":4"]
    );
    assert_eq!(ask(&["--context=pr"]), ["--context=prod", ":4"]);
}

/// Sources the script and completes a line; what bash would offer.
fn bash(bin: &Path, line: &str) -> Vec<String> {
    let script = r#"
        source <(kubectl-hops completion bash)
        complete -p kubectl-hops >/dev/null || echo "not registered"
        COMP_LINE=$1 COMP_POINT=${#1}
        # As bash splits it: at ':' and '=' as well as at blanks.
        read -r -a COMP_WORDS <<<"${1//[:=]/ & }"
        [[ $1 == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        _kubectl_hops kubectl-hops
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    lines(command(bin, "bash").args(["--norc", "-c", script, "bash", line]))
}

#[test]
fn bash_completes() {
    let bin = bin();
    let config = kubeconfig(bin.path());
    assert_eq!(bash(bin.path(), "kubectl-hops expl"), ["explain"]);
    assert_eq!(
        bash(bin.path(), "kubectl-hops --check --fail-on w"),
        ["warning"]
    );
    assert_eq!(bash(bin.path(), "kubectl-hops --fail-on=w"), ["warning"]);
    assert_eq!(
        bash(bin.path(), "kubectl-hops explain tls-cert-e"),
        ["tls-cert-expired"]
    );
    assert_eq!(
        bash(bin.path(), "kubectl-hops completion "),
        ["bash", "zsh", "fish"]
    );
    assert_eq!(bash(bin.path(), "kubectl-hops zzz"), [""]);
    // Bash takes "arn:" for words of their own; what it inserts is the rest.
    let line = format!("kubectl-hops --kubeconfig {config} --context arn:aws:e");
    assert_eq!(bash(bin.path(), &line), ["eks:eu-central-1:1:cluster/prod"]);
    let dir = bin.path().display();
    let line = format!("kubectl-hops --kubeconfig {dir}/kubeco");
    assert_eq!(bash(bin.path(), &line), [format!("{dir}/kubeconfig")]);
}

#[test]
fn zsh_and_fish_accept_their_scripts() {
    let bin = bin();
    for (shell, check) in [("zsh", "zsh -n"), ("fish", "fish --no-execute")] {
        if !is_there(shell) {
            eprintln!("{shell} is not here");
            continue;
        }
        let script = format!("kubectl-hops completion {shell} > script && {check} script");
        assert!(
            lines(
                command(bin.path(), "sh")
                    .current_dir(bin.path())
                    .args(["-c", &script])
            )
            .is_empty()
        );
    }
}

#[test]
fn kubectl_completes_the_plugin() {
    if !is_there("kubectl") {
        eprintln!("kubectl is not here");
        return;
    }
    let bin = bin();
    let output = command(bin.path(), "kubectl")
        .args(["__complete", "hops", "--fail-on", "n"])
        .output()
        .expect("kubectl runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        ["never\tNothing: report only", ":4"]
    );
    // And runs it.
    let output = command(bin.path(), "kubectl")
        .args(["hops", "--version"])
        .output()
        .expect("kubectl runs");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("kubectl-hops "));
}
