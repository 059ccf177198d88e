//! `compare`: the requests that two ways in answer differently, by the objects of files.

use std::process::{Command, Output};

use serde_json::Value;

const MIGRATION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/compare.yaml");

fn compare(args: &[&str]) -> Output {
    let program = Command::new(env!("CARGO_BIN_EXE_kubectl-hops"))
        .env("KUBECONFIG", "/nonexistent")
        .args(["compare", "shop.example.com"])
        .args(args)
        .output();
    program.expect("it runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn json(args: &[&str]) -> Value {
    let output = compare(args);
    let text = stdout(&output);
    serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text} {}", String::from_utf8_lossy(&output.stderr)))
}

/// The answers of both to one request: nginx, then the Gateway.
fn of<'c>(comparison: &'c Value, words: &str) -> (&'c Value, [&'c Value; 2]) {
    let (method, url) = words.split_once(' ').expect("a method");
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    let path = &rest[rest.find('/').expect("a path")..];
    let all = comparison["requests"].as_array().expect("requests");
    let is = |r: &&Value| {
        let request = &r["request"];
        let host = &rest[..rest.len() - path.len()];
        (
            &request["method"],
            &request["scheme"],
            &request["host"],
            &request["path"],
        ) == (&method.into(), &scheme.into(), &host.into(), &path.into())
    };
    let one = all.iter().find(is).unwrap_or_else(|| panic!("{words}"));
    let by = |id: &str| {
        let mut answers = one["answers"].as_array().expect("answers").iter();
        answers.find(|a| a["entrance"] == id).expect("an answer")
    };
    (one, [by("nginx"), by("Gateway infra/eg")])
}

#[test]
fn the_boundaries_of_both_rules_are_tried_and_told_by_cause() {
    let comparison = json(&["-f", MIGRATION, "-o", "json"]);
    assert_eq!(comparison["entrances"].as_array().map(Vec::len), Some(2));
    // ingress-nginx sends http to https; the Gateway does not.
    let (one, [nginx, gateway]) = of(&comparison, "GET http://shop.example.com/api");
    assert_eq!(
        (&one["same"], &nginx["status"]),
        (&false.into(), &308.into())
    );
    assert_eq!(nginx["location"], "https://shop.example.com/api");
    assert_eq!(gateway["backends"][0]["service"], "api");
    // A path that only exists with a slash is completed by one of them.
    let (one, [nginx, gateway]) = of(&comparison, "GET https://shop.example.com/tr");
    assert_eq!(nginx["location"], "https://shop.example.com/tr/");
    assert_eq!(gateway["type"], "backend");
    assert!(
        one["remedy"]
            .as_str()
            .is_some_and(|r| r.contains("ReplaceFullPath")),
        "{one:#}"
    );
    // What both do alike is counted, and shown nowhere.
    let (one, _) = of(&comparison, "GET https://shop.example.com/api/x");
    assert_eq!(one["same"], true, "{one:#}");
    let counted: u64 = ["same", "different", "differentEffects", "unknown"]
        .map(|key| comparison[key].as_u64().expect(key))
        .iter()
        .sum();
    assert_eq!(
        Some(counted),
        comparison["requests"]
            .as_array()
            .map(|all| all.len() as u64)
    );
}

#[test]
fn given_requests_are_compared_alone_and_the_exit_code_says_how() {
    let same = compare(&["-f", MIGRATION, "--url", "GET https://shop.example.com/api"]);
    assert_eq!(same.status.code(), Some(0), "{}", stdout(&same));
    assert!(stdout(&same).contains("1 request: 1 same"));
    let differs = compare(&["-f", MIGRATION, "--url", "http://shop.example.com/"]);
    assert_eq!(differs.status.code(), Some(1));
    let wrong = compare(&["-f", MIGRATION, "--url", "ftp://shop.example.com/"]);
    assert_eq!(wrong.status.code(), Some(2));
    let markdown = compare(&["-f", MIGRATION, "-o", "markdown"]);
    assert!(
        stdout(&markdown).contains("| request | Gateway infra/eg | nginx |"),
        "{}",
        stdout(&markdown)
    );
}

