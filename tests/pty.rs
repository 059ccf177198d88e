//! The real binary in a real terminal: first frame, keys, and a sane terminal however it ends.
#![cfg(unix)]
#![allow(clippy::panic)] // helpers outside of test functions

#[path = "support/apiserver.rs"]
mod apiserver;
#[path = "support/pty.rs"]
mod pty;

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use pty::Terminal;
use rustix::process::Signal;
use serde_json::json;

fn demo(scenario: &str) -> Terminal {
    let terminal = Terminal::spawn(&["demo", scenario], &[], 120, 40);
    terminal.wait_for("read-only");
    terminal
}

#[test]
fn the_broken_demo_opens_at_the_broken_hop_and_leaves_its_report() {
    let terminal = demo("label-drift");
    terminal.wait_for("BROKEN at Service");
    assert!(terminal.alternate_screen() && terminal.is_raw());
    terminal.wait_for("service-selector-no-match");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 1, "as the report");
    terminal.wait_given_back();
    let left = terminal.screen();
    assert!(left.contains("broken at Service"), "{left}");
    assert!(left.contains("service-selector-no-match"), "{left}");
}

#[test]
fn a_healthy_one_exits_with_zero() {
    let terminal = demo("healthy");
    terminal.wait_for("OK");
    terminal.keys("<C-c>");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.wait_given_back();
}

#[test]
fn keys_open_and_close_what_they_say() {
    let terminal = demo("label-drift");
    terminal.wait_for("service-selector-no-match");
    terminal.keys("?");
    terminal.wait_for("copy the fix");
    terminal.keys("<Esc>");
    terminal.wait_until(|s| !s.contains("copy the fix, and show it"));
    terminal.keys("e");
    terminal.wait_for("How to fix");
    terminal.keys("q");
    terminal.keys("y");
    terminal.wait_for("app: fronted");
    terminal.keys("q");
    terminal.keys("a");
    terminal.wait_for("list pods in shop");
    terminal.keys("<Esc>:explain tls-cert-exp<Tab><Enter>");
    terminal.wait_for("tls-cert-expired");
    terminal.keys("<Esc><Esc><Esc><Esc>");
    terminal.wait_for("BROKEN at Service");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 1);
}

#[test]
fn the_fix_goes_to_the_clipboard_and_stands_there_to_be_selected() {
    let terminal = demo("label-drift");
    terminal.wait_for("service-selector-no-match");
    terminal.keys("Y");
    terminal.wait_for("Copied, if the terminal allows it");
    terminal.wait_for("patch service frontend");
    terminal.wait_for_bytes(b"\x1b]52;c;");
    // The command begins at the left edge, so that a selection with the mouse takes it alone.
    let screen = terminal.screen();
    let line = screen
        .lines()
        .find(|l| l.contains("patch service"))
        .expect("the command");
    assert!(line.starts_with("kubectl"), "{line}");
}

#[test]
fn another_scenario_can_be_picked() {
    let terminal = demo("healthy");
    terminal.wait_for("OK");
    terminal.keys("ccrash<Enter>");
    terminal.wait_for("BROKEN at Pod");
    terminal.wait_for("demo crash-loop");
}

#[test]
fn a_terminal_that_changes_its_size_is_filled_again() {
    let terminal = demo("label-drift");
    terminal.wait_for("BROKEN at Service");
    terminal.resize(70, 20);
    terminal.wait_until(|s| {
        s.lines().all(|l| l.trim_end().chars().count() <= 70) && s.contains("BROKEN")
    });
    terminal.resize(30, 5);
    terminal.wait_for("too small");
    terminal.wait_for("BROKEN");
    terminal.resize(140, 45);
    terminal.wait_for("service-selector-no-match");
}

