//! The cluster's DNS server: the Service before it, its endpoints and pods, and what its Corefile says.

use std::net::IpAddr;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::config::Config;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::semantics::corefile::Fault;
use crate::diagnosis::semantics::endpoints::{
    Conditions, Endpoint, SERVICE_NAME, join, port_by_name,
};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::port::target_port;
use crate::facts::Unknown;
use crate::facts::config::COREFILE;

/// Where it lives, by the name that every installer gives it.
pub const NAMESPACE: &str = "kube-system";
/// The label of its Service and of its pods.
pub const LABEL: &str = "k8s-app=kube-dns";
/// The Service of kubeadm and of those who follow it.
const USUAL_SERVICE: &str = "kube-dns";
/// The ConfigMap with the Corefile, and the key in it.
pub const CONFIG: (&str, &str) = ("coredns", COREFILE);
/// The port of DNS.
const PORT: i32 = 53;
/// The domain where nothing says another.
pub const USUAL_DOMAIN: &str = "cluster.local";

/// It, as far as it could be read.
#[derive(Clone, Debug)]
pub struct Server {
    /// The Service; none where there is none of the usual label.
    pub service: Option<Arc<Service>>,
    /// Its endpoints for queries over UDP.
    pub endpoints: Seen<Vec<Endpoint>>,
    /// Its pods.
    pub pods: Seen<Vec<Arc<Pod>>>,
    /// What its Corefile says; none where there is no such ConfigMap.
    pub corefile: Seen<Option<Result<Config, Fault>>>,
}

impl Server {
    /// Reads it: all parts at once, by the names that they usually have.
    pub fn read(cx: &Cx) -> Result<Self, Unknown> {
        let label = || Some(LABEL.to_owned());
        let services = cx.list::<Service>(Some(NAMESPACE), label(), None);
        let pods = cx.seen(|| cx.list::<Pod>(Some(NAMESPACE), label(), None));
        let config = cx.seen(|| cx.get::<ConfigMap>(Some(NAMESPACE), CONFIG.0));
        let slices = slices(cx, USUAL_SERVICE);
        let service = services?.items.into_iter().min_by_key(|s| {
            let name = name_of(&**s).to_owned();
            (name != USUAL_SERVICE, name)
        });
        let slices = match service.as_deref().map(name_of) {
            Some(name) if name != USUAL_SERVICE => self::slices(cx, name),
            _ => slices,
        };
        let slices = match slices.glance() {
            Err(Unknown::Waiting) => return Err(Unknown::Waiting),
            Err(Unknown::Gap(_)) => slices.instead(Vec::new()),
            Ok(all) => slices.instead(endpoints(service.as_deref(), all)),
        };
        let pods = match pods.glance() {
            Err(Unknown::Waiting) => return Err(Unknown::Waiting),
            Err(Unknown::Gap(_)) => pods.instead(Vec::new()),
            Ok(listed) => pods.instead(listed.items.clone()),
        };
        let corefile = match config.glance() {
            Err(Unknown::Waiting) => return Err(Unknown::Waiting),
            Err(Unknown::Gap(_)) => config.instead(None),
            Ok(map) => {
                let read = map.as_deref().and_then(Config::read);
                config.instead(read)
            }
        };
        Ok(Self {
            service,
            endpoints: slices,
            pods,
            corefile,
        })
    }

    /// The addresses at which pods are told to ask it.
    pub fn addresses(&self) -> Vec<IpAddr> {
        let spec = self.service.as_ref().and_then(|s| s.spec.as_ref());
        let one = spec.and_then(|s| s.cluster_ip.as_ref());
        let all = spec.and_then(|s| s.cluster_ips.as_ref());
        let mut found: Vec<IpAddr> = Vec::new();
        for text in one.into_iter().chain(all.into_iter().flatten()) {
            match text.parse() {
                Ok(address) if !found.contains(&address) => found.push(address),
                _ => {}
            }
        }
        found
    }

    /// Needs all that it was made of.
    pub fn touch(&self) {
        self.endpoints.touch();
        self.pods.touch();
        self.corefile.touch();
    }

    /// Whether it is known that nobody takes queries at its address.
    pub fn is_down(&self) -> bool {
        self.service.is_some()
            && self.endpoints.is_whole()
            && !self.endpoints.iter().any(|e| e.usable)
    }

    /// `Service kube-system/kube-dns`.
    pub fn label(&self) -> String {
        let name = self.service.as_deref().map_or(USUAL_SERVICE, name_of);
        format!("Service {NAMESPACE}/{name}")
    }

    /// The cluster domain by the Corefile: the first zone of its plugin `kubernetes` that is no reverse zone.
    pub fn domain(&self) -> Option<String> {
        let Some(Ok(corefile)) = &*self.corefile else {
            return None;
        };
        corefile.domain()
    }

    /// The pods that can be asked, with the port on which they take queries over TCP.
    pub fn ready(&self) -> impl Iterator<Item = (&Arc<Pod>, u16)> {
        let spec = self.service.as_ref().and_then(|s| s.spec.as_ref());
        let ports = spec.and_then(|s| s.ports.as_ref());
        let tcp = ports.and_then(|all| {
            all.iter()
                .find(|p| p.port == PORT && p.protocol.as_deref().unwrap_or("TCP") == "TCP")
        });
        let port = move |pod: &Pod| {
            let number = tcp.and_then(|p| target_port(p, pod)).unwrap_or(PORT);
            u16::try_from(number).unwrap_or(53)
        };
        let ready = self.pods.iter().filter(|p| is_ready(p));
        ready.map(move |p| (p, port(p)))
    }
}

type Slices = Result<Vec<Arc<EndpointSlice>>, Unknown>;

fn slices(cx: &Cx, service: &str) -> Seen<Slices> {
    let labels = Some(format!("{SERVICE_NAME}={service}"));
    cx.seen(|| {
        let listed = cx.list::<EndpointSlice>(Some(NAMESPACE), labels, None)?;
        listed.some(|all| !all.is_empty())
    })
}

/// Who gets queries over UDP, as kube-proxy reads the slices.
fn endpoints(service: Option<&Service>, slices: &[Arc<EndpointSlice>]) -> Vec<Endpoint> {
    let spec = service.and_then(|s| s.spec.as_ref());
    let ports = spec.and_then(|s| s.ports.as_ref());
    let udp = ports.and_then(|all| {
        all.iter()
            .find(|p| p.port == PORT && p.protocol.as_deref() == Some("UDP"))
    });
    let Some(port) = udp else {
        return Vec::new();
    };
    let joined = |usable: &dyn Fn(Conditions) -> bool| {
        join(slices, |s| port_by_name(s, port), usable, |_| false)
    };
    let ready = joined(&Conditions::ready);
    if ready.iter().any(|e| e.usable) {
        return ready;
    }
    joined(&|c| c.ready() || c.serving() && c.terminating)
}
