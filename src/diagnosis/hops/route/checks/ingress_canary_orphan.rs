//! A canary of ingress-nginx shares nobody's requests.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-canary-orphan",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "a canary Ingress has no primary",
    explain: include_str!("ingress_canary_orphan.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(route) = case.entrance.route.found() else {
        return;
    };
    let resolution = &route.resolution;
    let path = case.target.path_only();
    let Some(orphan) = resolution
        .orphans
        .iter()
        .find(|o| o.rule.path().covers(path))
    else {
        return;
    };
    let (orphan, canary) = (&orphan.rule, &orphan.annotation);
    let taken_by = resolution.winner();
    let label = orphan.place.declared.label();
    let host = &case.target.host;
    let draft = sink
        .find(
            &CHECK,
            subject_in(&orphan.place),
            format!("{label} is a canary without a primary"),
        )
        .severity(if taken_by.is_some() || case.journey.has_garbled_rules() {
            Severity::Warning
        } else {
            Severity::Error
        })
        .why(match taken_by {
            Some(rule) => format!(
                "it gets no request: {} takes them, which is not written the same",
                rule.display()
            ),
            None => "a canary makes no route of its own, so the controller answers 404".to_owned(),
        })
        .see(Evidence::field(
            &label,
            format!(".metadata.annotations[{canary}]"),
            orphan.annotation(canary).unwrap_or_default(),
        ))
        .see(Evidence::raw(
            &label,
            orphan.place.field(),
            format!("{} ({})", orphan.path().text(), orphan.path().kind()),
        ))
        .see(Evidence::Absent {
            what: format!("a rule for {host} with this path and path type"),
            looked: "the other Ingresses of this class".to_owned(),
        })
        .see_all(case.request_lines());
    let declared = &orphan.place.declared;
    draft
        .fix("write host, path and pathType as the primary has them; or make it an Ingress of its own")
        .run(format!(
            "{} annotate ingress {} {canary}-",
            case.settings.kubectl_in(declared.namespace()),
            quote(declared.name())
        ))
        .done();
}
