//! Where answers come from: a cluster and this machine's network, files, or a recording.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use jiff::Timestamp;

use super::Run;
use super::api_health::ApiHealth;
use crate::answer::capped;
use crate::answer::cluster::Cluster;
use crate::answer::cluster::connect::kubeconfig::{self, ConnectOptions, Environment, Plugin};
use crate::answer::network::{Network, NetworkConfig, Proxies};
use crate::answer::objects::files::Files;
use crate::answer::objects::remote;
use crate::answer::recording::{Recording, Replay};
use crate::answer::tunnel::Tunnel;
use crate::answer::veil::{Veil, Veiled};
use crate::answer::{Answerer, NoProbes, Sources};
use crate::cli::{Cli, Command};
use crate::diagnosis::{Breadth, Settings};
use crate::engine::{self, Clock, End, Limits};
use crate::facts::{Facts, Gap, Question};
use crate::output::shared::sanitize;
use crate::target::ResolveOverride;

/// What `--request-timeout 0` means: the end of the run comes first.
const UNLIMITED: Duration = Duration::from_secs(24 * 3600);

/// Targets for which lists of all of a kind would cost the API server more than single objects.
const FEW: usize = 16;

/// For all objects of a kind, where there are many targets.
const WHOLE_KIND: Duration = Duration::from_secs(60);

/// In place of every edge that sends packets.
const NO_PROBES: NoProbes = NoProbes("not asked: --no-probes");

/// Something to ask, and what is known about it beforehand.
#[derive(Clone)]
pub(super) struct Source {
    /// Answers.
    pub answerer: Arc<ApiHealth>,
    /// What the walk needs to know of flags, context and moment.
    pub settings: Settings,
    /// The API server's URL, when there is one that may be out of reach.
    pub server: Option<String>,
    /// How much may be asked at once, and for how long each.
    pub limits: Limits,
    /// When all of it ends.
    pub clock: Clock,
    /// What is not shown of what is asked.
    pub veil: Veil,
    /// What was walked when a recording was made.
    pub targets: Vec<String>,
}

impl Source {
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

    /// Asks until nothing that `open` wants is open; `answerer` is its own, or something around it.
    pub async fn settle(
        &self,
        answerer: &dyn Answerer,
        facts: &mut Facts,
        open: impl Fn(&Facts) -> Vec<Question>,
    ) -> Result<()> {
        let wanted = |facts: &Facts, _: &[Question]| open(facts);
        let ended = tokio::select! {
            biased;
            error = self.lost() => return Err(error),
            settled = engine::settle(facts, answerer, self.limits, &self.clock, wanted) => settled.err(),
        };
        match (ended, self.failure()) {
            (Some(End::Stopped), _) => bail!("stopped before anything was known"),
            (_, Some(error)) => Err(error),
            // What is open then is told by whoever needs it.
            (_, None) => Ok(()),
        }
    }

    /// The same for so many targets: where these are many, what each of them reads is read of all at once, and that may take its time.
    pub fn for_many(&self, targets: usize) -> Self {
        let mut many = self.as_of_now();
        if targets > FEW {
            many.settings.breadth = Breadth::WholeKinds;
            many.limits.api_deadline = many.limits.api_deadline.max(WHOLE_KIND);
        }
        many
    }

    /// The same at the present moment, where answers change with time.
    pub fn as_of_now(&self) -> Self {
        let mut now = self.clone();
        if now.server.is_some() {
            now.settings.now = Timestamp::now();
        }
        now
    }

    fn unreachable(&self, server: &str, gap: &Gap) -> Error {
        let context = self.settings.context.as_deref().unwrap_or("in-cluster");
        match gap {
            Gap::Unauthorized => anyhow!(
                "the API server {server} does not accept the credentials of context {context} (401): log in again, or choose another --context or --user"
            ),
            Gap::TimedOut => anyhow!(
                "cannot ask the API server {server} of context {context}: no answer in time; check the network or VPN, or raise --request-timeout and --timeout"
            ),
            Gap::Malformed { why } => anyhow!(
                "nothing could be read of the API server {server} of context {context}: {why}; check the address in the kubeconfig, and whether a proxy or a login page is in the way"
            ),
            Gap::NotInstalled => anyhow!(
                "{server} of context {context} is no API server: it answers 404 even to what each of them has; check the address in the kubeconfig"
            ),
            other => anyhow!(
                "cannot ask the API server {server} of context {context}: {other}; check the address in the kubeconfig, and the network or VPN"
            ),
        }
    }
}

/// Opens what the flags name. It may not take longer than the whole run may; what is left of that is for the questions.
pub(super) async fn open(cli: &Cli, run: &Run) -> Result<Source> {
    let source = open_with(cli, false, run).await?;
    Ok(Source {
        clock: run.clock.clone(),
        ..source
    })
}

