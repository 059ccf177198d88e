//! A listener that the controller does not accept: it has no such port, or does not speak its protocol.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::routing::gateway::Listener;
use crate::facts::gateway::{Condition, condition};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "listener-not-accepted",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller does not accept the listener",
    explain: include_str!("listener_not_accepted.md"),
    symptom_of: &[&["gatewayclass-not-found", "gatewayclass-not-accepted"]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(way), Some(found), Some(request)) = (
        case.way(),
        case.entrance.route.found(),
        &case.journey.request,
    ) else {
        return;
    };
    if !case.settled() {
        return;
    }
    let tls = |l: &Listener| matches!(l.spec.protocol.as_str(), "HTTPS" | "TLS");
    let meant = |l: &&Listener| l.covers(&request.host) && tls(l) == request.https;
    let hit = if let Some(listener) = &found.listener {
        refused(listener).map(|why| (listener, why))
    } else {
        let mut all = way.listeners.iter().filter(meant);
        all.find_map(|l| Some((l, refused(l)?)))
    };
    let Some((listener, accepted)) = hit else {
        return;
    };
    let owner = &listener.place.declared;
    let said = format!("{} at port {}", listener.spec.protocol, listener.spec.port);
    let draft = sink
        .find(
            &CHECK,
            subject_in(&listener.place),
            format!(
                "{} does not accept listener {}: {}",
                way.make.title(),
                listener.words(),
                accepted.reason
            ),
        )
        .severity(super::unless_answered(case))
        .why("a listener that is not accepted takes no connections, and what is attached to it is not served; the reason that a route is given may then be a mere consequence")
        .see(Evidence::raw(owner.label(), listener.place.field(), said))
        .see(Evidence::raw(
            owner.label(),
            format!(".status.listeners[{}].conditions[Accepted]", listener.spec.name),
            accepted.words(),
        ))
        .see_all(case.request_lines());
    match port(case, listener, accepted) {
        Some(port) => draft
            .fix(format!(
                "the pods of the controller take such connections at port {port}: name that one"
            ))
            .run(super::replace(case, &listener.place.below("/port"), port))
            .done(),
        None => draft
            .look("give it a port and a protocol that the controller has; supportedFeatures of the class says what it can do")
            .run(format!(
                "{} describe {} {}",
                case.settings.kubectl_in(owner.namespace()),
                owner.kind().name().to_ascii_lowercase(),
                crate::diagnosis::shell::quote(owner.name())
            ))
            .run(format!(
                "{} get gatewayclass {} -o yaml",
                case.settings.kubectl(),
                crate::diagnosis::shell::quote(&way.gateway.spec.gateway_class_name)
            ))
            .done(),
    }
}

/// Why it is not accepted; none where it is, where nobody says, and where it cannot be told from another one, which is a pitfall of its own.
fn refused(listener: &Listener) -> Option<&Condition> {
    let status = listener.status.as_ref()?;
    let conflicts = condition(&status.conditions, "Conflicted").is_some_and(Condition::is_true);
    let accepted = listener.condition("Accepted")?;
    (accepted.is_false() && !conflicts && !listener.conflicts).then_some(accepted)
}

/// The port at which the controller takes what is meant, where its command line says it, and it is the port that is wrong.
fn port(case: &Case, listener: &Listener, accepted: &Condition) -> Option<u16> {
    let controller = case.entrance.controller.found()?;
    let request = case.journey.request.as_ref()?;
    let of_pods = case.way()?.make.ways().ports_of_pods;
    let told = controller.make.listens(controller.args(), request.https)?;
    let wrong = accepted.reason == "PortUnavailable" && i32::from(told) != listener.spec.port;
    (of_pods && wrong).then_some(told)
}
