//! Credential plugins: what is printed has a most, none is left when the run ends, and credentials that expire are renewed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hops::answer::Answerer;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{ConnectOptions, Connection, connect};
use hops::facts::{Answer, Gap, Handshake, Kind, Question};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use crate::support::apiserver::{cluster, ingress, serve};
use crate::support::fake_api::{FakeApi, Fault};
use crate::support::servers::{self, Authority, Identity, Server};

/// A folder with a kubeconfig whose plugin is a script of the shell. Every run of it is noted.
struct Plugin(TempDir);

impl Plugin {
    fn new(api: &str, script: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("plugin");
        let text = format!("cd '{}'\necho run >> runs\n{script}", dir.path().display());
        fs::write(&path, text).expect("written");
        let mut config: Value = serde_json::from_str(api).expect("JSON");
        config["users"][0]["user"] = json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "/bin/sh", "args": [path.display().to_string()],
            "interactiveMode": "Never"}});
        fs::write(dir.path().join("config"), config.to_string()).expect("written");
        Self(dir)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn runs(&self) -> usize {
        let runs = fs::read_to_string(self.path("runs")).unwrap_or_default();
        runs.lines().count()
    }

    async fn connect(&self) -> Result<Connection, String> {
        let options = ConnectOptions {
            kubeconfig: Some(self.path("config")),
            ..ConnectOptions::default()
        };
        connect(&options).await.map_err(|e| e.to_string())
    }

    async fn cluster(&self) -> Cluster {
        Cluster::new(&self.connect().await.expect("a connection"))
    }

    /// Starts the program.
    fn hops(&self, args: &[&str]) -> Command {
        let mut hops = Command::new(assert_cmd::cargo::cargo_bin!("kubectl-hops"));
        hops.arg("--kubeconfig")
            .arg(self.path("config"))
            .args(["--check", "--no-probes"])
            .args(args)
            .arg("shop.example.com")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        hops
    }

    /// Waits until the script has written the process ids of all that it started, and its own.
    fn processes(&self) -> Vec<String> {
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(self.path("pids")).unwrap_or_default();
            // What it started in the background may write after it.
            if text.ends_with('\n')
                && text.lines().any(|l| l == "whole")
                && text.lines().count() >= 5
            {
                let pids = text.lines().filter(|l| *l != "whole");
                return pids.map(str::to_owned).collect();
            }
            assert!(started.elapsed() < Duration::from_secs(10), "{text:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Never ends, and neither does what it starts.
const ENDLESS: &str = "sleep 300 & echo $! >> pids\nsh -c 'sleep 300 & echo $! >> pids; echo $$ >> pids; echo whole >> pids; wait' &\necho $$ >> pids\nwait";

fn alive(pid: &str) -> bool {
    let state = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
    let after = state.rsplit(')').next().unwrap_or_default();
    !matches!(after.split_whitespace().next(), None | Some("Z" | "X"))
}

/// None of them lives, at the latest in a moment.
fn gone(pids: &[String]) {
    assert!(pids.len() >= 3, "{pids:?}");
    let started = Instant::now();
    while let Some(pid) = pids.iter().find(|pid| alive(pid)) {
        assert!(
            started.elapsed() < Duration::from_millis(500),
            "{pid} lives"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A server that is never asked.
const NOBODY: &str = r#"{"current-context": "a", "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}], "users": [{"name": "me", "user": {}}], "contexts": [{"name": "a", "context": {"cluster": "a", "user": "me"}}]}"#;

#[test]
fn none_is_left_when_the_time_is_up() {
    let plugin = Plugin::new(NOBODY, ENDLESS);
    let child = plugin
        .hops(&["--timeout", "2s"])
        .spawn()
        .expect("it starts");
    let pids = plugin.processes();
    assert!(pids.iter().all(|pid| alive(pid)), "{pids:?}");
    let output = child.wait_with_output().expect("it ends");
    let line = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(line.contains("credential plugin"), "{line}");
    gone(&pids);
}

#[test]
fn none_is_left_when_a_person_or_a_signal_ends_the_run() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let plugin = Plugin::new(NOBODY, ENDLESS);
        let mut child = plugin.hops(&[]).spawn().expect("it starts");
        let pids = plugin.processes();
        let started = Instant::now();
        let pid = child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill runs").success());
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(code), "{signal}");
        assert!(started.elapsed() < Duration::from_millis(600), "{signal}");
        gone(&pids);
    }
}

#[test]
fn none_is_left_of_a_renewal_either() {
    let api = serve(cluster(vec![ingress(
        "shop",
        "web",
        "shop.example.com",
        "nginx",
    )]));
    let config = NOBODY.replace("http://127.0.0.1:1", &api);
    let script = format!(
        "if [ -e again ]; then {ENDLESS}; fi; touch again; {}",
        token("t", 0)
    );
    let plugin = Plugin::new(&config, &script);
    let child = plugin
        .hops(&["--timeout", "2s"])
        .spawn()
        .expect("it starts");
    let pids = plugin.processes();
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(plugin.runs(), 2);
    gone(&pids);
}

#[test]
fn endless_output_is_told_with_its_most_and_none_is_left() {
    let script = format!(
        "{}\n",
        // When all of them have begun.
        ENDLESS.replace(
            "\nwait",
            "\nuntil grep -q whole pids; do sleep 0.01; done; exec yes aaaaaaaaaaaaaaaa"
        )
    );
    let plugin = Plugin::new(NOBODY, &script);
    let started = Instant::now();
    let output = plugin.hops(&["--timeout", "20s"]).output().expect("it ran");
    let line = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert!(
        line.contains("credential plugin `/bin/sh` prints more than 1 MiB, the most for an ExecCredential, and was ended")
            && !line.contains("aaaa"),
        "{line}"
    );
    assert!(started.elapsed() < Duration::from_secs(5));
    gone(&plugin.processes());
}

/// A token that is good until so many seconds from now.
fn token(name: &str, seconds: i64) -> String {
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
    credential(&json!({"token": name, "expirationTimestamp": end.to_string()}))
}

fn credential(status: &Value) -> String {
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status});
    format!("echo '{credential}'")
}