/// The same for a screen, which has no end. `quiet`: it has the terminal, and a credential plugin must do without.
pub(super) async fn open_for_screen(cli: &Cli, quiet: bool, veil: &Veil) -> Result<Source> {
    let time = cli.probes.timeout.unwrap_or(Limits::default().round);
    let run = Run {
        clock: Clock::after(time),
        veil: veil.clone(),
    };
    open_with(cli, quiet, &run).await
}

async fn open_with(cli: &Cli, quiet: bool, run: &Run) -> Result<Source> {
    let veil = &run.veil;
    let opening = async {
        if let Some(path) = &cli.replay {
            replay(path, cli, veil).await
        } else if cli.files.is_empty() {
            cluster(cli, quiet, veil).await
        } else {
            files(cli, veil).await
        }
    };
    match run.clock.bound(opening).await {
        Ok(source) => source,
        Err(End::Time) => bail!(
            "cannot begin: reading the kubeconfig, its credential plugin, files or standard input took longer than --timeout"
        ),
        Err(End::Stopped) => bail!("stopped before anything was asked"),
    }
}

async fn cluster(cli: &Cli, quiet: bool, veil: &Veil) -> Result<Source> {
    let network = network(cli).await?;
    let connection = kubeconfig::connect(&options(cli, quiet)).await?;
    let mut limits = Limits::default();
    limits.round = cli.probes.timeout.unwrap_or(limits.round);
    match cli.connection.request_timeout {
        Some(Duration::ZERO) => limits.api_deadline = UNLIMITED,
        Some(longer) => limits.api_deadline = limits.api_deadline.max(longer),
        None => {}
    }
    let (network, tunnel): (Box<dyn Answerer>, Box<dyn Answerer>) = match network {
        Some(network) => {
            let tunnel = Tunnel::new(&connection, &network);
            let (network, tunnel) = (behind(network, veil), behind(tunnel, veil));
            (network, tunnel)
        }
        None => (Box::new(NO_PROBES), Box::new(NO_PROBES)),
    };
    let objects = Cluster::new(&connection).patience(limits.api_deadline);
    // A recording holds what came.
    let records = matches!(cli.command, Some(Command::Record { .. }));
    let objects = if records { objects } else { objects.decoding() };
    let sources = Sources {
        objects: Box::new(objects),
        network,
        tunnel,
    };
    Ok(Source {
        answerer: Arc::new(ApiHealth::new(Box::new(sources))),
        settings: Settings {
            context_is_current: is_current(cli),
            ..settings(cli, connection.context, connection.namespace, veil)
        },
        // Words about the connection are the proxy's, where there is one.
        server: Some(match connection.proxy {
            Some(proxy) => format!("{} through proxy {proxy}", connection.server),
            None => connection.server,
        }),
        limits,
        clock: Clock::default(),
        veil: veil.clone(),
        targets: Vec::new(),
    })
}

/// An edge that sends what is asked with the values that nobody else sees.
fn behind(edge: impl Answerer + 'static, veil: &Veil) -> Box<dyn Answerer> {
    Box::new(Veiled::new(edge, veil.clone()))
}

/// Manifests say nothing about the network: they may not be applied yet.
async fn files(cli: &Cli, veil: &Veil) -> Result<Source> {
    let mut settings = settings(cli, None, "default".to_owned(), veil);
    let mut files = Files::new(matches!(cli.command, Some(Command::Compare(_))));
    for path in cli.files.clone() {
        if let Some(url) = remote::url(&path) {
            let text = remote::fetch(&url, cli.probes.cacert.as_deref()).await?;
            files.add(&remote::name(&url), &text, &settings.namespace)?;
            continue;
        }
        let (namespace, recursive) = (settings.namespace.clone(), cli.recursive);
        let read = move || files.read(&path, &namespace, recursive).map(|()| files);
        files = tokio::task::spawn_blocking(read).await??;
    }
    let files = files.some(&cli.files)?;
    tracing::debug!(passed_over = ?files.passed_over(), "files read");
    settings.refused = files.refused().to_vec();
    Ok(Source {
        answerer: Arc::new(ApiHealth::new(Box::new(files))),
        settings,
        server: None,
        limits: Limits::default(),
        clock: Clock::default(),
        veil: veil.clone(),
        targets: Vec::new(),
    })
}

async fn replay(path: &Path, cli: &Cli, veil: &Veil) -> Result<Source> {
    let name = path.display().to_string();
    // It may be a pipe that nobody writes to.
    let file = path.to_owned();
    let read = tokio::task::spawn_blocking(move || capped::RECORDING.text(&file)).await?;
    let text = read.with_context(|| format!("cannot read {name}"))?;
    let mut source = recorded(&text, &name, veil)?;
    source.settings.as_client = as_client(cli);
    source.settings.entrance.clone_from(&cli.probes.entrance);
    // A recording has the headers without what was secret in them: given again, they are whole.
    if !cli.probes.headers.is_empty() {
        source.settings.headers.clone_from(&cli.probes.headers);
    }
    Ok(source)
}

