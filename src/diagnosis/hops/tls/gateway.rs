//! The certificates of a Gateway's listener.

use super::Entry;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::gateways::grants;
use crate::diagnosis::routing::gateway::{Listener, granted};
use crate::facts::Typed;
use crate::facts::secret::Secret;

/// Each that it names. One of another kind than Secret is the make's own, and nothing that can be looked at.
pub(super) fn entries(cx: &Cx, listener: &Listener) -> Vec<Entry> {
    let tls = listener.spec.tls.iter();
    let refs = tls.flat_map(|t| t.certificate_refs.iter().enumerate());
    let secrets = refs.filter(|(_, r)| {
        r.kind.as_deref().unwrap_or("Secret") == "Secret"
            && r.group.as_deref().unwrap_or_default().is_empty()
    });
    let own = listener.namespace();
    let from = (listener.place.declared.kind(), own);
    secrets
        .map(|(at, r)| {
            let namespace = r.namespace.as_deref().unwrap_or(own);
            let place = listener
                .place
                .below(&format!("/tls/certificateRefs/{at}/name"));
            let granted =
                cx.seen(|| granted(from, (Secret::OF, namespace, &r.name), &|ns| grants(cx, ns)));
            Entry::named(cx, place, (namespace, Some(r.name.clone())), granted)
        })
        .collect()
}
