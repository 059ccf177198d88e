//! What turns a Service's address into a pod's: kube-proxy on the client's node, or what replaces it.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::hops::backend::Backend;
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::semantics::service::is_headless;
use crate::facts::{Connect, Exchange, HttpAnswer, Kind, Question, Unknown};

/// The port of its health check (`--healthz-bind-address`), at every address of the node unless somebody set another.
const HEALTH: &str = "10256";
/// Where kubeadm and those who follow it run it.
const NAMESPACE: &str = "kube-system";
/// The label of its pods there.
const LABEL: &str = "k8s-app=kube-proxy";
/// The label with which a Service asks for another one (KEP-2447): kube-proxy leaves such a Service alone, whatever its value is.
pub const PROXY_NAME: &str = "service.kubernetes.io/service-proxy-name";

/// It, as far as it could be seen.
#[derive(Clone, Debug, Default)]
pub enum KubeProxy<'a> {
    /// Nothing of it is needed, or it is not known on which node.
    #[default]
    Unneeded,
    /// The Service is not for kube-proxy, but for the program of this name, whatever that is.
    Other(String),
    /// Its health check on the client's node was asked.
    Asked {
        /// The node.
        node: String,
        /// What its health check says.
        health: Box<Asked<'a, HttpAnswer>>,
        /// Its pods in the cluster; read where the health check does not say that all is well.
        pods: Seen<Vec<Arc<Pod>>>,
    },
}

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It says that it is up to date.
    Good,
    /// It says that it is not.
    Bad,
    /// Nobody takes connections at its port.
    Nobody,
    /// Could not be told.
    Unknown,
}

impl KubeProxy<'_> {
    /// What its health check says.
    pub fn health(&self) -> Health {
        let Self::Asked { health, .. } = self else {
            return Health::Unknown;
        };
        match health.answer.as_ref() {
            Ok(answer) => of(answer),
            Err(_) => Health::Unknown,
        }
    }

    /// Whether Services' addresses are known to be served on the node, or are not needed.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Unneeded) || self.health() == Health::Good
    }

    /// Whether the answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        matches!(self, Self::Asked { health, .. } if health.is_waiting())
    }
}

fn of(answer: &HttpAnswer) -> Health {
    match &answer.exchange {
        Exchange::Response => match answer.status {
            200 => Health::Good,
            503 if answer.body.contains("lastUpdated") => Health::Bad,
            _ => Health::Unknown,
        },
        Exchange::NoConnection(Connect::Refused) => Health::Nobody,
        _ => Health::Unknown,
    }
}

fn proxy_name(service: &Service) -> Option<&str> {
    let labels = service.metadata.labels.as_ref()?;
    labels.get(PROXY_NAME).map(String::as_str)
}

/// Asks for it where the call goes to a Service's own address.
pub fn look<'a>(cx: &Cx<'a>, client: Option<&Client>, backends: &[Backend]) -> KubeProxy<'a> {
    let service = backends.first().and_then(|b| b.service.found());
    let object = service.and_then(|s| s.service.as_deref());
    let virtual_address = object.is_some_and(|s| !is_headless(s));
    let external = service.is_some_and(|s| s.is_external_name());
    let node = client.and_then(Client::node);
    if let (Some(other), true, false) = (object.and_then(proxy_name), virtual_address, external) {
        return KubeProxy::Other(other.to_owned());
    }
    let (Some(node), true, false) = (node, virtual_address, external) else {
        return KubeProxy::Unneeded;
    };
    let health = Asked::http(
        cx,
        Question::Proxy {
            kind: Kind::Node,
            namespace: None,
            name: node.to_owned(),
            port: HEALTH.to_owned(),
            tls: false,
            path: "/healthz".to_owned(),
        },
    );
    let asked = health.answer.glance();
    let good = matches!(asked, Ok(answer) if of(answer) == Health::Good);
    let pods = if good || matches!(asked, Err(Unknown::Waiting)) {
        Seen::default()
    } else {
        cx.seen(|| {
            let labels = Some(LABEL.to_owned());
            let listed = cx.list::<Pod>(Some(NAMESPACE), labels, None);
            listed.map(|l| l.items).unwrap_or_default()
        })
    };
    KubeProxy::Asked {
        node: node.to_owned(),
        health: Box::new(health),
        pods,
    }
}
