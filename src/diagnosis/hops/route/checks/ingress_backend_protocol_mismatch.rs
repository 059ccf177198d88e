//! The controller and the pods speak different protocols.

use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_in};
use crate::diagnosis::dialect::upstream::Upstream;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::request::inside::BackendPod;
use crate::diagnosis::shell::quote;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "ingress-backend-protocol-mismatch",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "the controller speaks HTTP to a pod that wants TLS, or the other way round",
    explain: include_str!("ingress_backend_protocol_mismatch.md"),
    symptom_of: &[&["lb-port-map", "ingress-ssl-passthrough-off"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(service) = backend.service.found() else {
        return;
    };
    // What is passed on is spoken by the client: whether it fits is told at the TLS hop.
    // A Gateway is told by a policy what to speak, which is a pitfall of its own.
    if case.is_waiting_inside() || case.entrance.passes_tls() || case.entrance.way.is_some() {
        return;
    }
    let (pod, said) = super::speaks_other_protocol(case, backend);
    if pod.is_none() && !said {
        return;
    }
    let speaks = pod.map_or(Upstream::Http, |p: &BackendPod| p.upstream);
    let (sends, wants) = match speaks {
        Upstream::Https => ("TLS", "plain HTTP"),
        _ => ("plain HTTP", "TLS"),
    };
    let controller = case.entrance.controller.found();
    let name = controller.map_or("the controller", |c| c.make.title());
    let mut draft = sink
        .find(
            &CHECK,
            subject_in(&backend.via.place),
            format!(
                "{name} speaks {sends} to the pods of Service {}/{}, which want {wants}",
                service.namespace, service.name
            ),
        )
        .why("neither side understands the other");
    if let Some(port) = &service.port {
        let object = format!("Service {}/{}", service.namespace, service.name);
        let words = crate::diagnosis::semantics::port::words(port);
        draft = draft.see(Evidence::raw(object, ".spec.ports[]", words));
    }
    if let Some(pod) = pod {
        draft = draft
            .see(pod.loopback.evidence(case))
            .see(pod.other_protocol.as_ref().and_then(|a| a.evidence(case)));
    }
    draft = draft.see_all(case.request_lines());
    draft = match controller.and_then(|c| c.make.protocol_annotation()) {
        Some(annotation) => {
            let key = annotation.key;
            let value = match speaks {
                Upstream::Https => annotation.http,
                _ => annotation.https,
            };
            let declared = &backend.via.place.declared;
            let (namespace, object) = match annotation.on {
                Kind::Ingress => (declared.namespace(), declared.name()),
                _ => (service.namespace.as_str(), service.name.as_str()),
            };
            let kind = annotation.on.name().to_ascii_lowercase();
            draft
                .fix(format!("tell the controller to speak {wants} to the pods"))
                .run(format!(
                    "{} annotate {kind} {} {key}={value} --overwrite",
                    case.settings.kubectl_in(namespace),
                    quote(object)
                ))
        }
        None => draft.fix(format!("tell the controller to speak {wants} to the pods")),
    };
    draft.done();
}
