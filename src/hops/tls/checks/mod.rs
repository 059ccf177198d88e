//! Pitfalls of certificates.

pub mod tls_cert_expired;
pub mod tls_fallback_cert_served;
pub mod tls_san_mismatch;
pub mod tls_secret_missing;
pub mod tls_secret_wrong_namespace;
pub mod tls_untrusted_issuer;

use std::net::SocketAddr;

use super::{Entry, Tls, is_fallback};
use crate::checks::Ctx;
use crate::facts::Certificate;
use crate::hops::cx::label_of;
use crate::report::Evidence;

/// The TLS hop, once every handshake is through.
fn settled<'c>(ctx: &'c Ctx) -> Option<&'c Tls<'c>> {
    if !ctx.settled() {
        return None;
    }
    ctx.journey.tls.found.as_ref()
}

/// The served leaf, with the address that served it.
fn served<'t>(tls: &'t Tls) -> Option<(SocketAddr, &'t Certificate)> {
    tls.handshakes
        .iter()
        .find_map(|(to, t)| Some((*to, t.chain.first()?)))
}

/// Whether a client finds a certificate for the host, whatever the Secrets say. One controller may lend it from another Ingress.
fn served_well(ctx: &Ctx, tls: &Tls) -> bool {
    served(tls).is_some_and(|(_, leaf)| {
        !is_fallback(leaf)
            && leaf.covers(&ctx.cx.target.host)
            && leaf.not_after >= ctx.cx.settings.now
    })
}

/// `TLS handshake with 203.0.113.80:443 as shop.example.com: CN=…`.
fn leaf_line(ctx: &Ctx, to: SocketAddr, leaf: &Certificate) -> Evidence {
    let names = if leaf.names.is_empty() {
        "no names".to_owned()
    } else {
        leaf.names.join(", ")
    };
    Evidence::Probe(format!(
        "TLS handshake with {to} as {} from here: {:?} for {names}, by {:?}, until {}",
        ctx.cx.target.host,
        leaf.subject,
        leaf.issuer,
        leaf.not_after.strftime("%Y-%m-%d %H:%M UTC")
    ))
}

/// The TLS entry's field that names the Secret.
fn secret_field(entry: &Entry) -> Option<Evidence> {
    let name = entry.secret_name.as_ref()?;
    let path = format!(".spec.tls[{}].secretName", entry.index);
    Some(Evidence::field(label_of(&*entry.ingress), path, name))
}
