//! From kubeconfig, flags and environment to a connection, as kubectl does it; and one clear line where there is none.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hops::answer::Answerer;
use hops::answer::cluster::Cluster;
use hops::answer::cluster::connect::kubeconfig::{
    ConnectOptions, Connection, Environment, connect, contexts,
};
use hops::answer::cluster::connect::no_proxy::ProxyEnv;
use hops::facts::{Answer, Gap, Kind, Question};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::fake_api::{FakeApi, Tls};

const TWO: &str = "
apiVersion: v1
kind: Config
current-context: dev
clusters:
- {name: dev, cluster: {server: 'https://dev.example.com:6443/'}}
- {name: prod, cluster: {server: 'https://prod.example.com/k8s/clusters/c-1'}}
users:
- {name: me, user: {token: t}}
- {name: root, user: {token: r}}
contexts:
- {name: dev, context: {cluster: dev, user: me}}
- {name: prod, context: {cluster: prod, user: me, namespace: shop}}
- {name: dangling, context: {cluster: gone, user: me}}
- {name: nobody, context: {cluster: dev, user: gone}}
";

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(&path, text).expect("written");
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

fn with_file(path: &Path) -> ConnectOptions {
    ConnectOptions {
        kubeconfig: Some(path.to_owned()),
        ..ConnectOptions::default()
    }
}

async fn connected(options: &ConnectOptions) -> Connection {
    connect(options).await.unwrap_or_else(|e| panic!("{e}"))
}

async fn refused(options: &ConnectOptions) -> String {
    match connect(options).await {
        Ok(connection) => panic!("connected: {connection:?}"),
        Err(e) => {
            let line = e.to_string();
            assert!(!line.contains('\n'), "one line: {line}");
            line
        }
    }
}

#[tokio::test]
async fn the_context_decides_cluster_and_namespace() {
    let files = Files::new();
    let mut options = with_file(&files.write("config", TWO));
    let dev = connected(&options).await;
    assert_eq!(dev.context.as_deref(), Some("dev"));
    assert_eq!(
        (dev.server.as_str(), dev.namespace.as_str()),
        ("https://dev.example.com:6443", "default")
    );
    options.context = Some("prod".to_owned());
    let prod = connected(&options).await;
    assert_eq!(prod.context.as_deref(), Some("prod"));
    assert_eq!(
        (prod.server.as_str(), prod.namespace.as_str()),
        ("https://prod.example.com/k8s/clusters/c-1", "shop")
    );
    options.cluster = Some("dev".to_owned());
    options.user = Some("root".to_owned());
    let mixed = connected(&options).await;
    assert_eq!(
        (mixed.server.as_str(), mixed.namespace.as_str()),
        ("https://dev.example.com:6443", "shop")
    );
    assert_eq!(
        contexts(&options).expect("readable"),
        ["dangling", "dev", "nobody", "prod"]
    );
}

#[tokio::test]
async fn names_that_are_not_there_are_named_with_those_that_are() {
    let files = Files::new();
    let path = files.write("config", TWO);
    let file = path.display().to_string();
    let with = |change: fn(&mut ConnectOptions)| {
        let mut options = with_file(&path);
        change(&mut options);
        options
    };
    let line = refused(&with(|o| o.context = Some("stage".to_owned()))).await;
    assert_eq!(
        line,
        format!("context \"stage\" is not in {file}; it has: dangling, dev, nobody, prod")
    );
    let line = refused(&with(|o| o.cluster = Some("stage".to_owned()))).await;
    assert_eq!(
        line,
        format!("cluster \"stage\" is not in {file}; it has: dev, prod")
    );
    let line = refused(&with(|o| o.user = Some("you".to_owned()))).await;
    assert_eq!(
        line,
        format!("user \"you\" is not in {file}; it has: me, root")
    );
    let line = refused(&with(|o| o.context = Some("dangling".to_owned()))).await;
    assert_eq!(
        line,
        format!("cluster \"gone\" is not in {file}; it has: dev, prod")
    );
    // kubectl connects without credentials here.
    connected(&with(|o| o.context = Some("nobody".to_owned()))).await;
    let line = refused(&with(|o| o.as_groups = vec!["dev".to_owned()])).await;
    assert!(line.contains("--as-group needs --as"), "{line}");
}

