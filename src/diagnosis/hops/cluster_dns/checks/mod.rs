//! Pitfalls of names inside the cluster.

pub mod cluster_dns_corefile_invalid;
pub mod cluster_dns_domain_mismatch;
pub mod cluster_dns_down;
pub mod cluster_dns_headless_nxdomain;
pub mod cluster_dns_hostnetwork_policy;
pub mod cluster_dns_loop;
pub mod cluster_dns_musl_no_search;
pub mod cluster_dns_name_typo;
pub mod cluster_dns_nameserver_mismatch;
pub mod cluster_dns_namespace_filtered;
pub mod cluster_dns_no_forward;
pub mod cluster_dns_override;
pub mod cluster_dns_partial;
pub mod cluster_dns_search_wildcard_leak;
pub mod cluster_dns_servfail_not_synced;
pub mod cluster_dns_short_name_wrong_namespace;
pub mod cluster_dns_stale_answer;
pub mod cluster_dns_upstream_broken;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{Pod, Service};

use super::Lookup;
use super::ended::Ended;
use super::lookup::Candidate;
use super::server::{CONFIG, NAMESPACE, Server};
use crate::diagnosis::checks::Case;
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::semantics::cluster_names;
use crate::diagnosis::semantics::corefile::Place;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{containers, waiting_reason, words};
use crate::diagnosis::semantics::resolver::{End, Libc, Reply};
use crate::report::Evidence;
use crate::target::Call;

/// A call, with all that is known of its name.
struct View<'c, 'a> {
    client: &'c Client,
    lookup: &'c Lookup<'a>,
    call: &'c Call,
}

impl<'c, 'a> View<'c, 'a> {
    fn of(case: &Case<'c, 'a>) -> Option<Self> {
        let (client, lookup) = case.called()?;
        Some(Self {
            client,
            lookup,
            call: case.target.call.as_deref()?,
        })
    }

    /// The server, where it could be seen.
    fn server(&self) -> Option<&'c Server> {
        self.lookup.server.as_ref()
    }

    /// The C library's end, which most images have.
    fn end(&self) -> Option<&'c Ended> {
        self.lookup.end(Libc::Glibc)
    }

    /// Whether the server was asked and says that there is no such name in the cluster.
    fn is_missing(&self) -> bool {
        let Some(resolution) = self.end().and_then(|e| e.resolution.as_ref()) else {
            return false;
        };
        let inside = |name: &str| cluster_names::parse(name, &self.lookup.domain).is_some();
        let absent = |reply: Reply| matches!(reply, Reply::NxDomain | Reply::NoData);
        let own = resolution.tried.iter().filter(|(q, _)| inside(&q.name));
        let mut own = own.map(|(_, reply)| *reply).peekable();
        // What the servers behind make of a name that is none of theirs, a refusal or a failure, says nothing of the cluster's.
        let in_cluster = own.peek().is_some() && own.all(absent);
        let nowhere = matches!(resolution.end, End::NoName | End::NoData);
        self.lookup.asks_cluster && self.lookup.is_lost() && (in_cluster || nowhere)
    }

    /// The candidate whose Service there is, if there is one.
    fn served(&self) -> Option<&'c Candidate> {
        let found = |c: &&Candidate| {
            c.by_objects
                .as_ref()
                .is_some_and(|o| o.reply == Reply::Found)
        };
        self.lookup.candidates.iter().find(found)
    }

    /// What the server says of the names, as evidence.
    fn lines(&self, case: &Case) -> Vec<Evidence> {
        let tried = self.end().and_then(|e| e.resolution.as_ref());
        let tried = tried.map(|r| r.tried.as_slice()).unwrap_or_default();
        let pod = self.lookup.at_pods.iter().find(|p| p.answers());
        let lines = tried
            .iter()
            .take(MOST)
            .filter_map(|(query, _)| pod.and_then(|p| p.line(case, &query.name)));
        lines.collect()
    }
}

/// Lines of one sort that are shown.
const MOST: usize = 4;

/// Pods of the server that do not run for long.
fn crashing(server: &Server) -> impl Iterator<Item = &Arc<Pod>> {
    server.pods.iter().filter(|p| {
        let waiting = |c| waiting_reason(c) == Some("CrashLoopBackOff");
        let mut all = containers(p);
        // Between two ends a container runs for a moment, and is not ready.
        let ended = |c: &k8s_openapi::api::core::v1::ContainerStatus| {
            let of = |state: &Option<k8s_openapi::api::core::v1::ContainerState>| {
                let state = state.as_ref();
                state.and_then(|s| s.terminated.as_ref().map(|t| t.exit_code))
            };
            let failed = !c.ready && of(&c.last_state).is_some_and(|code| code != 0);
            c.restart_count > 0 && (of(&c.state).is_some() || failed)
        };
        all.any(|c| waiting(c) || ended(c))
    })
}

/// How the server's pods do, as evidence.
fn pod_lines(server: &Server) -> impl Iterator<Item = Evidence> {
    server.pods.iter().take(MOST).map(|p| {
        let object = format!("Pod {NAMESPACE}/{}", name_of(&**p));
        Evidence::raw(object, ".status", words(p))
    })
}

/// A line of the Corefile, as evidence.
fn corefile_line(at: &Place) -> Evidence {
    let object = format!("ConfigMap {NAMESPACE}/{}", CONFIG.0);
    let file = at.file.as_deref().and_then(|f| f.rsplit('/').next());
    let key = file.unwrap_or(CONFIG.1);
    Evidence::field(object, format!(".data.{key} line {}", at.line), &at.text)
}

/// The line that shows the Corefile, or lets it be edited.
fn corefile_command(case: &Case, verb: &str) -> String {
    format!(
        "{} {verb} configmap {}",
        case.settings.kubectl_in(NAMESPACE),
        CONFIG.0
    )
}

/// `web.shop` for people: namespace and name as one writes them in a call.
fn short(namespace: &str, name: &str) -> String {
    format!("{name}.{namespace}")
}

/// Whether a Service with a name is known.
fn label(service: &Service) -> String {
    crate::diagnosis::semantics::meta::label_of(service)
}
