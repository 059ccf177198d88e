//! There are endpoints, and none is ready.

use crate::diagnosis::ask::stage::Progress;
use crate::diagnosis::checks::causes::POD_DOWN;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::pod::words;
use crate::facts::Kind;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "endpoints-all-not-ready",
    hop: Hop::Endpoints,
    severity: Severity::Error,
    title: "no endpoint of the Service is ready",
    explain: include_str!("endpoints_all_not_ready.md"),
    symptom_of: &[POD_DOWN, &["pod-readiness-failing", "pod-readiness-gate"]],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let (Some(service), Some(endpoints)) = (backend.service.found(), backend.endpoints.found())
    else {
        return;
    };
    // While the pods are still being read, the cause would be missing.
    if *backend.pods.progress() == Progress::Waiting {
        return;
    }
    let not_ready = endpoints
        .all
        .iter()
        .filter(|e| !e.ready && !e.terminating)
        .count();
    // Without a port in the slice readiness is not what is missing.
    if not_ready == 0 || service.port.is_none() || endpoints.all.iter().any(|e| e.ready || e.usable)
    {
        return;
    }
    let object = format!("Service {}/{}", service.namespace, service.name);
    let draft = sink
        .find(
            &CHECK,
            subject(Kind::Service, Some(&service.namespace), &service.name),
            format!("none of the {not_ready} endpoints of {object} is ready"),
        )
        .why("only ready pods get requests")
        .see_all(endpoints.all.iter().take(3).map(|e| {
            Evidence::raw(
                format!("EndpointSlice {}/{}", service.namespace, e.slice),
                format!(".endpoints[{}].conditions.ready", e.address),
                "false",
            )
        }));
    let pods = backend.pods.found().into_iter().flat_map(|p| &p.selected);
    draft
        .see_all(pods.take(3).map(|pod| {
            Evidence::raw(
                format!("Pod {}/{}", service.namespace, name_of(&**pod)),
                ".status",
                words(pod),
            )
        }))
        .look("find out why the pods are not ready")
        .run(format!(
            "{} describe pods -l {}",
            case.settings.kubectl_in(&service.namespace),
            crate::diagnosis::shell::quote(
                &service
                    .selector()
                    .map(crate::diagnosis::semantics::selector::equality)
                    .unwrap_or_default()
            )
        ))
        .done();
}
