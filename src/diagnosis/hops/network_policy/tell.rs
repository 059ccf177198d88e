//! What the hop says: by which policy requests are let through or held back, and how far that is known.

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::ends::Sources;
use super::{Judged, Policies, engines};
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::semantics::meta::{label_of, name_of, namespace_of};
use crate::diagnosis::semantics::policy::{Allowance, Doubt, Verdict};
use crate::facts::Gap;

/// Says what was found, and how far that goes.
pub(super) fn tell(
    stage: &mut Stage<Policies>,
    found: Policies,
    from: &Sources,
    (listed, gap): (usize, Option<Gap>),
    policies: &[Arc<NetworkPolicy>],
) -> Result<(), Stop> {
    for policy in policies {
        let detail = "selects the pods";
        stage.node(
            "NetworkPolicy",
            Some(namespace_of(&**policy)),
            name_of(&**policy),
            detail,
        );
    }
    for policy in &found.others {
        let (kind, namespace) = (policy.kind.title(), policy.namespace.as_deref());
        stage.node(kind, namespace, &policy.name, "may deny the call");
    }
    let all = found.flows.len();
    let denied: Vec<&Judged> = found
        .flows
        .iter()
        .filter(|j| matches!(j.verdict, Verdict::Denied(_)))
        .collect();
    let doubt = found.flows.iter().find_map(|j| match &j.verdict {
        Verdict::Unknown(doubt) => Some(doubt.clone()),
        _ => None,
    });
    let is_free = found.is_free();
    let allowed = allowing(&found);
    stage.summary = match (denied.first(), is_free) {
        (Some(first), _) => {
            let share = share(denied.len(), all);
            format!("{}{share}", denied_words(first))
        }
        (None, true) if listed == 0 && policies.is_empty() => {
            "no policy in the namespace".to_owned()
        }
        (None, true) => format!("none of {listed} policies selects the pods"),
        (None, false) => format!("allowed by {}", allowed.join(", ")),
    };
    let end = match (denied.is_empty(), doubt, gap) {
        (false, ..) => Ok(()),
        (true, ..) if !found.others.is_empty() => {
            stage.summary = engines::words(&found.others);
            let why = stage.summary.clone();
            Err(Stop::Gap(Gap::NotAsked { why }))
        }
        (true, Some(doubt), gap) => {
            let why = from.unknown.as_ref().filter(|_| doubt == Doubt::Address);
            let why = why.cloned().unwrap_or_else(|| doubt.to_string());
            let selecting: Vec<&str> = policies.iter().map(|p| name_of(&**p)).collect();
            stage.summary = format!("{} selects the pods; {why}", selecting.join(", "));
            Err(Stop::Gap(gap.unwrap_or(Gap::NotAsked { why })))
        }
        (true, None, Some(gap)) => {
            stage.summary.clear();
            Err(Stop::Gap(gap))
        }
        (true, None, None) if is_free => Err(Stop::Skipped(stage.summary.clone())),
        (true, None, None) => Ok(()),
    };
    stage.find(found);
    end
}

/// What lets the flows through, each once.
fn allowing(found: &Policies) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let verdicts = found.flows.iter().map(|j| &j.verdict);
    let allowances = verdicts.filter_map(|v| match v {
        Verdict::Allowed(allowances) => Some(allowances),
        _ => None,
    });
    for allowance in allowances.flatten() {
        let words = match allowance {
            Allowance::Rules(rules) => rules.first().map(|r| label_of(&*r.policy)),
            Allowance::OwnNode => Some("being on the same node".to_owned()),
            Allowance::Itself => Some("being the same pod".to_owned()),
        };
        all.extend(words.filter(|w| !all.contains(w)));
    }
    all
}

fn denied_words(judged: &Judged) -> String {
    let Verdict::Denied(denials) = &judged.verdict else {
        return String::new();
    };
    let policies = denials.iter().flat_map(|d| &d.isolating);
    let names: BTreeSet<String> = policies.map(|p| label_of(&**p)).collect();
    let names: Vec<String> = names.into_iter().collect();
    format!("{} would not let the requests through", names.join(", "))
}

/// ` (1 of 3 ways)` where it is not all of them.
fn share(part: usize, all: usize) -> String {
    if part == all {
        String::new()
    } else {
        format!(" ({part} of {all} ways from pod to pod)")
    }
}