#[test]
fn without_colours_the_selected_row_is_still_seen() {
    let terminal = Terminal::spawn(&["demo", "label-drift"], &[("NO_COLOR", "1")], 120, 40);
    // Below the selected row, so that it is drawn by then.
    terminal.wait_for("leads to");
    let mut reversed = 0;
    terminal.cells(|cell| {
        assert_eq!(cell.fgcolor(), vt100::Color::Default, "{cell:?}");
        assert_eq!(cell.bgcolor(), vt100::Color::Default, "{cell:?}");
        reversed += usize::from(cell.inverse());
    });
    assert!(reversed > 10, "no selected row");
}

#[test]
fn what_is_pasted_is_asked_for_before_it_is_done() {
    let terminal = demo("healthy");
    terminal.wait_for("OK");
    terminal.paste("nowhere.example.com\nq");
    terminal.wait_for("host nowhere.example.com");
    assert!(terminal.is_raw(), "it goes on");
}

#[test]
fn the_mouse_is_the_terminals_unless_asked_for() {
    let terminal = demo("label-drift");
    terminal.wait_for("leads to");
    assert!(!terminal.takes_mouse());
    let terminal = Terminal::spawn(&["demo", "label-drift", "--mouse"], &[], 120, 40);
    terminal.wait_for("leads to");
    assert!(terminal.takes_mouse());
    let screen = terminal.screen();
    let row = screen.lines().position(|l| l.contains("DNS"));
    terminal.click(10, row.and_then(|r| u16::try_from(r).ok()).expect("a row"));
    terminal.wait_for("look up shop.example.com");
    terminal.keys("m");
    terminal.wait_for("mouse off");
    assert!(!terminal.takes_mouse());
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 1);
    terminal.wait_given_back();
}

/// A request that may change something is not sent again unless a person asks.
#[test]
fn a_post_is_asked_once() {
    let url = apiserver::serve(apiserver::cluster(Vec::new()));
    let folder = tempfile::tempdir().expect("a folder");
    let config = kubeconfig(&folder, &url);
    let args = ["--kubeconfig", &config, "--no-probes", "shop.example.com"];
    let terminal = Terminal::spawn(&args, &[], 120, 40);
    terminal.wait_for("live every 5 s");
    let args = [&args[..], &["-X", "POST"]].concat();
    let terminal = Terminal::spawn(&args, &[], 120, 40);
    terminal.wait_for("asked once, for it is POST");
    terminal.keys(" ");
    terminal.wait_for("does not change by itself");
}

/// The files that were written, by their ending.
fn written(terminal: &Terminal, ending: &str) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(terminal.home()).expect("a folder");
    let paths = files.flatten().map(|f| f.path());
    let of_ending = |p: &std::path::PathBuf| p.extension().is_some_and(|e| e == ending);
    paths.filter(of_ending).collect()
}

#[test]
fn the_report_is_written_in_each_format() {
    let terminal = demo("label-drift");
    terminal.wait_for("leads to");
    let read = |key: &str, ending: &str| {
        terminal.keys("o");
        terminal.wait_for("write the report");
        terminal.keys(key);
        // Its name is told once it is whole.
        terminal.wait_until(|screen| {
            let files = written(&terminal, ending);
            let name = files.first().and_then(|f| f.file_name()?.to_str());
            name.is_some_and(|name| screen.contains(&format!("written: {name}")))
        });
        let files = written(&terminal, ending);
        let [file] = &files[..] else {
            panic!("{files:?}");
        };
        let text = std::fs::read_to_string(file).expect("a text");
        std::fs::remove_file(file).expect("gone");
        text
    };
    assert!(read("t", "txt").contains("broken at Service"));
    let json: serde_json::Value = serde_json::from_str(&read("j", "json")).expect("JSON");
    assert_eq!(json["brokenAt"], "service");
    assert!(read("m", "md").starts_with("## "));
    let recording = read("r", "yaml");
    assert!(recording.contains("shop.example.com"));
    let redacted = read("x", "yaml");
    assert!(!redacted.contains("shop.example.com"));
    // Both replay to what is on the screen.
    for text in [recording, redacted] {
        let file = terminal.home().join("again.yaml");
        std::fs::write(&file, text).expect("written");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_kubectl-hops"))
            .args(["--check", "-o", "json", "--replay"])
            .arg(&file)
            .output()
            .expect("hops runs");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json["brokenAt"], "service");
        assert_eq!(json["findings"][0]["code"], "service-selector-no-match");
    }
}

