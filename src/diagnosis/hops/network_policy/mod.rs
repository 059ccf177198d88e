//! Network policies: whether any stands between the controller and the pods.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::stage::{Progress, Stage, Stop};
use crate::diagnosis::hops::pod::Pods;
use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::Gap;

/// Lists the policies of the backend's namespace. `ok` only when none selects a pod for ingress; judging the rules of one that does
/// needs both ends and is not done here.
pub fn resolve(cx: &Cx, namespace: &str, pods: &Stage<Pods>) -> Stage<()> {
    Stage::resolve(cx, |stage| {
        let listed = cx.list::<NetworkPolicy>(Some(namespace), None, None)?;
        let (policies, missing) = (listed.items, listed.missing);
        let pods = match (pods.found(), pods.progress()) {
            (Some(found), _) => found,
            (None, Progress::Skipped(_)) => {
                return Err(Stop::Skipped("no pods to judge it for".to_owned()));
            }
            (None, Progress::Unknown(gap)) => return Err(Stop::Gap(gap.clone())),
            (None, _) => return Err(Stop::Waiting),
        };
        let none = BTreeMap::new();
        let labels = |p: &Pod| p.metadata.labels.clone().unwrap_or_else(|| none.clone());
        let selecting: Vec<String> = policies
            .iter()
            .filter(|policy| {
                let Some(spec) = &policy.spec else {
                    return false;
                };
                let types = spec.policy_types.as_deref().unwrap_or_default();
                let ingress = types.is_empty() || types.iter().any(|t| t == "Ingress");
                ingress
                    && pods.selected.iter().any(|p| {
                        spec.pod_selector
                            .as_ref()
                            .is_none_or(|s| Selector::from(s).matches(&labels(p)))
                    })
            })
            .map(|p| name_of(&**p).to_owned())
            .collect();
        for name in &selecting {
            stage.node("NetworkPolicy", Some(namespace), name, "selects the pods");
        }
        if let (true, Some(gap)) = (selecting.is_empty(), missing) {
            return Err(Stop::Gap(gap));
        }
        if selecting.is_empty() {
            stage.summary = match policies.len() {
                0 => "no policy in the namespace".to_owned(),
                n => format!("none of {n} policies selects the pods"),
            };
            return Ok(());
        }
        stage.summary = format!(
            "{} selects the pods; its rules are not judged",
            selecting.join(", ")
        );
        Err(Stop::Gap(Gap::NotAsked {
            why: format!(
                "NetworkPolicy {} selects the pods and is not judged",
                selecting.join(", ")
            ),
        }))
    })
}
