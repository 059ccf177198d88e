//! The rule leads to an ExternalName Service, and the controller does not go there.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::dialect::dropped::Argument;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::routing::same_backends;
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-externalname-disallowed",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller leads no requests to ExternalName Services",
    explain: include_str!("ingress_externalname_disallowed.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(controller), Some(route), Some(rule)) = (
        case.entrance.controller.found(),
        case.entrance.route.found(),
        case.entrance.rule(),
    ) else {
        return;
    };
    let found = backend.service.found();
    let Some(service) = found.and_then(|f| f.service.as_deref()) else {
        return;
    };
    let refusal = controller.make.refuses_service(controller.args(), service);
    let Some(refusal) = refusal.filter(|_| !controller.workloads.is_empty()) else {
        return;
    };
    let title = controller.make.title();
    let name = label_of(service);
    let outside = service
        .spec
        .as_ref()
        .and_then(|s| s.external_name.as_deref());
    let mut matching = route.resolution.matching.iter();
    let next = matching.find(|other| !same_backends(other, rule));
    let ends = if refusal.drops {
        super::instead(case, next)
    } else {
        format!(
            "every request is answered with an error by {title}, which knows no endpoint for it"
        )
    };
    let draft = sink
        .find(
            &CHECK,
            subject_in(&backend.via.place),
            format!(
                "{title} leads no requests to {name}, an ExternalName: {}",
                refusal.why
            ),
        )
        .why(ends)
        .see(super::backend_field(&backend.via))
        .see(Evidence::field(&name, ".spec.type", "ExternalName"))
        .see(outside.map(|o| Evidence::field(&name, ".spec.externalName", o)))
        .see(super::argument(case, Some(&refusal.argument)))
        .see_all(case.request_lines());
    match &refusal.argument {
        Argument::Missing(argument) => draft
            .fix(super::add_argument_words(case, argument))
            .run_all(super::add_argument(case, argument))
            .done(),
        Argument::Given(argument) => draft
            .fix(format!(
                "take {argument} from the arguments, or make a Service without selector and an EndpointSlice with the addresses"
            ))
            .done(),
    }
}