#[tokio::test]
async fn a_current_context_that_is_missing_or_gone_says_so() {
    let files = Files::new();
    let none = files.write(
        "none",
        &TWO.replace("current-context: dev", "current-context: ''"),
    );
    let line = refused(&with_file(&none)).await;
    assert!(
        line.ends_with(
            "has no current context: give --context, one of: dangling, dev, nobody, prod"
        ),
        "{line}"
    );
    let gone = files.write(
        "gone",
        &TWO.replace("current-context: dev", "current-context: old"),
    );
    let line = refused(&with_file(&gone)).await;
    assert!(
        line.starts_with("the current context \"old\" is not in "),
        "{line}"
    );
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named_with_line_and_reason() {
    let files = Files::new();
    let line = refused(&with_file(&files.path("missing"))).await;
    assert!(
        line.starts_with("cannot read kubeconfig ") && line.contains("missing: No such file"),
        "{line}"
    );
    let line = refused(&with_file(files.0.path())).await;
    assert!(line.contains("Is a directory"), "{line}");
    let broken = files.write(
        "broken",
        "apiVersion: v1\nclusters:\n- name: a\n  cluster: {server: [\n",
    );
    let line = refused(&with_file(&broken)).await;
    assert!(
        line.starts_with(&format!("{}:", broken.display()))
            && line.contains(": not a kubeconfig: "),
        "{line}"
    );
    let number = line[broken.display().to_string().len() + 1..]
        .split(':')
        .next()
        .expect("a line");
    assert!(
        number.parse::<u64>().is_ok_and(|n| (4..=5).contains(&n)),
        "{line}"
    );
    let wrong = files.write("wrong", "apiVersion: v1\nkind: Config\ncontexts: 7\n");
    let line = refused(&with_file(&wrong)).await;
    assert!(
        line.starts_with(&format!("{}:3: not a kubeconfig: ", wrong.display())),
        "{line}"
    );
    for (name, text) in [
        ("empty", ""),
        ("null", "---\n"),
        ("other", "kind: Pod\nmetadata: {name: x}\n"),
    ] {
        let path = files.write(name, text);
        let line = refused(&with_file(&path)).await;
        assert_eq!(
            line,
            format!(
                "no cluster is configured: {} defines none; set KUBECONFIG or give --kubeconfig",
                path.display()
            )
        );
        assert_eq!(contexts(&with_file(&path)).expect("readable"), [""; 0]);
    }
}

#[tokio::test]
async fn half_a_letter_of_utf16_is_told() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    for bytes in [&b"\xff\xfea"[..], b"\xfe\xff\0ab"] {
        std::fs::write(file.path(), bytes).expect("written");
        let why = refused(&with_file(file.path())).await;
        assert!(why.contains("it is no text"), "{why}");
    }
    std::fs::write(file.path(), b"\xff\xfea\0").expect("written");
    let why = refused(&with_file(file.path())).await;
    assert!(!why.contains("it is no text"), "{why}");
}

#[tokio::test]
async fn the_list_in_kubeconfig_is_merged_and_the_first_value_wins() {
    let files = Files::new();
    let first = files.write(
        "first",
        "current-context: ''\nclusters:\n- {name: dev, cluster: {server: 'https://first.example.com'}}\n",
    );
    let second = files.write("second", TWO);
    let missing = files.path("missing");
    let list = |parts: &[&Path]| -> OsString { std::env::join_paths(parts).expect("a list") };
    let options = ConnectOptions {
        env: Environment {
            kubeconfig: Some(list(&[Path::new(""), &missing, &first, &second])),
            home: Some(files.path("home")),
            ..Environment::default()
        },
        ..ConnectOptions::default()
    };
    let merged = connected(&options).await;
    assert_eq!(merged.server, "https://first.example.com");
    assert_eq!(merged.context.as_deref(), Some("dev"));
    let mut flag = options.clone();
    flag.kubeconfig = Some(second);
    assert_eq!(
        connected(&flag).await.server,
        "https://dev.example.com:6443",
        "the flag goes first"
    );
    let mut only_missing = options;
    only_missing.env.kubeconfig = Some(list(&[&missing]));
    let line = refused(&only_missing).await;
    assert!(line.contains(&missing.display().to_string()), "{line}");
}

#[tokio::test]
async fn without_flag_and_variable_the_home_directory_counts() {
    let files = Files::new();
    files.write("home/.kube/config", TWO);
    let mut options = ConnectOptions {
        env: Environment {
            home: Some(files.path("home")),
            ..Environment::default()
        },
        ..ConnectOptions::default()
    };
    assert_eq!(connected(&options).await.context.as_deref(), Some("dev"));
    options.env.home = Some(files.path("elsewhere"));
    assert!(
        refused(&options)
            .await
            .contains("elsewhere/.kube/config defines none")
    );
}

