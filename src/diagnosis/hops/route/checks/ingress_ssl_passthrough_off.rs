//! The Ingress asks for TLS to be passed on to the pods, and the switch for it is off.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-ssl-passthrough-off",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the Ingress wants TLS passed on, and the controller was not told to",
    explain: include_str!("ingress_ssl_passthrough_off.md"),
    symptom_of: &[WRONG_ADDRESS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let (Some(controller), Some(rule)) = (case.entrance.controller.found(), case.entrance.rule())
    else {
        return;
    };
    let Some(passthrough) = controller.make.passthrough() else {
        return;
    };
    let (Some((key, value)), Some(flag)) = (passthrough.asked(rule), passthrough.switch) else {
        return;
    };
    let Some(workload) = controller.workloads.first() else {
        return;
    };
    if controller.args().is_on(flag) || !case.https() || !case.settled() {
        return;
    }
    let label = rule.place.declared.label();
    let title = controller.make.title();
    let severity = if case.answered_well() {
        Severity::Warning
    } else {
        Severity::Error
    };
    sink.find(
        &CHECK,
        subject_in(&rule.place),
        format!("{label} wants TLS passed on to its pods, and {title} runs without --{flag}"),
    )
    .severity(severity)
    .at(Hop::Tls)
    .why("the annotation does nothing: the controller ends TLS itself, with a certificate of its own, and speaks plain HTTP to pods that want TLS")
    .see(Evidence::field(&label, format!(".metadata.annotations[{key}]"), value))
    .see(Evidence::Absent {
        what: format!("an argument --{flag}"),
        looked: workload.display(),
    })
    .see_all(case.request_lines())
    .fix(super::add_argument_words(case, &format!("--{flag}")))
    .run_all(super::add_argument(case, &format!("--{flag}")))
    .done();
}
