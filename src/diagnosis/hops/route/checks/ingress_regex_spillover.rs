//! A rule takes the request only because another Ingress of the host turns every path into an expression.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-regex-spillover",
    hop: Hop::Route,
    severity: Severity::Warning,
    title: "an annotation of another Ingress turns the path into an expression, open at the end",
    explain: include_str!("ingress_regex_spillover.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(route) = case.entrance.route.found() else {
        return;
    };
    let (Some(spill), Some(rule)) = (&route.resolution.spillover, route.rule()) else {
        return;
    };
    let culprit = spill.rule.place.declared.label();
    let key = &spill.annotation;
    let path = case.target.path_only();
    let mut passed = route.resolution.matching.iter().skip(1);
    let next = passed.find(|r| r.is_default || r.path().covers(path));
    let line = |r: &crate::diagnosis::routing::Rule| {
        let way = format!("{} → {}", r.display(), r.backend_words());
        Evidence::raw(r.place.declared.label(), r.place.field(), way)
    };
    sink.find(
        &CHECK,
        subject_in(&spill.rule.place),
        format!("{} takes {path} only because {culprit} has {key}", rule.display()),
    )
    .why("with that annotation every path of the host is a case-insensitive expression that is open at the end, also those of other Ingresses")
    .see(Evidence::field(
        &culprit,
        format!(".metadata.annotations[{key}]"),
        spill.rule.annotation(key).unwrap_or_default(),
    ))
    .see(line(rule))
    .see(next.map(line))
    .see_all(case.request_lines())
    .fix(format!(
        "move the paths of {culprit} to a host of their own, or write the path of {} as an expression that ends: {}(/|$)",
        rule.place.declared.label(),
        rule.path().text().trim_end_matches('/')
    ))
    .done();
}
