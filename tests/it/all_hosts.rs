//! `--check --all` as a person and a script see it: each host once, causes counted, nothing left out without a word.

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::many_hosts;

/// Hosts, of which each second one has no endpoint that is ready, as a list that an API server wrote.
fn cluster(hosts: usize) -> Value {
    let mut objects = many_hosts::objects(hosts);
    let mut seen = 0;
    for object in &mut objects {
        let team = |o: &Value| {
            let namespace = o["metadata"]["namespace"].as_str().unwrap_or_default();
            namespace.starts_with("team-")
        };
        if object["kind"] == "EndpointSlice" && team(object) {
            seen += 1;
            let ready = seen % 2 == 0;
            object["endpoints"][0]["conditions"] = json!({"ready": ready, "serving": ready});
        }
    }
    let lists = ["Ingress", "IngressClass", "Service", "EndpointSlice", "Pod"];
    let items: Vec<Value> = lists
        .iter()
        .map(|kind| {
            let own = objects.iter().filter(|o| o["kind"] == **kind);
            let own: Vec<Value> = own.cloned().collect();
            json!({"apiVersion": own[0]["apiVersion"], "kind": format!("{kind}List"),
                "metadata": {"resourceVersion": "1"}, "items": own})
        })
        .collect();
    let others = objects
        .iter()
        .filter(|o| !lists.contains(&o["kind"].as_str().unwrap_or_default()));
    let items: Vec<Value> = items.into_iter().chain(others.cloned()).collect();
    json!({"apiVersion": "v1", "kind": "List", "items": items})
}

/// What hops prints over so many hosts, by standard output, and its exit code.
fn all(hosts: usize, flags: &[&str]) -> (String, Option<i32>) {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("cluster.json");
    std::fs::write(&file, cluster(hosts).to_string()).expect("written");
    let mut hops = Command::cargo_bin("kubectl-hops").expect("the program");
    let output = hops
        .env("NO_COLOR", "1")
        .args(["--check", "--all", "-f"])
        .arg(&file)
        .args(flags)
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    (text, output.status.code())
}

/// Lines of hosts, which begin with a mark; the details come after them.
fn lines(text: &str) -> Vec<&str> {
    let marked = text.lines().take_while(|l| !l.is_empty());
    marked.filter(|l| l.contains("web-")).collect()
}

#[test]
fn each_cause_says_how_many_hosts_it_explains() {
    let (text, code) = all(140, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert_eq!(lines(&text).len(), 140, "{text}");
    let shown = |text: &str| text.matches("broken at Endpoints").count();
    assert_eq!(shown(&text), 50, "{text}");
    let last: Vec<&str> = text.lines().rev().take(4).collect();
    assert!(
        last[0].starts_with("141 hosts: ") && last[0].contains("70 broken"),
        "{last:?}"
    );
    assert!(
        text.contains("✗ endpoints-all-not-ready explains 70 hosts: 70 different objects\n"),
        "{text}"
    );
    assert!(text.contains("Not shown in full here "), "{text}");
    assert!(text.contains(" and 15 more; -v shows all"), "{text}");
    let (whole, _) = all(140, &["-v"]);
    assert_eq!(shown(&whole), 70);
    assert!(!whole.contains("Not shown in full here"));
}

#[test]
fn few_hosts_are_shown_in_full_and_their_causes_too() {
    let (text, code) = all(4, &[]);
    assert_eq!((code, lines(&text).len()), (Some(1), 4), "{text}");
    assert_eq!(text.matches("broken at Endpoints").count(), 2, "{text}");
    assert!(!text.contains("Not shown in full here"), "{text}");
}

#[test]
fn json_is_one_document_whatever_the_order_of_ending() {
    let (text, code) = all(300, &["-o", "json"]);
    assert_eq!(code, Some(1));
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let reports = document["reports"].as_array().expect("reports");
    assert_eq!((reports.len(), &document["finished"]), (301, &json!(true)));
    assert_eq!(document["summary"]["targets"], 301);
    assert_eq!(document["summary"]["broken"], 150);
    let mut hosts: Vec<&str> = reports
        .iter()
        .filter_map(|r| r["target"]["host"].as_str())
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    assert_eq!(hosts.len(), 301, "each once");
    // As somebody reads it who does not wait for the end.
    let first = text.find("\"reports\"").expect("reports");
    assert!(first < text.find("\"summary\"").expect("a summary"));
    let again = serde_json::to_string_pretty(&document).expect("JSON");
    assert_eq!(
        text.lines().count(),
        again.lines().count(),
        "laid out as one"
    );
}
