//! Which version of a kind a server has. Of a kind that every server has the preferred one is asked for without a question before; only a
//! server that does not know it is asked what it serves (API Concepts, "API discovery"), and the version that answered is remembered. Of a
//! kind that somebody has to install it is asked first whether anybody did: one question, be the group's kinds ever so many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use serde::Deserialize;
use tokio::sync::OnceCell;

use super::watch::Start;
use super::{Cluster, Reply, status};
use crate::facts::{Answer, Gap, Kind, Question, group_of};

/// Versions of a group that are searched for a kind which none of the known ones has. Groups have one to four.
const SEARCHED: usize = 8;

/// The version of each kind that the server was found to have, where it is not the preferred one.
#[derive(Default)]
pub(super) struct Served {
    kinds: Mutex<HashMap<Kind, &'static str>>,
    /// What was found of groups that somebody has to install. One that is not there may come, and is asked for again.
    groups: Mutex<HashMap<&'static str, Arc<OnceCell<Discovered<ApiGroup>>>>>,
}

impl Served {
    /// The one to ask for.
    pub fn version_of(&self, kind: Kind) -> &'static str {
        let known = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&kind).copied().unwrap_or(kind.api_version())
    }

    fn remember(&self, kind: Kind, version: &'static str) {
        let mut known = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(kind, version);
    }

    fn group(&self, group: &'static str) -> Arc<OnceCell<Discovered<ApiGroup>>> {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(groups.entry(group).or_default())
    }

    fn forget(&self, group: &str) {
        let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        groups.remove(group);
    }
}

/// `GET /apis/GROUP`.
#[derive(Clone, Deserialize)]
struct ApiGroup {
    #[serde(default)]
    versions: Vec<GroupVersion>,
}

impl ApiGroup {
    /// The version of a kind that is preferred of those that the group has. Not every kind of a group is in all of its versions.
    fn best_of(&self, kind: Kind) -> Option<&'static str> {
        let mut known = kind.versions().iter().copied();
        known.find(|v| self.versions.iter().any(|served| served.name == *v))
    }
}

#[derive(Clone, Deserialize)]
struct GroupVersion {
    #[serde(rename = "groupVersion")]
    name: String,
}

/// `GET /apis`.
#[derive(Deserialize)]
struct ApiGroupList {
    groups: Vec<NamedGroup>,
}

#[derive(Deserialize)]
struct NamedGroup {
    name: String,
}

/// `GET /apis/GROUP/VERSION`.
#[derive(Deserialize)]
struct ApiResourceList {
    resources: Vec<ApiResource>,
}

#[derive(Deserialize)]
struct ApiResource {
    name: String,
}

/// What a server says of itself.
#[derive(Clone)]
enum Discovered<T> {
    Found(T),
    /// There is no such thing: 404.
    Nothing,
    /// It does not tell us.
    Untold,
}

impl Cluster {
    /// Asks in the version that the server has.
    pub(super) async fn ask(&self, question: &Question) -> Result<(Answer, Start), Gap> {
        let Some(kind) = question.kind() else {
            return self.ask_in("", question).await;
        };
        let mut first = self.served.version_of(kind);
        if !kind.is_built_in() {
            match self.group(kind).await? {
                Discovered::Nothing => return Err(Gap::NotInstalled),
                // One that was found before is not looked for again.
                Discovered::Found(group) if first == kind.api_version() => {
                    first = group.best_of(kind).unwrap_or(first);
                }
                Discovered::Found(_) | Discovered::Untold => {}
            }
        }
        match self.ask_in(first, question).await {
            Err(Gap::NotInstalled) if !kind.group().is_empty() => {
                self.ask_elsewhere(kind, first, question).await
            }
            other => other,
        }
    }

    /// Asks in the other versions of the kind's group. One of another group is another right, and no server has it alone.
    async fn ask_elsewhere(
        &self,
        kind: Kind,
        tried: &'static str,
        question: &Question,
    ) -> Result<(Answer, Start), Gap> {
        let group = kind.group();
        let served = match self.group(kind).await? {
            Discovered::Found(ApiGroup { versions }) => Some(versions),
            Discovered::Nothing => return Err(Gap::NotInstalled),
            Discovered::Untold => None,
        };
        let is_served = |version: &str| {
            let all = served.as_ref();
            all.is_none_or(|all| all.iter().any(|v| v.name == version))
        };
        let known = kind.versions().iter().copied();
        for version in known.filter(|v| group_of(v) == group && *v != tried && is_served(v)) {
            match self.ask_in(version, question).await {
                Err(Gap::NotInstalled) => {}
                other => {
                    if other.is_ok() {
                        tracing::debug!(kind = kind.name(), version, "served in another version");
                        self.served.remember(kind, version);
                    }
                    return other;
                }
            }
        }
        // A group has kinds that are not in all of its versions: only one that has this kind is named.
        let unknown = served.into_iter().flatten();
        let unknown = unknown
            .filter(|v| !kind.versions().contains(&v.name.as_str()) && group_of(&v.name) == group);
        for GroupVersion { name: served } in unknown.take(SEARCHED) {
            let Discovered::Found(ApiResourceList { resources }) =
                self.discover(&format!("/apis/{served}")).await?
            else {
                continue;
            };
            if resources.iter().any(|r| r.name == kind.plural()) {
                return Err(Gap::OtherVersion { served });
            }
        }
        Err(Gap::NotInstalled)
    }

    /// The names of all groups that the server has.
    pub(super) async fn api_groups(&self) -> Result<Answer, Gap> {
        match self.discover::<ApiGroupList>("/apis").await? {
            Discovered::Found(list) => Ok(Answer::ApiGroups {
                groups: list.groups.into_iter().map(|g| g.name).collect(),
            }),
            Discovered::Nothing | Discovered::Untold => {
                Err(self.unreachable("does not tell which API groups it serves"))
            }
        }
    }

    /// What the server has of a kind's group.
    async fn group(&self, kind: Kind) -> Result<Discovered<ApiGroup>, Gap> {
        let group = kind.group();
        let path = format!("/apis/{group}");
        if kind.is_built_in() {
            return self.discover(&path).await;
        }
        let cell = self.served.group(group);
        let found = cell.get_or_try_init(|| self.discover(&path)).await.cloned();
        if !matches!(found, Ok(Discovered::Found(_))) {
            self.served.forget(group);
        }
        found
    }

    async fn discover<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
    ) -> Result<Discovered<T>, Gap> {
        match self.send(path, super::url::JSON).await? {
            Reply::Body(bytes) => self.parse(&bytes).map(Discovered::Found),
            // A proxy's page says nothing of what the server has.
            Reply::Status(StatusCode::NOT_FOUND, body) if status::is_of_api_server(&body) => {
                Ok(Discovered::Nothing)
            }
            Reply::Status(StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED, _) => {
                Ok(Discovered::Untold)
            }
            Reply::Status(code, body) => Err(self.unreachable(&status::answered(code, &body))),
        }
    }
}
