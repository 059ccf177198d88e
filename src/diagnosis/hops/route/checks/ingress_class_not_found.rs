//! The Ingress names a class that does not exist.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::declared::claim::{CLASS_ANNOTATION, Claim};
use crate::diagnosis::semantics::host::nearest;
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-class-not-found",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the class that the Ingress names does not exist",
    explain: include_str!("ingress_class_not_found.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((declared, unserved, severity)) = super::unserved(case) else {
        return;
    };
    for d in unserved {
        let Claim::NoSuchClass {
            name,
            by_annotation,
        } = &*d.claim
        else {
            continue;
        };
        let ingress = &*d.ingress;
        let field = if *by_annotation {
            format!(".metadata.annotations[{CLASS_ANNOTATION}]")
        } else {
            ".spec.ingressClassName".to_owned()
        };
        let classes = declared.classes.as_deref().unwrap_or_default();
        let near = nearest(name, classes.iter().map(String::as_str), 1);
        let known = if classes.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are: {}", classes.join(", "))
        };
        let draft = sink
            .find(
                &CHECK,
                subject_of(ingress),
                format!(
                    "{} names class {name:?}, which does not exist",
                    label_of(ingress)
                ),
            )
            .severity(severity)
            .why("no controller reads it, so its rules and its certificate do not exist for users")
            .see(Evidence::field(label_of(ingress), field, name))
            .see(Evidence::Absent {
                what: format!("IngressClass {name}"),
                looked: known,
            })
            .see_all(case.request_lines());
        let class = near
            .first()
            .copied()
            .or(classes.first().map(String::as_str))
            .unwrap_or("CLASS");
        draft
            .fix(if near.is_empty() {
                "name a class that exists".to_owned()
            } else {
                format!("did you mean {class}?")
            })
            .run(super::set_class(case, ingress, class))
            .done();
        return;
    }
}
