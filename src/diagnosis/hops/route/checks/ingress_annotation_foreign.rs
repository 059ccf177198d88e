//! The Ingress has annotations of another make of controller, which this one does not read.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::dialect::make::owner_of_annotation;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-annotation-foreign",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "annotations of another controller do nothing here",
    explain: include_str!("ingress_annotation_foreign.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

/// Annotations shown at most.
const MOST: usize = 5;

fn run(case: &Case, sink: &mut Sink) {
    let (Some(controller), Some(rule)) = (case.entrance.controller.found(), case.entrance.rule())
    else {
        return;
    };
    let make = &controller.make;
    let own = make.annotation_prefixes();
    if own.is_empty() || controller.workloads.is_empty() || !case.settled() {
        return;
    }
    let declared = &rule.place.declared;
    let annotations = declared.metadata().annotations.as_ref();
    let foreign = |key: &str| {
        let owner = owner_of_annotation(key)?;
        (!own.iter().any(|p| key.starts_with(p.as_str()))).then_some(owner)
    };
    let found: Vec<_> = annotations
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key, value, foreign(key)?)))
        .collect();
    let Some((_, _, first)) = found.first() else {
        return;
    };
    let guards = found.iter().any(|(key, _, owner)| {
        let turning = owner.turning_away();
        turning.iter().any(|t| t.key == **key)
    });
    // Charts write them for several makes at once: that does no harm while all goes well.
    let severity = if guards || !case.answered_well() {
        Severity::Warning
    } else {
        Severity::Info
    };
    let (label, title) = (declared.label(), make.title());
    let why = if guards {
        "what they should keep out is let in"
    } else {
        "what they ask for does not happen"
    };
    let key = |key: &str| format!(".metadata.annotations[{key}]");
    let prefixes = own.join("…, ") + "…";
    // The controller's command line may say what its own begin with.
    let told = first.slug() == make.slug();
    let (what, fix) = if told {
        (
            format!("{label} has the usual annotations of {title}, and here it reads {prefixes}"),
            "write them as this controller reads them, or take --annotations-prefix away"
                .to_owned(),
        )
    } else {
        (
            format!(
                "{label} has annotations of {}, which {title} does not read",
                first.title()
            ),
            format!("say the same in the annotations of {title}, or take them away"),
        )
    };
    sink.find(&CHECK, subject_in(&rule.place), what)
        .severity(severity)
        .why(why)
        .see_all(
            found
                .iter()
                .take(MOST)
                .map(|(name, value, _)| Evidence::field(&label, key(name), value)),
        )
        .see(Evidence::raw(
            controller.workloads[0].display(),
            "annotations that it reads",
            prefixes,
        ))
        .fix(fix)
        .run(format!(
            "{} get ingress {} -o yaml",
            case.settings.kubectl_in(declared.namespace()),
            crate::diagnosis::shell::quote(declared.name())
        ))
        .done();
}
