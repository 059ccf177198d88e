//! A pod's containers do not start, or the pod itself is not made.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::semantics::pod::{
    containers, event_line, initializing, unscheduled, waiting_reason,
};
use crate::diagnosis::semantics::selector::selects;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};
use crate::target::secrecy::{has_part, is_credential};
use k8s_openapi::api::core::v1::Pod;

/// Reasons for which a container waits and will go on waiting.
const STUCK: &[&str] = &[
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];
/// Reasons of Events that say why a pod gets no further.
const EVENTS: &[&str] = &[
    "FailedScheduling", // the first: see where it is left out
    "FailedCreatePodSandBox",
    "FailedMount",
    "FailedAttachVolume",
    "Failed",
];

/// What secret words of a command line speak of.
const SECRET_WORDS: [&str; 4] = ["passw", "pwd", "secret", "token"];
/// The most that is shown of a command line.
const LONGEST: usize = 160;

/// The pitfall.
pub const CHECK: Check = Check {
    code: "pod-not-starting",
    hop: Hop::Pod,
    severity: Severity::Error,
    title: "the pods do not start",
    explain: include_str!("pod_not_starting.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(pods), Some(service)) = (backend.pods.found(), backend.service.found()) else {
        return;
    };
    let namespace = super::namespace(backend);
    let hit: Vec<(&Pod, Stuck)> = pods
        .selected
        .iter()
        .filter(|p| !is_ready(p) && p.metadata.deletion_timestamp.is_none())
        .filter_map(|p| Some((&**p, stuck(case, p)?)))
        .collect();
    let all = hit.len();
    if let Some((pod, stuck)) = hit.into_iter().next() {
        let name = name_of(pod);
        let object = format!("Pod {namespace}/{name}");
        let kubectl = case.settings.kubectl_in(namespace);
        // Once a node was found, it is history that there was none.
        let reasons = if stuck.creating { &EVENTS[1..] } else { EVENTS };
        let events = super::events(pods, pod, reasons);
        // A container that is only being created is a fault when the kubelet says so.
        if stuck.creating && events.is_empty() {
            return;
        }
        sink.find(
            &CHECK,
            subject(Kind::Pod, Some(namespace), name),
            format!(
                "{object} does not start: {}{}",
                stuck.reason,
                super::share(all, pods.selected.len())
            ),
        )
        .severity(super::severity(case, backend, pods))
        .why(
            stuck
                .message
                .clone()
                .unwrap_or_else(|| "a pod that does not start gets no requests".to_owned()),
        )
        .see(Evidence::raw(&object, &stuck.field, &stuck.value))
        .see(stuck.command.map(|(container, command)| {
            let field = format!(".spec.initContainers[{container}].command");
            Evidence::raw(&object, field, command)
        }))
        .see_all(
            events
                .into_iter()
                .take(1)
                .map(|e| Evidence::Event(event_line(e))),
        )
        .fix(stuck.fix)
        .run(match &stuck.log_of {
            Some(container) => format!(
                "{kubectl} logs {} -c {} --tail=50",
                quote(name),
                quote(container)
            ),
            None => format!("{kubectl} describe pod {}", quote(name)),
        })
        .done();
        return;
    }
    let Some(selector) = service.selector().filter(|_| pods.selected.is_empty()) else {
        return;
    };
    let failed = pods
        .owners
        .iter()
        .find(|o| selects(selector, &o.labels) && o.replicas > 0);
    if let Some((owner, failure)) = failed.and_then(|o| Some((o, o.failure.as_ref()?))) {
        let object = format!("{} {namespace}/{}", owner.kind.name(), owner.name);
        sink.find(
            &CHECK,
            subject(owner.kind, Some(namespace), &owner.name),
            format!("{object} cannot make its pods"),
        )
        .why(failure.clone())
        .see(Evidence::raw(
            &object,
            ".status.conditions[ReplicaFailure]",
            failure,
        ))
        .fix("do what the message asks for")
        .run(format!(
            "{} describe {}",
            case.settings.kubectl_in(namespace),
            quote(&owner.kubectl_name())
        ))
        .done();
    }
}

