//! Credential plugins, as client-go runs them (KEP-541): a program that is told about the cluster in a variable of its environment and
//! prints an `ExecCredential`. What it prints may be a token, and is shown to nobody.

use std::io::IsTerminal as _;
use std::process::Command;

use jiff::Timestamp;
use kube::config::{ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::process::{self, Done, Failed};
use super::{Credential, one_line};

/// What is shown of its words.
const SHOWN: usize = 300;

/// The plugin of a user.
#[derive(Debug)]
pub(in crate::answer::cluster::connect) struct Plugin {
    exec: ExecConfig,
    /// The terminal is somebody else's.
    quiet: bool,
}

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    expiration_timestamp: Option<String>,
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

impl Plugin {
    pub fn new(exec: ExecConfig, quiet: bool) -> Self {
        Self { exec, quiet }
    }

    /// Runs it for the first time, when it may still ask a person.
    pub(super) async fn first(&self) -> Result<Credential, String> {
        let interactive = match self.exec.interactive_mode {
            Some(ExecInteractiveMode::Never) => false,
            _ if self.quiet => false,
            Some(ExecInteractiveMode::Always) if !std::io::stdin().is_terminal() => {
                return Err(format!(
                    "{} always asks a person (interactiveMode: Always), and standard input is no terminal",
                    self.name()
                ));
            }
            _ => std::io::stdin().is_terminal(),
        };
        self.run(interactive).await
    }

    /// Runs it once more. By then the terminal may be that of a screen.
    pub(super) async fn again(&self) -> Result<Credential, String> {
        self.run(false).await
    }

    fn name(&self) -> String {
        match &self.exec.command {
            Some(command) => format!("credential plugin `{command}`"),
            None => "the credential plugin".to_owned(),
        }
    }

    async fn run(&self, interactive: bool) -> Result<Credential, String> {
        let name = self.name();
        let command = self.exec.command.as_ref();
        let command = command.ok_or_else(|| format!("{name} has no command"))?;
        let mut command = Command::new(command);
        command.args(self.exec.args.iter().flatten());
        for variable in self.exec.env.iter().flatten() {
            if let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) {
                command.env(name, value);
            }
        }
        command.env("KUBERNETES_EXEC_INFO", self.info(interactive).to_string());
        match process::run(command, interactive).await {
            Ok(done) if done.status.success() => {
                credential(&done.stdout).map_err(|why| format!("{name} {why}"))
            }
            Ok(done) => Err(failed(&name, &done)),
            Err(Failed::Start(why)) => {
                let hint = self.exec.install_hint.as_deref();
                let hint = hint.map(|h| format!(". {}", one_line(h)));
                let hint = hint.unwrap_or_default();
                Err(format!("{name} does not start: {why}{hint}"))
            }
            Err(Failed::TooMuch) => Err(format!(
                "{name} prints more than {} MiB, the most for an ExecCredential, and was ended",
                process::MOST_BYTES >> 20
            )),
            Err(Failed::Io(why)) => Err(format!("{name} cannot be read: {why}")),
        }
    }

    /// What it is told.
    fn info(&self, interactive: bool) -> Value {
        let mut spec = json!({"interactive": interactive});
        if self.exec.provide_cluster_info
            && let Some(cluster) = &self.exec.cluster
        {
            spec["cluster"] = json!(cluster);
        }
        let mut info = json!({"kind": "ExecCredential", "spec": spec});
        if let Some(version) = &self.exec.api_version {
            info["apiVersion"] = json!(version);
        }
        info
    }
}

fn failed(name: &str, done: &Done) -> String {
    let said = one_line(&String::from_utf8_lossy(&done.stderr));
    let said: String = said.chars().take(SHOWN).collect();
    format!("{name} failed, {}: {said}", done.status)
        .trim_end_matches([':', ' '])
        .to_owned()
}

/// What it printed: JSON, or YAML, which client-go takes as well.
fn credential(printed: &[u8]) -> Result<Credential, &'static str> {
    let read = serde_saphyr::from_slice::<ExecCredential>(printed).ok();
    let status = read.and_then(|read| read.status);
    let status = status.ok_or("printed no ExecCredential")?;
    let filled = |text: Option<String>| text.filter(|t| !t.is_empty());
    let expires = filled(status.expiration_timestamp).map(|at| at.parse::<Timestamp>());
    let token = filled(status.token);
    let certificate = match (
        filled(status.client_certificate_data),
        filled(status.client_key_data),
    ) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => {
            return Err(
                "printed a client certificate without its key, or a key without its certificate",
            );
        }
    };
    if token.is_none() && certificate.is_none() {
        return Err("printed an ExecCredential with neither a token nor a client certificate");
    }
    Ok(Credential {
        token,
        certificate,
        expires: expires
            .transpose()
            .map_err(|_| "printed an expirationTimestamp that is no time")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_printed_is_read_and_never_shown() {
        let read = |status: &str| {
            let text = format!("{{\"kind\": \"ExecCredential\", \"status\": {status}}}");
            credential(text.as_bytes())
        };
        let good = read(r#"{"token": "t", "expirationTimestamp": "2026-01-01T00:00:00Z"}"#);
        let good = good.expect("a token");
        assert_eq!(good.token.as_deref(), Some("t"));
        assert_eq!(good.expires, "2026-01-01T00:00:00Z".parse().ok());
        let both = read(r#"{"clientCertificateData": "c", "clientKeyData": "k"}"#);
        let both = both.expect("a certificate").certificate;
        assert_eq!(both, Some(("c".to_owned(), "k".to_owned())));
        let yaml = credential(b"kind: ExecCredential\nstatus:\n  token: t\n");
        assert!(yaml.is_ok());
        for (status, says) in [
            ("null", "no ExecCredential"),
            ("7", "no ExecCredential"),
            (r#"{"token": ""}"#, "neither"),
            (r#"{"clientKeyData": "k"}"#, "without its certificate"),
            (
                r#"{"token": "t", "expirationTimestamp": "soon"}"#,
                "no time",
            ),
        ] {
            let why = read(status).err().expect(status);
            assert!(why.contains(says), "{status}: {why}");
        }
        for garbage in [&b""[..], b"\0\xff", b"token", b"{", b"[]"] {
            assert_eq!(credential(garbage).err(), Some("printed no ExecCredential"));
        }
    }

    #[test]
    fn it_is_told_of_the_cluster_only_where_it_wants_to_know() {
        let entry =
            "{apiVersion: client.authentication.k8s.io/v1, command: x, provideClusterInfo: true}";
        let mut exec: ExecConfig = serde_saphyr::from_str(entry).expect("an entry");
        exec.cluster = serde_saphyr::from_str(
            "{server: 'https://a', certificate-authority-data: aGVsbG8K, tls-server-name: b}",
        )
        .expect("a cluster");
        let info = Plugin::new(exec.clone(), false).info(true);
        assert_eq!(
            info,
            json!({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {"interactive": true, "cluster": {
                "server": "https://a", "certificate-authority-data": "aGVsbG8K", "tls-server-name": "b"}}})
        );
        exec.provide_cluster_info = false;
        let info = Plugin::new(exec, false).info(false);
        assert_eq!(info["spec"], json!({"interactive": false}));
    }
}
