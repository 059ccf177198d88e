//! Which files make up the kubeconfig, and which context, cluster and user of it count.

use std::path::{Path, PathBuf};

use kube::config::{AuthInfo, Cluster, Kubeconfig, KubeconfigError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{ConnectError, ConnectOptions};
use crate::answer::capped;
use crate::answer::cluster::connect::credentials::one_line;

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

fn read_file(path: &Path) -> Result<Kubeconfig, ConnectError> {
    let unreadable = |why: String| ConnectError::Unreadable {
        path: path.to_owned(),
        why,
    };
    let bytes = capped::KUBECONFIG
        .file(path)
        .map_err(|e| unreadable(e.to_string()))?;
    let text = decode(bytes).ok_or_else(|| unreadable("it is no text".to_owned()))?;
    let mut config = Kubeconfig::from_yaml(&text).map_err(|e| match e {
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
    let dir = path.parent().unwrap_or(Path::new(""));
    for named in &mut config.clusters {
        let mut cluster = named.cluster.take().map(without_empty);
        if let Some(cluster) = &mut cluster {
            start_from(dir, &mut cluster.certificate_authority);
        }
        named.cluster = cluster;
    }
    for named in &mut config.auth_infos {
        let mut user = named.auth_info.take().map(without_empty);
        if let Some(user) = &mut user {
            start_from(dir, &mut user.client_certificate);
            start_from(dir, &mut user.client_key);
            start_from(dir, &mut user.token_file);
            // A command without a slash is looked up in PATH.
            if let Some(exec) = &mut user.exec
                && let Some(command) = &exec.command
                && command.contains(std::path::MAIN_SEPARATOR)
            {
                start_from(dir, &mut exec.command);
            }
        }
        named.auth_info = user;
    }
    Ok(config)
}

/// Text as editors save it: UTF-8, or with a mark in front also UTF-16.
fn decode(bytes: Vec<u8>) -> Option<String> {
    let utf16 = |rest: &[u8], of: fn([u8; 2]) -> u16| {
        let (pairs, odd) = rest.as_chunks::<2>();
        let units: Vec<u16> = pairs.iter().map(|pair| of(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| odd.is_empty())
    };
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// A relative path in a kubeconfig starts from the directory of the file.
fn start_from(dir: &Path, path: &mut Option<String>) {
    if let Some(given) = path
        && Path::new(given).is_relative()
        && let Some(joined) = dir.join(&*given).to_str()
    {
        *given = joined.to_owned();
    }
}

/// Drops the fields that are empty strings.
fn without_empty<T: Serialize + DeserializeOwned>(entry: T) -> T {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(&entry) else {
        return entry;
    };
    fields.retain(|_, value| !value.as_str().is_some_and(str::is_empty));
    serde_json::from_value(Value::Object(fields)).unwrap_or(entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_as_editors_save_it() {
        let utf16 = |of: fn(u16) -> [u8; 2]| "\u{feff}ü: 1".encode_utf16().flat_map(of).collect();
        for bytes in [
            "ü: 1".as_bytes().to_vec(),
            "\u{feff}ü: 1".as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ] {
            assert_eq!(decode(bytes.clone()).as_deref(), Some("ü: 1"), "{bytes:?}");
        }
        for bytes in [&[0xff][..], &[0xff, 0xfe, 0x61], &[0xfe, 0xff, 0xd8, 0]] {
            assert_eq!(decode(bytes.to_vec()), None, "{bytes:?}");
        }
    }
}
