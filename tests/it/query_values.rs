//! What a query says is sent, and stands nowhere else: not in a report of any format, not in a log line, an error or a recording.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::cli::hops;
use crate::support::apiserver::{cluster, ingress, kubeconfig, serve};

const TOKEN: &str = "s3cr3t%2Ftoken77";
const NEXT: &str = "0ther-one-time-word";
/// What must be nowhere: both as they stand in a URL, and decoded.
const SECRETS: [&str; 3] = [TOKEN, "s3cr3t/token77", NEXT];

type Asked = Arc<Mutex<Vec<String>>>;

/// A site that shows the request in its pages, sends `/cart` on to `/login` with a token of its own, and answers 502 to that.
fn site() -> (u16, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || page(stream, &seen));
        }
    });
    (port, asked)
}

fn page(mut stream: TcpStream, seen: &Asked) {
    let mut lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    if !lines.map_while(Result::ok).any(|line| line.is_empty()) {
        return;
    }
    let url = first.split(' ').nth(1).unwrap_or_default().to_owned();
    seen.lock().expect("whole").push(url.clone());
    let (status, location) = if url.starts_with("/cart") {
        let to = format!(
            "Location: /login?next={NEXT}&{}#{NEXT}\r\n",
            url.split_once('?').map_or("", |(_, q)| q)
        );
        ("302 Found", to)
    } else {
        ("502 Bad Gateway", String::new())
    };
    let body = format!(
        "<html>cannot serve {url}, {} to you</html>",
        TOKEN.replace("%2F", "/")
    );
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\nServer: site\r\n{location}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}

struct World {
    dir: tempfile::TempDir,
    config: String,
    target: String,
    asked: Asked,
}

fn world() -> World {
    let dir = tempfile::tempdir().expect("a directory");
    let (port, asked) = site();
    let server = serve(cluster(vec![ingress(
        "shop",
        "web",
        "localhost",
        "traefik",
    )]));
    let config = kubeconfig(dir.path(), &server);
    let target = format!("http://localhost:{port}/cart?token={TOKEN}&page=2");
    World {
        dir,
        config,
        target,
        asked,
    }
}

impl World {
    /// Everything that comes out of a run.
    fn run(&self, flags: &[&str]) -> String {
        let mut command = hops();
        command
            .args(["--kubeconfig", &self.config])
            .args(flags)
            .current_dir(self.dir.path());
        let output = command.output().expect("the program runs");
        let texts = [&output.stdout, &output.stderr]
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        texts.concat()
    }
}

#[track_caller]
fn tells_nothing(text: &str, of: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in {of}: {text}");
    }
}

#[test]
fn no_format_and_no_log_line_shows_what_a_query_says() {
    let world = world();
    for flags in [
        &["-o", "text"][..],
        &["-o", "json"],
        &["-o", "yaml"],
        &["-o", "markdown"],
        &["-o", "junit"],
        &["-v"],
        &["-vv"],
        &["-vvv"],
    ] {
        let out = world.run(&[&["--check", &world.target], flags].concat());
        tells_nothing(&out, &format!("{flags:?}"));
        assert!(out.contains("token=(hidden-1)"), "{flags:?}: {out}");
    }
    let asked = world.asked.lock().expect("whole").clone();
    assert!(
        asked.contains(&format!("/cart?token={TOKEN}&page=2")),
        "{asked:?}"
    );
    // It went where it was sent, with both values.
    let followed = format!("/login?next={NEXT}&token={TOKEN}&page=2");
    assert!(asked.contains(&followed), "{asked:?}");
}

#[test]
fn one_that_asks_for_it_sees_it() {
    let world = world();
    let out = world.run(&["--check", &world.target, "--show-query", "-o", "json"]);
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"));
    assert_eq!(
        report["target"]["path"],
        format!("/cart?token={TOKEN}&page=2")
    );
    assert!(!out.contains("(hidden-"), "{out}");
}

#[test]
fn wrong_targets_are_told_without_their_query() {
    let world = world();
    for wrong in [
        "ftp://a/?token=s3cr3t%2Ftoken77",
        "http://-bad-/?token=s3cr3t%2Ftoken77",
    ] {
        let out = world.run(&["--check", wrong]);
        assert!(out.starts_with("error: "), "{out}");
        tells_nothing(&out, wrong);
    }
}

#[test]
fn recordings_hold_no_value_and_are_read_back_with_it_and_without() {
    let world = world();
    let verdict = |text: &str| -> Value {
        let report: Value = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
        let answer = &report["answer"];
        serde_json::json!([
            report["verdict"],
            answer["status"],
            answer["type"],
            report["gaps"].as_array().map(Vec::len)
        ])
    };
    let live = verdict(&world.run(&["--check", &world.target, "-o", "json"]));
    for flags in [&[][..], &["--redact"], &["--show-query"]] {
        let out = world.run(&[&["record", "-o", "r.yaml", &world.target], flags].concat());
        tells_nothing(&out, &format!("{flags:?}"));
        let recording =
            std::fs::read_to_string(Path::new(world.dir.path()).join("r.yaml")).expect("written");
        tells_nothing(&recording, &format!("{flags:?}"));
        assert!(recording.contains("(hidden-1)"), "{recording}");
        let back = world.run(&["--check", "--replay", "r.yaml", "-o", "json"]);
        tells_nothing(&back, "the replay");
        assert_eq!(verdict(&back), live, "{flags:?}: {back}");
        if flags != ["--redact"] {
            let given = world.run(&["--check", "--replay", "r.yaml", "-o", "json", &world.target]);
            tells_nothing(&given, "the replay of a given target");
            assert_eq!(verdict(&given), live, "{flags:?}: {given}");
        }
    }
}

/// A recording that was made when values were written down is read, and shows none.
#[test]
fn an_older_recording_shows_none_either() {
    let world = world();
    world.run(&["record", "-o", "r.yaml", &world.target]);
    let file = Path::new(world.dir.path()).join("r.yaml");
    let text = std::fs::read_to_string(&file).expect("written");
    let old = text
        .replace("(hidden-1)", TOKEN)
        .replace("(hidden-2)", "2")
        .replace("(hidden-3)", NEXT);
    assert_ne!(text, old);
    std::fs::write(&file, old).expect("written");
    let out = world.run(&["--check", "--replay", "r.yaml"]);
    tells_nothing(&out, "the replay");
    assert!(
        out.contains("token=(hidden-1)") && out.contains("502"),
        "{out}"
    );
}

/// A rule that goes by the value gets it, and the report has it not.
#[test]
fn a_route_goes_by_the_value_that_nobody_sees() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let objects = include_str!("compare.yaml");
    let route = r"
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: by-query, namespace: shop}
spec:
  parentRefs: [{name: eg, namespace: infra}]
  hostnames: [query.example.com]
  rules:
  - matches: [{queryParams: [{name: tier, value: gold-tier}]}]
    backendRefs: [{name: api, port: 80}]
";
    std::fs::write(file.path(), format!("{objects}{route}")).expect("written");
    let backends = |url: &str| {
        let run = hops()
            .args(["--check", "--no-probes", "-o", "json", "-f"])
            .arg(file.path())
            .arg(url)
            .output()
            .expect("it ran");
        let text = String::from_utf8(run.stdout).expect("UTF-8");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        assert!(!text.contains("?tier=gold-tier"), "{text}");
        report["backends"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(backends("https://query.example.com/?tier=gold-tier"), 1);
    assert_eq!(backends("https://query.example.com/?tier=lead"), 0);
}
