//! The pod that is called by its own name is beyond the replicas of its StatefulSet.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::service::per_pod::PerPod;
use crate::diagnosis::semantics::cluster_names::per_pod::{Place, pods};
use crate::diagnosis::semantics::meta::{label_of, name_of};
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "service-statefulset-ordinal-missing",
    hop: Hop::Service,
    severity: Severity::Error,
    title: "the StatefulSet has no pod of that number",
    explain: include_str!("service_statefulset_ordinal_missing.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(asked) = PerPod::of(case) else {
        return;
    };
    if asked.place == Place::Within {
        return;
    }
    let object = label_of(&*asked.set);
    let replicas = asked.set.spec.replicas.unwrap_or(1);
    let all: Vec<String> = pods(&asked.set).collect();
    let has = match all.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [first, .., last] => format!("{first} to {last}"),
    };
    sink.find(
        &CHECK,
        subject_of(&*asked.set),
        format!("{object} has no pod {}: it has {has}", asked.host),
    )
    .why("only the pods that a StatefulSet has have names")
    .see(Evidence::raw(&object, ".spec.replicas", replicas))
    .see_all(asked.line(case))
    .fix(format!("call one of its pods, or scale {object} up"))
    .run(format!(
        "{} get statefulset {}",
        case.settings.kubectl_in(asked.namespace),
        quote(name_of(&*asked.set))
    ))
    .done();
}
