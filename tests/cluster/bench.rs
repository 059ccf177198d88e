//! The cluster as a test sees it: change objects, ask as a browser would, ask hops.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::world::Undo;

/// The address that the shop's users type.
pub const SHOP: &str = "https://shop.example.com/hostname";
/// The load balancer's address, as the zone and the Service's status have it.
pub const SHOP_ADDRESS: &str = "203.0.113.80";
/// Marks what a test added, so that the next one finds the base state.
pub const ADDED: &str = "hops.test/added";
/// The files of the base state.
pub const BASE: [&str; 2] = ["base.yaml", "gateway.yaml"];
/// `kubectl apply` by the API server: kubectl's own way of it takes seconds for a file as long as base.yaml.
pub const APPLY: [&str; 3] = ["apply", "--server-side", "--force-conflicts"];
/// How long a change may take to arrive: ingress-nginx needs up to 3 s, a crash loop a few restarts.
const PATIENCE: Duration = Duration::from_secs(60);

static TURN: Mutex<()> = Mutex::new(());

/// The live cluster, in the base state when a test gets it and alone with that test.
pub struct Bench {
    pub name: String,
    pub run: PathBuf,
    /// What this test changed outside of the cluster's objects.
    pub undo: RefCell<Vec<Undo>>,
    _turn: MutexGuard<'static, ()>,
}

/// One run of hops.
pub struct Hops {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Hops {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!(
                "hops printed no JSON ({error})\nexit {}\nstdout: {}\nstderr: {}",
                self.exit, self.stdout, self.stderr
            )
        })
    }
}

impl Bench {
    /// Waits for its turn, then for the base state.
    pub fn healthy() -> Bench {
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let name = std::env::var("HOPS_CLUSTER_NAME").unwrap_or_else(|_| "hops".into());
        let run = PathBuf::from(format!("/run/{name}-cluster"));
        assert!(
            run.join("kubeconfig").exists(),
            "no cluster {name} is up: this test is run by tests/cluster/run"
        );
        let bench = Bench {
            name,
            run,
            undo: RefCell::default(),
            _turn: turn,
        };
        bench.restore();
        bench
    }

    pub fn file(name: &str) -> String {
        format!("{}/tests/cluster/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    /// A program as the user runs it: on the laptop, with the laptop's resolver.
    pub fn laptop(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &format!("{}-laptop", self.name)])
            .arg(program);
        command
            .env("KUBECONFIG", self.run.join("kubeconfig"))
            .env("KUBECACHEDIR", self.run.join("kube-cache"))
            .stdin(Stdio::null());
        command
    }

    // -- the cluster

    pub fn kubectl(&self, args: &[&str]) -> String {
        self.kubectl_reads(args, "")
    }

    pub fn kubectl_reads(&self, args: &[&str], input: &str) -> String {
        let mut command = self.laptop(&self.run.join("bin/kubectl"));
        let mut child = command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "kubectl {args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    fn apply(&self, object: &str) {
        self.kubectl_reads(&[&APPLY[..], &["-f", "-"]].concat(), object);
    }

    /// Applies an object that is not in base.yaml; it is gone before the next test.
    pub fn add(&self, mut object: Value) {
        object["metadata"]["labels"][ADDED] = "1".into();
        self.apply(&object.to_string());
    }

    pub fn add_all(&self, objects: &[Value]) {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        self.apply(&list.to_string());
    }

    /// Applies an object of the base state with a change. Always from its file, so that applying the file undoes it.
    pub fn change(&self, kind: &str, name: &str, change: impl FnOnce(&mut Value)) {
        let objects = |file: &&str| {
            let dry = [
                "create",
                "--dry-run=client",
                "--validate=false",
                "-o",
                "json",
            ];
            let file = Self::file(file);
            self.kubectl(&[&dry[..], &["-f", &file]].concat())
        };
        let all: String = BASE.iter().map(objects).collect();
        let mut object = serde_json::Deserializer::from_str(&all)
            .into_iter::<Value>()
            .map(Result::unwrap)
            .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
            .unwrap_or_else(|| panic!("the base state has no {kind} {name}"));
        change(&mut object);
        self.apply(&object.to_string());
    }

    /// A TLS Secret from FILE.crt and FILE.key.
    pub fn secret(&self, namespace: &str, name: &str, file: &Path) {
        self.apply(&self.secret_of(namespace, name, file));
    }

    pub fn secret_of(&self, namespace: &str, name: &str, file: &Path) -> String {
        let (certificate, key) = (file.with_extension("crt"), file.with_extension("key"));
        self.kubectl(&[
            "create",
            "secret",
            "tls",
            name,
            "-n",
            namespace,
            "--dry-run=client",
            "-o",
            "json",
            "--cert",
            &certificate.to_string_lossy(),
            "--key",
            &key.to_string_lossy(),
        ])
    }

    /// A certificate of the shop's CA for HOST: where its files are, without extension.
    pub fn certificate(&self, host: &str, from: &str, to: &str) -> PathBuf {
        self.issue(&["other", host, from, to])
    }

