//! An annotation holds a part of the configuration, which the settings of the controller forbid.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::dialect::dropped::Cause;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-snippet-rejected",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller's settings forbid a snippet of the Ingress",
    explain: include_str!("ingress_snippet_rejected.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(controller) = case.entrance.controller.found() else {
        return;
    };
    let Some((object, map)) = controller.config.as_ref() else {
        return;
    };
    let dropped = super::dropped(case, &[Cause::Snippet]);
    let Some(rule) = dropped.map(|d| &d.rule).or(case.entrance.rule()) else {
        return;
    };
    let none = std::collections::BTreeMap::new();
    let data = map.data.as_ref().unwrap_or(&none);
    let snippet = controller
        .make
        .snippet(rule, controller.version(), Some(data));
    let Some(snippet) = snippet.filter(|s| s.refuses == dropped.is_some()) else {
        return;
    };
    if !case.settled() {
        return;
    }
    let (setting, wanted) = snippet.setting;
    let declared = &rule.place.declared;
    let label = declared.label();
    let title = controller.make.title();
    let field = format!(".data.{setting}");
    let said = match data.get(setting) {
        Some(value) => Evidence::field(object, field, value),
        None => Evidence::Absent {
            what: field,
            looked: format!("{object}; by itself it is {}", snippet.usual),
        },
    };
    let (severity, what, why) = match dropped {
        Some(_) => (
            case.severity_of_drop(),
            format!("{title} refuses {label}, which has {}", snippet.key),
            super::instead(case, case.entrance.rule()),
        ),
        None => (
            Severity::Warning,
            format!("{title} leaves {} of {label} out", snippet.key),
            "the rule is served without what the snippet asks for: a redirect, a header, a lock"
                .to_owned(),
        ),
    };
    let kubectl = case.settings.kubectl_in(declared.namespace());
    sink.find(&CHECK, subject_in(&rule.place), what)
        .severity(severity)
        .why(why)
        // The snippet itself may hold secrets.
        .see(Evidence::raw(&label, format!(".metadata.annotations[{}]", snippet.key), "…"))
        .see(said)
        .see_all(case.request_lines())
        .fix(format!(
            "say it without a snippet, by an annotation of its own; {setting}: {wanted} in the settings lets everybody who may write an Ingress configure the controller"
        ))
        .run(format!("{kubectl} annotate ingress {} {}-", quote(declared.name()), snippet.key))
        .done();
}
