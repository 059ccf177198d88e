//! Kinds of Gateway API that nobody installed, and that somebody counts on: a controller, or the user.

use crate::diagnosis::checks::{Case, Check, Run, Sink, host_subject, subject_of};
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::semantics::meta::label_of;
use crate::facts::gateway::{Condition, GROUP, condition};
use crate::facts::{Kind, Question};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "gateway-crds-missing",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "Gateway API is not installed, or a kind of it without which the controller serves nothing",
    explain: include_str!("gateway_crds_missing.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    if !case.settled() {
        return;
    }
    let Some(way) = case.way() else {
        let none = case.lacks(&Question::list_all(Kind::Gateway));
        if none && !wanted(case, sink) {
            told_to_read_it(case, sink);
        }
        return;
    };
    blocked(case, way, sink);
}

/// A controller that waits for a kind which there is not, and has never looked at the Gateway.
fn blocked(case: &Case, way: &Way, sink: &mut Sink) {
    let Some(controller) = case.entrance.controller.found() else {
        return;
    };
    let accepted = condition(&way.gateway.status.conditions, "Accepted");
    let untouched = accepted.is_none_or(|c| c.status == "Unknown" && Condition::is_default(c));
    if untouched {
        // A kind that may not be listed may be the one that there is not.
        case.journey.gateways.touch();
    }
    let mut wants = controller.make.wants_kinds(controller.version()).iter();
    let Some(kind) = wants
        .find(|kind| case.lacks(&Question::list_all(**kind)))
        .filter(|_| untouched)
    else {
        return;
    };
    let (make, label) = (way.make.title(), label_of(&*way.gateway));
    let name = kind.name();
    let image = controller.workloads.first();
    sink.find(
        &CHECK,
        subject_of(&*way.gateway),
        format!("{make} serves no Gateway: it waits for the kind {name}, which is not installed"),
    )
    .severity(super::unless_answered(case))
    .why(format!(
        "{make} reads all kinds of Gateway API before it looks at any; its class is accepted all the same, and the Gateway never gets a status"
    ))
    .see(absent(*kind))
    .see(image.map(|w| Evidence::field(w.display(), "image", &w.image)))
    .see(match accepted {
        Some(c) => Evidence::raw(&label, ".status.conditions[Accepted]", c.words()),
        None => Evidence::Absent {
            what: ".status.conditions".to_owned(),
            looked: label,
        },
    })
    .see_all(case.request_lines())
    .look(format!(
        "install a version of Gateway API whose standard channel has {name} (1.5 or later); see which one is there"
    ))
    .run(format!(
        "{} get crd gateways.{GROUP} -o jsonpath='{{.metadata.annotations}}'",
        case.settings.kubectl()
    ))
    .run_all(super::log_of_gateway(case))
    .done();
}

/// The user wants to see a Gateway.
fn wanted(case: &Case, sink: &mut Sink) -> bool {
    let Some(name) = case.settings.entrance.as_deref() else {
        return false;
    };
    // A namespace has no dot; a controller of `example.com/controller` does.
    let spaced = name
        .split_once('/')
        .is_some_and(|(ns, _)| !ns.contains('.'));
    let is_gateway = spaced || name.starts_with("Gateway ");
    let found = case.journey.entrances.iter().any(|e| e.id.is_called(name));
    if !is_gateway || found {
        return false;
    }
    let bare = name.strip_prefix("Gateway ").unwrap_or(name);
    sink.find(
        &CHECK,
        host_subject(&case.target.host),
        format!("Gateway API is not installed in the cluster: there is no Gateway {bare}"),
    )
    .why("without its definitions the API server takes no Gateway and no route")
    .see(absent(Kind::Gateway))
    .fix("install Gateway API and a controller for it, or choose another cluster by --context")
    .run(crds(case))
    .done();
    true
}

/// A controller is told to read Gateway API, and nothing serves the host.
fn told_to_read_it(case: &Case, sink: &mut Sink) {
    let Ok(declared) = case.journey.declared.as_ref() else {
        return;
    };
    let unclaimed = case.entrance.controller.found().is_none() && declared.all.is_empty();
    let Ok(near) = declared.controllers.as_ref() else {
        return;
    };
    let mut all = near.workloads.iter();
    let told = all.find(|w| w.make.reads_gateways(&w.args));
    let Some(workload) = told.filter(|_| unclaimed && !case.answered_well()) else {
        return;
    };
    let make = workload.make.title();
    sink.find(
        &CHECK,
        host_subject(&case.target.host),
        format!("{make} is told to read Gateway API, which is not installed"),
    )
    .severity(Severity::Warning)
    .why("no Ingress has the host, and no route can: without its definitions the API server takes none")
    .see(absent(Kind::Gateway))
    .see(Evidence::raw(workload.display(), "image", &workload.image))
    .see_all(case.request_lines())
    .fix("install Gateway API, if the host is to be served by it, and create the route")
    .run(crds(case))
    .done();
}

fn absent(kind: Kind) -> Evidence {
    Evidence::Absent {
        what: format!("{} of {GROUP}", kind.plural()),
        looked: "the kinds of the API server".to_owned(),
    }
}

fn crds(case: &Case) -> String {
    format!(
        "{} api-resources --api-group={GROUP}",
        case.settings.kubectl()
    )
}
