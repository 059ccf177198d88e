//! The controller and the pods speak different protocols.

use crate::diagnosis::checks::{Check, Ctx, Sink, subject_of};
use crate::diagnosis::dialect::upstream::{self, Upstream};
use crate::diagnosis::request::attempt::Knock;
use crate::diagnosis::request::bisect::wants_other_scheme;
use crate::diagnosis::request::inside::BackendPod;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
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
    symptom_of: &["lb-port-map"],
    run,
};

fn run(ctx: &Ctx, sink: &mut Sink) {
    let j = ctx.journey;
    let (Some(rule), Some(service)) = (j.rule(), &j.service.found) else {
        return;
    };
    if j.inside.is_waiting() {
        return;
    }
    let pod = j.inside.pods.iter().find(|p| p.speaks_other_protocol());
    // Over https the controller has ended TLS, so that these words come from behind it.
    let said = ctx
        .knocks()
        .iter()
        .filter_map(Knock::response)
        .any(wants_other_scheme)
        && ctx.https();
    if pod.is_none() && !said {
        return;
    }
    let speaks = pod.map_or(Upstream::Http, |p: &BackendPod| p.upstream);
    let (sends, wants, value) = match speaks {
        Upstream::Https => ("TLS", "plain HTTP", "HTTP"),
        _ => ("plain HTTP", "TLS", "HTTPS"),
    };
    let controller = j.controller.found.as_ref();
    let name = controller.map_or("the controller", |c| c.family.title());
    let mut draft = sink
        .find(
            &CHECK,
            subject_of(&*rule.ingress),
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
            .see(pod.loopback.evidence(ctx.cx))
            .see(pod.other_protocol.as_ref().and_then(|a| a.evidence(ctx.cx)));
    }
    for line in ctx.request_lines() {
        draft = draft.see(line);
    }
    draft = match controller.and_then(|c| upstream::annotation(&c.family)) {
        Some((kind, key)) => {
            let value = match key {
                "haproxy.org/server-ssl" => (value == "HTTPS").to_string(),
                k if k.starts_with("traefik") => value.to_ascii_lowercase(),
                _ => value.to_owned(),
            };
            let (kind, namespace, object) = if kind == "Ingress" {
                (
                    Kind::Ingress,
                    namespace_of(&*rule.ingress),
                    name_of(&*rule.ingress),
                )
            } else {
                (
                    Kind::Service,
                    service.namespace.as_str(),
                    service.name.as_str(),
                )
            };
            let kind = kind.name().to_ascii_lowercase();
            draft
                .fix(format!("tell the controller to speak {wants} to the pods"))
                .run(format!(
                    "{} annotate {kind} {} {key}={value} --overwrite",
                    ctx.cx.kubectl_in(namespace),
                    quote(object)
                ))
        }
        None => draft.fix(format!("tell the controller to speak {wants} to the pods")),
    };
    draft.done();
}
