//! Why something is not known. A gap is never green and never "not found".

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kinds::Kind;

/// The reason why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "gap", rename_all = "kebab-case")]
pub enum Gap {
    /// The API server refused: 403.
    Forbidden {
        /// `get` or `list`.
        verb: String,
        /// `ingresses.networking.k8s.io`.
        resource: String,
        /// The namespace asked in; none for the whole cluster.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// The name that was asked for, where the right for that one is enough.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// The cluster does not serve this kind.
    NotInstalled,
    /// The cluster serves this kind, but in no version that hops reads.
    OtherVersion {
        /// The `apiVersion` that it serves.
        served: String,
    },
    /// No answer within the time allowed.
    TimedOut,
    /// Nobody could be asked, or the answer was an error; the text says which.
    Unreachable {
        /// What happened, for a person.
        why: String,
    },
    /// The API server does not accept the credentials: 401.
    Unauthorized,
    /// Not asked on purpose, such as with `--no-probes`.
    NotAsked {
        /// The reason, for a person.
        why: String,
    },
    /// A recording that does not hold it.
    NotRecorded,
    /// Files that do not hold it; the cluster may.
    NotInFiles,
    /// An answer that could not be understood.
    Malformed {
        /// What is wrong with it.
        why: String,
    },
}

impl Gap {
    /// What came answers another sort of question.
    pub(crate) fn misfit() -> Self {
        Self::Malformed {
            why: "an answer to another sort of question".to_owned(),
        }
    }

    /// Nobody tried: asked for, or with what there is to read from.
    pub const fn is_on_purpose(&self) -> bool {
        matches!(
            self,
            Self::NotAsked { .. } | Self::NotRecorded | Self::NotInFiles
        )
    }

    /// It says something of the moment: asked again, the answer may be another one.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::TimedOut | Self::Unreachable { .. } | Self::Unauthorized
        )
    }

    /// The right that was missing, as a sentence for the cluster's administrator.
    pub fn right(&self) -> Option<String> {
        let Self::Forbidden {
            verb,
            resource,
            namespace,
            name,
        } = self
        else {
            return None;
        };
        let only = name
            .iter()
            .map(|name| format!(" with resourceNames [{name}]"));
        let only: String = only.collect();
        let namespaced = || {
            let kind = Kind::ALL.into_iter().find(|k| k.resource() == *resource);
            kind.is_some_and(Kind::namespaced)
        };
        Some(match namespace {
            Some(ns) => format!("{verb} {resource}{only} in namespace {ns}"),
            None if namespaced() => format!("{verb} {resource}{only} in all namespaces"),
            None => format!("{verb} {resource}{only}"),
        })
    }

    /// One word for JSON.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "forbidden",
            Self::NotInstalled => "not installed",
            Self::OtherVersion { .. } => "other version",
            Self::TimedOut => "timed out",
            Self::Unreachable { .. } => "unreachable",
            Self::Unauthorized => "unauthorized",
            Self::NotAsked { .. } => "not asked",
            Self::NotRecorded => "not recorded",
            Self::NotInFiles => "not in the files",
            Self::Malformed { .. } => "malformed",
        }
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { why } | Self::NotAsked { why } => f.write_str(why),
            Self::Malformed { why } => write!(f, "malformed: {why}"),
            Self::OtherVersion { served } => write!(f, "served as {served} only"),
            other => f.write_str(other.word()),
        }
    }
}

/// What a read returns instead of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Asked, not answered yet.
    Waiting,
    /// It will not be known in this run.
    Gap(Gap),
}