#[test]
fn one_way_in_is_nothing_to_compare() {
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-hops"))
        .env("KUBECONFIG", "/nonexistent")
        .args(["compare", "only.example.com", "-f", MIGRATION])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("has one way in, nginx"), "{said}");
}

#[test]
fn text_shows_the_causes() {
    insta::assert_snapshot!(stdout(&compare(&["-f", MIGRATION, "--color", "never"])));
}

/// The migration with changes to its documents, as files of their own.
fn changed(edit: impl Fn(&str) -> String) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(MIGRATION).expect("the migration");
    let file = folder.path().join("changed.yaml");
    let text = edit(&text);
    std::fs::write(&file, text).expect("written");
    let file = file.to_str().expect("UTF-8").to_owned();
    (folder, file)
}

fn with_annotation(text: &str, annotation: &str) -> String {
    let named = "  name: shop\n  namespace: shop\nspec:\n  ingressClassName";
    assert!(text.contains(named));
    text.replacen(
        named,
        &format!("  name: shop\n  namespace: shop\n  annotations:\n    {annotation}\nspec:\n  ingressClassName"),
        1,
    )
}

fn requests_of<'c>(comparison: &'c Value, host: &str) -> Vec<&'c Value> {
    let all = comparison["requests"].as_array().expect("requests");
    all.iter()
        .filter(|r| r["request"]["host"] == host)
        .collect()
}

#[test]
fn aliases_are_tried_and_belong_to_one_side() {
    let annotation = "nginx.ingress.kubernetes.io/server-alias: old.example.com";
    let (_folder, file) = changed(|text| with_annotation(text, annotation));
    let comparison = json(&["-f", &file, "-o", "json"]);
    let (one, [nginx, gateway]) = of(&comparison, "GET https://old.example.com/api");
    assert_eq!(one["cause"], "another name of the host on one side only");
    assert_eq!(nginx["backends"][0]["service"], "api", "{one:#}");
    // The listener takes every host, and has no route for this one.
    assert_eq!(
        (&gateway["type"], &gateway["status"]),
        (&"none".into(), &404.into())
    );
    // Whether the controller's certificate is for the alias, too, is in no file: whether http is sent to https is not known.
    let (one, [nginx, _]) = of(&comparison, "GET http://old.example.com/");
    assert_eq!(one["same"], Value::Null);
    let why = nginx["by"].as_str().expect("why");
    assert!(why.contains("Secret shop/shop-tls"), "{why}");
    // A route that has the name, too, makes them alike over https.
    let (_folder, file) = changed(|text| {
        let text = with_annotation(text, annotation);
        text.replace(
            "hostnames: [shop.example.com]",
            "hostnames: [shop.example.com, old.example.com]",
        )
    });
    let comparison = json(&["-f", &file, "-o", "json"]);
    let (one, [nginx, gateway]) = of(&comparison, "GET https://old.example.com/api");
    assert_eq!(one["same"], true, "{one:#}");
    assert_eq!(nginx["backends"], gateway["backends"]);
    // Without any nobody asks for other names.
    let comparison = json(&["-f", MIGRATION, "-o", "json"]);
    let all = comparison["requests"].as_array().map(Vec::len);
    assert_eq!(
        Some(requests_of(&comparison, "shop.example.com").len()),
        all
    );
}

#[test]
fn an_alias_of_the_certificate_is_sent_to_https() {
    let annotation = "nginx.ingress.kubernetes.io/server-alias: old.example.com";
    let (_folder, file) = changed(|text| {
        let text = with_annotation(text, annotation);
        text.replace(
            "hosts: [shop.example.com], secretName",
            "hosts: [shop.example.com, old.example.com], secretName",
        )
    });
    let comparison = json(&["-f", &file, "-o", "json"]);
    let (one, [nginx, _]) = of(&comparison, "GET http://old.example.com/api");
    assert_eq!(nginx["status"], 308, "{one:#}");
    assert_eq!(nginx["location"], "https://old.example.com/api");
}

