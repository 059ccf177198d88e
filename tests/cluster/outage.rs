//! The control plane fails while hops looks: in the middle of a check, and under the screen.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bench::{Bench, SHOP, roots, text};
use crate::pty::Terminal;
use crate::screen::screen;

/// What a check may say while nobody answers: that it could not do its job, or what it knows; never a fault that is none, never a pass
/// that was not seen.
fn says_no_fault(bench: &Bench, flags: &[&str]) {
    let began = Instant::now();
    let hops = bench.hops(&[flags, &[SHOP]].concat());
    let took = began.elapsed();
    assert!(took < Duration::from_secs(25), "{took:?}");
    if hops.exit == 2 && hops.stdout.is_empty() {
        assert!(hops.stderr.starts_with("error: "), "{}", hops.stderr);
        return;
    }
    let report = hops.json();
    assert!(roots(&report).is_empty(), "{report:#}");
    let open = !report["gaps"].as_array().unwrap().is_empty();
    assert!(
        open || report["verdict"] == "ok" && hops.exit == 0,
        "{report:#}"
    );
}

/// It is live again, and does not only say so: a change is seen.
fn sees_what_changes(bench: &Bench, terminal: &Terminal) {
    terminal.wait_until(|screen| screen.contains("live every") && !screen.contains("not live"));
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"] = serde_json::json!({"app": "fronted"});
    });
    terminal.wait_for("BROKEN at Service");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 1);
    terminal.wait_given_back();
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn etcd_stops() {
    let bench = Bench::healthy();
    let etcd = bench.freeze("etcd");
    says_no_fault(&bench, &["--timeout", "12s"]);
    etcd.go_on();
    bench.until("reads", || bench.hops(&[SHOP]).exit, |exit| *exit == 0);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn api_server_stops_in_the_middle_of_a_check() {
    let bench = Bench::healthy();
    for ms in [0, 60, 120, 200, 400] {
        let mut check = bench.laptop(Path::new(env!("CARGO_BIN_EXE_kubectl-hops")));
        check.env("KUBECONFIG", bench.run.join("kubeconfig"));
        check.args(["--check", "-o", "json", "--timeout", "3s", SHOP, "--cacert"]);
        check.arg(bench.run.join("ca.crt")).stdout(Stdio::piped());
        let check = check.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(ms));
        let api = bench.freeze("kube-apiserver");
        let began = Instant::now();
        let output = check.wait_with_output().unwrap();
        let took = began.elapsed();
        assert!(took < Duration::from_secs(5), "{ms} ms: {took:?}");
        let stdout = text(&output.stdout);
        match output.status.code() {
            // It was through before.
            Some(0) => assert!(stdout.contains("\"finished\": true"), "{ms} ms: {stdout}"),
            Some(2) if stdout.is_empty() => {}
            Some(2) => assert!(stdout.contains("\"finished\": false"), "{ms} ms: {stdout}"),
            other => panic!("{ms} ms: exit {other:?}: {stdout}"),
        }
        api.go_on();
        bench.until(
            "the API server",
            || bench.hops(&[SHOP]).exit,
            |exit| *exit == 0,
        );
    }
}

/// Whatever happens to the API server, the screen says that it does not see, and sees again by itself.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_screen_outlives_the_api_server() {
    let bench = Bench::healthy();
    let terminal = screen(&bench, &[SHOP]);
    terminal.wait_for("OK, answers 200");
    terminal.wait_for("live every");
    let again = bench.kill("kube-apiserver");
    terminal.wait_for("not live");
    again();
    bench.until(
        "the API server",
        || bench.hops(&[SHOP]).exit,
        |exit| *exit == 0,
    );
    terminal.wait_until(|screen| screen.contains("live every") && !screen.contains("not live"));
    let frozen = bench.freeze("kube-apiserver");
    terminal.wait_for("not live");
    frozen.go_on();
    sees_what_changes(&bench, &terminal);
}

/// Without its store the API server still talks, and knows nothing new: nothing is called broken for that, and what changes afterwards is
/// seen.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_screen_outlives_the_store_of_the_api_server() {
    let bench = Bench::healthy();
    let terminal = screen(&bench, &[SHOP]);
    terminal.wait_for("OK, answers 200");
    terminal.wait_for("live every");
    let etcd = bench.freeze("etcd");
    // Longer than a request to the API server may take.
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        terminal.wait_until(|screen| !screen.contains("BROKEN") && screen.contains("answers 200"));
        std::thread::sleep(Duration::from_secs(1));
    }
    etcd.go_on();
    sees_what_changes(&bench, &terminal);
}