async fn ask(cluster: &Cluster) -> Result<Answer, Gap> {
    cluster.answer(&Question::list_all(Kind::Pod)).await
}

#[tokio::test]
async fn one_run_serves_as_long_as_its_token_is_good() {
    let api = FakeApi::builder().token("first").start().await;
    for script in [
        token("first", 3600),
        credential(&json!({"token": "first"})),
        // A helper that it leaves behind holds nothing up, and is left alone.
        format!("{}\nsleep 3 & echo $! > helper", token("first", 3600)),
    ] {
        let plugin = Plugin::new(&api.kubeconfig(), &script);
        let started = Instant::now();
        let cluster = plugin.cluster().await;
        assert!(started.elapsed() < Duration::from_secs(3), "{script}");
        for _ in 0..3 {
            ask(&cluster).await.expect("an answer");
        }
        assert_eq!(plugin.runs(), 1, "{script}");
        if let Ok(helper) = fs::read_to_string(plugin.path("helper")) {
            assert!(alive(helper.trim()), "{script}");
        }
    }
}

#[tokio::test]
async fn a_token_that_expires_soon_is_renewed_once_for_all_who_wait() {
    let api = FakeApi::builder().token("second").start().await;
    let script = format!(
        "if [ -e again ]; then sleep 0.3; {}; else touch again; {}; fi",
        token("second", 3600),
        token("first", 1)
    );
    let plugin = Plugin::new(&api.kubeconfig(), &script);
    let cluster = plugin.cluster().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let all = futures::future::join_all((0..8).map(|_| ask(&cluster))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(plugin.runs(), 2);
}

#[tokio::test]
async fn a_question_that_is_given_up_ends_no_renewal() {
    let api = FakeApi::builder().token("second").start().await;
    let script = format!(
        "if [ -e again ]; then sleep 1; {}; else touch again; {}; fi",
        token("second", 3600),
        token("first", 0)
    );
    let plugin = Plugin::new(&api.kubeconfig(), &script);
    let cluster = plugin.cluster().await;
    let given_up = tokio::time::timeout(Duration::from_millis(300), ask(&cluster)).await;
    assert!(given_up.is_err());
    ask(&cluster).await.expect("an answer");
    assert_eq!(plugin.runs(), 2);
}

#[tokio::test]
async fn a_refusal_is_worth_one_more_run() {
    let api = FakeApi::builder().token("second").start().await;
    let script = format!(
        "if [ -e again ]; then {}; else touch again; {}; fi",
        token("second", 3600),
        token("first", 3600)
    );
    let plugin = Plugin::new(&api.kubeconfig(), &script);
    let cluster = plugin.cluster().await;
    ask(&cluster).await.expect("an answer");
    ask(&cluster).await.expect("an answer");
    assert_eq!(plugin.runs(), 2);

    // One that has nothing better is not run for every question.
    let api = FakeApi::builder().token("third").start().await;
    let plugin = Plugin::new(&api.kubeconfig(), &token("first", 3600));
    let cluster = plugin.cluster().await;
    for _ in 0..4 {
        assert_eq!(ask(&cluster).await, Err(Gap::Unauthorized));
    }
    assert_eq!(plugin.runs(), 2);
}

#[tokio::test]
async fn a_refused_token_file_is_read_again() {
    let api = FakeApi::builder().token("second").start().await;
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("token"), "first\n").expect("written");
    let text = api
        .kubeconfig()
        .replace("\"token\":\"second\"", "\"tokenFile\":\"token\"");
    fs::write(dir.path().join("config"), text).expect("written");
    let options = ConnectOptions {
        kubeconfig: Some(dir.path().join("config")),
        ..ConnectOptions::default()
    };
    let cluster = Cluster::new(&connect(&options).await.expect("a connection"));
    fs::write(dir.path().join("token"), "second\n").expect("written");
    ask(&cluster).await.expect("an answer");
    fs::write(dir.path().join("token"), " \n").expect("written");
    let why = connect(&options).await.expect_err("no token").to_string();
    assert!(why.contains("token: it is empty"), "{why}");
}

