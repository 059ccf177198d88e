//! The command line from outside: what is said, where, and with which exit code.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use insta::assert_snapshot;

use crate::support::apiserver::{cluster, ingress, kubeconfig, refusal, serve};
use crate::support::schema;

/// The program, in an environment that knows no cluster.
pub(crate) fn hops() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("kubectl-hops"));
    command
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", "/usr/bin:/bin")
        .env("RUST_BACKTRACE", "1");
    command.timeout(Duration::from_secs(20));
    command
}

fn run(args: &[&str]) -> Output {
    hops().args(args).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Exit code 2, nothing on stdout, one line on stderr that begins as errors do and is no crash.
#[track_caller]
fn one_line_error(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(output.stdout.is_empty(), "{}", stdout(output));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(
        !stderr.contains("panicked") && !stderr.contains("backtrace"),
        "{stderr}"
    );
    stderr
}

#[test]
fn help_is_complete_and_honest() {
    let output = run(&["--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = stdout(&output);
    assert_snapshot!(help);
    for missing in ["--wait", "--watch", "__complete"] {
        assert!(!help.contains(missing), "{missing} is not built yet");
    }
    assert_eq!(stdout(&run(&["-h"])), help);
    assert_eq!(
        stdout(&run(&["--version"])),
        format!("kubectl-hops {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn rules_and_explain() {
    let table = run(&["rules"]);
    assert_eq!(table.status.code(), Some(0));
    assert_snapshot!(stdout(&table));
    let markdown = stdout(&run(&["rules", "-o", "markdown"]));
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&markdown), "{markdown}");

    let list = stdout(&run(&["rules", "-o", "json"]));
    let list: Vec<serde_json::Value> = serde_json::from_str(&list).expect("JSON");
    assert_eq!(list.len(), hops::diagnosis::checks::table::ALL.len());
    for rule in &list {
        for field in ["code", "hop", "severity", "title", "explain"] {
            assert!(
                rule[field].as_str().is_some_and(|t| !t.is_empty()),
                "{field} of {rule}"
            );
        }
        let code = rule["code"].as_str().expect("a code");
        let explained = run(&["explain", code]);
        assert_eq!(explained.status.code(), Some(0), "{code}");
        let text = stdout(&explained);
        assert!(text.contains(code), "{text}");
        for line in text.lines() {
            assert!(
                line.chars().count() <= 80 && !line.ends_with(' '),
                "{line:?}"
            );
        }
    }
}

/// What needs no server to be wrong.
#[test]
fn bad_input_is_one_clear_line() {
    let dir = tempfile::tempdir().expect("a directory");
    let bad_yaml = dir.path().join("bad.yaml");
    std::fs::write(
        &bad_yaml,
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: [unclosed\n",
    )
    .expect("written");
    let bad_yaml = bad_yaml.to_str().expect("UTF-8");
    let cases: &[(&[&str], &[&str])] = &[
        (&["--chek"], &["--chek", "--check"]),
        (
            &["-o", "xml", "shop.example.com"],
            &["xml", "text, json, yaml, junit, markdown"],
        ),
        (
            &["--fail-on", "fatal", "shop.example.com"],
            &["fatal", "warning"],
        ),
        (&["--check"], &["TARGET", "--all"]),
        (&["--all", "shop.example.com"], &["--all"]),
        (&["shop .example.com"], &["shop .example.com", "space"]),
        (
            &["--check", "good.example.com", "shop .example.com"],
            &["shop .example.com"],
        ),
        (&[""], &["empty"]),
        (&["ftp://shop.example.com"], &["ftp", "https"]),
        (&["help", "dmeo"], &["did you mean demo?"]),
        (
            &["check", "shop.example.com"],
            &["kubectl hops --check HOST"],
        ),
        (&["completions", "bash"], &["completion SHELL"]),
        (&["help", "quux"], &["there is no command", "explain"]),
        (
            &["-w", "--check", "shop.example.com"],
            &["-w watches on the screen"],
        ),
        (
            &["-I", "-X", "GET", "shop.example.com"],
            &["cannot be used with"],
        ),
        (
            &["-o", "wide", "shop.example.com"],
            &["possible values: text, json, yaml, junit, markdown"],
        ),
        (&["shop.example.com:0"], &["65535"]),
        (&["https://me:pw@shop.example.com/"], &["credentials"]),
        (&["*.example.com"], &["wildcard"]),
        (
            &["--resolve", "shop.example.com:443", "shop.example.com"],
            &["HOST:PORT:ADDR"],
        ),
        (
            &["--dns-server", "dns.example.com", "shop.example.com"],
            &["dns.example.com", "IP address"],
        ),
        (
            &["-H", "Host: other", "shop.example.com"],
            &["--header", "TARGET", "--resolve"],
        ),
        (&["-H", "bad name: x", "shop.example.com"], &["header name"]),
        (&["-H", "X-Token", "shop.example.com"], &["Name: value"]),
        (
            &["-H", "Content-Length: 5", "shop.example.com"],
            &["Content-Length", "no body"],
        ),
        (&["-X", "GET /", "shop.example.com"], &["method"]),
        (
            &["--timeout", "soon", "shop.example.com"],
            &["soon", "1m30s"],
        ),
        (&["--timeout", "0", "shop.example.com"], &["longer than 0"]),
        (&["-n", "Not_A_Name", "shop.example.com"], &["namespace"]),
        (
            &["explain", "tls-cert-expird"],
            &["did you mean tls-cert-expired?"],
        ),
        (&["explain", "quux"], &["quux", "kubectl hops rules"]),
        (&["explain", "\u{1b}[31mred"], &["u{1b}"]),
        (&["demo", "no-such-story"], &["no-such-story"]),
        (
            &["completion", "powershell"],
            &["powershell", "bash, zsh, fish"],
        ),
        (&["record", "shop.example.com"], &["--output"]),
        (
            &["--replay", "/nonexistent/x.yaml", "shop.example.com"],
            &["/nonexistent/x.yaml"],
        ),
        (
            &["-f", "/nonexistent/", "shop.example.com"],
            &["/nonexistent"],
        ),
        (
            &["-f", bad_yaml, "shop.example.com"],
            &["nothing to check in", "bad.yaml:4", "unclosed bracket"],
        ),
        (
            &["--cacert", "/nonexistent/ca.pem", "shop.example.com"],
            &["/nonexistent/ca.pem"],
        ),
        (&["shop.example.com"], &["KUBECONFIG", "--kubeconfig"]),
        (&[], &["KUBECONFIG"]),
    ];
    for (args, parts) in cases {
        let line = one_line_error(&run(args));
        for part in *parts {
            assert!(line.contains(part), "{args:?}: {part:?} is not in {line}");
        }
        assert!(!line.contains("pw"), "{line}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}

#[test]
fn kubeconfigs_that_lead_nowhere() {
    let dir = tempfile::tempdir().expect("a directory");
    // A port that no other test is given meanwhile.
    let server = "https://127.0.0.1:1".to_owned();
    let config = kubeconfig(dir.path(), &server);
    let empty = dir.path().join("empty");
    std::fs::write(&empty, "").expect("written");
    let empty = empty.to_str().expect("UTF-8");
    for (args, parts) in [
        (
            vec!["--kubeconfig", &config, "--context", "prod"],
            vec!["prod", "here, there"],
        ),
        (
            vec!["--kubeconfig", &config, "--cluster", "x"],
            vec!["cluster", "x"],
        ),
        (
            vec!["--kubeconfig", &config, "--user", "x"],
            vec!["user", "x"],
        ),
        (vec!["--kubeconfig", empty], vec![empty]),
        (
            vec!["--kubeconfig", "/nonexistent/config"],
            vec!["/nonexistent/config"],
        ),
        (
            vec!["--kubeconfig", &config],
            vec![&server, "here", "refused"],
        ),
    ] {
        for target in [
            &["--check", "shop.example.com"][..],
            &["--check", "--all"],
            &[],
        ] {
            let started = Instant::now();
            let args: Vec<&str> = args.iter().copied().chain(target.iter().copied()).collect();
            let line = one_line_error(&run(&args));
            for part in &parts {
                assert!(line.contains(part), "{args:?}: {part:?} is not in {line}");
            }
            assert!(
                started.elapsed() < Duration::from_secs(5),
                "{args:?} took {:?}",
                started.elapsed()
            );
        }
    }
}

/// A proxy that is gone is not taken for the API server.
#[test]
fn a_proxy_before_the_api_server_is_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = kubeconfig(dir.path(), "https://192.0.2.1:6443");
    let mut command = hops();
    command.args([
        "--kubeconfig",
        &config,
        "--check",
        "--no-probes",
        "shop.example.com",
    ]);
    command.env("HTTPS_PROXY", "http://me:secret@127.0.0.1:1");
    let line = one_line_error(&command.output().expect("the program runs"));
    assert!(
        line.contains("https://192.0.2.1:6443 through proxy http://***@127.0.0.1:1"),
        "{line}"
    );
    assert!(!line.contains("secret"), "{line}");
}

/// Accepts connections and says nothing.
#[test]
fn a_silent_server_is_given_up() {
    let dir = tempfile::tempdir().expect("a directory");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = format!("http://{}", silent.local_addr().expect("its address"));
    let config = kubeconfig(dir.path(), &server);
    let started = Instant::now();
    let line = one_line_error(&run(&[
        "--kubeconfig",
        &config,
        "--timeout",
        "1s",
        "--no-probes",
        "--check",
        "shop.example.com",
    ]));
    assert!(
        line.contains(&server) && line.contains("no answer"),
        "{line}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(4),
        "{:?}",
        started.elapsed()
    );
}

#[cfg(unix)]
mod signals {
    use super::*;
    use std::process::{Command, Stdio};

    /// Starts the program against a kubeconfig, interrupts it, and tells how it ended and how long that took.
    fn interrupted(config: &str) -> (Option<i32>, Duration) {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("kubectl-hops"))
            .args(["--kubeconfig", config, "--check", "shop.example.com"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_millis(700));
        assert!(
            child.try_wait().expect("a status").is_none(),
            "it ended by itself"
        );
        let started = Instant::now();
        let pid = child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .expect("kill runs")
                .success()
        );
        let status = child.wait().expect("it ends");
        (status.code(), started.elapsed())
    }

    #[test]
    fn ctrl_c_ends_at_once() {
        let dir = tempfile::tempdir().expect("a directory");
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let server = format!("http://{}", silent.local_addr().expect("its address"));
        let config = kubeconfig(dir.path(), &server);
        let (code, took) = interrupted(&config);
        assert_eq!(code, Some(130));
        assert!(took < Duration::from_millis(400), "{took:?}"); // 100 ms, and what a busy machine adds
    }

    #[test]
    fn ctrl_c_ends_even_while_a_credential_plugin_runs() {
        let dir = tempfile::tempdir().expect("a directory");
        let config = kubeconfig(dir.path(), "http://127.0.0.1:1");
        let text = std::fs::read_to_string(&config).expect("read");
        let plugin = "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sleep, args: ['30'], interactiveMode: Never}}";
        std::fs::write(&config, text.replace("{token: t}", plugin)).expect("written");
        let (code, took) = interrupted(&config);
        assert_eq!(code, Some(130));
        assert!(took < Duration::from_millis(400), "{took:?}");
    }

    #[test]
    fn a_reader_that_goes_away_is_no_crash() {
        let program = assert_cmd::cargo::cargo_bin!("kubectl-hops");
        let script = format!(
            "{} rules | head -1; echo ${{PIPESTATUS[0]}}",
            program.display()
        );
        let output = Command::new("bash")
            .args(["-c", &script])
            .output()
            .expect("bash runs");
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(stdout(&output).ends_with("\n0\n"), "{}", stdout(&output));
    }

    #[test]
    fn a_full_disk_is_an_error() {
        if !Path::new("/dev/full").exists() {
            return;
        }
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("/dev/full");
        let output = Command::new(assert_cmd::cargo::cargo_bin!("kubectl-hops"))
            .arg("rules")
            .stdout(full)
            .output()
            .expect("the program runs");
        assert!(one_line_error(&output).contains("stdout"));
    }
}

#[test]
fn a_host_may_be_called_like_a_command() {
    // Both get as far as looking for a cluster: they are targets.
    for args in [&["--", "demo"][..], &["https://rules/"]] {
        assert!(one_line_error(&run(args)).contains("KUBECONFIG"));
    }
    let line = one_line_error(&run(&["shop.example.com", "--check", "rules"]));
    assert!(line.contains("--"), "{line}");
}

/// Runs against a server, with a kubeconfig for it.
fn against(server: &str, args: &[&str]) -> Output {
    let dir = tempfile::tempdir().expect("a directory");
    let config = kubeconfig(dir.path(), server);
    let args: Vec<&str> = ["--kubeconfig", &config]
        .iter()
        .chain(args)
        .copied()
        .collect();
    run(&args)
}

#[test]
fn refused_credentials_are_no_report() {
    let server = serve(|_| refusal(401, "Unauthorized"));
    for args in [
        &["--check", "shop.example.com"][..],
        &["--check", "--all"],
        &[],
    ] {
        let line = one_line_error(&against(&server, args));
        assert!(
            line.contains("401") && line.contains(&server) && line.contains("here"),
            "{line}"
        );
    }
}

/// Who may read nothing still gets a report, which names the missing rights.
#[test]
fn missing_rights_are_gaps() {
    let server = serve(|_| refusal(403, "Forbidden"));
    let check = ["--no-probes", "--check", "shop.example.com"];
    let output = against(&server, &check);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("? "), "{text}");
    assert!(text.contains("list ingresses.networking.k8s.io"), "{text}");
    let strict: Vec<&str> = check.iter().copied().chain(["--strict"]).collect();
    assert_eq!(against(&server, &strict).status.code(), Some(3));
    let line = one_line_error(&against(&server, &[]));
    assert!(line.contains("Ingresses") && line.contains("-n"), "{line}");
}

#[test]
fn hosts_are_listed() {
    let server = serve(cluster(vec![
        ingress("shop", "shop", "shop.example.com", "traefik"),
        ingress("ops", "all", "*.ops.example.com", ""),
        ingress("evil", "web", "web.example.com", "\u{1b}[31mred"),
    ]));
    let output = against(&server, &[]);
    assert_eq!(output.status.code(), Some(0));
    assert_snapshot!(stdout(&output), @r"
    HOST               NAMESPACE  BY            CLASS          PATH  BACKEND
    *.ops.example.com  ops        Ingress/all   -              /     web:80
    shop.example.com   shop       Ingress/shop  traefik        /     web:80
    web.example.com    evil       Ingress/web   \u{1b}[31mred  /     web:80
    ");
    let list = stdout(&against(&server, &["-o", "json"]));
    assert!(!list.contains('\u{1b}'));
    let list: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(
        list[1],
        serde_json::json!({
            "host": "shop.example.com",
            "by": {"kind": "Ingress", "namespace": "shop", "name": "shop"},
            "class": "traefik",
            "paths": [{"path": "/", "backend": {"kind": "Service", "name": "web", "port": 80}}],
        })
    );
    assert_eq!(list[0]["class"], serde_json::Value::Null);
    let dir = tempfile::tempdir().expect("a directory");
    let config = kubeconfig(dir.path(), &server);
    let ask = |words: &[&str]| {
        let args: Vec<&str> = ["__complete", "--", "--kubeconfig", &config]
            .iter()
            .chain(words)
            .copied()
            .collect();
        stdout(&run(&args))
    };
    assert_eq!(ask(&["shop."]), "shop.example.com\tIngress shop/shop\n:4\n");
    assert_eq!(
        ask(&["--check", "https://shop."]),
        "https://shop.example.com\tIngress shop/shop\n:4\n"
    );
    assert_eq!(
        ask(&["a.example.com", "w"]),
        "web.example.com\tIngress evil/web\n:4\n"
    );
    assert_eq!(ask(&["-n", "s"]), "shop\n:4\n");
}

#[test]
fn every_format_says_the_same() {
    let server = serve(cluster(vec![
        ingress("shop", "shop", "shop.example.com", "traefik"),
        ingress("shop", "admin", "admin.example.com", "traefik"),
    ]));
    let schema =
        serde_json::from_str(include_str!("../../assets/report.schema.json")).expect("JSON");
    let check = |args: &[&str]| {
        let args: Vec<&str> = ["--no-probes", "--check"]
            .iter()
            .chain(args)
            .copied()
            .collect();
        let output = against(&server, &args);
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        (stdout(&output), output.status.code())
    };
    for targets in [
        &["shop.example.com"][..],
        &["--all"],
        &["shop.example.com", "http://nobody.example.com/"],
    ] {
        let with = |format| check(&[targets, &["-o", format]].concat());
        let (text, code) = with("text");
        let (json, json_code) = with("json");
        let (junit, junit_code) = with("junit");
        let (page, page_code) = with("markdown");
        // The class does not exist: nothing serves these hosts.
        assert_eq!(
            (code, json_code, junit_code, page_code),
            (Some(1), Some(1), Some(1), Some(1)),
            "{text}"
        );
        let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(schema::problems(&schema, &document), Vec::<String>::new());
        assert_eq!(
            document["reports"].is_array(),
            targets != ["shop.example.com"]
        );
        assert!(junit.contains("<testsuite name="), "{junit}");
        assert!(page.starts_with("## ✗ `http"), "{page}");
        assert_eq!(with("json").0.is_empty(), text.is_empty());
    }
    let (_, code) = check(&["--all", "--fail-on", "never"]);
    assert_eq!(code, Some(0));
    let (json, _) = check(&["--all", "-n", "other", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["summary"]["targets"], 0);
}

/// A report without what differs from run to run.
fn report(output: &Output) -> serde_json::Value {
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["stats"] = serde_json::Value::Null;
    report
}

#[test]
fn what_a_later_hops_wrote_is_told_once_and_read_past() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("later.yaml");
    let text = include_str!("../../assets/demo/healthy.yaml").replacen(
        "\nasked:\n",
        "\nasked:\n- ask: list\n  kind: \"HTTP\\eRoute\"\n",
        1,
    );
    std::fs::write(&file, text).expect("written");
    let file = file.to_str().expect("UTF-8");
    let replayed = run(&["--replay", file, "-o", "json"]);
    assert_eq!(replayed.status.code(), Some(0));
    let document: serde_json::Value = serde_json::from_slice(&replayed.stdout).expect("JSON");
    assert_eq!(document["verdict"], "ok");
    let told = String::from_utf8_lossy(&replayed.stderr).into_owned();
    let lines: Vec<&str> = told.lines().collect();
    let [line] = lines[..] else {
        panic!("{told}");
    };
    assert!(line.starts_with(&format!("{file}:")), "{line}");
    assert!(line.contains(": not read: asked: "), "{line}");
    assert!(!line.contains('\u{1b}'), "{line:?}");
}

#[test]
fn a_recording_says_what_the_cluster_said() {
    let server = serve(cluster(vec![ingress(
        "shop",
        "shop",
        "shop.example.com",
        "traefik",
    )]));
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("shop.yaml");
    let file = file.to_str().expect("UTF-8");
    let target = ["--no-probes", "http://shop.example.com/cart"];
    let live = against(&server, &[&target[..], &["-o", "json"]].concat());
    let recorded = against(&server, &[&["record", "-o", file], &target[..]].concat());
    assert_eq!(
        recorded.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&recorded.stderr)
    );
    assert!(stdout(&recorded).contains("--replay"));
    for args in [
        &["--replay", file, "-o", "json"][..],
        &[
            "--replay",
            file,
            "--check",
            "http://shop.example.com/cart",
            "-o",
            "json",
        ],
    ] {
        let replayed = run(args);
        assert_eq!(replayed.status.code(), live.status.code());
        let mut told = report(&replayed);
        let fields = told.as_object_mut().expect("an object");
        // What a replay says is of that day.
        let at = fields.remove("recordedAt").expect("a moment");
        assert!(at.as_str().is_some_and(|at| at.starts_with("20")), "{at}");
        assert_eq!(told, report(&live));
    }
    let all = stdout(&run(&["--replay", file, "--check", "--all", "-o", "json"]));
    assert!(all.contains("\"targets\": 1"), "{all}");
    // What was not asked is not known.
    let other = run(&["--replay", file, "http://shop.example.com/", "--strict"]);
    assert!(matches!(other.status.code(), Some(1 | 3)));
    let to_stdout = against(&server, &[&["record", "-o", "-"], &target[..]].concat());
    assert!(stdout(&to_stdout).starts_with('#'));
    // Redacted, it says the same of other names.
    let redacted = against(
        &server,
        &[&["record", "--redact", "-o", "-"], &target[..]].concat(),
    );
    assert!(!stdout(&redacted).contains("shop"), "{}", stdout(&redacted));
    std::fs::write(file, &redacted.stdout).expect("written");
    let replayed = run(&["--replay", file, "-o", "json"]);
    assert_eq!(replayed.status.code(), live.status.code());
    assert_eq!(report(&replayed)["verdict"], report(&live)["verdict"]);
    let line = one_line_error(&against(
        &server,
        &[&["record", "-o", "/nonexistent/x"], &target[..]].concat(),
    ));
    assert!(line.contains("/nonexistent/x"), "{line}");
}

/// A server on loopback that answers every request with its own head, as error pages do, and what it was sent.
fn echo() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heads);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..read]).into_owned();
            let length = head.len();
            let answer = format!("HTTP/1.1 500 Broken\r\nContent-Length: {length}\r\n\r\n{head}");
            log.lock().expect("the log").push(head);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (port, heads)
}

#[test]
fn a_recording_with_headers_has_no_secret_and_replays_with_and_without_them() {
    let server = serve(cluster(vec![ingress(
        "shop",
        "shop",
        "shop.example.com",
        "traefik",
    )]));
    let (port, heads) = echo();
    let target = format!("http://shop.example.com:{port}/");
    let resolve = format!("shop.example.com:{port}:127.0.0.1");
    let asked = [
        "--resolve",
        &resolve,
        "-H",
        "Authorization: Bearer hunter22hunter22",
        "-H",
        "Cookie: session=c00kie77; canary=always",
        "-H",
        "X-Tenant: blue",
    ];
    let secret = |output: &Output| {
        let said = [&output.stdout[..], &output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(
            !said.contains("hunter22") && !said.contains("c00kie77"),
            "{said}"
        );
        said
    };
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("shop.yaml");
    let file = file.to_str().expect("UTF-8");
    let recorded = against(
        &server,
        &[&["-vvv", "record", "-o", file], &asked[..], &[&target]].concat(),
    );
    assert_eq!(recorded.status.code(), Some(0), "{}", secret(&recorded));
    assert!(secret(&recorded).contains("with Authorization: …, Cookie: session=…; canary=always"));
    let sent = heads.lock().expect("the log").join("");
    for line in [
        "Bearer hunter22hunter22\r\n",
        "session=c00kie77; canary=always\r\n",
        "blue\r\n",
    ] {
        assert!(sent.contains(line), "{sent}");
    }
    let text = std::fs::read_to_string(file).expect("a recording");
    assert!(
        !text.contains("hunter22") && !text.contains("c00kie77"),
        "{text}"
    );
    assert!(
        text.contains("HTTP/1.1 500") || text.contains("status: 500"),
        "{text}"
    );

    let replay = |more: &[&str]| run(&[&["--replay", file, "-o", "json"], more].concat());
    let (plain, given) = (replay(&[]), replay(&asked[2..]));
    assert_eq!(report(&plain), report(&given));
    assert!(
        secret(&given).contains("-H 'Authorization: …'"),
        "{}",
        secret(&given)
    );
    assert!(
        !secret(&plain).contains("not recorded"),
        "{}",
        secret(&plain)
    );
    // Another request was not recorded.
    let other = replay(&["-H", "X-Tenant: red"]);
    assert!(
        secret(&other).contains("not recorded"),
        "{}",
        secret(&other)
    );
    for format in ["text", "markdown", "junit"] {
        let live = against(&server, &[&asked[..], &["-o", format, &target]].concat());
        assert!(
            secret(&live).contains("Authorization: …"),
            "{}",
            secret(&live)
        );
    }
}

#[test]
fn manifests_are_walked_without_a_cluster() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: shop}\nspec:\n  rules:\n  - host: shop.example.com\n    \
                http: {paths: [{path: /, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}\n";
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("shop.yaml"), text).expect("written");
    let dir = dir.path().to_str().expect("UTF-8");
    assert!(stdout(&run(&["-f", dir])).contains("shop.example.com"));
    let piped = hops()
        .args(["-f", "-", "-o", "json"])
        .write_stdin(text)
        .output()
        .expect("the program runs");
    assert!(stdout(&piped).contains("shop.example.com"));
    let checked = run(&[
        "--check",
        "--fail-on",
        "warning",
        "-f",
        dir,
        "http://shop.example.com/cart",
    ]);
    let shown = stdout(&checked);
    assert_eq!(checked.status.code(), Some(1), "{shown}");
    assert!(shown.contains("ingress-path-no-match"), "{shown}");
}

#[test]
fn what_holds_no_object_is_no_pass() {
    let empty = |text: &str| {
        let done = hops()
            .args(["--check", "-f", "-", "shop.example.com"])
            .write_stdin(text)
            .output()
            .expect("the program runs");
        one_line_error(&done)
    };
    for text in [
        "",
        "# a failed helm template leaves this\n",
        "apiVersion: v1\nkind: List\nitems: null\n",
    ] {
        let line = empty(text);
        assert!(
            line.contains("nothing to check in standard input: no object was given"),
            "{line}"
        );
    }
    let done = run(&["--check", "-R", "shop.example.com"]);
    assert!(one_line_error(&done).contains("--filename"));
}

#[test]
fn one_bad_object_is_a_finding_and_the_rest_is_judged() {
    let dir = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).expect("written");
    };
    write(
        "a.yaml",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: shop}\nspec:\n  rules:\n  - host: shop.example.com\n    \
                http: {paths: [{path: /, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}\n",
    );
    write(
        "b.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: web\n",
    );
    let dir = dir.path().to_str().expect("UTF-8");
    let done = run(&["--check", "-f", dir, "http://shop.example.com/cart"]);
    let shown = stdout(&done);
    assert_eq!(done.status.code(), Some(1), "{shown}");
    for part in ["manifest-refused", "b.yaml:", "ingress-path-no-match"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn what_is_plainly_no_object_is_a_warning() {
    let text = format!("{}---\nreplicas: 2\n", stories());
    let done = hops()
        .args(["--check", "-f", "-", "-o", "json", "shop.example.com"])
        .write_stdin(text)
        .output()
        .expect("the program runs");
    assert_eq!(done.status.code(), Some(0));
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let found = &report["findings"][0];
    assert_eq!(
        (&found["code"], &found["severity"]),
        (&"manifest-refused".into(), &"warning".into()),
        "{report}"
    );
}

#[test]
fn manifests_are_fetched_from_the_web() {
    let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop, namespace: shop}\nspec:\n  rules:\n  - host: shop.example.com\n    \
                http: {paths: [{path: /, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}]}\n";
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let page = |status: &str, body: &str| {
        let response = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        runtime.block_on(crate::support::servers::http(response))
    };
    let (server, asked) = page("200 OK", text);
    let url = format!(
        "http://me:hunter22@{}/shop.yaml?token=hunter22",
        server.addr
    );
    let done = run(&["-f", &url, "--no-probes"]);
    assert!(
        stdout(&done).contains("shop.example.com"),
        "{}",
        stdout(&done)
    );
    assert!(
        asked
            .lock()
            .expect("no panic")
            .iter()
            .any(|r| r.starts_with("GET /shop.yaml?token=hunter22 "))
    );
    let (server, _) = page("404 Not Found", "no");
    let url = format!("http://{}/shop.yaml?token=hunter22", server.addr);
    let line = one_line_error(&run(&["--check", "-f", &url, "shop.example.com"]));
    assert!(
        line.contains("the server answered 404") && !line.contains("hunter22"),
        "{line}"
    );
    let (server, _) = page("200 OK", "<html>log in</html>");
    let url = format!("http://{}/", server.addr);
    let line = one_line_error(&run(&["--check", "-f", &url, "shop.example.com"]));
    assert!(line.contains("nothing to check in http://"), "{line}");
    // Over TLS: by a certificate that is trusted, and by no other.
    let authority = crate::support::servers::Authority::new("Test CA");
    let identity = authority.issue(&["localhost"], |_| {});
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let server = runtime.block_on(crate::support::servers::tls(
        identity.config(),
        move |stream| {
            let response = response.clone();
            async move { crate::support::servers::respond(stream, response.as_bytes()).await }
        },
    ));
    let dir = tempfile::tempdir().expect("a directory");
    let pem = dir.path().join("ca.pem");
    std::fs::write(&pem, authority.pem()).expect("written");
    let pem = pem.to_str().expect("UTF-8");
    let url = format!("https://localhost:{}/shop.yaml", server.addr.port());
    let done = run(&["-f", &url, "--cacert", pem]);
    assert!(
        stdout(&done).contains("shop.example.com"),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let line = one_line_error(&run(&["-f", &url, "--check", "shop.example.com"]));
    assert!(line.contains("certificate"), "{line}");
    // By way of a proxy, as any program on this machine would do it.
    let (proxy, asked) = page("200 OK", text);
    let done = hops()
        .args(["-f", "http://manifests.example.com/shop.yaml"])
        .env("http_proxy", format!("http://{}", proxy.addr))
        .output()
        .expect("the program runs");
    assert!(
        stdout(&done).contains("shop.example.com"),
        "{}",
        stdout(&done)
    );
    assert!(
        asked
            .lock()
            .expect("no panic")
            .iter()
            .any(|r| r.starts_with("GET http://manifests.example.com/shop.yaml "))
    );
}

#[test]
fn words_that_people_try_first_are_answered() {
    assert_eq!(stdout(&run(&["help"])), stdout(&run(&["-h"])));
    assert_eq!(
        stdout(&run(&["help", "demo"])),
        stdout(&run(&["demo", "-h"]))
    );
    assert_eq!(stdout(&run(&["version"])), stdout(&run(&["--version"])));
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("shop.yaml");
    std::fs::write(&file, stories()).expect("written");
    let file = file.to_str().expect("UTF-8");
    // Flags of curl: said, and no obstacle.
    let done = run(&["--check", "-kL", "-f", file, "shop.example.com"]);
    assert_eq!(done.status.code(), Some(0));
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(
        said.contains("-k changes nothing") && said.contains("-L changes nothing"),
        "{said}"
    );
    let head = stdout(&run(&["--check", "-I", "-f", file, "shop.example.com"]));
    assert!(head.contains("HEAD /"), "{head}");
    let yaml = stdout(&run(&[
        "--check",
        "-o",
        "yaml",
        "-f",
        file,
        "shop.example.com",
    ]));
    let json = stdout(&run(&[
        "--check",
        "-o",
        "json",
        "-f",
        file,
        "shop.example.com",
    ]));
    let still = |text: serde_json::Value| {
        let mut report = text;
        report["stats"] = serde_json::Value::Null;
        report
    };
    assert_eq!(
        still(serde_saphyr::from_str(&yaml).expect("YAML")),
        still(serde_json::from_str(&json).expect("JSON"))
    );
    let md = stdout(&run(&[
        "--check",
        "-o",
        "md",
        "-f",
        file,
        "shop.example.com",
    ]));
    assert!(md.starts_with("## "), "{md}");
}

/// Two Ingresses in namespace `default`: one with two hosts, of which one leads to `web` below /api alone; one for every host.
fn stories() -> &'static str {
    "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: front, port: {number: 80}}}}, {path: /api, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
  - host: '*.example.com'
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: front, port: {number: 80}}}}]}
  - host: admin.example.com
    http: {paths: [{path: /admin, pathType: Prefix, backend: {service: {name: admin, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: every}
spec: {defaultBackend: {service: {name: fallback, port: {number: 80}}}}
"
}

#[test]
fn objects_stand_for_their_hosts() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("shop.yaml");
    std::fs::write(&file, stories()).expect("written");
    let file = file.to_str().expect("UTF-8");
    let urls = |word: &str| -> (Vec<String>, String) {
        let done = run(&["--check", "-o", "json", "-f", file, word]);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        let json: serde_json::Value =
            serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{e}: {said}"));
        let many = json["reports"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![json]);
        let url = |r: &serde_json::Value| r["target"]["url"].as_str().expect("a URL").to_owned();
        (many.iter().map(url).collect(), said)
    };
    let (shop, said) = urls("ingress/shop");
    assert_eq!(
        shop,
        ["http://admin.example.com/admin", "http://shop.example.com/"]
    );
    assert!(said.contains("left out: *.example.com"), "{said}");
    assert_eq!(urls("ing/shop").0, shop);
    assert_eq!(urls("svc/web").0, ["http://shop.example.com/api"]);
    assert_eq!(urls("service/admin").0, ["http://admin.example.com/admin"]);
    for (word, part) in [
        ("ingress/every", "served for every host"),
        ("svc/fallback", "served for every host"),
        ("ingress/gone", "Ingress default/gone is not in the files"),
    ] {
        let line = one_line_error(&run(&["--check", "-f", file, word]));
        assert!(line.contains(part), "{word}: {line}");
    }
    // A host that is called so.
    assert_eq!(urls("http://ingress/shop").0, ["http://ingress/shop"]);
}

#[test]
fn every_scenario_of_the_demo_runs() {
    let list = stdout(&run(&["demo", "--list"]));
    let names: Vec<&str> = list
        .lines()
        .skip(1)
        .filter_map(|l| l.split(' ').next())
        .collect();
    for name in names {
        let told = run(&["demo", name]);
        assert!(
            matches!(told.status.code(), Some(0 | 1)),
            "{name}: {}",
            String::from_utf8_lossy(&told.stderr)
        );
        assert!(stdout(&told).contains("://"), "{name}");
        let plain = stdout(&run(&["demo", name, "--ascii", "--color", "always"]));
        assert!(plain.contains("\u{1b}["), "{name}");
        let json: serde_json::Value =
            serde_json::from_slice(&run(&["demo", name, "-o", "json"]).stdout).expect("JSON");
        assert_ne!(json["verdict"], "unknown", "{name}");
    }
}