#[tokio::test]
async fn a_pod_uses_its_service_account() {
    let files = Files::new();
    let api = FakeApi::builder()
        .tls(Tls::Good)
        .token("from-the-pod")
        .start()
        .await;
    let authority = api.kubeconfig();
    let authority: serde_json::Value = serde_json::from_str(&authority).expect("JSON");
    let pem = authority["clusters"][0]["cluster"]["certificate-authority-data"]
        .as_str()
        .expect("data");
    let pem =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, pem).expect("base64");
    files.write("sa/ca.crt", std::str::from_utf8(&pem).expect("PEM"));
    files.write("sa/namespace", "team-a\n");
    let mut options = ConnectOptions {
        env: Environment {
            home: Some(files.path("home")),
            service: Some(("127.0.0.1".to_owned(), api.addr.port().to_string())),
            service_account: Some(files.path("sa")),
            ..Environment::default()
        },
        ..ConnectOptions::default()
    };
    let line = refused(&options).await;
    assert!(
        line.starts_with("no cluster is configured"),
        "no token, no pod: {line}"
    );
    files.write("sa/token", "from-the-pod");
    let pod = connected(&options).await;
    assert_eq!(
        (pod.context.as_deref(), pod.namespace.as_str()),
        (None, "team-a")
    );
    let answer = Cluster::new(&pod)
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert_eq!(
        answer,
        Ok(Answer::Objects {
            objects: Vec::new()
        })
    );
    // A kubeconfig goes before it.
    files.write("home/.kube/config", TWO);
    assert_eq!(connected(&options).await.context.as_deref(), Some("dev"));
    options.env.service = Some(("fd00::1".to_owned(), "443".to_owned()));
    options.env.home = None;
    assert_eq!(connected(&options).await.server, "https://[fd00::1]:443");
}

#[tokio::test]
async fn paths_in_a_kubeconfig_start_from_its_directory() {
    let files = Files::new();
    let api = FakeApi::builder().token("in-a-file").start().await;
    files.write("conf/token", "in-a-file\n");
    let text = api
        .kubeconfig()
        .replace("\"token\":\"in-a-file\"", "\"tokenFile\":\"token\"");
    let options = with_file(&files.write("conf/config", &text));
    let answer = Cluster::new(&connected(&options).await)
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert!(
        answer.is_ok(),
        "the line break at the file's end is no part of the token: {answer:?}"
    );
    let gone = text.replace("\"tokenFile\":\"token\"", "\"tokenFile\":\"gone\"");
    let line = refused(&with_file(&files.write("conf/gone-token", &gone))).await;
    assert!(
        line.starts_with("user \"me\": cannot read token file ") && line.contains("conf/gone"),
        "{line}"
    );
}

#[tokio::test]
async fn empty_fields_count_as_none() {
    let files = Files::new();
    let text = "
current-context: a
clusters:
- {name: a, cluster: {server: 'https://a.example.com', certificate-authority: '', proxy-url: '', tls-server-name: ''}}
users:
- {name: u, user: {token: '', tokenFile: '', client-certificate: '', client-key: '', client-certificate-data: '', client-key-data: ''}}
contexts:
- {name: a, context: {cluster: a, user: u, namespace: ''}}
";
    let connection = connected(&with_file(&files.write("config", text))).await;
    assert_eq!(connection.namespace, "default");
}

#[tokio::test]
async fn cluster_entries_that_cannot_be_used_say_why() {
    let files = Files::new();
    for (cluster, part) in [
        ("{}", "server \"\" cannot be used: it is empty"),
        ("{server: 'ftp://a'}", "neither http nor https"),
        ("{server: 'https://a b'}", "cannot be used: invalid"),
        (
            "{server: 'https://a', certificate-authority: gone.crt}",
            "its certificate authority cannot be used: cannot read ",
        ),
        (
            "{server: 'https://a', certificate-authority-data: '%%%'}",
            "certificate-authority-data is not base64",
        ),
        (
            "{server: 'https://a', certificate-authority-data: aGVsbG8K}",
            "it holds no PEM certificate",
        ),
        (
            "{server: 'https://a', proxy-url: 'ftp://me:secret@p'}",
            "proxy \"ftp://***@p\" cannot be used",
        ),
    ] {
        let text = TWO.replace("{server: 'https://dev.example.com:6443/'}", cluster);
        let line = refused(&with_file(&files.write("config", &text))).await;
        assert!(
            line.starts_with("cluster \"dev\": ") && line.contains(part),
            "{cluster}: {line}"
        );
        assert!(!line.contains("secret"), "{line}");
    }
    let bare = TWO.replace("'https://dev.example.com:6443/'", "'10.0.0.1:8080'");
    let connection = connected(&with_file(&files.write("bare", &bare))).await;
    assert_eq!(connection.server, "http://10.0.0.1:8080");
}

