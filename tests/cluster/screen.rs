//! The screen on a living cluster: what is repaired in another terminal turns well by itself.

use serde_json::json;

use crate::bench::{Bench, SHOP};
use crate::pty::Terminal;

/// The screen of a target, on the laptop.
pub fn screen(bench: &Bench, args: &[&str]) -> Terminal {
    let laptop = format!("{}-laptop", bench.name);
    let path = |name: &str| bench.run.join(name).to_string_lossy().into_owned();
    let (ca, config) = (path("ca.crt"), path("kubeconfig"));
    let hops = env!("CARGO_BIN_EXE_kubectl-hops");
    let begin = ["netns", "exec", &laptop, hops, "--cacert", &ca];
    let args: Vec<&str> = begin.iter().chain(args).copied().collect();
    Terminal::run("ip", &args, &[("KUBECONFIG", &config)], 140, 45)
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn a_repair_in_another_terminal_is_seen() {
    let bench = Bench::healthy();
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"] = json!({"app": "fronted"});
    });
    bench.sees(SHOP, |seen| seen.status() == 404);
    let terminal = screen(&bench, &[SHOP]);
    terminal.wait_for("BROKEN at Service");
    terminal.wait_for("service-selector-no-match");
    // The line that the screen itself gives.
    let fix = r#"{"spec":{"selector":{"app":"frontend"}}}"#;
    terminal.wait_for(fix);
    bench.kubectl(&[
        "-n", "shop", "patch", "service", "frontend", "--type", "merge", "-p", fix,
    ]);
    // The change is told, the hop turns, the verdict follows, and nobody touched a key.
    terminal.wait_for("Service shop/frontend changed");
    terminal.wait_for("OK, answers 200");
    // At the Service, or for a moment at its endpoints, which come a little later.
    terminal.wait_for("it was broken at");
    terminal.keys("7");
    terminal.wait_for(r#".spec.selector.app "fronted""#);
    // And back again.
    bench.change("Service", "frontend", |service| {
        service["spec"]["selector"] = json!({"app": "fronted"});
    });
    terminal.wait_for("BROKEN at Service");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 1);
    terminal.wait_given_back();
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn the_hosts_of_the_cluster_are_checked() {
    let bench = Bench::healthy();
    let terminal = screen(&bench, &[]);
    terminal.wait_for("shop.example.com");
    terminal.keys("a");
    terminal.wait_for("ok, answers 200");
    terminal.keys("<Enter>");
    terminal.wait_for("OK, answers 200");
    terminal.keys("qq");
    assert_eq!(terminal.wait_exit(), 0);
}

/// Pods come and go: the endpoints and pods on the screen follow, with no more than their watches.
#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn pods_that_come_and_go_are_followed() {
    let bench = Bench::healthy();
    let terminal = screen(&bench, &[SHOP]);
    terminal.wait_for("OK, answers 200");
    terminal.keys("8");
    terminal.wait_for("3 ready");
    bench.kubectl(&[
        "-n",
        "shop",
        "scale",
        "deployment",
        "frontend",
        "--replicas=0",
    ]);
    terminal.wait_for("endpoints-scaled-to-zero");
    terminal.wait_for("BROKEN");
    bench.kubectl(&[
        "-n",
        "shop",
        "scale",
        "deployment",
        "frontend",
        "--replicas=3",
    ]);
    terminal.wait_for("OK, answers 200");
    terminal.wait_for("3 ready");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}
