//! Whether a controller expects each connection to begin with a PROXY protocol line, as its settings tell.

use k8s_openapi::api::core::v1::ConfigMap;

use super::Controller;
use crate::diagnosis::ask::cx::{Cx, Hides};
use crate::diagnosis::dialect::family::Family;
use crate::diagnosis::dialect::listen::entry_points;
use crate::facts::Unknown;
use crate::facts::config::USE_PROXY_PROTOCOL;
use crate::report::Evidence;

/// What the settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Connections begin with a line; the field that says so.
    On(Evidence),
    /// They do not; the field that says so, or where it would stand.
    Off(Evidence),
    /// The settings are somewhere that hops does not read.
    Elsewhere,
}

/// Reads the setting: of Traefik's entry points on its command line, of ingress-nginx in its ConfigMap.
///
/// # Errors
/// The ConfigMap may not be read, or is not there yet.
pub fn setting(cx: &Cx, controller: &Controller, hides: Hides) -> Result<Setting, Unknown> {
    match &controller.family {
        Family::Traefik => Ok(traefik(controller)),
        Family::IngressNginx => nginx(cx, controller, hides),
        _ => Ok(Setting::Elsewhere),
    }
}

fn traefik(controller: &Controller) -> Setting {
    let args = controller.args();
    let Some(workload) = controller.workloads.first() else {
        return Setting::Elsewhere;
    };
    let names = entry_points(&args);
    // Without any entry point there, all of it is in a file or in the environment.
    if names.is_empty() {
        return Setting::Elsewhere;
    }
    let on = names.iter().find_map(|(name, _)| {
        let prefix = format!("entrypoints.{name}.proxyprotocol.");
        args.any_key(&prefix).then_some(prefix)
    });
    match on {
        Some(prefix) => Setting::On(Evidence::raw(
            workload.display(),
            "args",
            format!("--{prefix}…"),
        )),
        None => Setting::Off(Evidence::Absent {
            what: "an argument --entrypoints.….proxyprotocol.…".to_owned(),
            looked: workload.display(),
        }),
    }
}

fn nginx(cx: &Cx, controller: &Controller, hides: Hides) -> Result<Setting, Unknown> {
    let Some(workload) = controller.workloads.first() else {
        return Ok(Setting::Elsewhere);
    };
    let args = controller.args();
    let Some(named) = args.value("configmap").filter(|v| !v.is_empty()) else {
        return Ok(Setting::Off(Evidence::Absent {
            what: "an argument --configmap".to_owned(),
            looked: workload.display(),
        }));
    };
    let named = named.replace("$(POD_NAMESPACE)", &workload.namespace);
    let (namespace, name) = named
        .split_once('/')
        .unwrap_or((&workload.namespace, &named));
    if named.contains("$(") {
        return Ok(Setting::Elsewhere);
    }
    let object = format!("ConfigMap {namespace}/{name}");
    let path = format!(".data.{USE_PROXY_PROTOCOL}");
    let Some(map) = cx.get::<ConfigMap>(Some(namespace), name, hides)? else {
        return Ok(Setting::Off(Evidence::Absent {
            what: object,
            looked: format!("--configmap of {}", workload.display()),
        }));
    };
    let value = map.data.as_ref().and_then(|d| d.get(USE_PROXY_PROTOCOL));
    Ok(match value.map(String::as_str) {
        Some("true") => Setting::On(Evidence::field(object, path, "true")),
        Some(other) => Setting::Off(Evidence::field(object, path, other)),
        None => Setting::Off(Evidence::Absent {
            what: path,
            looked: object,
        }),
    })
}