#[tokio::test]
async fn an_old_auth_provider_runs_no_command() {
    let files = Files::new();
    let ran = files.path("ran");
    for (more, refused_for) in [
        ("", Some("its auth-provider gcp runs `touch`")),
        (
            ", access-token: t, expiry: '2020-01-01T00:00:00Z'",
            Some("gke-gcloud-auth-plugin"),
        ),
        (", access-token: t, expiry: '2199-01-01T00:00:00Z'", None),
    ] {
        let user = format!(
            "{{auth-provider: {{name: gcp, config: {{cmd-path: touch, cmd-args: {}{more}}}}}}}",
            ran.display()
        );
        let text = TWO.replace("{token: t}", &user);
        let options = with_file(&files.write("config", &text));
        match refused_for {
            Some(why) => {
                let line = refused(&options).await;
                assert!(
                    line.starts_with("user \"me\": ") && line.contains(why),
                    "{line}"
                );
            }
            None => drop(connected(&options).await),
        }
        assert!(!ran.exists(), "{more}");
    }
}

#[cfg(unix)]
mod plugins {
    use super::*;

    /// Through the shell: a file that was just written is not always free to be executed itself.
    fn with_plugin(files: &Files, api: &FakeApi, script: &str) -> ConnectOptions {
        let plugin = files.write("plugin", script);
        with_command(files, api, "/bin/sh", &plugin.display().to_string())
    }

    fn with_command(files: &Files, api: &FakeApi, command: &str, arg: &str) -> ConnectOptions {
        let mut config: serde_json::Value = serde_json::from_str(&api.kubeconfig()).expect("JSON");
        config["users"][0]["user"] = serde_json::json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": [arg],
            "interactiveMode": "Never", "env": [{"name": "CLIENT_SECRET", "value": "from-env"}], "installHint": "get it at example.com\nnow",
        }});
        with_file(&files.write("config", &config.to_string()))
    }

    const GOOD: &str = r#"echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"from-plugin"}}'"#;

    #[tokio::test]
    async fn a_credential_plugin_gives_the_token_and_holds_nothing_up() {
        let (files, api) = (
            Files::new(),
            FakeApi::builder().token("from-plugin").start().await,
        );
        let slow = with_plugin(&files, &api, &format!("sleep 1\n{GOOD}"));
        // On one thread: a plugin that blocked it would keep the clock from ticking.
        let ticks = async {
            for _ in 0..8 {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            "ticked"
        };
        let plugin = connect(&slow);
        tokio::pin!(plugin);
        let first = tokio::select! {
            _ = &mut plugin => "connected",
            word = ticks => word,
        };
        assert_eq!(first, "ticked");
        let connection = plugin.await.expect("a connection");
        let answer = Cluster::new(&connection)
            .answer(&Question::list_all(Kind::Pod))
            .await;
        assert!(answer.is_ok(), "{answer:?}");
    }

    #[tokio::test]
    async fn a_plugin_that_fails_is_named_and_prints_no_token() {
        let (files, api) = (
            Files::new(),
            FakeApi::builder().token("from-plugin").start().await,
        );
        let line = refused(&with_plugin(&files, &api, &format!("{GOOD}; exit 3"))).await;
        assert!(
            line.starts_with("user \"me\": credential plugin `"),
            "{line}"
        );
        assert!(
            line.contains("exit status: 3")
                && !line.contains("from-plugin")
                && !line.contains("from-env"),
            "{line}"
        );
        let line = refused(&with_plugin(&files, &api, "echo token-in-plain")).await;
        assert!(
            line.contains("printed no ExecCredential") && !line.contains("token-in-plain"),
            "{line}"
        );
        let gone = files.path("gone").display().to_string();
        let line = refused(&with_command(&files, &api, &gone, "")).await;
        assert!(line.contains("does not start: No such file"), "{line}");
        assert!(line.ends_with("get it at example.com now"), "{line}");
    }

    #[tokio::test]
    async fn a_plugin_that_fails_later_prints_no_token_either() {
        let (files, api) = (
            Files::new(),
            FakeApi::builder().token("from-plugin").start().await,
        );
        // Its token is for a moment only, so the first request runs it again.
        let script = format!(
            "{}; test -e {again} && exit 3; touch {again}",
            GOOD.replace(
                "\"from-plugin\"",
                "\"from-plugin\",\"expirationTimestamp\":\"2026-01-01T00:00:00Z\""
            ),
            again = files.path("again").display()
        );
        let connection = connected(&with_plugin(&files, &api, &script)).await;
        let answer = Cluster::new(&connection)
            .answer(&Question::list_all(Kind::Pod))
            .await;
        let Err(Gap::Unreachable { why }) = answer else {
            panic!("{answer:?}");
        };
        assert!(
            why.contains("cannot get credentials for http://127.0.0.1:"),
            "{why}"
        );
        assert!(why.contains("exit status: 3"), "{why}");
        assert!(
            !why.contains("from-plugin") && !why.contains("from-env"),
            "{why}"
        );
    }
}

