//! What a dialect answers, where that is more than a word.

use std::collections::BTreeMap;
use std::fmt;

use crate::diagnosis::dialect::dropped::Argument;

/// What carries the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataPlane {
    /// The controller's own pods.
    InPods,
    /// Something outside of the cluster: requests go on while the controller is down.
    Elsewhere,
}

/// What carries the requests to the Gateways of a make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// The controller's own pods, for all Gateways.
    Controller,
    /// Objects that are made for a Gateway and bear one of these labels; `{namespace}` and `{name}` are the Gateway's.
    Labelled(&'static [&'static str]),
    /// Something outside of the cluster.
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

/// Two paths of a host for which the controller writes what its proxy refuses to load: nothing new is loaded for any host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unloadable {
    /// The host, as the rules name it.
    pub host: String,
    /// What stands twice, as the proxy names it.
    pub location: String,
    /// The two.
    pub declared: [Same; 2],
}

/// A path as it is declared, shown as `/a (Prefix) of Ingress shop/web`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Same {
    /// `Ingress shop/web`.
    pub object: String,
    /// `.spec.rules[0].http.paths[1].path`.
    pub field: String,
    /// The path.
    pub path: String,
    /// Its type.
    pub kind: String,
}

impl fmt::Display for Same {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} ({}) of {}", self.path, self.kind, self.object)
    }
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
