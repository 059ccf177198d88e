//! Where answers come from: a cluster and this machine's network, files, or a recording.

use anyhow::{Error, Result, anyhow, bail};
use jiff::Timestamp;

use super::reach::Reach;
use crate::cli::Cli;
use crate::engine::Limits;
use crate::facts::Gap;
use crate::hops::Settings;

/// Something to ask, and what is known about it beforehand.
pub(super) struct Source {
    /// Answers.
    pub answerer: Reach,
    /// The moment of judgement.
    pub now: Timestamp,
    /// The context that commands spell out.
    pub context: Option<String>,
    /// The namespace of a command without `-n`.
    pub namespace: String,
    /// The API server's URL, when there is one that may be out of reach.
    pub server: Option<String>,
    /// How much may be asked, for how long.
    pub limits: Limits,
}

impl Source {
    /// What the walk needs to know of the flags.
    pub fn settings(&self, cli: &Cli) -> Settings {
        Settings {
            now: self.now,
            context: self.context.clone(),
            namespace: self.namespace.clone(),
            method: cli.probes.method.clone(),
            resolve: cli.probes.resolve.clone(),
            dns_server: cli.probes.dns_server,
        }
    }

    /// Ends with an error once it is clear that the API server cannot be asked; never ends otherwise.
    pub async fn lost(&self) -> Error {
        match &self.server {
            Some(server) => self.unreachable(server, &self.answerer.lost().await),
            None => std::future::pending().await,
        }
    }

    /// The error when nothing was ever answered.
    pub fn failure(&self) -> Option<Error> {
        let server = self.server.as_ref()?;
        let gap = self.answerer.failure()?;
        Some(self.unreachable(server, &gap))
    }

    fn unreachable(&self, server: &str, gap: &Gap) -> Error {
        let context = self.context.as_deref().unwrap_or("in-cluster");
        match gap {
            Gap::Unauthorized => anyhow!(
                "the API server {server} does not accept the credentials of context {context} (401): log in again, or choose another --context or --user"
            ),
            Gap::TimedOut => anyhow!(
                "cannot ask the API server {server} of context {context}: no answer in time; check the network or VPN, or raise --request-timeout and --timeout"
            ),
            other => anyhow!(
                "cannot ask the API server {server} of context {context}: {other}; check the address in the kubeconfig, and the network or VPN"
            ),
        }
    }
}

/// Opens what the flags name.
pub(super) async fn open(_cli: &Cli) -> Result<Source> {
    bail!("not connected yet")
}

/// The names of the contexts; none where the kubeconfig cannot be read.
pub(super) fn contexts(_cli: &Cli) -> Vec<String> {
    Vec::new()
}
