//! Routes, whichever API declares them: rules with hosts, matches and weighted backends, each with its place in an object. A folder an
//! API turns its objects into rules.

pub mod gateway;
pub mod ingress;
pub mod ingresses;
mod place;
mod rule;
mod share;

pub use place::{Declared, Place};
pub use rule::{
    BackendRef, Destination, Granted, HostPattern, Match, PathMatch, Rule, ValueMatch,
    same_backends,
};
pub use share::Share;
