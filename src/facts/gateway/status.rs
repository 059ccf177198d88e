//! What controllers say of Gateway API objects: conditions, each with the generation that it is about.

use serde::{Deserialize, Serialize};

use super::{ParentRef, RouteKind};

/// A condition (`metav1.Condition`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Accepted`, `Programmed`, `ResolvedRefs`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// One word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// The generation of the object that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// When it changed; 1970 where nobody but the definition's default wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<String>,
}

impl Condition {
    /// Whether it is the default of the definition: no controller ever wrote it.
    pub fn is_default(&self) -> bool {
        let at = self.last_transition_time.as_deref().unwrap_or_default();
        at.starts_with("1970-01-01")
    }

    /// Whether it says yes.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// Whether a controller says no.
    pub fn is_false(&self) -> bool {
        self.status == "False"
    }

    /// Whether it is about an older generation than the object has now. One that names none is not known to be.
    pub fn is_stale(&self, generation: Option<i64>) -> bool {
        let observed = self.observed_generation.filter(|seen| *seen > 0);
        matches!((observed, generation), (Some(seen), Some(now)) if seen < now)
    }

    /// `Accepted=False NoMatchingParent: words`.
    pub fn words(&self) -> String {
        let head = format!("{}={} {}", self.kind, self.status, self.reason);
        match self.message.trim() {
            "" => head,
            message => format!("{head}: {message}"),
        }
    }
}

/// The condition of a type, wherever it stands: their order means nothing.
pub fn condition<'c>(all: &'c [Condition], kind: &str) -> Option<&'c Condition> {
    all.iter().find(|c| c.kind == kind)
}

/// The same, unless it is about an older generation: what it says then holds for something that is not written any more.
pub fn current<'c>(
    all: &'c [Condition],
    kind: &str,
    generation: Option<i64>,
) -> Option<&'c Condition> {
    condition(all, kind).filter(|c| !c.is_stale(generation))
}

/// A listener's part of the status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListenerStatus {
    /// The listener.
    pub name: String,
    /// Kinds of routes that it takes.
    pub supported_kinds: Vec<RouteKind>,
    /// Routes that its controller counts; it proves nothing about traffic.
    pub attached_routes: i64,
    /// What is said of it.
    pub conditions: Vec<Condition>,
}

/// The status of a route: a row each parent and controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default)]
pub struct RouteStatus {
    /// The rows.
    pub parents: Vec<ParentStatus>,
}

/// What one controller says of a route at one parent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ParentStatus {
    /// The parent.
    pub parent_ref: ParentRef,
    /// The controller.
    pub controller_name: String,
    /// What it says.
    pub conditions: Vec<Condition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_stale_only_where_it_names_an_older_generation() {
        let seen = |observed_generation| Condition {
            observed_generation,
            ..Condition::default()
        };
        assert!(seen(Some(1)).is_stale(Some(2)));
        for (observed, generation) in [
            (Some(2), Some(2)),
            (Some(3), Some(2)),
            (Some(0), Some(2)),
            (None, Some(2)),
            (Some(1), None),
        ] {
            assert!(!seen(observed).is_stale(generation), "{observed:?}");
        }
    }
}
