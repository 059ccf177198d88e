//! A redirect of a route that leads to what the same route takes.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::declared::gateways::{Bound, Way};
use crate::diagnosis::hops::route::refused::place;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::routing::gateway::Listener;
use crate::diagnosis::shell::patch;
use crate::report::{Evidence, Hop, Severity};
use serde_json::json;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "route-filter-surprise",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the route redirects requests to itself",
    explain: include_str!("route_filter_surprise.md"),
    symptom_of: &[WRONG_ADDRESS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let entrance = case.entrance;
    let (Some(way), Some(found), Some(rule), Some(request)) = (
        case.way(),
        entrance.route.found(),
        entrance.rule(),
        &case.journey.request,
    ) else {
        return;
    };
    let Some(redirect) = found.resolution.redirect.as_ref().filter(|r| r.leaves) else {
        return;
    };
    let circle = |a: &&Attempt| a.redirects.is_circle();
    let seen = case.attempts().iter().find(circle);
    let to_itself = redirect.to == request.url();
    if seen.is_none() && !to_itself || !case.settled() {
        return;
    }
    let label = rule.place.declared.label();
    let bound = taken(way, case, found.listener.as_ref());
    // A redirect to https that is bound to the listener for http alone is as it should be: then somebody else sends it back.
    let plain = |b: &&Bound| {
        let all = b.attachment.to.iter().map(|(at, _)| &way.listeners[*at]);
        all.into_iter().all(|l| l.spec.protocol == "HTTP")
    };
    if !to_itself && bound.is_none_or(|b| plain(&b)) {
        return;
    }
    let title = format!("{label} redirects {} to itself", request.host);
    let draft = sink
        .find(&CHECK, subject_in(&rule.place), title)
        .severity(super::unless_answered(case))
        .why("the redirect leads to a request that the same rule takes: browsers give up")
        .see(Evidence::raw(
            &label,
            rule.place.below("/filters").field(),
            format!("RequestRedirect {} to {}", redirect.status, redirect.to),
        ))
        .see_all(bound.map(|b| {
            let place = place(&b.route, b.at);
            match &b.parent().section_name {
                Some(name) => Evidence::field(&label, place.below("/sectionName").field(), name),
                None => Evidence::Absent {
                    what: place.below("/sectionName").field(),
                    looked: format!("{label}: left out it means every listener"),
                },
            }
        }))
        .see_all(seen.into_iter().flat_map(|attempt| {
            let steps = attempt.redirects.steps.iter();
            let urls = attempt.redirects.urls.iter().skip(1);
            let lines = steps.zip(urls).take(3);
            lines.map(|((question, status), to)| {
                case.evidence(question, format!("{status} to {to}"))
            })
        }));
    let http = way
        .listeners
        .iter()
        .find(|l| l.spec.protocol == "HTTP" && l.covers(&request.host));
    match (bound, http) {
        (Some(bound), Some(http))
            if bound.parent().section_name.is_none() && redirect.to.starts_with("https:") =>
        {
            let place = place(&bound.route, bound.at);
            let kubectl = case.settings.kubectl_in(bound.route.namespace());
            draft
                .fix(format!(
                    "attach the redirect to listener {} alone, and serve https by another route",
                    http.spec.name
                ))
                .run(patch::add(
                    &kubectl,
                    bound.route.kind(),
                    bound.route.name(),
                    &format!("{}/sectionName", place.pointer),
                    &json!(http.spec.name),
                ))
                .done();
        }
        _ => draft
            .fix("let the redirect lead to another scheme, host or path than what its rule takes, or attach it to another listener")
            .done(),
    }
}

/// The parentRef by which the route comes to the listener.
fn taken<'w>(way: &'w Way, case: &Case, listener: Option<&Listener>) -> Option<&'w Bound> {
    let route = case.entrance.rule()?.place.declared.route()?;
    let listener = listener?;
    way.bound.iter().find(|b| {
        let mut to = b.attachment.to.iter();
        b.route == *route && to.any(|(at, _)| way.listeners[*at].place == listener.place)
    })
}