    /// The same of an intermediate CA: `intermediate.crt` is beside it.
    pub fn certificate_of_intermediate(&self, host: &str) -> PathBuf {
        self.issue(&["other", host, "now", "30 days", "intermediate"])
    }

    fn issue(&self, args: &[&str]) -> PathBuf {
        let directory = self.run.join("shop");
        let output = Command::new(Self::file("issue"))
            .arg(&directory)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "issue: {}", text(&output.stderr));
        directory.join(args[0])
    }

    /// What the cloud would write into the status of the load balancer's Service.
    pub fn publish(&self, addresses: &[&str]) {
        let ingress: Vec<_> = addresses.iter().map(|ip| json!({ "ip": ip })).collect();
        self.status(&ingress.into());
    }

    pub fn status(&self, ingress: &Value) {
        let patch = json!({"status": {"loadBalancer": {"ingress": ingress}}}).to_string();
        self.kubectl(&[
            "-n",
            "traefik",
            "patch",
            "service",
            "traefik",
            "--subresource=status",
            "--type=merge",
            "-p",
            &patch,
        ]);
    }

    /// Rewrites the zone of example.com. The server reads it within a second, when its serial number is new.
    pub fn zone(&self, change: impl FnOnce(String) -> String) {
        let zone = std::fs::read_to_string(Self::file("example.com.zone")).unwrap();
        let served = self.run.join("example.com.zone");
        let next = serial(&std::fs::read_to_string(&served).unwrap()) + 1;
        let zone = change(zone.replacen(". 1 60", &format!(". {next} 60"), 1));
        std::fs::write(served, zone).unwrap();
    }

    pub fn pods(&self, namespace: &str, selector: &str) -> BTreeSet<String> {
        let names = self.kubectl(&[
            "-n",
            namespace,
            "get",
            "pods",
            "-l",
            selector,
            "--no-headers",
            "-o",
            "custom-columns=:metadata.name,:metadata.deletionTimestamp",
        ]);
        names
            .lines()
            .filter_map(|line| line.strip_suffix("<none>"))
            .map(|name| name.trim().to_owned())
            .collect()
    }

    pub fn until<T: Debug>(
        &self,
        what: &str,
        mut ask: impl FnMut() -> T,
        expected: impl Fn(&T) -> bool,
    ) -> T {
        let start = Instant::now();
        loop {
            let seen = ask();
            if expected(&seen) {
                return seen;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{what}: still {seen:?} after {PATIENCE:?}"
            );
            sleep(Duration::from_millis(200));
        }
    }

    // -- hops

    pub fn hops(&self, args: &[&str]) -> Hops {
        self.hops_as(&self.run.join("kubeconfig"), args)
    }

    /// The program with these arguments alone.
    pub fn hops_raw(&self, args: &[&str]) -> Hops {
        let mut command = self.laptop(Path::new(env!("CARGO_BIN_EXE_kubectl-hops")));
        let kubeconfig = self.run.join("kubeconfig");
        Hops::from(
            command
                .env("KUBECONFIG", kubeconfig)
                .args(args)
                .output()
                .unwrap(),
        )
    }

    pub fn hops_as(&self, kubeconfig: &Path, args: &[&str]) -> Hops {
        let mut command = self.laptop(Path::new(env!("CARGO_BIN_EXE_kubectl-hops")));
        let output = command
            .env("KUBECONFIG", kubeconfig)
            .args(["--check", "-o", "json", "--cacert"])
            .arg(self.run.join("ca.crt"))
            .args(args)
            .output();
        Hops::from(output.unwrap())
    }

    /// `kubectl hops`, as kubectl itself finds it.
    pub fn plugin(&self, args: &[&str]) -> Hops {
        let folder = self.run.join("plugin");
        std::fs::create_dir_all(&folder).unwrap();
        let link = folder.join("kubectl-hops");
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-hops"), &link).unwrap();
        let mut command = self.laptop(&self.run.join("bin/kubectl"));
        Hops::from(
            command
                .env(
                    "PATH",
                    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()),
                )
                .args(args)
                .output()
                .unwrap(),
        )
    }
}

impl From<Output> for Hops {
    fn from(output: Output) -> Hops {
        Hops {
            exit: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

pub fn findings(report: &Value) -> impl Iterator<Item = &Value> {
    report["findings"].as_array().into_iter().flatten()
}

/// The codes of the errors that no other finding causes.
pub fn roots(report: &Value) -> BTreeSet<String> {
    findings(report)
        .filter(|finding| finding["severity"] == "error" && finding["causedBy"].is_null())
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect()
}

/// The pods that hops expects to answer.
pub fn predicted_pods(report: &Value) -> BTreeSet<String> {
    let pods = report["backends"][0]["pods"].as_array();
    pods.into_iter()
        .flatten()
        .map(|pod| pod.as_str().unwrap().to_owned())
        .collect()
}

fn serial(zone: &str) -> u64 {
    zone.lines()
        .find(|line| line.contains("SOA"))
        .unwrap()
        .split_whitespace()
        .nth(6)
        .unwrap()
        .parse()
        .unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
