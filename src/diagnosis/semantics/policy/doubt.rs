//! Three-valued matching: what matches, what does not, and what would have to be known to tell.

use std::fmt;

/// Why it cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A label of a Namespace decides that was not seen.
    NamespaceLabel {
        /// The Namespace.
        namespace: String,
        /// The label.
        key: String,
    },
    /// An end is on its node's network, where selectors of pods may match it or not.
    HostNetwork,
    /// It goes to the pod's own node.
    ToOwnNode,
    /// On which node an end runs is not known, and a pod gets what comes from its own.
    Node,
    /// An address decides that is not known.
    Address,
    /// Something in a policy is written so that the API server would not take it.
    Malformed(String),
    /// There are policies that could not be read, and any of them may let it through.
    Unread,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NamespaceLabel { namespace, key } => {
                write!(
                    f,
                    "label {key} of Namespace {namespace} decides, which was not seen"
                )
            }
            Self::HostNetwork => f.write_str(
                "for pods on their node's network it is not defined whether selectors of pods match them",
            ),
            Self::ToOwnNode => f.write_str(
                "it goes to the pod's own node, which some network plugins always let through",
            ),
            Self::Node => f.write_str(
                "on which node it runs is not known, and a pod gets what comes from its own",
            ),
            Self::Address => f.write_str("an address decides that is not known"),
            Self::Malformed(why) => f.write_str(why),
            Self::Unread => f.write_str("a policy that could not be read may let it through"),
        }
    }
}

/// Whether something matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    Perhaps(Doubt),
}

impl Match {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Perhaps(why), _) | (_, Self::Perhaps(why)) => Self::Perhaps(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Perhaps(why), _) | (_, Self::Perhaps(why)) => Self::Perhaps(why),
            (Self::No, Self::No) => Self::No,
        }
    }

    pub(super) fn any(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::No, Self::or)
    }

    pub(super) fn all(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().fold(Self::Yes, Self::and)
    }
}

impl From<bool> for Match {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}
