//! A route that attaches to a ListenerSet which its Gateway does not let add listeners.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::route::refused::turned;
use crate::diagnosis::semantics::meta::{label_of, namespace_of};
use crate::diagnosis::shell::patch;
use crate::facts::Kind;
use crate::facts::gateway::{From, current};
use crate::report::{Evidence, Hop, Severity};
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "listenerset-not-allowed",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Gateway takes no listeners of the ListenerSet",
    explain: include_str!("listenerset_not_allowed.md"),
    symptom_of: &[&[
        "gatewayclass-not-found",
        "gatewayclass-not-accepted",
        "gateway-not-accepted",
    ]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((way, all)) = turned(case) else {
        return;
    };
    let hit = all.iter().find_map(|t| Some((t, t.kept_out(way)?)));
    let Some((turned, set)) = hit else {
        return;
    };
    let (gateway, label) = (label_of(&*way.gateway), label_of(&**set));
    let namespace = namespace_of(&**set);
    let allowed = way.gateway.spec.allowed_listeners.as_ref();
    let from = allowed
        .and_then(|a| a.namespaces.as_ref())
        .and_then(|n| n.from);
    let field = ".spec.allowedListeners.namespaces.from";
    let said = match from {
        Some(from) => Evidence::raw(&gateway, field, format!("{from:?}")),
        None => Evidence::Absent {
            what: field.to_owned(),
            looked: format!("{gateway}: left out it means None"),
        },
    };
    let accepted = current(&set.status.conditions, "Accepted", set.metadata.generation);
    let status = accepted.map(|c| Evidence::raw(&label, ".status.conditions[Accepted]", c.words()));
    let same = namespace == way.namespace();
    let wanted = if same { From::Same } else { From::All };
    let part = json!({"spec": {"allowedListeners": {"namespaces": {"from": wanted}}}});
    let kubectl = case.settings.kubectl_in(way.namespace());
    sink.find(
        &CHECK,
        subject_of(&**set),
        format!("{gateway} takes no listeners of {label}: {} is not attached", turned.label()),
    )
    .severity(super::unless_answered(case))
    .why("a Gateway takes listeners of nobody else unless it says of whom; the route is attached to listeners that do not come to be")
    .see(said)
    .see(Evidence::raw(&label, ".metadata.namespace", namespace))
    .see(status)
    .see(Evidence::field(turned.label(), turned.place().below("/name").field(), &turned.bound.parent().name))
    .see_all(case.request_lines())
    .fix(match (from, same) {
        (Some(From::Selector), _) => format!("give namespace {namespace} the labels of the Gateway's selector, or let the Gateway take ListenerSets of every namespace"),
        (_, true) => "let the Gateway take ListenerSets of its own namespace".to_owned(),
        (_, false) => "let the Gateway take ListenerSets of that namespace: All, or a Selector of its labels".to_owned(),
    })
    .run(patch::merge(&kubectl, Kind::Gateway, way.name(), &part))
    .done();
}
