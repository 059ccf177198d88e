//! The world around the cluster as a test changes it: resolvers, firewalls, load balancers, a second node. Each change is undone
//! when the test ends, also when it fails.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{Bench, text};
use crate::browser::Seen;

/// The second node's address; the first one's is `NODE`.
pub const NODE2: &str = "198.51.100.2";
pub const NODE: &str = "198.51.100.1";
/// The server that owns the zone of example.com.
pub const AUTHORITY: &str = "198.51.100.10";

/// Where a firewall can stand.
pub enum At<'a> {
    Laptop,
    /// The network of a pod that runs this program (there may be one such pod only).
    PodOf(&'a str),
}

/// Something to undo, last first.
pub type Undo = Box<dyn FnOnce(&Bench)>;

/// A program that is stopped.
pub struct Frozen(String);

impl Frozen {
    pub fn go_on(self) {
        go_on(&self.0);
    }
}

/// The `nsenter` that started it has stopped with it, and would be left over.
fn go_on(pid: &str) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let parent = status.lines().find_map(|l| l.strip_prefix("PPid:"));
    for pid in parent.into_iter().chain([pid]) {
        signal("-CONT", pid.trim());
    }
}

fn signal(which: &str, pid: &str) {
    let _ = Command::new("kill").args([which, pid]).status();
}

/// A process that ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        while let Some(undo) = self.undo.borrow_mut().pop() {
            undo(self);
        }
    }
}

impl Bench {
    pub fn later(&self, undo: impl FnOnce(&Bench) + 'static) {
        self.undo.borrow_mut().push(Box::new(undo));
    }

    // -- names

    /// Puts this in front of what the laptop's resolver otherwise does: pass every question on to the zone's owner.
    pub fn resolver(&self, plugins: &str) {
        let file = self.run.join("etc/resolver.Corefile");
        let before = std::fs::read_to_string(&file).unwrap();
        let now = before.replacen("forward", &format!("{plugins}\n  forward"), 1);
        self.later(move |bench| bench.reload_dns("resolver", &before));
        self.reload_dns("resolver", &now);
    }

    /// The laptop's resolver passes on to one of these or another, as one does that has several servers behind it.
    pub fn resolver_takes_any(&self, servers: &str, beside: &str) {
        let file = self.run.join("etc/resolver.Corefile");
        let before = std::fs::read_to_string(&file).unwrap();
        let forward = format!("forward . {servers} {{\n    policy random\n  }}");
        let old = format!("forward . {AUTHORITY}");
        assert!(before.contains(&old), "{before}");
        let now = before.replacen(&old, &forward, 1) + beside;
        self.later(move |bench| bench.reload_dns("resolver", &before));
        self.reload_dns("resolver", &now);
    }

    /// The servers in the laptop's resolv.conf, in this order.
    pub fn nameservers(&self, servers: &[&str]) {
        let file = format!("/etc/netns/{}-laptop/resolv.conf", self.name);
        let before = std::fs::read_to_string(&file).unwrap();
        let now: String = servers
            .iter()
            .map(|s| format!("nameserver {s}\n"))
            .collect();
        // In place: the file is what is bound over /etc/resolv.conf there.
        std::fs::write(&file, now).unwrap();
        self.later(move |_| {
            let _ = std::fs::write(file, before);
        });
    }

