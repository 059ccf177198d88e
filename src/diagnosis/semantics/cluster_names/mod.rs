//! Names of the cluster domain: what one stands for by the objects, as CoreDNS's plugin `kubernetes` has it (CoreDNS 1.15,
//! plugin/kubernetes and plugin/backend_lookup.go). Pure: [`parse`] says what a name asks for and so which objects are needed,
//! [`answer`] and [`resolve`] say what is answered, [`near`] what may have been meant, [`per_pod`] how a StatefulSet's pods are called.
//!
//! What other plugins do before and after is not here: rewriting, hosts, `fallthrough` for what is not found, caches, zones of
//! `multicluster`. Nor is the state of the server: until it has read all objects, it answers SERVFAIL instead of NXDOMAIN (handler.go).

mod answer;
mod find;
pub mod near;
mod objects;
mod parse;
pub mod per_pod;
mod resolve;
#[cfg(test)]
mod tests;

pub use answer::{Record, Server, Type, answer};
pub use objects::{Known, Missing, Objects, Options, PodNames};
pub use parse::{Name, parse};
pub use resolve::{Resolved, resolve};
