//! From a pod of the path to what it calls.

use super::{pick, tell};
use crate::report::ObjectRef;
use crate::tui::action::Effect;
use crate::tui::state::{Pick, State};

/// Offers what the pod calls.
pub(super) fn offer(state: &mut State) -> Vec<Effect> {
    let Some(from) = caller(state) else {
        tell(state, "no pod is selected: l goes to the pods of a hop");
        return Vec::new();
    };
    pick::open(state, Pick::Called(from))
}

/// The pod that is asked whom it calls: the selected one, else the first of the hop, else the one that calls here.
fn caller(state: &State) -> Option<String> {
    let pod = |object: &ObjectRef| {
        let namespace = object.namespace.as_deref()?;
        (object.kind == "Pod").then(|| format!("{namespace}/{}", object.name))
    };
    let hop = state.hop()?;
    let things = || hop.nodes.iter().filter_map(|n| pod(n.object.as_ref()?));
    if let Some(at) = state.path.node {
        return pod(hop.nodes.get(at)?.object.as_ref()?);
    }
    let called = state.path.target.as_deref()?.split_once('>');
    things()
        .next()
        .or_else(|| called.map(|(from, _)| from.to_owned()))
}