/// A recording answers as the cluster did, at the moment when it was made. `name` stands in errors.
pub(super) fn recorded(text: &str, name: &str, veil: &Veil) -> Result<Source> {
    let recording = Recording::from_yaml(text, name)?;
    for note in &recording.not_read {
        let note = format!("{name}:{}: not read: {}", note.line, note.what);
        eprintln!("{}", sanitize::line(&note));
    }
    let run = recording.run.clone();
    let resolve = run.resolve.iter().map(|r| ResolveOverride::parse(r));
    Ok(Source {
        answerer: Arc::new(ApiHealth::new(Box::new(Veiled::recorded(
            Replay::new(recording),
            veil.clone(),
        )))),
        settings: Settings {
            now: run.now,
            context: run.context,
            context_is_current: false,
            recorded: true,
            namespace: run.namespace,
            method: run.method,
            headers: run.headers,
            queries: veil.queries(),
            resolve: resolve.collect::<Result<_, _>>().map_err(Error::msg)?,
            dns_server: run.dns_server,
            refused: run.refused,
            ..Settings::default()
        },
        server: None,
        limits: Limits::default(),
        clock: Clock::default(),
        veil: veil.clone(),
        targets: run.targets,
    })
}

/// What the walk needs to know of the flags.
fn settings(cli: &Cli, context: Option<String>, namespace: String, veil: &Veil) -> Settings {
    Settings {
        now: Timestamp::now(),
        context,
        namespace: cli.connection.namespace.clone().unwrap_or(namespace),
        method: cli.probes.method.clone(),
        headers: cli.probes.headers.clone(),
        queries: veil.queries(),
        resolve: cli.probes.resolve.clone(),
        dns_server: cli.probes.dns_server,
        entrance: cli.probes.entrance.clone(),
        as_client: as_client(cli),
        ..Settings::default()
    }
}

/// Whether to ask what an ordinary client gets: not for every host of a cluster, and not where no packet is sent.
fn as_client(cli: &Cli) -> bool {
    !(cli.all || cli.probes.no_probes || cli.probes.no_proxy_probe || !cli.files.is_empty())
}

/// Whether kubectl without a flag means the same cluster.
fn is_current(cli: &Cli) -> bool {
    let flags = &cli.connection;
    let named = [&flags.context, &flags.cluster, &flags.user];
    named.iter().all(|f| f.is_none()) && flags.kubeconfig.is_none()
}

/// This machine's network, or none with `--no-probes`.
async fn network(cli: &Cli) -> Result<Option<Network>> {
    if cli.probes.no_probes {
        return Ok(None);
    }
    let config = NetworkConfig {
        cacert: cli.probes.cacert.clone(),
        proxies: Proxies::read(),
        ..NetworkConfig::default()
    };
    // It reads --cacert.
    let made = tokio::task::spawn_blocking(|| Network::new(config)).await?;
    made.map(Some).map_err(Error::msg)
}

fn options(cli: &Cli, quiet: bool) -> ConnectOptions {
    let flags = cli.connection.clone();
    ConnectOptions {
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        cluster: flags.cluster,
        user: flags.user,
        as_user: flags.as_user,
        as_groups: flags.as_groups,
        request_timeout: flags.request_timeout.filter(|t| !t.is_zero()),
        quiet,
        env: Environment::read(),
    }
}

/// The names of the contexts; none where the kubeconfig cannot be read.
pub(super) fn contexts(cli: &Cli) -> Vec<String> {
    kubeconfig::contexts(&options(cli, true)).unwrap_or_default()
}

/// What the credential plugin wants of the terminal, where a cluster is asked and there is one.
pub(super) fn plugin(cli: &Cli) -> Option<Plugin> {
    if cli.replay.is_some() || !cli.files.is_empty() {
        return None;
    }
    kubeconfig::plugin(&options(cli, false))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn an_ordinary_client_asks_for_single_hosts_where_packets_are_sent() {
        for (words, asks) in [
            (&["shop.example.com"][..], true),
            (&["a.example.com", "b.example.com"], true),
            (&["--no-proxy-probe", "shop.example.com"], false),
            (&["--no-probes", "shop.example.com"], false),
            (&["-f", "shop.yaml", "shop.example.com"], false),
            (&["--check", "--all"], false),
        ] {
            let words = ["kubectl-hops"].iter().chain(words);
            let cli = Cli::try_parse_from(words.clone()).expect("flags");
            assert_eq!(as_client(&cli), asks, "{words:?}");
        }
    }
}
