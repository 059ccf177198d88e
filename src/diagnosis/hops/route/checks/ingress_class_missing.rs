//! The Ingress names no class, and no controller takes such.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::declared::claim::{CLASS_ANNOTATION, Claim};
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-class-missing",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Ingress names no class, and no controller takes such",
    explain: include_str!("ingress_class_missing.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((declared, unserved, severity)) = super::unserved(case) else {
        return;
    };
    for d in unserved {
        if *d.claim != Claim::NoClass {
            continue;
        }
        let ingress = &*d.ingress;
        let classes = declared.classes.as_deref().unwrap_or_default();
        let mut draft = sink
            .find(
                &CHECK,
                subject_of(ingress),
                format!(
                    "{} names no class, and no controller takes such",
                    label_of(ingress)
                ),
            )
            .severity(severity)
            .why("no controller reads it, so its rules and its certificate do not exist for users")
            .see(Evidence::raw(
                label_of(ingress),
                ".spec.ingressClassName",
                "unset",
            ))
            .see(Evidence::raw(
                label_of(ingress),
                format!(".metadata.annotations[{CLASS_ANNOTATION}]"),
                "unset",
            ));
        for workload in declared.controllers.iter().flat_map(|c| &c.workloads) {
            let filter = workload
                .args
                .value("providers.kubernetesingress.ingressclass");
            let takes = filter.map_or_else(
                || "takes only Ingresses with a class of its own".to_owned(),
                |class| format!("takes only class {class}"),
            );
            draft = draft.see(Evidence::raw(
                workload.display(),
                ".spec.template args",
                takes,
            ));
        }
        draft = draft.see_all(case.request_lines());
        let choice = match classes {
            [] => "set spec.ingressClassName to the class of your controller".to_owned(),
            [only] => format!("set spec.ingressClassName to {only}"),
            many => format!("set spec.ingressClassName to one of: {}", many.join(", ")),
        };
        let class = classes.first().map_or("CLASS", String::as_str);
        draft
            .fix(choice)
            .run(super::set_class(case, ingress, class))
            .done();
        return;
    }
}