struct Stuck {
    reason: String,
    message: Option<String>,
    field: String,
    /// What stands in the field.
    value: String,
    /// An init container, and what it runs.
    command: Option<(String, String)>,
    /// The container whose log tells more than the pod's description.
    log_of: Option<String>,
    fix: &'static str,
    /// Only being created so far, which is normal for a while.
    creating: bool,
}

impl Stuck {
    fn new(reason: &str, field: String) -> Self {
        Self {
            reason: reason.to_owned(),
            message: None,
            value: reason.to_owned(),
            field,
            command: None,
            log_of: None,
            fix: "do what the kubelet's words ask for",
            creating: false,
        }
    }
}

/// Waits for an init container, which may wait for something itself: what it runs tells what.
fn initializes(case: &Case, pod: &Pod) -> Option<Stuck> {
    let container = initializing(pod)?;
    let name = &container.name;
    let running = container.state.as_ref()?.running.as_ref()?;
    let for_how_long = case.age(running.started_at.as_ref());
    let since = for_how_long.map_or_else(String::new, |s| format!(" for {s} s"));
    let spec = pod
        .spec
        .iter()
        .flat_map(|s| s.init_containers.iter().flatten());
    let spec = spec.into_iter().find(|c| c.name == *name);
    let words = spec
        .into_iter()
        .flat_map(|c| c.command.iter().chain(&c.args));
    let words: Vec<&str> = words.flatten().map(String::as_str).collect();
    let field = format!(".status.initContainerStatuses[{name}].state");
    Some(Stuck {
        message: Some(format!(
            "its containers begin once init container {name} has ended, which has run{since}: it waits for something, or has much to do"
        )),
        value: format!("running{since}"),
        command: (!words.is_empty()).then(|| (name.clone(), shown(&words))),
        log_of: Some(name.clone()),
        fix: "see in its log what the init container waits for, and bring that up; a name that it looks up has to exist",
        ..Stuck::new(&format!("init container {name} has not ended"), field)
    })
}

/// A command line, without words that look secret.
fn shown(words: &[&str]) -> String {
    let shown = words.iter().map(|word| {
        let secret = is_credential(word) || has_part(word, &SECRET_WORDS);
        if secret { "(hidden)" } else { word }
    });
    let line = shown.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn stuck(case: &Case, pod: &Pod) -> Option<Stuck> {
    for c in containers(pod) {
        let Some(reason) = waiting_reason(c).filter(|r| STUCK.contains(r)) else {
            continue;
        };
        let message = c
            .state
            .as_ref()
            .and_then(|s| s.waiting.as_ref()?.message.clone());
        let field = format!(".status.containerStatuses[{}].state.waiting.reason", c.name);
        return Some(Stuck {
            message: message.map(|m| format!("container {}: {m}", c.name)),
            ..Stuck::new(reason, field)
        });
    }
    if let Some(c) = unscheduled(pod) {
        let reason = c.reason.as_deref().unwrap_or("not scheduled");
        let field = ".status.conditions[PodScheduled].reason".to_owned();
        return Some(Stuck {
            message: c.message.clone(),
            ..Stuck::new(reason, field)
        });
    }
    if let Some(stuck) = initializes(case, pod) {
        return Some(stuck);
    }
    let creating = containers(pod).any(|c| {
        matches!(
            waiting_reason(c),
            Some("ContainerCreating" | "PodInitializing")
        )
    });
    let pending = pod.status.as_ref().and_then(|s| s.phase.as_deref()) == Some("Pending");
    (creating || pending).then(|| Stuck {
        creating: true,
        ..Stuck::new(
            "its containers are being created",
            ".status.phase".to_owned(),
        )
    })
}
