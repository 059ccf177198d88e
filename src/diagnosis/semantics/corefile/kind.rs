//! The types of questions that resolvers ask for a name.

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
}

impl Kind {
    /// Its name in a Corefile.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
        }
    }

    /// The type of a name.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::A, Self::Aaaa].into_iter().find(|k| k.name() == name)
    }
}
