//! A Gateway, or one listener of it, whose configuration is in no data plane.

use crate::diagnosis::checks::causes::NO_SECRET;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::routing::gateway::Listener;
use crate::diagnosis::semantics::meta::label_of;
use crate::facts::gateway::{Condition, current};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-not-programmed",
    hop: Hop::LoadBalancer,
    severity: Severity::Error,
    title: "the Gateway is not programmed into a data plane",
    explain: include_str!("gateway_not_programmed.md"),
    symptom_of: &[
        &[
            "gatewayclass-not-found",
            "gatewayclass-not-accepted",
            "gateway-not-accepted",
            "ctl-not-running",
            "lb-pending",
            "listener-not-accepted",
        ],
        NO_SECRET,
    ],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    // Some leave it False for reasons that touch no traffic.
    if case.answered() || !case.settled() {
        return;
    }
    let label = label_of(&*way.gateway);
    // Where nobody wrote it, the one on acceptance says it.
    let generation = way.gateway.metadata.generation;
    let whole = current(&way.gateway.status.conditions, "Programmed", generation);
    let (who, why, field, said) = match (whole.filter(|c| c.is_false()), listener(case)) {
        (Some(said), _) => (
            label.clone(),
            "what the Gateway says has not become the configuration of a proxy",
            ".status.conditions[Programmed]".to_owned(),
            vec![said],
        ),
        (None, Some((listener, said))) => (
            format!("listener {}", listener.words()),
            "what the listener says has not become the configuration of a proxy, so nobody takes connections for it",
            format!(".status.listeners[name={}].conditions", listener.spec.name),
            said,
        ),
        (None, None) => return,
    };
    let kubectl = case.settings.kubectl();
    let name = crate::diagnosis::shell::quote(way.name());
    let reason = &said[0].reason;
    sink.find(
        &CHECK,
        subject_of(&*way.gateway),
        format!("{who} is in no data plane: {reason}"),
    )
    .why(why)
    .see_all(
        said.iter()
            .map(|c| Evidence::raw(&label, &field, c.words())),
    )
    .see_all(case.request_lines())
    .look("see what was made for the Gateway, and what the condition says")
    .run(format!(
        "{kubectl} get svc,deploy,pod -A -l gateway.networking.k8s.io/gateway-name={name}"
    ))
    .done();
}

/// The listener that takes the request, where it alone is not programmed: what is said of that, and of what it refers to.
fn listener<'c>(case: &Case<'c, '_>) -> Option<(&'c Listener, Vec<&'c Condition>)> {
    let listener = case.entrance.route.found()?.listener.as_ref()?;
    let conditions = &listener.status.as_ref()?.conditions;
    let generation = listener.place.declared.metadata().generation;
    let said = |kind| current(conditions, kind, generation).filter(|c| c.is_false());
    let programmed = said("Programmed")?;
    let all = [Some(programmed), said("ResolvedRefs")];
    Some((listener, all.into_iter().flatten().collect()))
}
