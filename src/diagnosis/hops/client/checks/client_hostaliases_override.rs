//! A hostAliases entry of the pod gives the name an address of its own.

use super::fix;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::hops::cluster_dns::lookup::Candidate;
use crate::diagnosis::semantics::resolver::Reply;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "client-hostaliases-override",
    hop: Hop::Client,
    severity: Severity::Warning,
    title: "the pod's hosts file has the name",
    explain: include_str!("client_hostaliases_override.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some((client, lookup)) = case.called() else {
        return;
    };
    let Some((_, aliased)) = lookup.aliases.first() else {
        return;
    };
    let Some(call) = case.target.call.as_deref() else {
        return;
    };
    let aliases = client.spec.host_aliases.iter().flatten().enumerate();
    let entry = aliases.into_iter().find(|(_, alias)| {
        alias.ip.parse().is_ok_and(|ip| aliased.contains(&ip))
            && alias
                .hostnames
                .iter()
                .flatten()
                .any(|n| n.eq_ignore_ascii_case(call.name.trim_end_matches('.')))
    });
    let Some((at, alias)) = entry else { return };
    let usual = |c: &&Candidate| {
        c.by_objects
            .as_ref()
            .is_some_and(|o| o.reply == Reply::Found)
    };
    let served = lookup.candidates.iter().find(usual);
    // That the file says the same as DNS harms nobody, until the Service is made anew.
    let Some((served, said)) = served.and_then(|c| Some((c, c.by_objects.as_ref()?))) else {
        return;
    };
    if said.addresses == *aliased {
        return;
    }
    let object = client.label();
    let (kind, name) = client.object();
    let musl = lookup.aliases.len() < 3;
    let draft = sink
        .find(
            &CHECK,
            subject(kind, Some(&client.namespace), name),
            format!("hostAliases of {object} lead {} to {}, DNS to {}", call.name, alias.ip, said.words()),
        )
        .why(if musl {
            "the hosts file goes before DNS, for some of the libraries: musl compares names with their case"
        } else {
            "the hosts file goes before DNS, in every library"
        })
        .see(Evidence::field(&object, format!("{}.hostAliases[{at}].ip", client.field()), &alias.ip))
        .see(Evidence::raw(&served.name, "by the objects", said.words()))
        .fix("take the entry out, if the Service is meant");
    fix(case, client, draft).done();
}
