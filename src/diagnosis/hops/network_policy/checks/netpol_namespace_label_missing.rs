//! A rule selects the controller's namespace by a label that this does not have.

use super::{Shut, Standing, allow, tried_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::slip::Slip;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::{Direction, End, NAME_LABEL};
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-namespace-label-missing",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy selects the sender's namespace by a label that it does not have",
    explain: include_str!("netpol_namespace_label_missing.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(shut) = Shut::of(case, backend, Direction::Ingress) else {
        return;
    };
    if shut.standing == Standing::Refuted {
        return;
    }
    let Some(found) = shut.slipped(backend, |s| matches!(s, Slip::Label(..))) else {
        return;
    };
    let label = found.slips.iter().find_map(|s| match s {
        Slip::Label(key, value) => Some((key.as_str(), value.as_str())),
        _ => None,
    });
    let (Some((key, value)), End::Pod(source)) = (label, &found.flow.source) else {
        return;
    };
    let namespace = source.namespace.as_str();
    let about = &found.tried.rule.policy;
    let title = format!(
        "{} wants label {key}={value} of {}'s namespace, and Namespace {namespace} has it not",
        label_of(&**about),
        case.sender()
    );
    let why = format!(
        "namespaces are selected by their labels, and only {NAME_LABEL} is always there{}",
        found.besides()
    );
    let labels = shut.policies.namespaces.labels(namespace);
    let there: Vec<String> = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let there = if there.is_empty() {
        "none".to_owned()
    } else {
        there.join(", ")
    };
    let kubectl = case.settings.kubectl();
    let label = quote(&format!("{key}={value}"));
    shut.draft(case, sink, (&CHECK, about), &title, &why)
        .see(tried_line(found.tried))
        .see(Evidence::raw(
            format!("Namespace {namespace}"),
            ".metadata.labels",
            there,
        ))
        .fix(format!(
            "select it by {NAME_LABEL}, as the policy below does, or give the Namespace the label"
        ))
        .run_all(allow(
            case,
            backend,
            found.flow,
            (Direction::Ingress, about),
        ))
        .run(format!(
            "{kubectl} label namespace {} {label}",
            quote(namespace)
        ))
        .done();
}
