//! A backendRef into another namespace that no ReferenceGrant allows.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::routing::Granted;
use crate::diagnosis::shell;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-ref-not-permitted",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "nothing allows the route to lead into the other namespace",
    explain: include_str!("route_ref_not_permitted.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let via = &backend.via;
    let (Granted::No, Some(route), Some((namespace, name))) =
        (&via.granted, via.place.declared.route(), via.service())
    else {
        return;
    };
    // Some let it through.
    let passed = case.answered_well();
    let label = via.place.declared.label();
    sink.find(
        &CHECK,
        subject_in(&via.place),
        format!("{label} leads to Service {namespace}/{name}, and no ReferenceGrant allows it"),
    )
    .severity(if passed { Severity::Warning } else { Severity::Error })
    .why(if passed {
        "requests get through all the same: the controller does not ask for the grant, which it should"
    } else {
        "a backend that is not valid gets its share of the requests, and they are answered with 500"
    })
    .see(Evidence::field(&label, via.place.below("/namespace").field(), namespace))
    .see(Evidence::Absent {
        what: format!(
            "a ReferenceGrant from {} of {} to Service {name}",
            route.kind().name(),
            route.namespace()
        ),
        looked: format!("namespace {namespace}"),
    })
    .see_all(case.request_lines())
    .fix(format!("grant it in namespace {namespace}, or lead to a Service of the route's own"))
    .run(shell::grant(
        &case.settings.kubectl_in(namespace),
        (route.kind(), route.namespace()),
        (Kind::Service, name),
    ))
    .done();
}
