//! The annotation `default-backend`: a Service that takes over for one without endpoints.
//!
//! Source: internal/ingress/controller/controller.go (`getBackendServers`) of kubernetes/ingress-nginx. It is one of the rule's namespace,
//! and its first port counts.

use super::canary;
use super::notes::Notes;
use crate::diagnosis::routing::{BackendRef, Destination, Granted, Place, Rule, Share};

/// The end of the place where it is written.
const POINTER: &str = "~1default-backend";

/// The backend that takes over for those of a rule, which gets nothing as long as they have endpoints.
pub fn of(notes: &Notes, rule: &Rule) -> Option<BackendRef> {
    let name = notes.on(rule, "default-backend")?.trim();
    let declared = rule.place.declared.clone();
    let to = Destination::Service {
        namespace: declared.namespace().to_owned(),
        name: name.to_owned(),
    };
    let place = Place {
        declared,
        pointer: format!(
            "/metadata/annotations/{}{POINTER}",
            notes.prefix().trim_end_matches('/')
        ),
    };
    (!name.is_empty()).then_some(BackendRef {
        place,
        to,
        port: None,
        weight: 0,
        granted: Granted::Yes,
    })
}

/// What becomes of the shares when a backend has no endpoint.
pub fn settle(backends: &[&BackendRef], shares: &mut [Share], usable: &[bool]) {
    let fallback = backends
        .iter()
        .position(|b| b.place.pointer.ends_with(POINTER));
    let end = fallback.unwrap_or(shares.len());
    if let (Some(index), Some(false)) = (fallback, usable.first())
        && usable[index]
    {
        for share in shares.iter_mut() {
            share.weight = 0;
        }
        shares[index].weight = shares[index].total;
        return;
    }
    canary::settle(&mut shares[..end], &usable[..end]);
}
