//! Gateway API as rules: which listener takes the request, which routes are attached to it, and which of their rules goes first. What the
//! specification leaves to the implementation is a [`Ways`].

mod attach;
mod choose;
#[cfg(test)]
mod choose_tests;
mod filters;
mod grant;
mod listener;
mod matching;
mod order;
mod policy;
mod route;
mod rules;
mod seen;

pub use attach::{Attachment, Labels, Refusal, attach, takes_namespace};
pub use choose::{Chosen, choose};
pub use filters::{Done, done};
pub use grant::{Grants, granted};
pub use listener::{Listener, admits, listeners, of_port};
pub use order::Order;
pub use policy::{Policies, policies};
pub use route::Route;
pub use seen::Routes;

/// In what implementations of Gateway API differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a question of its own
pub struct Ways {
    /// Which rule goes before which.
    pub order: Order,
    /// An expression has to match the whole path, not a part of it.
    pub whole_expressions: bool,
    /// Of a path it takes away what is the same without: `//`, `/./`, `/x/../`, `%66`.
    pub cleans_paths: bool,
    /// It compares rules with a path in which all is decoded but what may mean something else then: a rule for `/a%20b` takes nothing.
    pub decodes_paths: bool,
    /// The port of a listener is one of the pod, not of the Service before it.
    pub ports_of_pods: bool,
    /// A request is served by its most specific listener alone, whatever the class says of `HTTPListenerIsolation`.
    pub isolates: bool,
    /// Sorts of filters that it does not know, each of which makes its rule answer 500.
    pub lacks: &'static [&'static str],
    /// An endpoint that does not say whether it is ready counts as ready.
    pub silence_is_ready: bool,
    /// Endpoints that are not ready get the requests where no other is left.
    pub falls_back: bool,
    /// The status of a rule none of whose backends gets requests.
    pub unweighted: u16,
    /// It speaks TLS to a Service port 443, or one whose name begins with `https`.
    pub tls_by_port: bool,
}

impl Ways {
    /// As the specification has it.
    pub const SPECIFICATION: Self = Self {
        order: Order::Specification,
        whole_expressions: true,
        cleans_paths: false,
        decodes_paths: false,
        ports_of_pods: false,
        isolates: false,
        lacks: &[],
        silence_is_ready: true,
        falls_back: false,
        unweighted: 500,
        tls_by_port: false,
    };
}
