//! An object in the files would be refused by an API server.

use crate::diagnosis::ask::stage::Progress;
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::shell::quote;
use crate::facts::{Kind, Refused};
use crate::report::{Evidence, Hop, Node, Severity, Subject};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "manifest-refused",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "an object in the files would be refused by the API server",
    explain: include_str!("manifest_refused.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    for refused in &case.settings.refused {
        find(case, refused, sink);
    }
}

fn find(case: &Case, refused: &Refused, sink: &mut Sink) {
    let all = || refused.faults.iter();
    let Some(worst) = all().find(|f| f.certain).or_else(|| all().next()) else {
        return;
    };
    // What could not be read may be on the way, and so may what stands behind a rule that is not known.
    let blind = matches!(*case.entrance.route.progress(), Progress::Unknown(_));
    let no_object = refused.read && refused.kind.is_empty();
    let on_the_way = !refused.read || (blind && !no_object) || passes(case, refused);
    let certain = refused.is_certain();
    let severity = match (certain, on_the_way) {
        (true, true) => Severity::Error,
        (false, false) => return,
        _ => Severity::Warning,
    };
    let what = match worst.field.as_str() {
        "" => worst.why.clone(),
        field => format!("{field} {}", worst.why),
    };
    let title = match (certain, refused.kind.as_str()) {
        (_, "") => format!("{} cannot be read: {what}", worst.place),
        (true, _) => format!("{} would be refused: {what}", refused.display()),
        (false, _) => format!("{}: {what}", refused.display()),
    };
    let why = match (on_the_way, refused.read, certain) {
        (_, false, _) => {
            "nobody can tell whether this request needs it; the rest of the files is read all the same"
        }
        (true, _, true) => {
            "the API server refuses the object as a whole, so nothing of it gets into the cluster; it is judged here as it seems to be meant"
        }
        (true, _, false) => {
            "kubectl refuses it; what applies objects without validation drops the field without a word"
        }
        (false, ..) => "this request does not pass it, but it will not be applied with the rest",
    };
    let title = match refused.faults.len() {
        1 => title,
        more => format!("{title} (and {} more)", more - 1),
    };
    let hop = hop(&refused.kind);
    let lines = refused.faults.iter().map(|f| Evidence::File(f.line()));
    let mut draft = sink
        .find(&CHECK, subject(refused), title)
        .severity(severity)
        .at(hop)
        .why(why)
        .see_all(lines);
    let mut fixes: Vec<&str> = Vec::new();
    for fault in &refused.faults {
        if !fault.fix.is_empty() && !fixes.contains(&fault.fix.as_str()) {
            fixes.push(&fault.fix);
        }
    }
    draft = match fixes.as_slice() {
        [] => draft.fix(format!("correct it in {}", refused.place)),
        some => draft.fix(some.join("; ")),
    };
    if let Some(file) = file(&refused.place) {
        let file = quote(file);
        draft = draft.run(format!("kubectl apply --dry-run=server -f {file}"));
    }
    draft.done();
}

/// The file of a place, where there is one to be named to kubectl.
fn file(place: &str) -> Option<&str> {
    let (file, _) = place.rsplit_once(':')?;
    (file != "standard input" && !file.ends_with("?…")).then_some(file)
}

fn subject(refused: &Refused) -> Subject {
    let kind = Kind::ALL.into_iter().find(|k| k.name() == refused.kind);
    let named = !refused.kind.is_empty() && !refused.name.is_empty();
    Subject {
        api_version: kind.map_or_else(String::new, |k| k.api_version().to_owned()),
        kind: if named { &refused.kind } else { "File" }.to_owned(),
        namespace: refused.namespace.clone().filter(|_| named),
        name: if named { &refused.name } else { &refused.place }.to_owned(),
    }
}

/// Whether the request passes the object.
fn passes(case: &Case, refused: &Refused) -> bool {
    let is_it = |kind: &str, namespace: Option<&str>, name: &str| {
        kind == refused.kind && name == refused.name && namespace == refused.namespace.as_deref()
    };
    let journey = case.journey;
    let declared = journey.declared.iter().flat_map(|d| &d.all);
    let mut declared = declared.map(|d| &d.ingress.metadata);
    let of = |nodes: &[Node]| {
        let mut objects = nodes.iter().filter_map(|n| n.object.as_ref());
        objects.any(|o| is_it(&o.kind, o.namespace.as_deref(), &o.name))
    };
    declared.any(|m| {
        let name = m.name.as_deref().unwrap_or_default();
        is_it(Kind::Ingress.name(), m.namespace.as_deref(), name)
    }) || of(&journey.dns.nodes)
        || journey.entrances.iter().any(|e| {
            of(&e.controller.nodes)
                || of(&e.load_balancer.nodes)
                || of(&e.tls.nodes)
                || of(&e.route.nodes)
        })
        || journey.backends.iter().any(|b| {
            of(&b.service.nodes)
                || of(&b.endpoints.nodes)
                || of(&b.policy.nodes)
                || of(&b.pods.nodes)
        })
}

/// Where an object of a kind stands on the way.
fn hop(kind: &str) -> Hop {
    match Kind::ALL.into_iter().find(|k| k.name() == kind) {
        Some(Kind::Service) => Hop::Service,
        Some(Kind::EndpointSlice) => Hop::Endpoints,
        Some(Kind::NetworkPolicy) => Hop::NetworkPolicy,
        Some(Kind::Secret) => Hop::Tls,
        Some(
            Kind::Pod
            | Kind::Deployment
            | Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::ReplicaSet
            | Kind::Job,
        ) => Hop::Pod,
        _ => CHECK.hop,
    }
}
