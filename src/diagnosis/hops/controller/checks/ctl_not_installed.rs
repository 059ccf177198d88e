//! The class leads to a controller that is not in the cluster.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::request::attempt::Attempt;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-not-installed",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "no controller for the Ingress's class is in the cluster",
    explain: include_str!("ctl_not_installed.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(found) = case.entrance.controller.found() else {
        return;
    };
    let (Some(class), Some(controller)) = (&found.class, found.controller.as_ref()) else {
        return;
    };
    if !found.workloads.is_empty() || !found.complete || found.make.data_plane_is_elsewhere() {
        return;
    }
    let has_address = found.ingresses.iter().any(|i| {
        let points = i
            .status
            .as_ref()
            .and_then(|s| s.load_balancer.as_ref()?.ingress.as_ref());
        points.is_some_and(|p| !p.is_empty())
    });
    let responses = || case.attempts().iter().filter_map(Attempt::response);
    let served = case.answered() && !responses().all(|r| r.status >= 404);
    if has_address || served || !case.settled() {
        return;
    }
    // hops would not recognise a make that it does not know, so there it only warns.
    let severity = if found.make.is_known() {
        Severity::Error
    } else {
        Severity::Warning
    };
    sink.find(
        &CHECK,
        subject(Kind::IngressClass, None, class),
        format!("no workload of the cluster is controller {controller} of class {class}"),
    )
    .severity(severity)
    .why("nobody reads Ingresses of this class")
    .see(Evidence::field(
        format!("IngressClass {class}"),
        ".spec.controller",
        controller,
    ))
    .see(Evidence::Absent {
        what: format!("a workload of {}", found.make.title()),
        looked: "Deployments and DaemonSets of all namespaces, by image and arguments".to_owned(),
    })
    .see_all(case.request_lines())
    .fix("install the controller, or set spec.ingressClassName to a class whose controller runs")
    .run(format!("{} get ingressclass", case.settings.kubectl()))
    .done();
}
