//! The status of an Ingress names an address that means "this machine", or nothing.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::hops::load_balancer::Published;
use crate::diagnosis::semantics::address::is_placeholder;
use crate::diagnosis::semantics::meta::label_of;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-status-placeholder",
    hop: Hop::Controller,
    severity: Severity::Warning,
    title: "the published address is a placeholder",
    explain: include_str!("ctl_status_placeholder.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(controller), Some(lb)) = (
        case.entrance.controller.found(),
        case.entrance.load_balancer.found(),
    ) else {
        return;
    };
    let placeholder = |p: &&Published| is_placeholder(&p.value);
    let Some(published) = lb.published.iter().find(placeholder) else {
        return;
    };
    let of_it = |i: &&std::sync::Arc<_>| label_of(&***i) == published.from;
    let Some(ingress) = controller.ingresses.iter().find(of_it) else {
        return;
    };
    // Who maps the name to his own machine means just that; and while users get through, it only lies in wait.
    let resolved = case.journey.dns.found();
    let local = resolved.is_some_and(|d| d.addresses.iter().any(std::net::IpAddr::is_loopback));
    let severity = if local || case.answered_well() {
        Severity::Info
    } else {
        Severity::Warning
    };
    let title = controller.make.title();
    let told = controller.workloads.first().and_then(|w| {
        let address = w.args.value("publish-status-address")?;
        Some(Evidence::raw(
            w.display(),
            "args",
            format!("--publish-status-address={address}"),
        ))
    });
    let service = lb
        .service
        .as_deref()
        .map_or("NAMESPACE/SERVICE".to_owned(), |s| {
            let label = label_of(s);
            label.strip_prefix("Service ").unwrap_or(&label).to_owned()
        });
    sink.find(
        &CHECK,
        subject_of(&**ingress),
        format!("{} publishes {}, which is every machine's own address", published.from, published.value),
    )
    .severity(severity)
    .why("who makes DNS records by it, such as external-dns, sends every client to the client's own machine")
    .see(Evidence::field(&published.from, ".status.loadBalancer.ingress[]", &published.value))
    .see(told)
    .fix(format!("let {title} publish the addresses of its Service (--publish-service={service}), or those that users reach"))
    .run(format!("{} get ingress -A -o wide", case.settings.kubectl()))
    .done();
}
