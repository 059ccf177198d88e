//! Where a name leads: to a Service of the cluster, or out of it.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;

use super::Lookup;
use super::lookup::Candidate;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::Stop;
use crate::diagnosis::semantics::cluster_names::{self, Name};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::semantics::resolver::Reply;
use crate::diagnosis::semantics::service::{is_headless, service_type};
use crate::facts::Unknown;

/// Where a name leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeadsTo {
    /// To a Service.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The addresses of those of its endpoints that the name means; empty for all.
        hosts: Vec<String>,
    },
    /// To something that is no Service of this cluster.
    Outside(Vec<IpAddr>),
}

/// Where the name leads: by what is found, and where the server does not answer by the objects.
pub(super) fn leads_to(cx: &Cx, found: &Lookup) -> Result<Option<LeadsTo>, Stop> {
    let by_server = found.ends.iter().find_map(|e| e.found.clone());
    let by_objects = || {
        let mut all = found.candidates.iter();
        let said = |c: &Candidate| c.by_objects.clone().filter(|s| s.reply == Reply::Found);
        all.find_map(|c| Some((c.name.clone(), said(c)?.addresses)))
    };
    let Some((name, addresses)) = by_server.or_else(by_objects) else {
        return Ok(other_name(cx, found));
    };
    if found.aliases.iter().any(|(_, a)| *a == addresses) && !addresses.is_empty() {
        // The file may say what DNS would.
        let mut all = found.candidates.iter();
        let same = all.find(|c| {
            c.by_objects
                .as_ref()
                .is_some_and(|o| o.addresses == addresses)
        });
        let meant = same.and_then(|c| c.meaning.as_ref()?.service());
        return match meant {
            Some((namespace, name)) => Ok(Some(LeadsTo::Service {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                hosts: Vec::new(),
            })),
            None => to_address(cx, addresses[0]).map(Some),
        };
    }
    // A name for another name of the cluster leads on.
    let alias = found.said(&name).and_then(|s| s.alias);
    let chased = alias.filter(|a| cluster_names::parse(a, &found.domain).is_some());
    let meaning = cluster_names::parse(chased.as_deref().unwrap_or(&name), &found.domain);
    Ok(Some(match meaning {
        Some(Name::Endpoint { ns, service, .. }) => LeadsTo::Service {
            namespace: ns,
            name: service,
            hosts: addresses.iter().map(ToString::to_string).collect(),
        },
        Some(meant) => match meant.service() {
            Some((namespace, name)) => LeadsTo::Service {
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                hosts: Vec::new(),
            },
            None => LeadsTo::Outside(addresses),
        },
        None => LeadsTo::Outside(addresses),
    }))
}

/// The Service that is there though its name leads to nothing: it stands for another name, or is headless and has no ready endpoint.
fn other_name(cx: &Cx, found: &Lookup) -> Option<LeadsTo> {
    found.candidates.iter().find_map(|c| {
        let Some(Name::Service { ns, name }) = &c.meaning else {
            return None;
        };
        let service = cx.get::<Service>(Some(ns), name).ok()??;
        let nameless = service_type(&service) == "ExternalName" || is_headless(&service);
        nameless.then(|| LeadsTo::Service {
            namespace: ns.clone(),
            name: name.clone(),
            hosts: Vec::new(),
        })
    })
}

/// The Service that has an address, if one has.
pub(super) fn to_address(cx: &Cx, address: IpAddr) -> Result<LeadsTo, Stop> {
    let fields = Some(format!("spec.clusterIP={address}"));
    // Who may not list all Services is told of an address that none that could be seen has.
    let found = match cx.aside().list::<Service>(None, None, fields) {
        Err(Unknown::Waiting) => return Err(Stop::Waiting),
        Err(Unknown::Gap(_)) => None,
        Ok(listed) => listed.items.into_iter().next(),
    };
    Ok(match found {
        Some(service) => LeadsTo::Service {
            namespace: namespace_of(&*service).to_owned(),
            name: name_of(&*service).to_owned(),
            hosts: Vec::new(),
        },
        None => LeadsTo::Outside(vec![address]),
    })
}