    /// A DNS server outside of the cluster takes this configuration.
    pub fn reload_dns(&self, server: &str, corefile: &str) {
        let file = self.run.join(format!("etc/{server}.Corefile"));
        let log = self.run.join(format!("log/{server}.log"));
        let reloads = || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            log.matches("Reloading complete").count()
        };
        let before = reloads();
        std::fs::write(&file, corefile).unwrap();
        let pid = self.process("coredns", &file.to_string_lossy());
        let _ = Command::new("kill").args(["-USR1", &pid]).status();
        for _ in 0..100 {
            if reloads() > before {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(
            std::thread::panicking(),
            "{server} does not take its new configuration"
        );
    }

    /// What a DNS server answers about an address: everything that nslookup prints below the server's own address.
    pub fn nslookup(&self, name: &str, server: &str) -> String {
        let output = self
            .laptop(Path::new("busybox"))
            .args(["nslookup", "-type=a", name, server])
            .output()
            .unwrap();
        let all = text(&output.stdout) + &text(&output.stderr);
        all.split_once("\n\n")
            .map_or_else(|| all.clone(), |(_, rest)| rest.trim().to_owned())
    }

    /// A line in the laptop's hosts file.
    pub fn hosts(&self, line: &str) {
        let file = format!("/etc/netns/{}-laptop/hosts", self.name);
        std::fs::write(&file, format!("127.0.0.1 localhost\n{line}\n")).unwrap();
        self.later(move |_| {
            let _ = std::fs::remove_file(file);
        });
    }

    // -- packets

    /// `iptables -I RULE` somewhere.
    pub fn firewall(&self, at: &At, rule: &[&str]) {
        let mut iptables = vec!["iptables".to_owned(), "-w".to_owned()];
        let enter: Vec<String> = match at {
            At::Laptop => ["ip", "netns", "exec", &format!("{}-laptop", self.name)]
                .map(str::to_owned)
                .into(),
            At::PodOf(program) => {
                let pid = self.process(program, "");
                ["nsenter", "-t", &pid, "-n"].map(str::to_owned).into()
            }
        };
        iptables.splice(0..0, enter);
        let run = move |verb: &str, rule: &[String]| {
            Command::new(&iptables[0])
                .args(&iptables[1..])
                .arg(verb)
                .args(rule)
                .output()
        };
        let rule: Vec<String> = rule.iter().map(ToString::to_string).collect();
        let output = run("-I", &rule).unwrap();
        assert!(
            output.status.success(),
            "{rule:?}: {}",
            text(&output.stderr)
        );
        self.later(move |_| {
            let _ = run("-D", &rule);
        });
    }

    /// Stops a program of the control plane where it stands, until the test ends or it is let go on.
    pub fn freeze(&self, program: &str) -> Frozen {
        let pid = self.process(program, "");
        signal("-STOP", &pid);
        let frozen = Frozen(pid.clone());
        self.later(move |_| go_on(&pid));
        frozen
    }

    /// Kills a program of the control plane, and gives back how it comes again.
    pub fn kill(&self, program: &str) -> impl FnOnce() + use<> {
        let pid = self.process(program, "");
        let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
        let words: Vec<String> = text(&words)
            .split_terminator('\0')
            .map(str::to_owned)
            .collect();
        // Where its neighbours live: it has to end with them.
        let beside = self.process("kube-scheduler", "");
        let log = self.run.join(format!("log/{program}-again.log"));
        signal("-KILL", &pid);
        move || {
            let log = std::fs::File::create(log).unwrap();
            let mut again = Command::new("nsenter");
            again.args([
                "-t", &beside, "--mount", "--pid", "--net", "setsid", "--fork",
            ]);
            again.args(words).stdin(Stdio::null());
            again.stdout(log.try_clone().unwrap()).stderr(log);
            assert!(again.status().unwrap().success());
        }
    }

    /// The process of this program with these words in its command line: one of this cluster's, others may run beside it.
    fn process(&self, program: &str, words: &str) -> String {
        let ours = format!("/{}-cluster", self.name);
        let read = |pid: &str, file: &str| {
            let bytes = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
            text(&bytes).replace('\0', " ")
        };
        std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|pid| read(pid, "comm").trim() == program)
            .filter(|pid| read(pid, "cmdline").contains(words))
            .find(|pid| read(pid, "cgroup").contains(&ours) || read(pid, "cmdline").contains(&ours))
            .unwrap_or_else(|| panic!("no process {program} {words}"))
    }

    /// A load balancer in front of the node: its own address, and how it passes on is `forward.py`'s MODE. Ports are (its own, the node's).
    pub fn load_balancer(&self, address: &str, ports: &[(u16, u16)], mode: &[&str]) {
        let node = format!("{}-node", self.name);
        let own = format!("{address}/32");
        let ip = move |verb: &str| {
            Command::new("ip")
                .args(["-n", &node, "addr", verb, &own, "dev", "lo"])
                .output()
        };
        assert!(ip("add").unwrap().status.success());
        self.later(move |_| {
            let _ = ip("del");
        });
        for (port, to) in ports {
            let child = Command::new("ip")
                .args(["netns", "exec", &format!("{}-node", self.name), "python3"])
                .arg(Self::file("forward.py"))
                .args([address, &port.to_string(), NODE, &to.to_string()])
                .args(mode)
                .stdin(Stdio::null())
                .spawn();
            let running = Running(child.unwrap());
            self.later(move |_| drop(running));
        }
    }

    /// What a load balancer that passes packets on by itself writes into its Service's status: kube-proxy leaves its address alone.
    /// The shop's users find it there.
    pub fn behind(&self, address: &str) {
        self.status(&json!([{"ip": address, "ipMode": "Proxy"}]));
        self.move_to(&[address]);
    }

    /// A program in the node's own network, until the test ends.
    pub fn on_the_node(&self, words: &[&str]) {
        let child = Command::new("ip")
            .args(["netns", "exec", &format!("{}-node", self.name)])
            .args(words)
            .stdin(Stdio::null())
            .spawn();
        let running = Running(child.unwrap());
        self.later(move |_| drop(running));
    }