/// A proxy that knows no destination: it notes the first line that it gets.
async fn proxy() -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let addr = listener.local_addr().expect("an address");
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a client");
        let mut buffer = [0; 1024];
        let read = stream.read(&mut buffer).await.expect("a request");
        let _ = stream
            .write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
            .await;
        let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
        text.lines().next().unwrap_or_default().to_owned()
    });
    (addr.to_string(), task)
}

#[tokio::test]
async fn the_environments_proxy_is_used_unless_the_server_is_excepted() {
    let files = Files::new();
    let (proxy, first_line) = proxy().await;
    let text = TWO.replace("https://dev.example.com:6443/", "https://192.0.2.1:6443");
    let mut options = with_file(&files.write("config", &text));
    options.env.proxy = ProxyEnv {
        https_proxy: Some(proxy.clone()), // no scheme, as many write it
        http_proxy: None,
        no_proxy: Some("localhost,10.0.0.0/8,".to_owned()),
    };
    let connection = connected(&options).await;
    let answer = Cluster::new(&connection)
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert!(matches!(answer, Err(Gap::Unreachable { .. })), "{answer:?}");
    assert_eq!(
        first_line.await.expect("a line"),
        "CONNECT 192.0.2.1:6443 HTTP/1.1"
    );

    // Excepted: the server itself is reached, and the proxy, which is gone by now, is not.
    let api = FakeApi::builder().start().await;
    let mut direct = with_file(&files.write("direct", &api.kubeconfig()));
    direct.env.proxy = ProxyEnv {
        https_proxy: Some(proxy.clone()),
        http_proxy: Some(proxy),
        no_proxy: Some("*".to_owned()),
    };
    let connection = connected(&direct).await;
    let answer = Cluster::new(&connection)
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert!(answer.is_ok(), "{answer:?}");
}

#[tokio::test]
async fn a_clusters_own_proxy_always_counts() {
    let files = Files::new();
    let (proxy, first_line) = proxy().await;
    let cluster = format!("{{server: 'https://192.0.2.1:6443', proxy-url: 'http://{proxy}'}}");
    let text = TWO.replace("{server: 'https://dev.example.com:6443/'}", &cluster);
    let mut options = with_file(&files.write("config", &text));
    options.env.proxy.no_proxy = Some("*".to_owned());
    let connection = connected(&options).await;
    let _ = Cluster::new(&connection)
        .answer(&Question::list_all(Kind::Pod))
        .await;
    assert_eq!(
        first_line.await.expect("a line"),
        "CONNECT 192.0.2.1:6443 HTTP/1.1"
    );
}

#[tokio::test]
async fn a_proxy_that_cannot_be_used_says_where_it_stands() {
    let files = Files::new();
    let mut options = with_file(&files.write("config", TWO));
    options.env.proxy.https_proxy = Some("gopher://me:secret@proxy".to_owned());
    let line = refused(&options).await;
    assert_eq!(
        line,
        "HTTPS_PROXY: proxy \"gopher://***@proxy\" cannot be used: its scheme is none of http, https, socks5"
    );
}

#[test]
fn odd_proxy_variables_keep_nobody_from_connecting() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let api = runtime.block_on(FakeApi::builder().start());
    let file = api.kubeconfig_file();
    for odd in ["a,b,", ",", "[::1", "10.0.0.0/99", "*.", "ü:x"] {
        let before = api.count();
        let mut hops = assert_cmd::Command::cargo_bin("kubectl-hops").expect("the binary");
        hops.env("NO_PROXY", odd)
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .arg("--kubeconfig")
            .arg(file.path())
            .args(["--check", "--all", "--no-probes"]);
        let output = hops.output().expect("it ran");
        assert!(api.count() > before, "{odd}: {output:?}");
    }
}
