//! What an Ingress says to Traefik, and which providers of middlewares are on.

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::routing::Rule;

pub(super) const PREFIX: &str = "traefik.ingress.kubernetes.io/";
pub(super) const MIDDLEWARES: &str = "router.middlewares";
pub(super) const CRD: &str = "kubernetescrd";
pub(super) const CRD_PROVIDER: &str = "providers.kubernetescrd";

/// A setting of the router: the annotation's key as written, and its value. Traefik reads the keys without regard to case
/// (traefik/paerser).
pub(super) fn setting<'r>(rule: &'r Rule, name: &str) -> Option<(&'r str, &'r str)> {
    let annotations = rule.place.declared.metadata().annotations.as_ref()?;
    let mut all = annotations.iter();
    let is = |key: &str| {
        key.strip_prefix(PREFIX)
            .is_some_and(|k| k.eq_ignore_ascii_case(name))
    };
    let (key, value) = all.find(|(key, _)| is(key))?;
    Some((key.as_str(), value.as_str()))
}

pub(super) fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|v| !v.is_empty())
}

/// Whether Middleware objects are read: their provider is on, or may be in a file.
pub(super) fn reads_objects(args: &Args) -> bool {
    !args.any_key("providers.") || is_on(args, CRD_PROVIDER)
}

/// Whether a provider is switched on: by itself or by any setting of it.
pub(super) fn is_on(args: &Args, switch: &str) -> bool {
    args.is_on(switch) || args.any_key(&format!("{switch}."))
}
