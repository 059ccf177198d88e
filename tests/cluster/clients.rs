//! Pods that call: a program of each resolver library, glibc, musl and Go (`clients/`), asked by exec for what it really gets.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::{Value, json};

use crate::bench::{Bench, text};

/// Who resolves names in a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    Glibc,
    Musl,
    Go,
}

pub const LIBRARIES: [Library; 3] = [Library::Glibc, Library::Musl, Library::Go];

impl Library {
    /// As hops and the images spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::Go => "go",
        }
    }
}

/// A pod that can be told to call.
#[derive(Clone, Debug)]
pub struct Client {
    pub library: Library,
    pub namespace: String,
    pub name: String,
}

/// What a name comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Addresses(BTreeSet<String>),
    NoName,
    NoAddress,
    /// One of the two: Go does not tell them apart, nor does musl before 1.2.4, nor glibc at an alias that leads to nothing.
    NotFound,
    Temporary,
    /// Other words.
    Other(String),
}

impl Answer {
    fn of(line: &Value, library: Library) -> Answer {
        if let Some(addresses) = line["addresses"].as_array() {
            let addresses = addresses.iter().map(|a| a.as_str().unwrap().to_owned());
            return Self::Addresses(addresses.collect());
        }
        match line["error"].as_str().unwrap() {
            "EAI_NONAME" if library == Library::Musl || line["ipv4"] == "EAI_NODATA" => {
                Self::NotFound
            }
            "EAI_NONAME" => Self::NoName,
            "EAI_NODATA" => Self::NoAddress,
            "no such host" => Self::NotFound,
            "EAI_AGAIN" | "server misbehaving" | "timeout" | "connection refused" => {
                Self::Temporary
            }
            other => Self::Other(other.to_owned()),
        }
    }

    /// What hops says that a program with this library gets, or nothing where it says that it does not know.
    pub fn predicted(report: &Value, library: Library) -> Option<Answer> {
        let mut path = report["path"].as_array()?.iter();
        let dns = path.find(|hop| hop["hop"] == "cluster-dns")?;
        let mut nodes = dns["nodes"].as_array()?.iter();
        let resolver =
            nodes.find(|node| node["kind"] == "Resolver" && node["name"] == library.name())?;
        let detail = resolver["detail"].as_str()?;
        let words = detail.split(" by ").next()?;
        let addresses: Result<Vec<IpAddr>, _> = words.split(", ").map(str::parse).collect();
        match (words, addresses) {
            (_, Ok(addresses)) => Some(Self::Addresses(
                addresses.iter().map(IpAddr::to_string).collect(),
            )),
            (words, _) if words.starts_with("no such name") => Some(Self::NoName),
            (words, _) if words.starts_with("no address") => Some(Self::NoAddress),
            (words, _) if words.starts_with("temporary failure") => Some(Self::Temporary),
            _ => None,
        }
    }

    pub fn found(&self) -> bool {
        matches!(self, Self::Addresses(_))
    }

    /// The same addresses, or the same kind of error.
    pub fn agrees(&self, other: &Answer) -> bool {
        let none = |answer: &Answer| matches!(answer, Self::NoName | Self::NoAddress);
        match (self, other) {
            (Self::NotFound, error) | (error, Self::NotFound) if none(error) => true,
            (one, other) => one == other,
        }
    }
}

impl Client {
    /// As `--from` takes it.
    pub fn pod(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// Its Pod: these fields and what every client has.
    pub fn object(&self, fields: &Value) -> Value {
        let program = format!("client-{}", self.library.name());
        let mut spec = json!({
            "terminationGracePeriodSeconds": 0,
            "containers": [{
                "name": "client", "image": format!("hops.test/{program}:1"), "imagePullPolicy": "Never",
                "args": ["pause"],
            }],
        });
        for (field, value) in fields.as_object().into_iter().flatten() {
            spec[field] = value.clone();
        }
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": self.name, "namespace": self.namespace, "labels": {"app": "client"}},
            "spec": spec,
        })
    }
}

impl Bench {
    /// A running client with these fields in its spec. One of each library, so that a firewall finds its process.
    pub fn client_with(&self, library: Library, namespace: &str, fields: &Value) -> Client {
        let client = Client {
            library,
            namespace: namespace.to_owned(),
            name: format!("client-{}", library.name()),
        };
        self.add(client.object(fields));
        self.client_runs(&client);
        client
    }

    /// A running client as most are: glibc, and nothing said of names.
    pub fn client(&self, namespace: &str) -> Client {
        self.client_with(Library::Glibc, namespace, &Value::Null)
    }

    /// One of each library with these fields in its spec.
    pub fn clients(&self, namespace: &str, fields: &Value) -> Vec<Client> {
        let each = LIBRARIES.iter();
        each.map(|library| self.client_with(*library, namespace, fields))
            .collect()
    }

    pub fn client_runs(&self, client: &Client) {
        self.kubectl(&[
            "-n",
            &client.namespace,
            "wait",
            "--for=condition=Ready",
            "--timeout=60s",
            &format!("pod/{}", client.name),
        ]);
    }

    /// What the client gets for each of the names, in their order.
    pub fn looks_up(&self, client: &Client, names: &[&str]) -> Vec<Answer> {
        let output = self.in_client(client, &[&["lookup"], names].concat());
        let lines: Vec<Value> = output
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let asked: Vec<_> = lines.iter().map(|line| &line["name"]).collect();
        assert_eq!(asked, names, "{client:?}");
        let answers = lines.iter().map(|line| Answer::of(line, client.library));
        answers.collect()
    }

    /// The addresses that the client gets for a name.
    pub fn addresses(&self, client: &Client, name: &str) -> BTreeSet<String> {
        match self.looks_up(client, &[name]).remove(0) {
            Answer::Addresses(addresses) => addresses,
            other => panic!("{} gets {other:?} for {name}", client.pod()),
        }
    }

    /// What the client meets there: ok, refused, timeout, or the error of its look-up by its own name.
    pub fn connects(&self, client: &Client, host: &str, port: u16) -> String {
        self.in_client(client, &["connect", host, &port.to_string()])
    }

    /// The same with a question that Kubernetes' test image answers by UDP.
    pub fn connects_by_udp(&self, client: &Client, host: &str, port: u16) -> String {
        self.in_client(client, &["connect", host, &port.to_string(), "udp"])
    }

    /// Waits until the client meets this there.
    pub fn meets(&self, client: &Client, host: &str, port: u16, expected: &str) {
        self.until(
            &format!("{} calls {host}:{port}", client.pod()),
            || self.connects(client, host, port),
            |met| met == expected,
        );
    }

    fn in_client(&self, client: &Client, words: &[&str]) -> String {
        let program = format!("client-{}", client.library.name());
        let exec = [
            "-n",
            &client.namespace,
            "exec",
            &client.name,
            "--",
            &program,
        ];
        let output = self
            .laptop(&self.run.join("bin/kubectl"))
            .args(exec)
            .args(words)
            .output()
            .unwrap();
        let said = text(&output.stdout).trim().to_owned();
        assert!(!said.is_empty(), "{words:?}: {}", text(&output.stderr));
        said
    }
}
