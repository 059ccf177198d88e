//! No name that the resolver tries exists, and nothing else explains it.

use k8s_openapi::api::core::v1::Service;

use super::cluster_dns_no_forward::failed_outside;
use super::{View, short};
use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject};
use crate::diagnosis::hops::cluster_dns::lookup::Candidate;
use crate::diagnosis::semantics::cluster_names::Name;
use crate::diagnosis::semantics::cluster_names::near::{Near, Slip, near};
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::semantics::resolver::Reply;
use crate::facts::Unknown;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-name-typo",
    hop: Hop::ClusterDns,
    severity: Severity::Error,
    title: "there is no such name in the cluster",
    explain: include_str!("cluster_dns_name_typo.md"),
    symptom_of: &[&["service-statefulset-name-mismatch"]],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let Some(found) = meant(case, &view) else {
        return nowhere(case, &view, sink);
    };
    let elsewhere = |n: &Near| matches!(n.slip, Slip::OtherNamespace | Slip::NoNamespace);
    if found.near.iter().any(elsewhere) {
        return;
    }
    // A name with dots that nothing in the cluster is like may be one of the world outside: whose server then tells of its own.
    let outside = view.call.name.contains('.') && found.near.is_empty();
    if outside && failed_outside(&view, &[Reply::ServFail, Reply::Refused]).is_some() {
        return;
    }
    let called = &view.call.name;
    let near: Vec<String> = found
        .near
        .iter()
        .take(3)
        .map(|n| short(&n.ns, &n.name))
        .collect();
    let absent = Evidence::Absent {
        what: format!("Service {}/{}", found.namespace, found.name),
        looked: format!("Services of namespace {}", found.namespace),
    };
    let lines = view.lines(case);
    let seen = !lines.is_empty();
    let title = if outside {
        format!("there is no name {called}")
    } else {
        format!("there is no name {called} in the cluster")
    };
    let draft = sink
        .find(&CHECK, host_subject(called), title)
        .why("the DNS server knows none of the names that the pod's resolver tries")
        .see_all(lines)
        .see((!outside || !seen).then_some(absent));
    let list = format!("{} get services -A", case.settings.kubectl());
    match near.as_slice() {
        [] => draft.look("see which Services there are").run(list).done(),
        near => draft
            .fix(format!("did you mean {}?", near.join(" or ")))
            .run(list)
            .done(),
    }
}

/// What a name that is not there may have meant.
pub(super) struct Meant {
    /// The namespace in which it is looked for.
    pub namespace: String,
    /// The Service that it asks for.
    pub name: String,
    /// Services that may have been meant, the likeliest first.
    pub near: Vec<Near>,
}

/// The same of a name that no Service could have.
fn nowhere(case: &Case, view: &View, sink: &mut Sink) {
    let lines = view.lines(case);
    let inside = view.lookup.candidates.iter().any(|c| {
        matches!(
            c.meaning,
            Some(Name::Service { .. } | Name::Endpoint { .. })
        )
    });
    if !view.is_missing() || inside || lines.is_empty() {
        return;
    }
    let called = &view.call.name;
    sink.find(&CHECK, host_subject(called), format!("there is no name {called}"))
        .why("neither the cluster nor the DNS servers behind its own know any of the names that the pod's resolver tries")
        .see_all(lines)
        .look("see how the name is written")
        .run(format!("{} get services -A", case.settings.kubectl()))
        .done();
}

/// The same, where the server says that none of the names is there, and no Service is called so.
pub(super) fn meant(case: &Case, view: &View) -> Option<Meant> {
    if !view.is_missing() || view.served().is_some() {
        return None;
    }
    let candidates = || view.lookup.candidates.iter();
    // A Service that is there has another reason for not being found.
    let serviced = |c: &Candidate| match &c.meaning {
        Some(meant @ (Name::Service { .. } | Name::Endpoint { .. })) => Some(meant.clone()),
        _ => None,
    };
    let all: Vec<Name> = candidates().filter_map(serviced).collect();
    // The whole name of a Service rather than that of one of its endpoints.
    let whole = all.iter().find(|m| matches!(m, Name::Service { .. }));
    let first = whole.or_else(|| all.first())?;
    let (namespace, name) = first.service()?;
    for (ns, service) in all.iter().filter_map(|m| m.service()) {
        match case.get::<Service>(Some(ns), service) {
            Ok(None) => {}
            _ => return None,
        }
    }
    let aside = case.aside();
    let mut services: Vec<(String, String)> = Vec::new();
    for service in [Some(name), second(view)].into_iter().flatten() {
        match case.find::<Service>(service) {
            Err(Unknown::Waiting) => return None,
            Err(Unknown::Gap(_)) => {}
            Ok(namespaces) => {
                services.extend(namespaces.into_iter().map(|ns| (ns, service.to_owned())));
            }
        }
    }
    match aside.list::<Service>(Some(namespace), None, None) {
        Err(Unknown::Waiting) => return None,
        Err(Unknown::Gap(_)) => {}
        Ok(listed) => services.extend(
            listed
                .items
                .iter()
                .map(|s| (namespace_of(&**s).to_owned(), name_of(&**s).to_owned())),
        ),
    }
    let pairs = services
        .iter()
        .map(|(ns, name)| (ns.as_str(), name.as_str()));
    Some(Meant {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        near: near(first, pairs),
    })
}

/// The first word of a name with dots: where the namespace is wrong, it is the Service that is meant.
fn second<'v>(view: &View<'v, '_>) -> Option<&'v str> {
    let (first, _) = view.call.name.split_once('.')?;
    Some(first)
}