#[test]
fn targets_are_remembered() {
    let url = apiserver::serve(apiserver::cluster(Vec::new()));
    let folder = tempfile::tempdir().expect("a folder");
    let config = kubeconfig(&folder, &url);
    let state = folder.path().to_str().expect("UTF-8");
    let env = [("XDG_STATE_HOME", state)];
    let first = [
        "--kubeconfig",
        &config,
        "--no-probes",
        "first.example.com/x?token=hunter22",
    ];
    let terminal = Terminal::spawn(&first, &env, 120, 40);
    terminal.wait_for("no Ingress has a rule for first");
    terminal.keys("q");
    terminal.wait_exit();
    // Whatever is secret in a query is not kept, and the rest is nobody else's.
    let file = folder.path().join("kubectl-hops/recent");
    let kept = std::fs::read_to_string(&file).expect("the list");
    assert_eq!(kept, "first.example.com/x\n");
    let mode = std::fs::metadata(&file)
        .expect("the list")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let terminal = Terminal::spawn(&["--kubeconfig", &config, "--no-probes"], &env, 120, 40);
    terminal.wait_for("No route serves a host here");
    terminal.keys("R");
    terminal.wait_for("first.example.com");
    terminal.keys("<Enter>");
    terminal.wait_for("no Ingress has a rule for first");
}

#[test]
fn signals_end_it_with_a_sane_terminal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let terminal = demo("label-drift");
        terminal.signal(signal);
        assert_eq!(terminal.wait_exit(), code, "{signal:?}");
        terminal.wait_given_back();
    }
}

/// In debug builds a command does what a bug would.
#[test]
#[cfg(debug_assertions)]
fn a_bug_ends_it_with_a_sane_terminal_and_is_told() {
    let terminal = demo("label-drift");
    terminal.keys(":panic<Enter>");
    assert_eq!(terminal.wait_exit(), 2);
    terminal.wait_given_back();
    let screen = terminal.screen();
    assert!(screen.contains("hops has a bug"), "{screen}");
    assert!(screen.contains("asked to"), "{screen}");
}

#[test]
fn it_can_be_suspended_and_resumed() {
    for how in ["key", "signal"] {
        let terminal = demo("label-drift");
        terminal.wait_for("BROKEN at Service");
        if how == "key" {
            terminal.keys("<C-z>");
        } else {
            terminal.signal(Signal::TSTP);
        }
        terminal.wait_stopped();
        terminal.wait_given_back();
        terminal.signal(Signal::CONT);
        terminal.wait_taken();
        terminal.wait_for("BROKEN at Service");
        terminal.keys("q");
        assert_eq!(terminal.wait_exit(), 1, "{how}");
    }
}

/// A kubeconfig for a server, in a folder.
fn kubeconfig(folder: &tempfile::TempDir, server: &str) -> String {
    apiserver::kubeconfig(folder.path(), server)
}

#[test]
fn the_first_frame_and_keys_wait_for_no_server() {
    // Accepts and never answers.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let folder = tempfile::tempdir().expect("a folder");
    let config = kubeconfig(&folder, &url);
    let args = ["--kubeconfig", &config, "--no-probes", "shop.example.com"];
    let began = Instant::now();
    let terminal = Terminal::spawn(&args, &[], 100, 30);
    terminal.wait_for("shop.example.com");
    terminal.wait_for("Endpoints");
    terminal.keys("?");
    terminal.wait_for("copy the fix");
    terminal.keys("<Esc>q");
    // Nobody answered anything: no report is left, and no verdict.
    assert_eq!(terminal.wait_exit(), 0);
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "it waited for the server"
    );
    terminal.wait_given_back();
    drop(listener);
}

