//! From kubeconfig, flags and environment to a client, the way kubectl gets there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::{HeaderValue, USER_AGENT};
use kube::Client;
use kube::config::ExecInteractiveMode;

mod error;
mod load;
mod server;

pub use error::ConnectError;

use crate::answer::cluster::connect::credentials::{self, NoClient, Origin};
use crate::answer::cluster::connect::no_proxy::ProxyEnv;
use load::{Chosen, Loaded};

/// How long a TCP and TLS connection to the API server may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Where a pod finds its service account.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What the flags and the environment say about which cluster to talk to, and as whom.
#[derive(Clone, Debug, Default)]
pub struct ConnectOptions {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// `--context`.
    pub context: Option<String>,
    /// `--cluster`.
    pub cluster: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--as`.
    pub as_user: Option<String>,
    /// `--as-group`, each.
    pub as_groups: Vec<String>,
    /// `--request-timeout`: for one HTTP request; none for no limit of its own.
    pub request_timeout: Option<Duration>,
    /// The terminal is somebody else's: a credential plugin gets neither keys nor a place for words.
    pub quiet: bool,
    /// The environment.
    pub env: Environment,
}

/// The part of the environment that decides where the cluster is. A plain value, so that tests need no process of their own.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `KUBECONFIG`: a list of files.
    pub kubeconfig: Option<OsString>,
    /// The home directory, for `.kube/config`.
    pub home: Option<PathBuf>,
    /// `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, as a pod has them.
    pub service: Option<(String, String)>,
    /// The directory of the pod's service account; none for the usual one.
    pub service_account: Option<PathBuf>,
    /// Proxies.
    pub proxy: ProxyEnv,
}

impl Environment {
    /// Reads this process's environment.
    pub fn read() -> Self {
        let var = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        Self {
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|v| !v.is_empty()),
            home: std::env::home_dir().filter(|p| !p.as_os_str().is_empty()),
            service: var("KUBERNETES_SERVICE_HOST").zip(var("KUBERNETES_SERVICE_PORT")),
            service_account: None,
            proxy: ProxyEnv::read(),
        }
    }

    fn service_account(&self) -> &Path {
        self.service_account
            .as_deref()
            .unwrap_or(Path::new(SERVICE_ACCOUNT))
    }
}

/// A client and what it was made from. Nothing was sent yet.
#[derive(Clone)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The context's name; none with a pod's service account.
    pub context: Option<String>,
    /// The namespace that a command without `-n` means.
    pub namespace: String,
    /// The API server's URL, without a slash at its end.
    pub server: String,
    /// The proxy before it, without a password.
    pub proxy: Option<String>,
    /// For one HTTP request.
    pub request_timeout: Option<Duration>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("context", &self.context)
            .field("namespace", &self.namespace)
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// Reads the kubeconfig and makes a client. It sends nothing to the API server; a credential plugin does run.
///
/// # Errors
/// One line that says what failed, on what, why, and what to do.
pub async fn connect(options: &ConnectOptions) -> Result<Connection, ConnectError> {
    if options.as_user.is_none() && !options.as_groups.is_empty() {
        return Err(ConnectError::GroupWithoutUser);
    }
    let owned = options.clone();
    let (mut config, context, user) = apart(move || read(&owned)).await??;
    let server = config.cluster_url.to_string();
    let namespace = config.default_namespace.clone();
    let proxy = config.proxy_url.as_ref();
    let proxy = proxy.map(|url| server::without_password(&url.to_string()));
    let client = match Origin::take(&mut config.auth_info, options.quiet) {
        None => {
            let made = apart(|| Client::try_from(config)).await?;
            made.map_err(|e| error::client_error(&e, &user))?
        }
        // Dropped while a credential plugin runs, it ends the plugin.
        Some(origin) => match credentials::client(config, origin).await {
            Ok(client) => client,
            Err(NoClient::Client(e)) => return Err(error::client_error(&e, &user)),
            Err(NoClient::Credential(why)) => {
                let why = why.to_string();
                return Err(ConnectError::Credentials { user, why });
            }
        },
    };
    Ok(Connection {
        client,
        context,
        namespace,
        server: server.trim_end_matches('/').to_owned(),
        proxy,
        request_timeout: options.request_timeout,
    })
}

/// Does what may block for long.
async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ConnectError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| ConnectError::Client {
        why: panic.to_string(),
    })
}

/// The names of the contexts, sorted.
///
/// # Errors
/// As [`connect`], where the kubeconfig cannot be read. No kubeconfig at all gives an empty list.
pub fn contexts(options: &ConnectOptions) -> Result<Vec<String>, ConnectError> {
    let loaded = Loaded::read(options)?;
    Ok(loaded.contexts())
}

/// What a credential plugin wants of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    /// Nothing.
    Silent,
    /// It may ask a person, and goes without where there is none.
    MayAsk,
    /// It always asks.
    Asks,
}

/// The credential plugin of the user that counts, by its `interactiveMode` (KEP-541); none where there is no plugin, or no such user.
pub fn plugin(options: &ConnectOptions) -> Option<Plugin> {
    let chosen = Loaded::read(options).ok()?.choose(options).ok()?;
    let Chosen::Kubeconfig(picked) = chosen else {
        return None;
    };
    Some(match picked.user.exec?.interactive_mode {
        Some(ExecInteractiveMode::Never) => Plugin::Silent,
        Some(ExecInteractiveMode::Always) => Plugin::Asks,
        Some(ExecInteractiveMode::IfAvailable) | None => Plugin::MayAsk,
    })
}

/// Everything but the credentials that come from a plugin or a file of their own.
fn read(options: &ConnectOptions) -> Result<server::Made, ConnectError> {
    let loaded = Loaded::read(options)?;
    let (mut config, context, user) = match loaded.choose(options)? {
        Chosen::Kubeconfig(chosen) => server::from_kubeconfig(*chosen, &options.env)?,
        Chosen::InCluster => server::in_cluster(&options.env)?,
    };
    if let Some(name) = &options.as_user {
        config.auth_info.impersonate = Some(name.clone());
        config.auth_info.impersonate_groups =
            Some(options.as_groups.clone()).filter(|g| !g.is_empty());
    }
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    // The client's own retries hide what the API server says, and outlast every deadline.
    config.default_retry = false;
    config.headers.push((
        USER_AGENT,
        HeaderValue::from_static(concat!("kubectl-hops/", env!("CARGO_PKG_VERSION"))),
    ));
    Ok((config, context, user))
}