    /// The shop's name leads to these addresses, and Traefik has written them into the status of its Ingress.
    pub fn move_to(&self, addresses: &[&str]) {
        let records: String = addresses
            .iter()
            .map(|address| format!("shop 60 IN A {address}\n"))
            .collect();
        self.zone(|zone| zone.replace("shop  60 IN A   203.0.113.80\n", &records));
        let status = "jsonpath={.status.loadBalancer.ingress[*].ip}";
        for address in addresses {
            let knows = |answer: &String| answer.contains(address);
            let name = || self.nslookup("shop.example.com", "127.0.0.1");
            self.until("the name", name, knows);
            let ingress = || self.kubectl(&["-n", "shop", "get", "ingress", "shop", "-o", status]);
            self.until("the Ingress's status", ingress, knows);
        }
    }

    pub fn second_node(&self) {
        let script = |name: &str, verb: &str| {
            Command::new(Self::file("node2"))
                .env("HOPS_CLUSTER_NAME", name)
                .arg(verb)
                .output()
        };
        let name = self.name.clone();
        self.later(move |_| {
            let _ = script(&name, "down");
        });
        let output = script(&self.name, "up").unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    // -- other ways in

    /// The same request, put into a pod through a port-forward: past DNS, load balancers, policies and address translation.
    pub fn curl_in_pod(&self, pod: &str, port: u16, url: &str) -> Seen {
        let (namespace, name) = pod.split_once('/').unwrap();
        let mut child = self
            .laptop(&self.run.join("bin/kubectl"))
            .args(["-n", namespace, "port-forward", name, &format!(":{port}")])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        // Held until the end: kubectl dies of a closed output.
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let _running = Running(child);
        output.read_line(&mut line).unwrap();
        // Forwarding from 127.0.0.1:40123 -> 8443
        let local = line.split([' ', ':']).nth(3).unwrap_or_default().to_owned();
        assert!(!local.is_empty(), "port-forward says {line:?}");
        self.curl_with(&["--connect-to", &format!("::127.0.0.1:{local}")], url)
    }

    /// The only pod of the base state's Traefik, as `curl_in_pod` takes it.
    pub fn traefik(&self) -> String {
        let pods = self.pods("traefik", "app.kubernetes.io/name=traefik");
        format!("traefik/{}", pods.first().unwrap())
    }

    /// Any pod of the shop's frontend.
    pub fn frontend(&self) -> String {
        let pods = self.pods("shop", "app=frontend");
        format!("shop/{}", pods.first().unwrap())
    }

    // -- the cluster, in one word

    /// A Service, port 80, whose pods answer every path with their own name.
    pub fn app(&self, namespace: &str, name: &str, replicas: usize) {
        let labels = json!({ "app": name });
        self.add(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
            "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": {
                "metadata": {"labels": labels},
                "spec": {"terminationGracePeriodSeconds": 1, "containers": [{
                    "name": "web", "image": "hops.test/agnhost:1", "imagePullPolicy": "Never",
                    "args": ["serve-hostname", "--port=8080"],
                    "ports": [{"containerPort": 8080}],
                    "readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1},
                }]},
            }},
        }));
        self.add(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
        }));
    }

    /// Waits until the Deployment runs as its object says.
    pub fn rolled_out(&self, namespace: &str, deployment: &str) {
        let name = format!("deployment/{deployment}");
        self.kubectl(&["-n", namespace, "rollout", "status", &name, "--timeout=60s"]);
    }

    /// Traefik with other flags: some of the base state's replaced (to nothing, perhaps), some added.
    pub fn traefik_args(&self, without: &[&str], with: &[&str]) {
        self.change("Deployment", "traefik", |traefik| {
            let args = &mut traefik["spec"]["template"]["spec"]["containers"][0]["args"];
            let args = args.as_array_mut().unwrap();
            args.retain(|arg| !without.iter().any(|out| arg == out));
            args.extend(with.iter().map(|&arg| Value::from(arg)));
        });
        self.rolled_out("traefik", "traefik");
    }

    /// The frontend as another program: the fields of its container are replaced by these, or taken away by null.
    pub fn frontend_is(&self, container: &Value, volumes: &Value) {
        self.change("Deployment", "frontend", |frontend| {
            let pod = &mut frontend["spec"]["template"]["spec"];
            for (field, value) in container.as_object().unwrap() {
                let fields = pod["containers"][0].as_object_mut().unwrap();
                match value {
                    Value::Null => fields.remove(field),
                    _ => fields.insert(field.clone(), value.clone()),
                };
            }
            if !volumes.is_null() {
                pod["volumes"] = volumes.clone();
            }
        });
        self.rolled_out("shop", "frontend");
    }
}
