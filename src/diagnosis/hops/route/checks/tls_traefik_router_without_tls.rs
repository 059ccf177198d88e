//! Traefik has the certificate and no router that takes TLS.

use crate::diagnosis::checks::causes::WRONG_ADDRESS;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject_of};
use crate::diagnosis::declared::tls_entry;
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::author::{Author, who_answered};
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::dialect::listen;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::pod::is_ready;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

const ROUTER_TLS: &str = "traefik.ingress.kubernetes.io/router.tls";

/// The pitfall.
pub const CHECK: Check = Check {
    code: "tls-traefik-router-without-tls",
    hop: Hop::Route,
    severity: Severity::Error,
    title: "Traefik has the certificate and no router for TLS",
    explain: include_str!("tls_traefik_router_without_tls.md"),
    symptom_of: &[&["lb-port-map"], WRONG_ADDRESS],
    run: Run::Entrance(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let j = case.journey;
    let (Some(controller), Some(way), Some(rule)) = (
        &case.entrance.controller.found,
        &j.request,
        case.entrance.rule(),
    ) else {
        return;
    };
    if !way.https || controller.family != Family::Traefik || !case.settled() {
        return;
    }
    let not_found = |k: &Attempt| {
        let open = |r| who_answered(r) == Some(Author::TraefikOrGo);
        k.response().is_some_and(|r| r.status == 404 && open(r))
    };
    if case.attempts().is_empty() || !case.attempts().iter().all(not_found) {
        return;
    }
    let Declared::Ingress(ingress) = &rule.place.declared;
    let ingress = &**ingress;
    let Some((index, _)) = tls_entry(ingress, &case.target.host) else {
        return;
    };
    if rule
        .annotation(ROUTER_TLS)
        .is_some_and(|v| v.eq_ignore_ascii_case("true"))
    {
        return;
    }
    let args = controller.args();
    let pod = controller.pods.iter().flatten().find(|p| is_ready(p));
    let service = case
        .entrance
        .load_balancer
        .found
        .as_ref()
        .and_then(|l| l.service.as_deref());
    let leads = service
        .zip(pod)
        .and_then(|(service, pod)| listen::behind(service, way.port, pod));
    let Some(entry_point) = entry_point(&args, leads) else {
        return;
    };
    // Where another entry point is meant for https, the port is what is wrong.
    let all = listen::entry_points(&args);
    if all.iter().any(|(name, _)| has_tls(&args, name)) {
        return;
    }
    let Some(workload) = controller.workloads.first() else {
        return;
    };
    let label = label_of(ingress);
    let title = format!(
        "Traefik has no router with TLS for {label}: entry point {entry_point} and the Ingress do not ask for it"
    );
    sink
        .find(&CHECK, subject_of(ingress), title)
        .severity(Severity::Error)
        .why("spec.tls only loads the certificate; a request over TLS finds no router and is answered 404")
        .see(Evidence::raw(&label, format!(".spec.tls[{index}]"), "covers the host"))
        .see(Evidence::Absent {
            what: format!(".metadata.annotations[{ROUTER_TLS}] = \"true\""),
            looked: label.clone(),
        })
        .see(Evidence::Absent {
            what: format!("an argument --entrypoints.{entry_point}.http.tls"),
            looked: workload.display(),
        })
        .see_all(case.request_lines())
        .fix("let the routers of the Ingress take TLS, or switch it on for the entry point")
        .run(format!(
            "{} annotate ingress {} {ROUTER_TLS}=true --overwrite",
            case.kubectl_in(namespace_of(ingress)),
            quote(name_of(ingress))
        ))
        .done();
}

fn has_tls(args: &Args, name: &str) -> bool {
    let key = format!("entrypoints.{name}.http.tls");
    args.is_on(&key) || args.any_key(&format!("{key}."))
}

/// The entry point that the request arrives at: by the port to which the Service leads, else by its usual name. None where no entry point
/// is on the command line: then they are in a file or in the environment.
fn entry_point(args: &Args, leads: Option<u16>) -> Option<String> {
    let all = listen::entry_points(args);
    let by_port = all
        .iter()
        .find(|(_, port)| leads.is_some() && *port == leads);
    let by_name = || {
        all.iter()
            .find(|(name, _)| matches!(name.as_str(), "websecure" | "https"))
    };
    let found = match leads {
        Some(_) => by_port,
        None => by_name(),
    };
    found.map(|(name, _)| name.clone())
}
