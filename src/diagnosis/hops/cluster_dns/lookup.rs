//! The queries of a resolver, each with what the objects say of it and what the server's pods answer.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Namespace, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::server::{NAMESPACE, Server};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::request::inside::Asked;
use crate::diagnosis::semantics::cluster_names::{
    self, Known, Name, Objects, Options, Record, Resolved, Type,
};
use crate::diagnosis::semantics::endpoints::SERVICE_NAME;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::resolver::Reply;
use crate::facts::{DnsEnd, DnsQuery, DnsReply, DnsType, PodDnsAnswer, PodPort, Question, Unknown};
use crate::report::Evidence;

/// Pods of the server that are asked.
const MOST_PODS: usize = 3;
/// The types that a program asks for which wants to connect.
const TYPES: [DnsType; 2] = [DnsType::A, DnsType::Aaaa];

/// One name that a resolver asks for.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The name, absolute, without a final dot.
    pub name: String,
    /// What it stands for in the cluster domain; none outside.
    pub meaning: Option<Name>,
    /// What the objects say that the answer is; none outside the cluster domain, or where too little of them is known.
    pub by_objects: Option<Said>,
}

impl Candidate {
    /// One of which the objects say nothing yet.
    pub fn unread(name: &str, domain: &str) -> Self {
        Self {
            name: name.to_owned(),
            meaning: cluster_names::parse(name, domain),
            by_objects: None,
        }
    }
}

/// What becomes of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// How it ends.
    pub reply: Reply,
    /// The addresses that it brings, sorted.
    pub addresses: Vec<IpAddr>,
    /// The name that the first name stands for.
    pub alias: Option<String>,
    /// For how long it may be kept, in seconds.
    pub ttl: Option<u32>,
}

impl Said {
    /// `10.96.77.1 (ttl 5)`, `NXDOMAIN`
    pub fn words(&self) -> String {
        let addresses: Vec<String> = self.addresses.iter().map(ToString::to_string).collect();
        let ttl = self.ttl.map(|t| format!(" (ttl {t})")).unwrap_or_default();
        match self.reply {
            Reply::Found => format!("{}{ttl}", addresses.join(", ")),
            Reply::NoData => "no address, though the name exists".to_owned(),
            Reply::Dangling => format!(
                "another name for {}, which has no address",
                self.alias.as_deref().unwrap_or("something")
            ),
            Reply::NxDomain => "NXDOMAIN".to_owned(),
            Reply::ServFail => "SERVFAIL".to_owned(),
            Reply::Refused => "REFUSED".to_owned(),
            Reply::Silent => "no answer".to_owned(),
            Reply::Rejected => "nobody listens".to_owned(),
        }
    }

    /// One without any records.
    pub const fn of(reply: Reply) -> Self {
        Self {
            reply,
            addresses: Vec::new(),
            alias: None,
            ttl: None,
        }
    }
}

/// The answers of one pod of the server.
#[derive(Clone, Debug)]
pub struct AtPod<'a> {
    /// The pod.
    pub pod: String,
    /// The node that it runs on.
    pub node: Option<String>,
    /// Its answers, in the order of the names, two for each.
    pub asked: Asked<'a, PodDnsAnswer>,
    names: Vec<String>,
}

impl AtPod<'_> {
    /// What it says of a name; none where it was not asked, or did not answer.
    pub fn said(&self, name: &str) -> Option<Said> {
        let answer = self.asked.answer.as_ref().ok()?;
        let at = self.names.iter().position(|n| n == name)? * TYPES.len();
        let replies = answer.replies.get(at..at + TYPES.len())?;
        said(replies)
    }

    /// What it says of a name, as evidence.
    pub fn line(&self, cx: &Cx, name: &str) -> Option<Evidence> {
        let said = self.said(name)?;
        let Question::PodDns { pod, .. } = &self.asked.question else {
            return None;
        };
        let question = Question::PodDns {
            pod: pod.clone(),
            queries: TYPES.iter().map(|t| DnsQuery::new(name, *t)).collect(),
        };
        Some(cx.evidence(&question, said.words()))
    }

    /// Whether it answers queries at all.
    pub fn answers(&self) -> bool {
        let answer = self.asked.answer.as_ref().ok();
        answer.is_some_and(|a| a.replies.iter().any(|r| r.end.is_answer()))
    }
}

