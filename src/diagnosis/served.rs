//! The hosts that the cluster serves, as its routes declare them.

use k8s_openapi::api::networking::v1::Ingress;

use super::Settings;
use super::declared::claim::class_of;
use crate::diagnosis::ask::reads::{Listed, Log, Reads};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::{Facts, Question, Typed, Unknown};
use crate::report::ObjectRef;

/// A hostname that the cluster serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServedHost {
    /// Host, possibly a wildcard.
    pub host: String,
    /// The object that declares it.
    pub by: ObjectRef,
    /// Its class; empty when it names none.
    pub class: String,
}

/// Hosts that the Ingresses of the cluster, or of one namespace, have rules for; with the questions still open.
pub fn served_hosts(
    facts: &Facts,
    settings: &Settings,
    namespace: Option<&str>,
) -> (Result<Vec<ServedHost>, Unknown>, Vec<Question>) {
    let log = Log::default();
    let reads = Reads::new(facts, settings, &log);
    let read = match namespace {
        Some(ns) => reads.list::<Ingress>(Some(ns), None, None, &[]),
        None => reads.list_widely::<Ingress>(None, &[]),
    };
    let hosts = read.map(
        |Listed {
             items: ingresses, ..
         }| {
            let mut hosts: Vec<ServedHost> = Vec::new();
            for ingress in &ingresses {
                let class = class_of(ingress);
                for rule in ingress.spec.iter().flat_map(|s| s.rules.iter().flatten()) {
                    let Some(host) = rule.host.as_deref().filter(|h| !h.is_empty()) else {
                        continue;
                    };
                    hosts.push(ServedHost {
                        host: host.trim_end_matches('.').to_ascii_lowercase(),
                        by: ObjectRef {
                            kind: Ingress::OF.name().to_owned(),
                            namespace: Some(namespace_of(&**ingress).to_owned()),
                            name: name_of(&**ingress).to_owned(),
                        },
                        class: class.map(|(c, _)| c.to_owned()).unwrap_or_default(),
                    });
                }
            }
            hosts.sort();
            hosts.dedup();
            hosts
        },
    );
    (hosts, reads.take_open().0)
}
