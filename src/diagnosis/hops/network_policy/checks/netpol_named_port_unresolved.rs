//! A rule allows a port by a name that no container of the pods has.

use super::{Shut, Standing, allow, look, ports_line};
use crate::diagnosis::checks::{Case, Check, Run, Sink};
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::end_words;
use crate::diagnosis::hops::network_policy::slip::Slip;
use crate::diagnosis::semantics::meta::label_of;
use crate::diagnosis::semantics::policy::{Direction, End};
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-named-port-unresolved",
    hop: Hop::NetworkPolicy,
    severity: Severity::Error,
    title: "a NetworkPolicy allows a port by a name that the pods do not have",
    explain: include_str!("netpol_named_port_unresolved.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(shut) = Shut::of(case, backend, Direction::Ingress) else {
        return;
    };
    if shut.standing == Standing::Refuted {
        return;
    }
    let Some(found) = shut.slipped(backend, |s| matches!(s, Slip::NamedPort(_))) else {
        return;
    };
    let name = found.slips.iter().find_map(|s| match s {
        Slip::NamedPort(name) => Some(name.as_str()),
        _ => None,
    });
    let End::Pod(pod) = &found.flow.destination else {
        return;
    };
    let about = &found.tried.rule.policy;
    let title = format!(
        "{} allows the port called {}, and {} has none of that name",
        label_of(&**about),
        name.unwrap_or_default(),
        end_words(&found.flow.destination)
    );
    let why = format!(
        "a name in a policy is that of a container's port; where no container has it, it allows nothing{}",
        found.besides()
    );
    let named: Vec<String> = pod
        .ports
        .iter()
        .map(|p| format!("{} {} {}", p.name, p.protocol, p.number))
        .collect();
    let there = if named.is_empty() {
        "none has a name".to_owned()
    } else {
        named.join(", ")
    };
    shut.draft(case, sink, (&CHECK, about), &title, &why)
        .see(ports_line(found.tried))
        .see(Evidence::raw(
            end_words(&found.flow.destination),
            ".spec.containers[].ports",
            there,
        ))
        .fix(format!(
            "allow port {} by its number, name it so in the container, or add the policy below",
            found.flow.port
        ))
        .run_all(allow(
            case,
            backend,
            found.flow,
            (Direction::Ingress, about),
        ))
        .run(look(case, about))
        .done();
}
