//! Plugin `kubernetes`: names of the cluster (CoreDNS plugin/kubernetes/setup.go, `ParseStanza`).

use super::cursor::Cursor;
use super::duration::{duration, number};
use super::fault::Fault;
use super::lex::Place;
use super::zones::{exact, fqdn, longest, origins};

/// Which names of pods are answered (`pods`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pods {
    /// None.
    Disabled,
    /// Any address in a namespace that exists.
    Insecure,
    /// Addresses of pods of the namespace.
    Verified,
}

/// What the plugin was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubernetes {
    /// Where it stands.
    pub at: Place,
    /// The zones it answers for.
    pub zones: Vec<String>,
    /// Names of pods.
    pub pods: Pods,
    /// The only namespaces it knows; none: all.
    pub namespaces: Vec<String>,
    /// A selector of Services.
    pub labels: Option<String>,
    /// A selector of namespaces.
    pub namespace_labels: Option<String>,
    /// Endpoints without a hostname have the pod's name.
    pub endpoint_pod_names: bool,
    /// A Service without ready endpoints does not exist (`ignore empty_service`).
    pub ignore_empty_service: bool,
    /// Endpoints are not known: nothing headless exists.
    pub noendpoints: bool,
    /// The names of these zones that do not exist go on to the next plugin.
    pub fallthrough: Vec<String>,
    /// For how long its answers hold, in seconds.
    pub ttl: u32,
    /// The API server it asks, where it is not that of its cluster.
    pub endpoint: Option<String>,
    /// Zones of a multi-cluster.
    pub multicluster: Vec<String>,
}

impl Kubernetes {
    /// Whether a name that does not exist goes on to the next plugin.
    pub fn passes(&self, name: &str) -> bool {
        longest(&self.fallthrough, &fqdn(name)).is_some()
    }

    pub(super) fn parse(cursor: &mut Cursor, block: &[String]) -> Result<Vec<Self>, Fault> {
        let mut found = Vec::new();
        while cursor.next() {
            if !found.is_empty() {
                return Err(cursor.twice());
            }
            found.push(Self::one(cursor, block)?);
        }
        Ok(found)
    }

    fn one(cursor: &mut Cursor, block: &[String]) -> Result<Self, Fault> {
        let mut told = Self {
            at: cursor.at(),
            zones: origins(&cursor.rest(), block),
            pods: Pods::Disabled,
            namespaces: Vec::new(),
            labels: None,
            namespace_labels: None,
            endpoint_pod_names: false,
            ignore_empty_service: false,
            noendpoints: false,
            fallthrough: Vec::new(),
            ttl: 5,
            endpoint: None,
            multicluster: Vec::new(),
        };
        let is_reverse = |z: &String| z.ends_with(".in-addr.arpa.") || z.ends_with(".ip6.arpa.");
        if told.zones.iter().all(is_reverse) {
            return Err(cursor.fault("one zone has to be no reverse zone"));
        }
        let mut zonal = false;
        while cursor.next_inside() {
            match cursor.text() {
                "zonal" => {
                    cursor.none()?;
                    zonal = true;
                }
                word => told.property(word, cursor)?,
            }
        }
        if !told.namespaces.is_empty() && told.namespace_labels.is_some() {
            return Err(cursor.fault("`namespaces` and `namespace_labels` exclude each other"));
        }
        let own = |zone: &String| told.zones.contains(zone);
        if !told.multicluster.iter().all(own) {
            return Err(cursor.fault("`multicluster` names a zone that is not its own"));
        }
        if zonal && told.noendpoints {
            return Err(cursor.fault("`zonal` and `noendpoints` exclude each other"));
        }
        Ok(told)
    }

    fn property(&mut self, word: &str, cursor: &mut Cursor) -> Result<(), Fault> {
        match word {
            "endpoint_pod_names" => {
                cursor.none()?;
                self.endpoint_pod_names = true;
            }
            "pods" => {
                self.pods = match cursor.one()?.as_str() {
                    "disabled" => Pods::Disabled,
                    "insecure" => Pods::Insecure,
                    "verified" => Pods::Verified,
                    other => return Err(cursor.fault(format!("`pods` cannot be `{other}`"))),
                };
            }
            "namespaces" => self.namespaces.extend(cursor.some()?),
            "endpoint" => self.endpoint = cursor.some()?.into_iter().next(),
            "tls" if cursor.rest().len() == 3 => {}
            "labels" => self.labels = Some(cursor.some()?.join(" ")),
            "namespace_labels" => self.namespace_labels = Some(cursor.some()?.join(" ")),
            "fallthrough" => self.fallthrough = cursor.fallthrough(),
            "ttl" => self.ttl = ttl(cursor)?,
            "noendpoints" => {
                cursor.none()?;
                self.noendpoints = true;
            }
            "ignore" => match cursor.rest().first().map(String::as_str) {
                Some("empty_service") => self.ignore_empty_service = true,
                Some(other) => return Err(cursor.fault(format!("`ignore` cannot be `{other}`"))),
                None => {}
            },
            "kubeconfig" if (1..=2).contains(&cursor.rest().len()) => {}
            "multicluster" => {
                self.multicluster = cursor.rest().iter().flat_map(|z| exact(z)).collect();
            }
            "startup_timeout" => {
                let words = cursor.some()?;
                if words.first().and_then(|w| duration(w)).is_none() {
                    return Err(cursor.fault("`startup_timeout` is no duration"));
                }
            }
            "apiserver_qps" => {
                let word = cursor.one()?;
                if word.parse::<f32>().is_ok_and(|n| n < 0.0) {
                    return Err(cursor.fault("`apiserver_qps` is negative"));
                }
            }
            "apiserver_burst" | "apiserver_max_inflight" => {
                let value = cursor.one()?;
                if number(&value).is_none_or(|n| n < 0) {
                    return Err(cursor.fault(format!("`{word}` is no number from 0")));
                }
            }
            "tls" | "kubeconfig" => return Err(cursor.wrong_count()),
            _ => return Err(cursor.unknown_property()),
        }
        Ok(())
    }
}

fn ttl(cursor: &mut Cursor) -> Result<u32, Fault> {
    let words = cursor.some()?;
    let seconds = words.first().and_then(|w| w.parse::<u32>().ok());
    seconds
        .filter(|s| *s <= 3_600)
        .ok_or_else(|| cursor.fault("`ttl` is no number from 0 to 3600"))
}