/// A server that wants a client certificate of the authority, and the leaves that it was shown.
async fn wanting(authority: &Authority) -> (Server, Arc<Mutex<Vec<Vec<u8>>>>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&shown);
    let identity = authority.issue(&["127.0.0.1"], |_| {});
    let serve = move |mut stream: TlsStream<TcpStream>| {
        let seen = Arc::clone(&seen);
        async move {
            let chain = stream.get_ref().1.peer_certificates().expect("a chain");
            seen.lock().expect("whole").push(chain[0].to_vec());
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let body = r#"{"kind": "PodList", "metadata": {}, "items": []}"#;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    };
    let config = identity.config_with(Some(authority));
    (servers::tls(config, serve).await, shown)
}

/// A kubeconfig for it, with no user.
fn trusting(server: &Server, authority: &Authority) -> String {
    let mut config: Value = serde_json::from_str(NOBODY).expect("JSON");
    let text = STANDARD.encode(authority.pem());
    config["clusters"][0]["cluster"] =
        json!({"server": format!("https://{}", server.addr), "certificate-authority-data": text});
    config.to_string()
}

#[tokio::test]
async fn a_certificate_is_shown_and_renewed() {
    let authority = Authority::new("Test CA");
    let (server, shown) = wanting(&authority).await;
    let client = |name: &str| {
        authority.issue(&[name], |p| {
            p.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        })
    };
    let (first, second) = (client("first"), client("second"));
    let print = |identity: &Identity, seconds: i64| {
        let end = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds);
        credential(&json!({"clientCertificateData": identity.leaf_pem(), "clientKeyData": identity.key_pem(), "expirationTimestamp": end.to_string()}))
            .replacen("echo", "printf '%s'", 1)
    };
    let script = format!(
        "if [ -e again ]; then {}; else touch again; {}; fi",
        print(&second, 3600),
        print(&first, 3)
    );
    let plugin = Plugin::new(&trusting(&server, &authority), &script);
    let cluster = plugin.cluster().await;
    ask(&cluster).await.expect("an answer");
    tokio::time::sleep(Duration::from_secs(3)).await;
    ask(&cluster).await.expect("an answer");
    ask(&cluster).await.expect("an answer");
    assert_eq!(plugin.runs(), 2);
    let shown: Vec<String> = {
        let shown = shown.lock().expect("whole");
        shown.iter().map(|der| servers::pem(der)).collect()
    };
    let (first, second) = (first.leaf_pem(), second.leaf_pem());
    assert_eq!(shown, [first, second.clone(), second]);
}