#[test]
fn the_name_with_www_is_tried_where_one_side_sends_it_on() {
    let annotation = "nginx.ingress.kubernetes.io/from-to-www-redirect: \"true\"";
    let (_folder, file) = changed(|text| with_annotation(text, annotation));
    let comparison = json(&["-f", &file, "-o", "json"]);
    let (one, [nginx, gateway]) = of(&comparison, "GET https://www.shop.example.com/api");
    assert_eq!(
        one["cause"],
        "the host with or without www. on one side only"
    );
    assert_eq!(nginx["location"], "https://shop.example.com/api");
    assert_eq!(gateway["type"], "none");
    // It goes by the name alone, and takes a final slash away; that hangs on no certificate.
    let (_, [nginx, _]) = of(&comparison, "GET http://www.shop.example.com/tr/");
    assert_eq!(nginx["location"], "http://shop.example.com/tr");
    assert!(
        one["remedy"]
            .as_str()
            .is_some_and(|r| r.contains("hostname"))
    );
    // A listener that takes the host alone takes no connection for the other name.
    let (_folder, file) = changed(|text| {
        with_annotation(text, annotation).replace(
            "port: 443, protocol: HTTPS,",
            "port: 443, protocol: HTTPS, hostname: shop.example.com,",
        )
    });
    let comparison = json(&["-f", &file, "-o", "json"]);
    let (_, [_, gateway]) = of(&comparison, "GET https://www.shop.example.com/");
    assert_eq!(
        (&gateway["type"], &gateway["status"]),
        (&"none".into(), &Value::Null)
    );
    let (_, [_, gateway]) = of(&comparison, "GET http://www.shop.example.com/");
    assert_eq!(gateway["status"], 404);
}

/// An Ingress's wildcard covers one label, a route's any number.
#[test]
fn names_below_a_wildcard_are_tried_at_both_depths() {
    let (_folder, file) = changed(|text| {
        text.replace("- host: shop.example.com", "- host: \"*.example.com\"")
            .replace(
                "hostnames: [shop.example.com]",
                "hostnames: [\"*.example.com\"]",
            )
    });
    let comparison = json(&["-f", &file, "-o", "json"]);
    let (one, [nginx, gateway]) = of(&comparison, "GET https://x.example.com/api");
    assert_eq!(one["same"], true, "{one:#}");
    assert_eq!(nginx["backends"], gateway["backends"]);
    let (one, [nginx, gateway]) = of(&comparison, "GET https://y.x.example.com/api");
    assert_eq!(one["cause"], "names below a wildcard host");
    assert_eq!(
        (&nginx["type"], &nginx["status"]),
        (&"none".into(), &404.into())
    );
    assert_eq!(gateway["backends"][0]["service"], "api");
}

