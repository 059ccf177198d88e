//! What a dialect answers, where that is more than a word.

use std::collections::BTreeMap;

use crate::diagnosis::dialect::dropped::Argument;

/// What carries the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataPlane {
    /// The controller's own pods.
    InPods,
    /// Something outside of the cluster: requests go on while the controller is down.
    Elsewhere,
}

/// The settings of a ConfigMap.
pub type Settings = BTreeMap<String, String>;

/// An annotation by which requests are turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turning {
    /// Its key.
    pub key: String,
    /// It lists the addresses that may pass, so that it hangs on the address that the controller sees.
    pub by_address: bool,
}

/// What becomes of a part of configuration in an annotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snippet {
    /// The key of the annotation.
    pub key: String,
    /// The whole Ingress is refused; else the annotation alone is left out.
    pub refuses: bool,
    /// The setting that decides, and the value with which it would be taken.
    pub setting: (&'static str, &'static str),
    /// What holds where the setting is not written.
    pub usual: &'static str,
}

/// By what an Ingress is claimed.
#[derive(Clone, Copy, Debug)]
pub struct Claimed<'a> {
    /// The slug of the make that its class says.
    pub make: &'a str,
    /// `IngressClass.spec.controller`, where a class leads there.
    pub controller: Option<&'a str>,
    /// The class, if any.
    pub class: Option<&'a str>,
}

/// Where a make is told that connections begin with a PROXY protocol line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    /// By this argument, which is there.
    On(String),
    /// By an argument that is not there.
    Off(&'static str),
    /// By a key of the ConfigMap that the command line names, `namespace/name`; on when it is `true`.
    InConfigMap(String, &'static str),
    /// By something that hops does not read.
    Elsewhere,
}

/// That a controller does not lead requests to a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, in a sentence.
    pub why: String,
    /// The argument by which it does not, or that is missing.
    pub argument: Argument,
    /// It makes no route for it either, so that another rule answers; else it answers with an error itself.
    pub drops: bool,
}

/// How an Ingress tells that its load balancer is internal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Internal {
    /// By its class, instead of the public one.
    Class(&'static str, &'static str),
    /// By an annotation, which may be left out.
    Annotation {
        /// Its key.
        key: &'static str,
        /// Its value for an internal one, which is the default.
        internal: &'static str,
        /// Its value for one that faces the internet.
        public: &'static str,
    },
}