#[test]
fn a_server_that_cannot_be_reached_is_told_and_tried_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let folder = tempfile::tempdir().expect("a folder");
    let config = kubeconfig(&folder, &url);
    let args = ["--kubeconfig", &config, "--no-probes", "shop.example.com"];
    let terminal = Terminal::spawn(&args, &[], 100, 30);
    terminal.wait_for("cannot ask the API server");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 2);
    terminal.wait_given_back();
    assert!(
        terminal.screen().contains("cannot ask the API server"),
        "{}",
        terminal.screen()
    );
}

#[test]
fn a_report_shows_hop_by_hop_and_stands_alone_in_the_end() {
    let rows = vec![apiserver::ingress(
        "shop",
        "web",
        "shop.example.com",
        "traefik",
    )];
    let cluster = apiserver::cluster(rows);
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    // The backend is not told before something else was seen.
    let url = apiserver::serve(move |path| {
        if path.contains("/namespaces/shop/") {
            let _ = gate.lock().map(|g| g.recv_timeout(Duration::from_secs(5)));
        }
        cluster(path)
    });
    let folder = tempfile::tempdir().expect("a folder");
    let config = kubeconfig(&folder, &url);
    let args = [
        "--kubeconfig",
        &config,
        "--no-probes",
        "--check",
        "http://shop.example.com/",
    ];
    let terminal = Terminal::spawn(&args, &[], 100, 40);
    terminal.wait_for("Ingress shop/web");
    assert!(
        !terminal.screen().contains("left unchecked"),
        "{}",
        terminal.screen()
    );
    drop(open);
    terminal.wait_for("left unchecked");
    terminal.wait_exit();
    let screen = terminal.screen();
    assert_eq!(screen.matches("DNS  ").count(), 1, "{screen}");
    assert_eq!(
        screen.matches("http://shop.example.com/").count(),
        1,
        "{screen}"
    );
}

#[test]
fn hosts_are_listed_filtered_and_chosen() {
    let rows = vec![
        apiserver::ingress("shop", "web", "shop.example.com", "traefik"),
        apiserver::ingress("team", "api", "api.example.org", "nginx"),
        apiserver::ingress("evil", "esc", "\u{1b}[31mred.example.com", "traefik"),
    ];
    let url = apiserver::serve(apiserver::cluster(rows));
    let folder = tempfile::tempdir().expect("a folder");
    let config = kubeconfig(&folder, &url);
    let terminal = Terminal::spawn(&["--kubeconfig", &config, "--no-probes"], &[], 100, 30);
    terminal.wait_for("api.example.org");
    terminal.wait_for("\\u{1b}[31mred");
    terminal.keys("/shpex");
    terminal.wait_until(|s| s.contains("shop.example.com") && !s.contains("api.example.org"));
    terminal.keys("<Enter><Enter>");
    terminal.wait_for("Endpoints");
    terminal.wait_for("shop.example.com");
    terminal.wait_for("1 root cause");
    terminal.keys("q");
    // What was found stays, and the filter too.
    terminal.wait_until(|s| s.contains("1 of 3 hosts  1 broken") && s.contains("broken at"));
    terminal.wait_for("web:80");
    terminal.keys("<Esc>P");
    terminal.wait_until(|s| s.contains("NAMESPACE↑") && s.contains("1 broken 2 unchecked"));
    terminal.keys("q");
    terminal.wait_exit();
    terminal.wait_given_back();
}

