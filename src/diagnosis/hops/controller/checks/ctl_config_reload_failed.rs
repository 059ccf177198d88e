//! The controller could not load its new configuration, and goes on with the old one.

use k8s_openapi::api::core::v1::Event;

use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::controller::loading::unloadable;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::{event_line, event_time};
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ctl-config-reload-failed",
    hop: Hop::Controller,
    severity: Severity::Error,
    title: "the controller cannot load its new configuration, and goes on with the old one",
    explain: include_str!("ctl_config_reload_failed.md"),
    symptom_of: &[],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(controller) = case.entrance.controller.found() else {
        return;
    };
    let (Some(reason), Some(workload)) =
        (controller.make.reload_event(), controller.workloads.first())
    else {
        return;
    };
    // What is answered well is in the old configuration too, and what the controller does not answer is another matter.
    let responds = case
        .attempts()
        .iter()
        .any(|k: &Attempt| k.response().is_some());
    if !case.settled() || !responds || case.answered_well() && !has_odd_certificate(case) {
        return;
    }
    let namespace = workload.namespace.as_str();
    let fields = "involvedObject.kind=Pod".to_owned();
    // One that cannot be read may be the last.
    let listed = case.list::<Event>(Some(namespace), None, Some(fields));
    let Ok(events) = listed.and_then(Listed::whole) else {
        return;
    };
    // Each pod loads for itself; its last word counts.
    let pods = controller.pods.iter().flatten().map(|p| name_of(&**p));
    let failed: Vec<(&str, &Event)> = pods
        .filter_map(|pod| {
            let of_it = |e: &&Event| e.involved_object.name.as_deref() == Some(pod);
            let events = events.iter().map(|e| &**e).filter(of_it);
            let events = events.filter(|e| e.reason.as_deref() == Some(reason));
            let last = events.max_by_key(|e| event_time(e))?;
            (last.type_.as_deref() == Some("Warning")).then_some((pod, last))
        })
        .collect();
    let culprit = unloadable(case, controller);
    // Of many Events in a row a pod writes only some: what the objects say is enough.
    let title = match (failed.first(), &culprit) {
        (Some((pod, _)), _) => format!(
            "{} of {} controller pods could not load the newest configuration, {namespace}/{pod} for one",
            failed.len(),
            controller.pods.as_ref().map_or(0, Vec::len)
        ),
        (None, Some(found)) => format!(
            "{} can load nothing new: two paths of {} are the same location {}",
            controller.make.title(),
            found.host,
            found.location
        ),
        (None, None) => return,
    };
    // A fault behind the controller that has a name of its own would break the request under any configuration.
    let explained = case.broken.iter().any(|hop| *hop >= Hop::Route);
    let severity = if explained || case.answered_well() {
        Severity::Warning
    } else {
        Severity::Error
    };
    let kubectl = case.settings.kubectl_in(namespace);
    let of = failed.first().map_or_else(
        || subject(workload.kind, Some(namespace), &workload.name),
        |(pod, _)| subject(Kind::Pod, Some(namespace), pod),
    );
    let mut draft = sink
        .find(&CHECK, of, title)
        .severity(severity)
        .why("it goes on with the one before: old routes work, and what was changed or added since does not, of every Ingress in the cluster");
    if let Some((_, event)) = failed.first() {
        draft = draft.see(Evidence::Event(event_line(event)));
    }
    for same in culprit.iter().flat_map(|found| &found.declared) {
        let said = format!("{} ({})", same.path, same.kind);
        draft = draft.see(Evidence::raw(&*same.object, &*same.field, said));
    }
    let draft = draft.see_all(case.request_lines());
    let draft = match &culprit {
        Some(found) => draft.fix(format!(
            "take one of two paths away, for nginx has one location {} for both: {}, and {}",
            found.location, found.declared[0], found.declared[1]
        )),
        None => draft.fix("mend the Ingress that the message speaks of, or take its snippet or annotation away; it need not be this host's"),
    };
    let logs = failed.first().map_or_else(
        || {
            format!(
                "{}/{}",
                workload.kind.name().to_ascii_lowercase(),
                workload.name
            )
        },
        |(pod, _)| quote(pod),
    );
    draft
        .run(format!(
            "{kubectl} logs {logs} --tail=200 | grep -i -A5 -e emerg -e reload"
        ))
        .done();
}

/// Whether the certificate that is served is not the one in the Secret, as when a new one was not loaded.
fn has_odd_certificate(case: &Case) -> bool {
    let tls = case.entrance.tls.found();
    let Some((tls, leaf)) = tls.and_then(|t| Some((t, t.leaf()?))) else {
        return false;
    };
    let mut stored = tls.entries.iter().filter_map(|e| {
        let secret = e.secret.as_ref().ok()?.as_ref()?;
        secret.chain.as_ref().ok()?.first()
    });
    stored
        .next()
        .is_some_and(|first| first.serial != leaf.serial && stored.all(|c| c.serial != leaf.serial))
}
