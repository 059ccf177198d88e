//! The controller answers 401 or 403 itself, because an annotation of the Ingress says so.

use serde_json::json;

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::dialect::effects::Guard;
use crate::diagnosis::hops::load_balancer::service::is_local;
use crate::diagnosis::hops::tls::Tls;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::service::service_type;
use crate::diagnosis::shell::patch;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-access-denied",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller turns the request away, by an annotation of the Ingress",
    explain: include_str!("ingress_access_denied.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(controller), Some(rule)) = (case.entrance.controller.found(), case.entrance.rule())
    else {
        return;
    };
    // The controller reads nothing of what it passes on.
    if !case.all_answered() || case.entrance.passes_tls() {
        return;
    }
    let make = &controller.make;
    let route = case.entrance.route.found();
    let set: Vec<&Guard> = route.iter().flat_map(|r| &r.resolution.guards).collect();
    if set.is_empty() {
        return;
    }
    let by_controller = |k: &Attempt| {
        let response = k.response()?;
        let turned = matches!(response.status, 401 | 403);
        // Who gives none of the answers that are known is who guards the way.
        let own = matches!(
            case.entrance.inside.author,
            Author::Controller | Author::Nobody
        ) || make.wrote(response).is_some();
        (turned && own).then_some(response.status)
    };
    let from_pod = matches!(
        case.entrance.inside.author,
        Author::Backend { .. } | Author::Rival { .. }
    );
    let Some(status) = case
        .attempts()
        .iter()
        .find_map(by_controller)
        .filter(|_| !from_pod)
    else {
        return;
    };
    // Whose word it is is not known where the pods may have said it.
    if case.entrance.tls.found().is_some_and(Tls::may_be_the_pods) {
        return;
    }
    // A list turns away with 403, a password with 401.
    let by_list = |g: &Guard| g.by_address && status == 403;
    let Some(first) = set.iter().find(|g| by_list(g)).or(set.first()) else {
        return;
    };
    let title = make.title();
    // Behind a Service with this policy the client's address is a node's (kube-proxy translates it).
    let lb = case.entrance.load_balancer.found();
    let service = lb.and_then(|l| l.service.as_deref());
    let hidden =
        service.filter(|s| by_list(first) && !is_local(s) && service_type(s) != "ClusterIP");
    let why = match (status, hidden) {
        (401, _) => "it wants credentials, as it was told to".to_owned(),
        (_, Some(service)) => format!(
            "the address that it sees is not on the list; {} lets the nodes put their own addresses in the place of the client's, so that not even those on the list pass",
            label_of(service)
        ),
        _ => "the request is none of those that may pass, as it was told to".to_owned(),
    };
    let mut draft = sink
        .find(
            &CHECK,
            subject_in(&rule.place),
            format!(
                "{title} answers {status} itself: {} of {}",
                first.what, first.object
            ),
        )
        .severity(if status == 401 {
            Severity::Info
        } else {
            Severity::Error
        })
        .why(why)
        .see_all(
            set.iter()
                .map(|g| Evidence::field(&g.object, &g.field, &g.value)),
        )
        .see(hidden.map(|s| Evidence::raw(label_of(s), ".spec.externalTrafficPolicy", "Cluster")))
        .see_all(case.request_lines())
        .see_all(case.inside_lines(Hop::Route));
    draft = match hidden {
        Some(service) => {
            let kubectl = case.settings.kubectl_in(namespace_of(service));
            let local = json!({"spec": {"externalTrafficPolicy": "Local"}});
            draft
                .fix("let the controller see the clients' addresses: externalTrafficPolicy Local, or the PROXY protocol")
                .run(patch::merge(&kubectl, Kind::Service, name_of(service), &local))
        }
        None if status == 401 => draft.fix("ask with credentials: -H 'Authorization: …'"),
        None => draft
            .fix("ask from an address or with the proof that may pass, or widen the annotation"),
    };
    draft.done();
}
