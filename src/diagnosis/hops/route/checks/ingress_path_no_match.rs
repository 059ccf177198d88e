//! The host has rules, none for the path.

use crate::diagnosis::checks::{Check, Ctx, Sink, subject_of};
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-path-no-match",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "no path of the host's rules covers the request",
    explain: include_str!("ingress_path_no_match.md"),
    symptom_of: &["ingress-class-missing", "ingress-class-not-found"],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let Some(route) = &ctx.journey.route.found else {
        return;
    };
    let r = &route.resolution;
    if !r.matching.is_empty() || r.passed.is_empty() || !ctx.settled() {
        return;
    }
    // By the specification alone, without a controller's dialect, it is only likely.
    let certain = route.claimed && r.approximate.is_none();
    let served = ctx.answered_well();
    let unseen = ctx.journey.site.as_ref().is_ok_and(|s| s.missing.is_some());
    if served && (unseen || r.approximate.is_some()) {
        // What could not be seen or evaluated may well be what answers.
        return;
    }
    let path = ctx.cx.target.path_only();
    let host = &ctx.cx.target.host;
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(&*r.passed[0].rule.ingress),
            format!("no rule for {host} covers the path {path}"),
        )
        .severity(if served || !certain {
            Severity::Warning
        } else {
            Severity::Error
        })
        .why(if served {
            "something answers all the same, by a kind of route that hops does not read"
        } else {
            "the controller answers 404 itself"
        });
    for passed in r.passed.iter().take(5) {
        let field = format!("{}.path", passed.rule.field());
        let value = format!(
            "{:?} ({}): {}",
            passed.rule.path, passed.rule.path_type, passed.why
        );
        draft = draft.see(Evidence::raw(label_of(&*passed.rule.ingress), field, value));
    }
    for line in ctx.request_lines() {
        draft = draft.see(line);
    }
    // Making an Exact path a Prefix is the fix when that alone would cover the request.
    let exact = r.passed.iter().find(|p| {
        p.rule.path_type == "Exact" && crate::diagnosis::dialect::prefix_matches(&p.rule.path, path)
    });
    match exact.and_then(|p| Some((p, p.rule.position?))) {
        Some((passed, (rule, index))) => draft
            .fix(format!("make path {} a Prefix", passed.rule.path))
            .run(super::patch(
                ctx,
                &passed.rule,
                &format!("/spec/rules/{rule}/http/paths/{index}/pathType"),
                &serde_json::json!("Prefix"),
            ))
            .done(),
        None => draft
            .fix(format!(
                "add a path that covers {path}, or ask for one that is there"
            ))
            .done(),
    }
}
