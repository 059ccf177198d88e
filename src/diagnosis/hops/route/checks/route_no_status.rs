//! A route of which the controller of its Gateway says nothing.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::declared::gateways::Bound;
use crate::diagnosis::hops::controller::checks::{after_a_minute, log_of_gateway};
use crate::diagnosis::request::author::Author;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-no-status",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller says nothing of the route",
    explain: include_str!("route_no_status.md"),
    symptom_of: &[&[
        "gatewayclass-not-accepted",
        "listener-not-accepted",
        "gateway-not-accepted",
        "ctl-not-running",
        "gateway-crds-missing",
    ]],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(way) = case.way() else {
        return;
    };
    // Without the class nobody's word is missed, be there a rule or not.
    way.class.touch();
    let Some(rule) = case.entrance.rule() else {
        return;
    };
    let (Some(route), Ok(Some(class))) = (rule.place.declared.route(), way.class.as_ref()) else {
        return;
    };
    // What was never applied has neither an age nor a status.
    let age = case.age(route.metadata().creation_timestamp.as_ref());
    // Nor do files tell whose status was left out; the definition gives each Gateway its first conditions.
    let stripped = way.gateway.status.conditions.is_empty();
    if age.is_none() || stripped || !case.settled() {
        return;
    }
    let controller = &class.spec.controller_name;
    let taken = |b: &&Bound| b.route == *route && !b.attachment.to.is_empty();
    let mut bound = way.bound.iter().filter(taken);
    if bound.any(|b| route.rows(controller, b.parent()).next().is_some()) {
        return;
    }
    // Anything but a 404 may come by this route, and what its own pods write does.
    let by_it = match &case.entrance.inside.author {
        Author::Backend { .. } => true,
        Author::Rival { .. } => false,
        _ => case.is_answered_otherwise(),
    };
    let severity = if by_it {
        Severity::Warning
    } else {
        Severity::Error
    };
    let label = rule.place.declared.label();
    let rows = &route.status().parents;
    let others: Vec<&str> = rows.iter().map(|r| r.controller_name.as_str()).collect();
    let own = rows.iter().any(|r| r.controller_name == *controller);
    let title = match rows.first() {
        None => format!("no controller says anything of {label}"),
        Some(_) => format!(
            "{} says nothing of {label} at {}",
            way.make.title(),
            label_of(&*way.gateway)
        ),
    };
    let (kubectl, name) = (
        case.settings.kubectl_in(route.namespace()),
        quote(route.name()),
    );
    let kind = route.kind().name().to_ascii_lowercase();
    sink.find(&CHECK, subject_in(&rule.place), title)
        .severity(severity.min(after_a_minute(age)))
        .why(if by_it {
            "the request is answered, so that the route may be in effect from before; a controller that writes no status carries out no changes either"
        } else {
            "a controller writes a status for each route of its Gateways: it does not see this one, or does not run, and nobody serves the route"
        })
        .see(Evidence::field(label_of(&**class), ".spec.controllerName", controller))
        .see(Evidence::Absent {
            what: format!("a row of {controller} for {}", label_of(&*way.gateway)),
            looked: format!("{label} .status.parents"),
        })
        .see((!others.is_empty() && !own).then(|| {
            Evidence::raw(&label, ".status.parents[*].controllerName", others.join(", "))
        }))
        .see_all(case.request_lines())
        .look(format!(
            "see whether the controller of the class runs, watches namespace {} and knows the kind {}; its log says what it leaves out",
            route.namespace(),
            route.kind().name()
        ))
        .run(format!("{kubectl} describe {kind} {name}"))
        .run_all(log_of_gateway(case))
        .done();
}