/// Both answers of a name as one. None where nothing came: that is told by the pod, not by the name.
fn said(replies: &[DnsReply]) -> Option<Said> {
    if !replies.iter().all(|r| r.end.is_answer()) {
        return None;
    }
    let mut addresses: Vec<IpAddr> = replies.iter().flat_map(DnsReply::addresses).collect();
    addresses.sort_unstable();
    addresses.dedup();
    let ends = || replies.iter().map(|r| &r.end);
    let reply = if !addresses.is_empty() {
        Reply::Found
    } else if ends().any(|e| matches!(e, DnsEnd::ServFail | DnsEnd::Code(_))) {
        Reply::ServFail
    } else if ends().any(|e| *e == DnsEnd::Refused) {
        Reply::Refused
    } else if ends().any(|e| *e == DnsEnd::NxDomain) {
        Reply::NxDomain
    } else if replies.iter().any(|r| !r.records.is_empty()) {
        Reply::Dangling
    } else {
        Reply::NoData
    };
    let records = || replies.iter().flat_map(|r| r.records.iter());
    let mut aliases = records().filter(|r| r.rtype == "CNAME");
    let alias = aliases.next_back();
    Some(Said {
        reply,
        addresses,
        alias: alias.map(|r| r.data.trim_end_matches('.').to_owned()),
        ttl: records().map(|r| r.ttl).min(),
    })
}

/// Asks the server's pods for all names at once.
pub fn ask<'a>(cx: &Cx<'a>, server: &Server, names: &[String]) -> Vec<AtPod<'a>> {
    let queries = names
        .iter()
        .flat_map(|n| TYPES.map(|t| DnsQuery::new(n, t)));
    let queries: Vec<DnsQuery> = queries.collect();
    let pods = server.ready().take(MOST_PODS);
    pods.map(|(pod, port)| {
        let question = Question::PodDns {
            pod: PodPort {
                namespace: NAMESPACE.to_owned(),
                name: name_of(&**pod).to_owned(),
                port,
                proxy_line: false,
            },
            queries: queries.clone(),
        };
        AtPod {
            pod: name_of(&**pod).to_owned(),
            node: pod.spec.as_ref().and_then(|s| s.node_name.clone()),
            asked: Asked::dns(cx, question),
            names: names.to_vec(),
        }
    })
    .collect()
}

/// What the objects say of a name.
pub fn by_objects(
    cx: &Cx,
    (name, domain): (&str, &str),
    options: &Options,
) -> Seen<Result<Candidate, Unknown>> {
    cx.seen(|| {
        let Some(meant) = cluster_names::parse(name, domain) else {
            return Ok(Candidate::unread(name, domain));
        };
        let (mut open, mut all) = (None, Vec::new());
        for rtype in [Type::A, Type::Aaaa] {
            let resolved = cluster_names::resolve(&meant, rtype, domain, options, |name| {
                objects(cx, name).unwrap_or_else(|unknown| {
                    open = Some(unknown);
                    Objects::default()
                })
            });
            all.push(resolved);
        }
        match open {
            Some(unknown) => Err(unknown),
            None => Ok(Candidate {
                by_objects: as_one(&all),
                ..Candidate::unread(name, domain)
            }),
        }
    })
}

/// Both types as a program takes them.
fn as_one(all: &[Resolved]) -> Option<Said> {
    let alias = all.iter().find_map(|r| r.aliases.last().cloned());
    let (mut addresses, mut ends) = (Vec::new(), Vec::new());
    for resolved in all {
        match &resolved.record {
            Record::Addresses(found) => addresses.extend(found),
            Record::NxDomain => ends.push(Reply::NxDomain),
            Record::NoData => ends.push(Reply::NoData),
            // It leads out of the domain, to what objects say nothing of.
            _ => return None,
        }
    }
    addresses.sort_unstable();
    let reply = match (addresses.is_empty(), ends.contains(&Reply::NxDomain)) {
        (false, _) => Reply::Found,
        (true, true) => Reply::NxDomain,
        (true, false) => Reply::NoData,
    };
    Some(Said {
        addresses,
        alias,
        ..Said::of(reply)
    })
}

/// The objects that a name needs: its Service and the EndpointSlices of that, else its namespace.
fn objects(cx: &Cx, name: &Name) -> Result<Objects, Unknown> {
    let mut objects = Objects::default();
    if let Some((namespace, service)) = name.service() {
        let labels = Some(format!("{SERVICE_NAME}={service}"));
        let slices = cx.list::<EndpointSlice>(Some(namespace), labels, None);
        let found = cx.get::<Service>(Some(namespace), service)?;
        // What the Service itself tells needs no slices: only of a headless one, and of one endpoint, the answer is theirs.
        objects.slices = match slices {
            _ if found.is_none() => Known::Yes(Vec::new()),
            Err(Unknown::Waiting) => return Err(Unknown::Waiting),
            Err(Unknown::Gap(_)) => Known::No,
            Ok(listed) => listed.whole().map_or(Known::No, Known::Yes),
        };
        objects.service = Known::Yes(found);
    }
    let shown = matches!(objects.service, Known::Yes(Some(_)));
    if let Some(namespace) = name.namespace().filter(|_| !shown) {
        // What cannot be read is told by the server's own answer, if it comes.
        objects.namespace = match cx.aside().get::<Namespace>(None, namespace) {
            Ok(found) => Known::Yes(found.is_some()),
            Err(Unknown::Waiting) => return Err(Unknown::Waiting),
            Err(Unknown::Gap(_)) => Known::No,
        };
    }
    Ok(objects)
}
