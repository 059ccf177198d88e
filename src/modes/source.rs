//! Where answers come from: a cluster and this machine's network, files, or a recording.

use anyhow::{Error, Result, anyhow, bail};
use jiff::Timestamp;

use super::reach::Reach;
use crate::answer::cluster::Cluster;
use crate::answer::kubeconfig::{self, ConnectOptions, Environment, connect};
use crate::answer::network::{Network, NetworkConfig};
use crate::answer::{Answerer, NoProbes, Sources};
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
pub(super) async fn open(cli: &Cli) -> Result<Source> {
    if cli.replay.is_some() || !cli.files.is_empty() {
        bail!("not read yet");
    }
    live(cli).await
}

/// The cluster that the kubeconfig leads to.
async fn live(cli: &Cli) -> Result<Source> {
    let connection = connect(&options(cli)).await?;
    let sources = Sources {
        objects: Box::new(Cluster::new(&connection)),
        network: network(cli)?,
    };
    let namespace = cli.connection.namespace.clone();
    Ok(Source {
        answerer: Reach::new(Box::new(sources)),
        now: Timestamp::now(),
        context: connection.context,
        namespace: namespace.unwrap_or(connection.namespace),
        server: Some(connection.server),
        limits: limits(cli),
    })
}

/// This machine's network, unless it is not to be used.
fn network(cli: &Cli) -> Result<Box<dyn Answerer>> {
    if cli.probes.no_probes {
        return Ok(Box::new(NoProbes("--no-probes was given")));
    }
    // As with OpenSSL and curl: the flag goes before the environment.
    let env = || std::env::var_os("SSL_CERT_FILE").filter(|v| !v.is_empty());
    let config = NetworkConfig {
        headers: cli.probes.headers.clone(),
        cacert: cli.probes.cacert.clone().or_else(|| env().map(Into::into)),
        ..NetworkConfig::default()
    };
    Ok(Box::new(Network::new(config).map_err(|e| anyhow!(e))?))
}

fn limits(cli: &Cli) -> Limits {
    Limits {
        total: cli.probes.timeout,
        ..Limits::default()
    }
}

fn options(cli: &Cli) -> ConnectOptions {
    let c = &cli.connection;
    ConnectOptions {
        kubeconfig: c.kubeconfig.clone(),
        context: c.context.clone(),
        cluster: c.cluster.clone(),
        user: c.user.clone(),
        as_user: c.as_user.clone(),
        as_groups: c.as_groups.clone(),
        request_timeout: c.request_timeout,
        env: Environment::read(),
    }
}

/// The names of the contexts; none where the kubeconfig cannot be read.
pub(super) fn contexts(cli: &Cli) -> Vec<String> {
    kubeconfig::contexts(&options(cli)).unwrap_or_default()
}
