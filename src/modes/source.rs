//! Where answers come from: a cluster and this machine's network, files, or a recording.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Error, Result, anyhow, bail};
use jiff::Timestamp;

use super::reach::Reach;
use crate::answer::cluster::Cluster;
use crate::answer::kubeconfig::{self, ConnectOptions, Environment};
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

/// Opens what the flags name. It may not take longer than the whole run may; what is left of that is for the questions.
pub(super) async fn open(cli: &Cli) -> Result<Source> {
    let started = Instant::now();
    let mut source = if let Some(path) = &cli.replay {
        replay(path)?
    } else if cli.files.is_empty() {
        match tokio::time::timeout(cli.probes.timeout, cluster(cli)).await {
            Ok(source) => source?,
            Err(_) => bail!(
                "cannot connect to the cluster: reading the kubeconfig or its credential plugin took longer than --timeout"
            ),
        }
    } else {
        files(cli)?
    };
    source.limits.total = cli.probes.timeout.saturating_sub(started.elapsed());
    Ok(source)
}

async fn cluster(cli: &Cli) -> Result<Source> {
    let connection = kubeconfig::connect(&options(cli)).await?;
    let mut limits = Limits::default();
    match cli.connection.request_timeout {
        Some(Duration::ZERO) => limits.api_deadline = cli.probes.timeout,
        Some(longer) => limits.api_deadline = limits.api_deadline.max(longer),
        None => {}
    }
    let objects = Cluster::new(&connection).patience(limits.api_deadline);
    Ok(Source {
        answerer: Reach::new(Box::new(Sources {
            objects: Box::new(objects),
            network: network(cli)?,
        })),
        now: Timestamp::now(),
        context: connection.context,
        namespace: namespace(cli, connection.namespace),
        server: Some(connection.server),
        limits,
    })
}

fn files(_cli: &Cli) -> Result<Source> {
    bail!("files cannot be read yet")
}

fn replay(_path: &Path) -> Result<Source> {
    bail!("recordings cannot be read yet")
}

fn namespace(cli: &Cli, otherwise: String) -> String {
    cli.connection.namespace.clone().unwrap_or(otherwise)
}

/// This machine's network, or nobody with `--no-probes`.
fn network(cli: &Cli) -> Result<Box<dyn Answerer>> {
    if cli.probes.no_probes {
        return Ok(Box::new(NoProbes("not asked: --no-probes")));
    }
    let config = NetworkConfig {
        headers: cli.probes.headers.clone(),
        cacert: cli.probes.cacert.clone(),
        ..NetworkConfig::default()
    };
    Ok(Box::new(Network::new(config).map_err(Error::msg)?))
}

fn options(cli: &Cli) -> ConnectOptions {
    let flags = cli.connection.clone();
    ConnectOptions {
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        cluster: flags.cluster,
        user: flags.user,
        as_user: flags.as_user,
        as_groups: flags.as_groups,
        request_timeout: flags.request_timeout.filter(|t| !t.is_zero()),
        env: Environment::read(),
    }
}

/// The names of the contexts; none where the kubeconfig cannot be read.
pub(super) fn contexts(cli: &Cli) -> Vec<String> {
    kubeconfig::contexts(&options(cli)).unwrap_or_default()
}