#[test]
fn an_object_that_is_given_twice_is_an_error_that_names_both_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let again = folder.path().join("again.yaml");
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\nspec: {ports: [{port: 80}]}\n";
    std::fs::write(&again, service).expect("written");
    let again = again.to_str().expect("UTF-8");
    let output = compare(&["-f", MIGRATION, "-f", again]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in [
        "Service shop/api is given twice",
        "compare.yaml:",
        "again.yaml:1",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    // Another namespace makes another object of it, and several files are one set.
    std::fs::write(
        again,
        service.replace("namespace: shop", "namespace: other"),
    )
    .expect("written");
    let output = compare(&["-f", MIGRATION, "-f", again]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    // A check reads the later one, as kubectl apply leaves it.
    std::fs::write(again, service).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-hops"))
        .args([
            "--check",
            "-f",
            MIGRATION,
            "-f",
            again,
            "https://shop.example.com/",
        ])
        .output()
        .expect("it runs");
    assert_ne!(output.status.code(), Some(2));
}

#[test]
fn paths_come_from_lists_and_from_access_logs() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("access.log");
    let log = concat!(
        "# yesterday\n",
        "/cart\n",
        "203.0.113.7 - - [29/Nov/2026:10:00:00 +0000] \"GET /api/orders?token=s3cr3t HTTP/1.1\" 200 12 \"-\" \"curl/8\"\n",
        "203.0.113.7 - - [29/Nov/2026:10:00:01 +0000] \"POST /tr HTTP/2.0\" 200 12 \"-\" \"curl/8\"\n",
        "203.0.113.8 - - [29/Nov/2026:10:00:02 +0000] \"GET /cart HTTP/1.1\" 200 12 \"-\" \"curl/8\"\n",
    );
    std::fs::write(&file, log).expect("written");
    let path = file.to_str().expect("UTF-8");
    let comparison = json(&["-f", MIGRATION, "--paths", path, "-o", "json"]);
    let asked: Vec<String> = comparison["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|r| &r["request"])
        .map(|r| format!("{} {}{}", r["method"], r["scheme"], r["path"]).replace('"', ""))
        .collect();
    assert_eq!(
        asked,
        [
            "GET http/cart",
            "GET https/cart",
            "GET http/api/orders?token=(hidden-1)",
            "GET https/api/orders?token=(hidden-1)",
            "POST http/tr",
            "POST https/tr",
        ]
    );
    assert!(!comparison.to_string().contains("s3cr3t"));
    // A line that is neither is named by its number, and not shown.
    std::fs::write(&file, format!("{log}\"s3cr3t\" 400\n")).expect("written");
    let output = compare(&["-f", MIGRATION, "--paths", path]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("access.log:6: "), "{said}");
    assert!(!said.contains("s3cr3t"), "{said}");
}

/// What stands in a query decides, and is shown nowhere.
#[test]
fn nothing_secret_is_printed_and_it_counts_all_the_same() {
    let (_folder, file) = changed(|text| {
        text.replace(
            "  - matches: [{path: {type: PathPrefix, value: /api}}]\n",
            "  - matches: [{path: {type: PathPrefix, value: /}, queryParams: [{name: tier, value: g0ldh1dden}]}]\n    backendRefs: [{name: api, port: 80}]\n  - matches: [{path: {type: PathPrefix, value: /api}}]\n",
        )
    });
    let request = "https://shop.example.com/cart?tier=g0ldh1dden";
    for output in ["text", "json", "markdown", "yaml"] {
        let output = compare(&[
            "-f",
            &file,
            "-o",
            output,
            "--url",
            request,
            "-H",
            "Authorization: Bearer s3cr3tt0ken",
            "-H",
            "Cookie: session=s3cr3tt0ken",
        ]);
        assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
        let both = format!(
            "{}{}",
            stdout(&output),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(!both.contains("s3cr3tt0ken"), "{both}");
        assert!(both.contains("tier=(hidden-1)"), "{both}");
        assert!(both.contains("Authorization: …"), "{both}");
    }
    let comparison = json(&["-f", &file, "-o", "json", "--url", request]);
    let (_, [nginx, gateway]) = of(
        &comparison,
        "GET https://shop.example.com/cart?tier=(hidden-1)",
    );
    assert_eq!(gateway["backends"][0]["service"], "api");
    assert_eq!(nginx["backends"][0]["service"], "frontend");
    // Redirects carry the query, too.
    let output = compare(&[
        "-f",
        &file,
        "--url",
        "http://shop.example.com/?tier=other5ecret",
    ]);
    assert!(
        !stdout(&output).contains("other5ecret"),
        "{}",
        stdout(&output)
    );
    assert!(
        stdout(&output).contains("308 to https://shop.example.com/?tier=(hidden-1)"),
        "{}",
        stdout(&output)
    );
    // Who asks for it sees it.
    let shown = compare(&["-f", &file, "--url", request, "--show-query"]);
    assert!(
        stdout(&shown).contains("/cart?tier=g0ldh1dden"),
        "{}",
        stdout(&shown)
    );
}

/// A recording of a host with several ways in holds what is compared, and not only what its one request hangs on.
#[test]
fn a_recording_is_compared_as_what_was_recorded() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.yaml");
    let file = file.to_str().expect("UTF-8");
    let output = Command::new(env!("CARGO_BIN_EXE_kubectl-hops"))
        .env("KUBECONFIG", "/nonexistent")
        .args(["-f", MIGRATION, "record", "-o", file])
        .arg("https://shop.example.com/")
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(0));
    let replayed = json(&["--replay", file, "-o", "json"]);
    assert_eq!(replayed, json(&["-f", MIGRATION, "-o", "json"]));
}
