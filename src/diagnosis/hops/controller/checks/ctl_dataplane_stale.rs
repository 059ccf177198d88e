//! The controller's pods do not agree: one has the route, another does not.

use crate::diagnosis::ask::reads::after_grace;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::request::inside::Replica;
use crate::diagnosis::request::outcome::Outcome;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// Seconds that a change may take until every pod has it.
const GRACE: i64 = 60;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-dataplane-stale",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the controller's pods answer the same request differently",
    explain: include_str!("ctl_dataplane_stale.md"),
    symptom_of: &[&["ctl-not-running", "ctl-config-reload-failed"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let inside = &case.entrance.inside;
    // Where backends share the requests, replicas answer differently by chance.
    if case.is_shared() || !case.all_answered() || inside.outside.is_good() {
        return;
    }
    let outcome = |r: &Replica| r.best().outcome(inside.marks_known);
    let knows = |r: &&Replica| matches!(outcome(r), Outcome::Through(_));
    let lacks = |r: &&Replica| {
        matches!(
            outcome(r),
            Outcome::ByProxy(404 | 503) | Outcome::ByEither(404 | 503)
        )
    };
    let all = inside.replicas.iter();
    let (Some(_), Some(stale)) = (all.clone().find(knows), all.clone().find(lacks)) else {
        return;
    };
    let pod = &*stale.pod;
    let (namespace, name) = (namespace_of(pod), name_of(pod));
    let rule = case.entrance.rule();
    let age = rule.and_then(|r| case.age(r.place.declared.created()));
    let severity = after_grace(age, GRACE);
    let why = match severity {
        Severity::Error => {
            "it works with an old configuration, and whoever meets it gets its error"
        }
        _ => "the Ingress is younger than a minute; the pod may still take it up",
    };
    let of = inside.replicas.len();
    let wrong = all.filter(lacks).count();
    let status = outcome(stale).status().unwrap_or_default();
    let title = format!(
        "{wrong} of {of} controller pods answer {status} themselves, {namespace}/{name} for one, while another has the route"
    );
    let draft = sink
        .find(&CHECK, subject(Kind::Pod, Some(namespace), name), title)
        .severity(severity)
        .why(why)
        .see_all(inside.replicas.iter().map(|r| r.best().evidence(case)))
        .see_all(case.request_lines());
    let (kubectl, name) = (case.settings.kubectl_in(namespace), quote(name));
    draft
        .fix("see why the pod did not take up the configuration, then let it be replaced")
        .run(format!("{kubectl} logs {name} --tail=50"))
        .run(format!("{kubectl} delete pod {name}"))
        .done();
}
