//! Why there is no client, each in one line.

use std::path::PathBuf;

use thiserror::Error;

use crate::answer::cluster::cause;

/// Why hops cannot talk to a cluster.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// A kubeconfig that cannot be read.
    #[error("cannot read kubeconfig {path}: {why}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// A kubeconfig that is none.
    #[error("{path}{at}: not a kubeconfig: {why}", path = path.display(), at = line.map(|l| format!(":{l}")).unwrap_or_default())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where in it, from 1.
        line: Option<u64>,
        /// The parser's words.
        why: String,
    },
    /// No file, and no pod's service account.
    #[error("no cluster is configured: {looked} defines none; set KUBECONFIG or give --kubeconfig")]
    NoConfig {
        /// The files.
        looked: String,
    },
    /// Contexts, and none is current.
    #[error("{source_name} has no current context: give --context, one of: {known}")]
    NoCurrentContext {
        /// The contexts there are.
        known: String,
        /// The files.
        source_name: String,
    },
    /// `--context`, or the current one, is not there.
    #[error("{what} {name:?} is not in {source_name}; it has: {known}", what = if *flag { "context" } else { "the current context" })]
    UnknownContext {
        /// What was asked for.
        name: String,
        /// The contexts there are.
        known: String,
        /// The files.
        source_name: String,
        /// Asked for with `--context`.
        flag: bool,
    },
    /// The cluster is not there.
    #[error("cluster {name:?} is not in {source_name}; it has: {known}")]
    UnknownCluster {
        /// What was asked for.
        name: String,
        /// The clusters there are.
        known: String,
        /// The files.
        source_name: String,
    },
    /// `--user` is not there.
    #[error("user {name:?} is not in {source_name}; it has: {known}")]
    UnknownUser {
        /// What was asked for.
        name: String,
        /// The users there are.
        known: String,
        /// The files.
        source_name: String,
    },
    /// `--as-group` alone.
    #[error("--as-group needs --as: a group is impersonated together with a user")]
    GroupWithoutUser,
    /// The server's URL cannot be used.
    #[error("cluster {cluster:?}: server {url:?} cannot be used: {why}")]
    Server {
        /// The cluster.
        cluster: String,
        /// Its `server`.
        url: String,
        /// Why not.
        why: String,
    },
    /// The certificate authority cannot be used.
    #[error("cluster {cluster:?}: its certificate authority cannot be used: {why}")]
    Authority {
        /// The cluster.
        cluster: String,
        /// Why not.
        why: String,
    },
    /// A proxy's URL cannot be used.
    #[error("{from}: proxy {url:?} cannot be used: {why}")]
    Proxy {
        /// Where it stands: `cluster "prod"`, `HTTPS_PROXY`.
        from: String,
        /// The URL, without a password.
        url: String,
        /// Why not.
        why: String,
    },
    /// The user's credentials cannot be used.
    #[error("user {user:?}: {why}")]
    Credentials {
        /// The user.
        user: String,
        /// What is wrong.
        why: String,
    },
    /// A pod's service account cannot be used.
    #[error("the pod's service account cannot be used: {why}")]
    ServiceAccount {
        /// Why not.
        why: String,
    },
    /// Anything else on the way to a client.
    #[error("no client for the cluster: {why}")]
    Client {
        /// What happened.
        why: String,
    },
}

/// Words for an error of the client library.
pub(in crate::answer) fn client_error(error: &kube::Error, user: &str) -> ConnectError {
    let credentials = |why: String| ConnectError::Credentials {
        user: user.to_owned(),
        why,
    };
    match error {
        kube::Error::Auth(other) => credentials(other.to_string()),
        kube::Error::InferKubeconfig(other) => credentials(other.to_string()),
        kube::Error::RustlsTls(other) if is_version_1(other) => credentials(
            "its client certificate is of X.509 version 1, which kubectl takes and the TLS of hops does not: issue it again as version 3, as a CertificateSigningRequest of the cluster does, and openssl with an extension (-extfile)"
                .to_owned(),
        ),
        kube::Error::RustlsTls(other) => {
            credentials(format!("its client certificate cannot be used: {other}"))
        }
        other => ConnectError::Client {
            why: other.to_string(),
        },
    }
}

fn is_version_1(error: &(dyn std::error::Error + 'static)) -> bool {
    let found = cause::chain(error);
    let mut found = found
        .iter()
        .filter_map(|e| e.downcast_ref::<rustls::Error>());
    found.any(|e| matches!(e, rustls::Error::InvalidCertificate(why) if cause::is_version_1(why)))
}
