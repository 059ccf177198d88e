//! Pitfalls of the pod that calls.

pub mod client_dns_policy_default;
pub mod client_dns_policy_none;
pub mod client_hostaliases_override;

use super::Client;
use crate::diagnosis::checks::{Case, Draft};
use crate::diagnosis::hops::cluster_dns::Lookup;
use crate::diagnosis::semantics::pod::made_by;
use crate::diagnosis::semantics::resolver::Reply;
use crate::diagnosis::shell::quote;

/// The name of the cluster that is meant, if one is.
fn served<'l>(lookup: &'l Lookup) -> Option<&'l str> {
    let found = lookup.candidates.iter().find(|c| {
        let said = c.by_objects.as_ref();
        said.is_some_and(|o| o.reply == Reply::Found)
    });
    found.map(|c| c.name.as_str())
}

/// The line that opens the template of the client's pods: of a pod that nobody made anew, the pod itself.
pub fn fix<'s>(case: &Case, client: &Client, draft: Draft<'s>) -> Draft<'s> {
    let kubectl = case.settings.kubectl_in(&client.namespace);
    let made = client.pod.as_deref().and_then(made_by);
    match (&client.workload, made) {
        (Some((kind, name)), _) => {
            let kind = kind.name().to_ascii_lowercase();
            draft.run(format!("{kubectl} edit {kind} {}", quote(name)))
        }
        (None, Some(workload)) => draft.run(format!("{kubectl} edit {}", quote(&workload))),
        (None, None) => {
            let (_, name) = client.object();
            draft.run(format!("{kubectl} get pod {} -o yaml", quote(name)))
        }
    }
}
