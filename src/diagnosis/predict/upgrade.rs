//! The redirect to https that makes send by themselves.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::tls_entry;
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::controller::settings::{Settings as Placed, config_map};
use crate::diagnosis::hops::journey::Entrance;
use crate::diagnosis::routing::ingresses::named;
use crate::diagnosis::semantics::host::ingress_host_matches;
use crate::diagnosis::semantics::meta::namespace_of;
use crate::facts::Unknown;
use crate::facts::secret::Secret;
use crate::target::Request;

/// The redirect to https that a make sends by itself, or why that cannot be told.
pub(super) fn upgrade(
    cx: &Cx,
    entrance: &Entrance,
    controller: &Controller,
    request: &Request,
) -> Result<Option<Redirect>, String> {
    if request.https || entrance.way.is_some() {
        return Ok(None);
    }
    // What no rule takes goes as the oldest Ingress of the host has it.
    let own = entrance.rule().and_then(|r| r.place.declared.ingress());
    let of_host = controller
        .ingresses
        .iter()
        .filter(|i| named(i).any(|h| ingress_host_matches(h, &request.host)));
    let oldest = || of_host.min_by_key(|i| i.metadata.creation_timestamp.clone());
    let Some(ingress) = own.or_else(oldest) else {
        return Ok(None);
    };
    let workload = controller.workloads.first();
    let told = workload.and_then(|w| Some((w, controller.make.config_map(&w.args)?)));
    let config = match told.map(|(workload, named)| config_map(cx, workload, named)) {
        None | Some(Ok(Placed::Absent(_))) => BTreeMap::new(),
        Some(Ok(Placed::In(_, map))) => map.data.clone().unwrap_or_default(),
        Some(Ok(Placed::Elsewhere)) => {
            return Err(
                "the controller's settings are in a place that could not be told".to_owned(),
            );
        }
        Some(Err(Unknown::Gap(gap))) => return Err(format!("the controller's settings: {gap}")),
        Some(Err(Unknown::Waiting)) => return Err("not everything could be read".to_owned()),
    };
    let upgrade = |covered| controller.make.upgrade(ingress, request, covered, &config);
    let covered = || covered(cx, controller, ingress, &request.host);
    // Where it hangs on no certificate, none has to be looked at.
    match (upgrade(true), upgrade(false)) {
        (yes, no) if yes == no => Ok(yes),
        (yes, no) => Ok(if covered()? { yes } else { no }),
    }
}

/// Whether the controller has a certificate for the host. For another name of an Ingress's host it is that of the host, where it has both
/// names.
fn covered(
    cx: &Cx,
    controller: &Controller,
    ingress: &Ingress,
    host: &str,
) -> Result<bool, String> {
    if tls_entry(ingress, host).is_some() {
        return Ok(true);
    }
    let name = controller.make.known_as(&controller.ingresses, host);
    let entry = name.and_then(|name| tls_entry(ingress, &name));
    let Some(secret) = entry.and_then(|(_, entry)| entry.secret_name.as_deref()) else {
        return Ok(false);
    };
    let namespace = namespace_of(ingress);
    match cx.get::<Secret>(Some(namespace), secret) {
        Ok(None) => Ok(false),
        Ok(Some(secret)) => {
            let tls = secret.tls();
            let leaf = tls.chain.as_ref().ok().and_then(|chain| chain.first());
            Ok(leaf.is_some_and(|leaf| leaf.covers(host)))
        }
        Err(Unknown::Waiting) => Err("not everything could be read".to_owned()),
        Err(Unknown::Gap(gap)) => Err(format!(
            "whether the certificate in Secret {namespace}/{secret} is for {host}, too: {gap}"
        )),
    }
}
