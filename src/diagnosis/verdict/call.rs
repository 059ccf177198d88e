//! The answer to a call from inside the cluster. Nobody sends packets from the client's own pod unless asked to, so it is put together:
//! the name as the DNS server's pods answer it, the Service's address as the node serves it, and the request at the pods.

use crate::diagnosis::ask::stage::Progress;
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::hops::cluster_dns::Lookup;
use crate::diagnosis::hops::cluster_dns::leads::LeadsTo;
use crate::diagnosis::hops::journey::{Backend, Called, Journey};
use crate::diagnosis::request::inside::BackendPod;
use crate::diagnosis::semantics::meta::name_of;
use crate::facts::{Exchange, HttpAnswer};
use crate::report::{AnswerInfo, AnswerType, Finding, GapNote, Severity, TargetInfo};
use crate::target::{Call, PortCalled, Request, Target, Transport};

/// What the call gets: what the pods answer that were asked.
pub(super) fn answer(j: &Journey) -> AnswerInfo {
    let backend = backend(j);
    let pods = || backend.into_iter().flat_map(|b| &b.at_pods.pods);
    let expected = backend.and_then(|b| {
        let service = b.service.found()?;
        Some(format!("Service {}/{}", service.namespace, service.name))
    });
    let called = j.called.as_ref();
    let lookup = called.and_then(|c| c.cluster_dns.found());
    // What the pods answer is nobody's answer where the name does not lead to them.
    let leads = lookup.is_some_and(|l| l.is_found() || l.ends.is_empty());
    let answered = pods()
        .find_map(|p| Some((p, response(p)?)))
        .filter(|_| leads);
    let Some((pod, response)) = answered else {
        let lost = lookup.is_some_and(Lookup::is_lost);
        let failed = lost || pods().any(|p| p.answers().next().is_some());
        return AnswerInfo {
            kind: if failed {
                AnswerType::Error
            } else {
                AnswerType::None
            },
            status: None,
            location: None,
            answered_by: None,
            expected,
            known_by: None,
        };
    };
    AnswerInfo {
        kind: match response.status {
            300..=399 => AnswerType::Redirect,
            500.. => AnswerType::Error,
            _ => AnswerType::Backend,
        },
        status: Some(response.status),
        location: response.header("location").map(str::to_owned),
        answered_by: Some("app".to_owned()),
        expected,
        known_by: Some(format!(
            "Pod {} gives it when it is asked directly; the client's own packets were not sent",
            pod.name
        )),
    }
}

fn response<'a>(pod: &BackendPod<'a>) -> Option<&'a HttpAnswer> {
    pod.answers().find(|a| a.exchange == Exchange::Response)
}

fn backend<'j, 'a>(j: &'j Journey<'a>) -> Option<&'j Backend<'a>> {
    j.backends.iter().next()
}

/// Whether each part of the way was seen to work: the name, the Service's address, and the pods at their own addresses.
pub(super) fn is_proven(j: &Journey, called: &Called) -> bool {
    let runs = called.client.found().is_some_and(|c| c.runs());
    let named = called.cluster_dns.found().is_some_and(is_named);
    let answers = |b: &Backend| {
        let mut pods = b.at_pods.pods.iter().peekable();
        let good = |p: &BackendPod| response(p).is_some_and(|r| r.status < 500);
        let at_address = |p: &BackendPod| {
            let asked = p.address.as_ref();
            asked.is_some_and(|a| a.at_pod().responds())
        };
        let used = b
            .endpoints
            .found()
            .is_some_and(|e| e.usable().next().is_some());
        let seen = b.pods.found().is_some_and(|p| p.selected.is_whole());
        used && seen && pods.peek().is_some() && pods.all(|p| good(p) && at_address(p))
    };
    // No packet of the client's own shows what policies make of it.
    let judged = |b: &&Backend| !matches!(b.policy.progress(), Progress::Unknown(_));
    runs && named && called.proxy.is_good() && backend(j).filter(judged).is_some_and(answers)
}

/// Whether the name is seen to lead where the call goes; an address needs no name.
fn is_named(lookup: &Lookup) -> bool {
    let by_address = lookup.ends.is_empty() && lookup.leads_to.is_some();
    let by_file = !lookup.ends.is_empty() && lookup.aliases.len() == lookup.ends.len();
    by_address || by_file || lookup.is_proven()
}

/// What stays open of a call that looks well.
pub(super) fn gap(j: &Journey, called: &Called, findings: &[Finding]) -> Option<GapNote> {
    let lookup = called.cluster_dns.found()?;
    let explained = findings.iter().any(|f| f.severity == Severity::Error);
    let why = match &lookup.leads_to {
        _ if explained => return None,
        _ if lookup.is_lost() => {
            return Some(GapNote {
                what: "why the name does not resolve".to_owned(),
                why: "nothing that could be read explains it".to_owned(),
                allow: None,
                hides: vec!["cluster-dns-upstream-broken"],
            });
        }
        Some(LeadsTo::Outside(_)) => "what is outside the cluster is not asked",
        Some(LeadsTo::Service { .. }) if backend(j).is_some_and(|b| b.at_pods.pods.is_empty()) => {
            "no pod behind the Service was asked: what it speaks is not HTTP, or none is ready"
        }
        _ => return None,
    };
    Some(GapNote {
        what: "whether the call is answered".to_owned(),
        why: why.to_owned(),
        allow: None,
        hides: vec!["pod-not-listening", "pod-app-error"],
    })
}

/// What was called.
pub(super) fn target(
    (target, call, client): (&Target, &Call, Option<&Client>),
    request: &Request,
    context: Option<String>,
) -> TargetInfo {
    let url = match (call.transport, &call.port) {
        (Transport::Udp, Some(PortCalled::Number(n))) => format!("udp://{}:{n}", call.name),
        (Transport::Udp, _) => format!("udp://{}", call.name),
        (Transport::Tcp, _) => request.url(),
    };
    TargetInfo {
        url,
        host: request.host.clone(),
        port: request.port,
        path: request.path.clone(),
        scheme_guessed: false,
        from: Some(match client.and_then(|c| Some((c, c.pod.as_ref()?))) {
            Some((client, pod)) => format!("{}/{}", client.namespace, name_of(&**pod)),
            None => call.from.to_string(),
        }),
        context,
        word: target.word(),
    }
}
