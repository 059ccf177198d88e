//! Which files make up the kubeconfig, and which context, cluster and user of it count.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::one_line;
use super::{ConnectError, ConnectOptions};

/// The merged kubeconfig and where it came from.
pub(in crate::answer) struct Loaded {
    config: Kubeconfig,
    /// The files as a person would name them: `/home/me/.kube/config`.
    source: String,
}

/// What was picked to connect with.
pub(in crate::answer) enum Chosen {
    Kubeconfig(Box<Picked>),
    InCluster,
}

/// One cluster and one user out of a kubeconfig.
pub(in crate::answer) struct Picked {
    pub context: Option<String>,
    pub namespace: String,
    pub cluster_name: String,
    pub cluster: Cluster,
    pub user_name: String,
    pub user: AuthInfo,
}

impl Loaded {
    /// `--kubeconfig`, else the files of `KUBECONFIG`, else `~/.kube/config`. As with kubectl, only the file of the flag has to exist.
    pub fn read(options: &ConnectOptions) -> Result<Self, ConnectError> {
        let (files, must_exist): (Vec<PathBuf>, bool) =
            match (&options.kubeconfig, &options.env.kubeconfig) {
                (Some(file), _) => (vec![file.clone()], true),
                (None, Some(list)) => (
                    std::env::split_paths(list)
                        .filter(|p| !p.as_os_str().is_empty())
                        .collect(),
                    false,
                ),
                (None, None) => (
                    options
                        .env
                        .home
                        .iter()
                        .map(|home| home.join(".kube/config"))
                        .collect(),
                    false,
                ),
            };
        let mut config = Kubeconfig::default();
        for file in &files {
            if !must_exist && !file.exists() {
                continue;
            }
            let next = read_file(file)?;
            config = config.merge(next).map_err(|e| ConnectError::Parse {
                path: file.clone(),
                line: None,
                why: e.to_string(),
            })?;
        }
        let source = files
            .iter()
            .map(|f| f.display().to_string())
            .collect::<Vec<_>>()
            .join(", ");
        Ok(Self { config, source })
    }

    pub fn contexts(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .config
            .contexts
            .iter()
            .map(|c| c.name.clone())
            .collect();
        names.sort();
        names
    }

    /// Flags first, then the current context, then the pod's service account.
    pub fn choose(self, options: &ConnectOptions) -> Result<Chosen, ConnectError> {
        let config = &self.config;
        let name = options
            .context
            .clone()
            .or_else(|| config.current_context.clone());
        let context = match &name {
            Some(name) => {
                let found = config.contexts.iter().find(|c| &c.name == name);
                let found = found.ok_or_else(|| ConnectError::UnknownContext {
                    name: name.clone(),
                    known: known(self.contexts()),
                    source_name: self.source.clone(),
                    flag: options.context.is_some(),
                })?;
                Some(found.context.clone().unwrap_or_default())
            }
            None => None,
        };
        if context.is_none() && options.cluster.is_none() {
            return if options.user.is_none() && in_pod(options) {
                Ok(Chosen::InCluster)
            } else if config.contexts.is_empty() {
                Err(ConnectError::NoConfig {
                    looked: self.source,
                })
            } else {
                Err(ConnectError::NoCurrentContext {
                    known: known(self.contexts()),
                    source_name: self.source,
                })
            };
        }
        let context = context.unwrap_or_default();
        let cluster_name = options
            .cluster
            .clone()
            .unwrap_or_else(|| context.cluster.clone());
        let cluster = config
            .clusters
            .iter()
            .find(|c| c.name == cluster_name)
            .and_then(|c| c.cluster.clone())
            .ok_or_else(|| ConnectError::UnknownCluster {
                name: cluster_name.clone(),
                known: known(config.clusters.iter().map(|c| c.name.clone()).collect()),
                source_name: self.source.clone(),
            })?;
        let user_name = options
            .user
            .clone()
            .or_else(|| context.user.clone())
            .unwrap_or_default();
        let user = config
            .auth_infos
            .iter()
            .find(|u| u.name == user_name)
            .map(|u| u.auth_info.clone().unwrap_or_default());
        // kubectl goes on without credentials when a context names a user that is not there, and so does hops; a flag is meant.
        let user = match (user, &options.user) {
            (Some(user), _) => user,
            (None, None) => AuthInfo::default(),
            (None, Some(name)) => {
                return Err(ConnectError::UnknownUser {
                    name: name.clone(),
                    known: known(config.auth_infos.iter().map(|u| u.name.clone()).collect()),
                    source_name: self.source,
                });
            }
        };
        Ok(Chosen::Kubeconfig(Box::new(Picked {
            context: name,
            namespace: context
                .namespace
                .filter(|ns| !ns.is_empty())
                .unwrap_or_else(|| "default".to_owned()),
            cluster_name,
            cluster,
            user_name,
            user,
        })))
    }
}

fn in_pod(options: &ConnectOptions) -> bool {
    options.kubeconfig.is_none()
        && options.env.service.is_some()
        && options.env.service_account().join("token").is_file()
}

fn known(mut names: Vec<String>) -> String {
    names.sort();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Whether a file says that it is UTF-16 and ends within a letter: the client library would stop the whole program.
fn is_half_utf16(path: &Path) -> bool {
    // A pipe can be read once only.
    let bytes = path.is_file().then(|| std::fs::read(path).ok()).flatten();
    bytes.is_some_and(|bytes| {
        matches!(bytes.as_slice(), [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..])
            && !bytes.len().is_multiple_of(2)
    })
}

fn read_file(path: &Path) -> Result<Kubeconfig, ConnectError> {
    if is_half_utf16(path) {
        return Err(ConnectError::Unreadable {
            path: path.to_owned(),
            why: "it begins as UTF-16 and ends within a letter".to_owned(),
        });
    }
    let mut config = Kubeconfig::read_from(path).map_err(|e| match e {
        KubeconfigError::ReadConfig(why, _) => ConnectError::Unreadable {
            path: path.to_owned(),
            why: why.to_string(),
        },
        KubeconfigError::Parse(why) => ConnectError::Parse {
            path: path.to_owned(),
            line: why.location().map(|l| l.line()),
            why: one_line(&why.without_snippet().to_string()),
        },
        other => ConnectError::Parse {
            path: path.to_owned(),
            line: None,
            why: other.to_string(),
        },
    })?;
    // Tools write empty strings where they mean nothing; to the merge and to the client they would be values.
    config.current_context = config.current_context.filter(|c| !c.is_empty());
    for named in &mut config.clusters {
        named.cluster = named.cluster.take().map(without_empty);
    }
    for named in &mut config.auth_infos {
        named.auth_info = named.auth_info.take().map(without_empty);
    }
    Ok(config)
}

/// Drops the fields that are empty strings. A relative path was made absolute before, so an empty one ends in a slash by now.
fn without_empty<T: Serialize + DeserializeOwned>(entry: T) -> T {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&entry) else {
        return entry;
    };
    fields.retain(|name, value| {
        let is_path = matches!(
            name.as_str(),
            "certificate-authority" | "client-certificate" | "client-key" | "tokenFile"
        );
        !value
            .as_str()
            .is_some_and(|text| text.is_empty() || (is_path && text.ends_with('/')))
    });
    serde_json::from_value(Value::Object(fields)).unwrap_or(entry)
}