#[test]
fn a_plugin_that_asks_has_the_terminal_before_the_screen() {
    let url = apiserver::serve(apiserver::cluster(vec![apiserver::ingress(
        "shop",
        "web",
        "shop.example.com",
        "traefik",
    )]));
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = folder.path().join("login");
    let credential = json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
        "status": {"token": "t"}});
    // It remembers that it was told, as such plugins do.
    let script = format!(
        r#"#!/bin/sh
if [ ! -e "$HOME/told" ]; then
  printf 'password: ' >&2
  read answer
  [ "$answer" = open ] || exit 1
  touch "$HOME/told"
fi
echo '{credential}'
"#
    );
    std::fs::write(&plugin, script).expect("written");
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).expect("executable");
    let config = folder.path().join("config");
    let text = format!(
        r#"
apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "{url}"}}}}]
users:
- name: u
  user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: "{}", interactiveMode: MODE}}}}
"#,
        plugin.display()
    );
    for mode in ["Always", "IfAvailable"] {
        std::fs::write(&config, text.replace("MODE", mode)).expect("written");
        let config = config.to_str().expect("UTF-8");
        let terminal = Terminal::spawn(&["--kubeconfig", config, "--no-probes"], &[], 100, 30);
        terminal.wait_for("password:");
        assert!(
            !terminal.alternate_screen(),
            "{mode}: the question is hidden"
        );
        terminal.keys("open<Enter>");
        terminal.wait_for("shop.example.com");
        terminal.keys("q");
        assert_eq!(terminal.wait_exit(), 0, "{mode}");
        terminal.wait_given_back();
    }
}

/// The demo needs no cluster, and asks nobody for credentials of one.
#[test]
fn the_demo_leaves_the_kubeconfig_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = folder.path().join("asked");
    let config = folder.path().join("config");
    let text = format!(
        r#"
apiVersion: v1
kind: Config
current-context: here
contexts: [{{name: here, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:1"}}}}]
users:
- name: u
  user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: touch, args: ["{}"], interactiveMode: Always}}}}
"#,
        asked.display()
    );
    std::fs::write(&config, text).expect("written");
    let env = [("KUBECONFIG", config.to_str().expect("UTF-8"))];
    let terminal = Terminal::spawn(&["demo"], &env, 100, 30);
    terminal.wait_for("OK, answers 200");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    assert!(!asked.exists(), "the plugin ran");
}

/// The count below the lines is taken away, and no line with it.
#[test]
fn every_host_has_its_line_on_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("hosts.yaml");
    let ingress = |i: usize| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web-{i}, namespace: shop}}\n\
             spec: {{rules: [{{host: web-{i}.example.com, http: {{paths: [{{path: /, pathType: Prefix,\n  \
             backend: {{service: {{name: web-{i}, port: {{number: 80}}}}}}}}]}}}}]}}\n---\n"
        )
    };
    std::fs::write(&file, (0..8).map(ingress).collect::<String>()).expect("written");
    let file = file.display().to_string();
    let terminal = Terminal::spawn(&["--check", "--all", "-f", &file], &[], 100, 30);
    terminal.wait_for("8 hosts: ");
    let screen = terminal.screen();
    for i in 0..8 {
        assert!(screen.contains(&format!("web-{i}.example.com")), "{screen}");
    }
    assert!(!screen.contains("of 8 hosts"), "{screen}");
    terminal.wait_exit();
}

#[test]
fn the_other_way_in_is_walked_and_left_again() {
    let files = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/compare.yaml");
    let terminal = Terminal::spawn(&["-f", files, "https://shop.example.com"], &[], 160, 45);
    terminal.wait_for("by way of Gateway infra/eg");
    terminal.wait_for("the same from here on");
    terminal.keys("i");
    terminal.wait_for("by way of nginx");
    terminal.resize(100, 30);
    terminal.wait_for("i:? Gateway infra/eg has no");
    terminal.keys("i");
    terminal.wait_for("by way of Gateway infra/eg");
    terminal.wait_for("i:? nginx");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.wait_given_back();
    let left = terminal.screen();
    assert!(left.contains("By way of      Gateway infra/eg"), "{left}");
}
