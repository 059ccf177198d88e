//! Credentials that do not last: from a plugin or a file. The first ones are got before there is a client; `renewing` gets more.

mod plugin;
mod process;
mod renewing;

use std::path::{Path, PathBuf};

use http::HeaderValue;
use jiff::Timestamp;
use kube::config::AuthInfo;
use thiserror::Error;

use crate::answer::capped;
use plugin::Plugin;
pub use process::end_all;
pub(super) use renewing::{NoClient, client};

/// Why there are no credentials, in a sentence that holds none of them.
#[derive(Clone, Debug, Error)]
#[error("{0}")]
pub(in crate::answer) struct CredentialError(pub String);

/// What is shown to the API server.
#[derive(Clone, PartialEq, Eq)]
struct Credential {
    token: Option<String>,
    /// With its key, in PEM.
    certificate: Option<(String, String)>,
    expires: Option<Timestamp>,
}

impl Credential {
    fn header(&self) -> Result<Option<HeaderValue>, CredentialError> {
        let header = |token| HeaderValue::try_from(format!("Bearer {token}"));
        let header = self.token.as_ref().map(header).transpose();
        let unsendable = |_| {
            let why = "the token has characters that no request can carry, such as a line break";
            CredentialError(why.to_owned())
        };
        let mut header = header.map_err(unsendable)?;
        if let Some(header) = &mut header {
            header.set_sensitive(true);
        }
        Ok(header)
    }
}

/// Where they come from.
#[derive(Debug)]
pub(super) enum Origin {
    /// A program.
    Plugin(Box<Plugin>),
    /// A file with a token.
    File(PathBuf),
}

impl Origin {
    /// Takes it out of a user's entry, in the order of the client library: what stands in the entry itself goes first.
    pub fn take(user: &mut AuthInfo, quiet: bool) -> Option<Self> {
        let (exec, file) = (user.exec.take(), user.token_file.take());
        let basic = user.username.is_some() && user.password.is_some();
        if user.auth_provider.is_some() || basic || user.token.is_some() {
            return None;
        }
        match (file, exec) {
            (Some(file), _) => Some(Self::File(file.into())),
            (None, Some(exec)) => Some(Self::Plugin(Box::new(Plugin::new(exec, quiet)))),
            (None, None) => None,
        }
    }

    async fn first(&self) -> Result<Credential, CredentialError> {
        match self {
            Self::Plugin(plugin) => plugin.first().await.map_err(CredentialError),
            Self::File(path) => read(path).await,
        }
    }

    async fn again(&self) -> Result<Credential, CredentialError> {
        match self {
            Self::Plugin(plugin) => plugin.again().await.map_err(CredentialError),
            Self::File(path) => read(path).await,
        }
    }
}

/// A token alone in a file. Editors end a file with a line break, which is no part of it.
async fn read(path: &Path) -> Result<Credential, CredentialError> {
    let file = path.to_owned();
    let text = tokio::task::spawn_blocking(move || capped::TOKEN.text(&file)).await;
    let text = match text {
        Ok(Ok(text)) if text.trim().is_empty() => Err("it is empty".to_owned()),
        Ok(Ok(text)) => Ok(text),
        Ok(Err(why)) => Err(why.to_string()),
        Err(bug) => Err(bug.to_string()),
    };
    let text = text.map_err(|why| {
        CredentialError(format!("cannot read token file {}: {why}", path.display()))
    })?;
    Ok(Credential {
        token: Some(text.trim().to_owned()),
        certificate: None,
        expires: None,
    })
}

/// A message without line breaks.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
