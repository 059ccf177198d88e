//! Policies of another engine than NetworkPolicy may deny the call; hops does not evaluate them.

use super::MOST;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::hops::journey::Backend;
use crate::diagnosis::hops::network_policy::engines::{by_engine, names};
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::policy::Other;
use crate::diagnosis::shell::quote;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "netpol-other-engine",
    hop: Hop::NetworkPolicy,
    severity: Severity::Info,
    title: "policies that only the network plugin can evaluate may deny the call",
    explain: include_str!("netpol_other_engine.md"),
    symptom_of: &[],
    run: Run::Backend(run),
};

fn run(case: &Case, backend: &Backend, sink: &mut Sink) {
    let Some(found) = backend.policy.found() else {
        return;
    };
    let client = case.called().map(|(client, _)| client);
    for (engine, policies) in by_engine(&found.others) {
        let first = policies[0];
        let about = subject(first.kind, first.namespace.as_deref(), &first.name);
        let title = format!("{} may deny the call", names(&policies));
        let why = format!(
            "such policies allow and deny beside every NetworkPolicy, and only {engine} can tell what becomes of the call; hops left out those \
that are certainly about other pods"
        );
        let shown = policies.iter().take(MOST);
        let lines = shown.map(|policy| {
            let (path, value) = policy.selector();
            Evidence::raw(policy.label(), path, value)
        });
        sink.find(&CHECK, about, title)
            .why(why)
            .see_all(lines)
            .look("read the policies, and ask the engine what it drops while the pod calls")
            .run_all(gets(case, &policies))
            .run_all(client.and_then(|client| trace(engine, client)))
            .done();
    }
}

/// The lines that show the policies, one each kind and namespace.
fn gets(case: &Case, policies: &[&Other]) -> Vec<String> {
    let mut all = Vec::new();
    for policy in policies {
        let kubectl = match &policy.namespace {
            Some(namespace) => case.settings.kubectl_in(namespace),
            None => case.settings.kubectl(),
        };
        let line = format!("{kubectl} get {} -o yaml", policy.kind.resource());
        if !all.contains(&line) {
            all.push(line);
        }
    }
    all
}

/// What the engine itself tells of packets, where it has a command for that.
fn trace(engine: &str, client: &Client) -> Option<String> {
    let pod = name_of(&**client.pod.as_ref()?);
    let (namespace, name) = (quote(&client.namespace), quote(pod));
    match engine {
        "Cilium" => Some(format!(
            "hubble observe --verdict DROPPED --from-pod {namespace}/{name}"
        )),
        "Antrea" => Some(format!("antctl query endpoint -n {namespace} -p {name}")),
        _ => None,
    }
}
