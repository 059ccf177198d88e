//! The application itself answers with the error.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::bisect::Break;
use crate::facts::Kind;
use crate::report::{Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-app-error",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the application itself answers with the error",
    explain: include_str!("pod_app_error.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    if case.is_waiting_inside() || !matches!(case.bisect(), Break::Application) {
        return;
    }
    // A rewritten path is another request than the one that was tried.
    let rewrites = |rule| case.entrance.rewrites(rule);
    if case.entrance.rule().is_some_and(rewrites) {
        return;
    }
    let at = case.outcomes();
    let status = at.outside.status().or(at.controller.status());
    let same = |p: &&crate::diagnosis::request::inside::BackendPod| p.outcome().status() == status;
    let Some((status, pod)) = status.zip(backend.at_pods.pods.iter().find(same)) else {
        return;
    };
    let path = &case.target.path;
    let severity = match status {
        500.. => Severity::Error,
        // To be asked for a password is how some hosts are meant to be; and not every host has a page at its root.
        401 | 403 => Severity::Info,
        _ if case.target.path_only() == "/" => Severity::Info,
        _ => Severity::Warning,
    };
    sink
        .find(
            &CHECK,
            subject(Kind::Pod, Some(&pod.namespace), &pod.name),
            match case.called() {
                Some(_) => format!("the application answers {path} with {status}"),
                None => format!("the application answers {path} with {status}, not the controller"),
            },
        )
        .severity(severity)
        .why(
            "the pod answers the same when it is asked directly, so the request gets through to it",
        )
        .see(pod.loopback.evidence(case))
        .see_all(case.request_lines())
        .fix(if status >= 500 {
            "look at the application's log"
        } else {
            "look at the application's base path and at the Host header that it expects, or ask for a page that it has"
        })
        .run(format!(
            "{} logs {} --tail=50",
            case.settings.kubectl_in(&pod.namespace),
            crate::diagnosis::shell::quote(&pod.name)
        ))
        .done();
}