#[tokio::test]
async fn a_client_certificate_of_the_first_version_is_called_so() {
    let authority = Authority::new("Test CA");
    let (server, _) = wanting(&authority).await;
    let identity = authority.issue(&["me"], |_| {});
    let old = servers::pem(&identity.version_1());
    let status = json!({"clientCertificateData": old, "clientKeyData": identity.key_pem()});
    let script = credential(&status).replacen("echo", "printf '%s'", 1);
    let plugin = Plugin::new(&trusting(&server, &authority), &script);
    let by_plugin = plugin.connect().await.expect_err("refused");
    // The same in a kubeconfig.
    let mut config: Value = serde_json::from_str(&trusting(&server, &authority)).expect("JSON");
    config["users"][0]["user"] = json!({"client-certificate-data": STANDARD.encode(old), "client-key-data": STANDARD.encode(identity.key_pem())});
    fs::write(plugin.path("config"), config.to_string()).expect("written");
    let by_file = plugin.connect().await.expect_err("refused");
    assert_eq!(by_plugin, by_file);
    assert!(
        by_file.starts_with(
            "user \"me\": its client certificate is of X.509 version 1, which kubectl takes"
        ) && by_file.contains("issue it again as version 3"),
        "{by_file}"
    );
}

#[tokio::test]
async fn an_api_server_with_an_odd_certificate_is_called_so() {
    let authority = Authority::new("Test CA");
    let identity = authority.issue(&["127.0.0.1"], |_| {});
    let old = identity.config_as(identity.version_1());
    let large = identity.repeated(100).config();
    for (config, says) in [
        (old, "its certificate is of X.509 version 1"),
        (large, Handshake::TOO_LARGE),
    ] {
        let server = servers::tls(config, servers::silence).await;
        let plugin = Plugin::new(&trusting(&server, &authority), &token("t", 3600));
        let Err(Gap::Unreachable { why }) = ask(&plugin.cluster().await).await else {
            panic!("{says}");
        };
        let server = format!("no TLS connection to https://{}: {says}", server.addr);
        assert!(why.starts_with(&server), "{why}");
    }
}

#[tokio::test]
async fn what_is_no_credential_is_told_and_not_shown() {
    let silent = Fault::Answer {
        status: 200,
        body: String::new(),
    };
    let api = FakeApi::builder().fault("/", silent).start().await;
    for (script, says) in [
        ("head -c 1000 /dev/urandom", "printed no ExecCredential"),
        (
            "echo '{\"token\": \"secret\"}'",
            "printed no ExecCredential",
        ),
        (
            "echo '{\"status\": {\"token\": []}}'",
            "printed no ExecCredential",
        ),
        (
            "echo '{\"status\": {\"clientKeyData\": \"secret\"}}'",
            "printed a client certificate without its key, or a key without its certificate",
        ),
        (
            "echo '{\"status\": {\"token\": \"secret\", \"expirationTimestamp\": \"secret\"}}'",
            "printed an expirationTimestamp that is no time",
        ),
        (
            "printf '{\"status\": {\"token\": \"secret\\\\nsecret\"}}'",
            "characters that no request can carry",
        ),
        (
            "echo '{\"status\": {\"clientCertificateData\": \"secret\", \"clientKeyData\": \"secret\"}}'",
            "its client certificate cannot be used",
        ),
        (
            "i=0; while [ $i -lt 9000 ]; do echo secrets fill the terminal >&2; i=$((i+1)); done; exit 4",
            "failed, exit status: 4: secrets",
        ),
    ] {
        let why = Plugin::new(&api.kubeconfig(), script).connect().await;
        let why = why.expect_err(script);
        assert!(why.starts_with("user \"me\": "), "{why}");
        assert!(why.contains(says) && why.len() < 500, "{script}: {why}");
        assert!(
            !why.contains("secret\"") && !why.contains("\"secret"),
            "{why}"
        );
    }
}
