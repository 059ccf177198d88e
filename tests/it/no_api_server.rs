//! What answers at the kubeconfig's address and is no API server: reached means read, and what came instead is said.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::cli::hops;
use crate::support::apiserver::kubeconfig;

const PAGE: &str = "<!DOCTYPE html>\n<html><title>Grand Hotel - sign in</title></html>";

/// Says the same to every request.
fn always(status: u16, kind: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || one(stream, status, kind, body));
        }
    });
    url
}

fn one(mut stream: TcpStream, status: u16, kind: &str, body: &str) {
    let lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    if lines.map_while(Result::ok).any(|line| line.is_empty()) {
        let length = body.len();
        let _ = write!(
            stream,
            "HTTP/1.1 {status} Status\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
    }
}

#[test]
fn what_is_no_api_server_is_an_error_that_says_what_it_sent() {
    const NOT_FOUND: &str =
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}"#;
    const NAMED: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"details":{"name":"x","kind":"things"}}"#;
    for (status, kind, body, says) in [
        (
            200,
            "text/html",
            PAGE,
            "HTML, perhaps the login page of a proxy",
        ),
        (403, "text/html", PAGE, "answered 403 with HTML"),
        (404, "text/html", PAGE, "answered 404 with HTML"),
        (502, "text/html", PAGE, "answered 502 with HTML"),
        (302, "text/html", PAGE, "answered 302 with HTML"),
        (
            200,
            "application/json",
            r#"{"kind":"PodList","items":[{"#,
            "breaks off",
        ),
        (200, "application/json", "", "it is empty"),
        (200, "text/plain", "ok", "it is no JSON"),
        (200, "application/json", "{}", "it is no "),
        (200, "application/json", r#"{"kind":"Config"}"#, "it is no "),
        (404, "application/json", NOT_FOUND, "no API server"),
        (404, "application/json", NAMED, "no API server"),
        (404, "text/plain", "404 page not found", "no API server"),
        (500, "text/plain", "oops", "answered 500: oops"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        let server = always(status, kind, body);
        let config = kubeconfig(dir.path(), &server);
        for what in [&["shop.example.com"][..], &["--all"], &["svc/web"]] {
            let mut command = hops();
            command
                .args(["--check", "--no-probes", "--kubeconfig", &config])
                .args(what);
            let output = command.output().expect("the program runs");
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            let case = format!(
                "{status} {body:?} {what:?}: {stderr} {}",
                String::from_utf8_lossy(&output.stdout)
            );
            assert_eq!(output.status.code(), Some(2), "{case}");
            assert!(output.stdout.is_empty(), "{case}");
            assert!(stderr.contains(says) && stderr.contains(&server), "{case}");
            assert_eq!(stderr.lines().count(), 1, "{case}");
            assert!(!stderr.contains("<html>"), "{case}");
        }
    }
}

/// A near miss: an API server that refuses everything is one.
#[test]
fn a_server_that_refuses_everything_is_one() {
    const FORBIDDEN: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}"#;
    let dir = tempfile::tempdir().expect("a directory");
    let config = kubeconfig(dir.path(), &always(403, "application/json", FORBIDDEN));
    let mut command = hops();
    command.args([
        "--check",
        "--no-probes",
        "--kubeconfig",
        &config,
        "shop.example.com",
    ]);
    let output = command.output().expect("the program runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(
        stdout.contains("unknown") && stdout.contains("list ingresses"),
        "{stdout}"
    );
}
