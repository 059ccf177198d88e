//! The settings of a controller that stand in a ConfigMap.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ConfigMap;

use super::Controller;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::discovery::Workload;
use crate::facts::Unknown;

/// Where they are.
pub enum Settings {
    /// In this ConfigMap: `ConfigMap ns/name`.
    In(String, Arc<ConfigMap>),
    /// In one that does not exist, so that all is as usual.
    Absent(String),
    /// Somewhere that hops cannot tell.
    Elsewhere,
}

/// Reads the ConfigMap that a command line names.
///
/// # Errors
/// It may not be read, or is not there yet.
pub fn config_map(cx: &Cx, workload: &Workload, named: &str) -> Result<Settings, Unknown> {
    let named = named.replace("$(POD_NAMESPACE)", &workload.namespace);
    if named.contains("$(") {
        return Ok(Settings::Elsewhere);
    }
    let (namespace, name) = named
        .split_once('/')
        .unwrap_or((&workload.namespace, &named));
    let object = format!("ConfigMap {namespace}/{name}");
    let map = cx.get::<ConfigMap>(Some(namespace), name)?;
    Ok(map.map_or(Settings::Absent(object.clone()), |map| {
        Settings::In(object, map)
    }))
}

/// What it says, where it decides what becomes of the host's Ingresses; none where it does not, or is not known.
pub fn deciding(cx: &Cx, controller: &Controller) -> Option<(String, Arc<ConfigMap>)> {
    let make = &controller.make;
    let workload = controller.workloads.first()?;
    controller.ingresses.iter().find(|i| make.wants_config(i))?;
    let usual = |object: String| Some((object, Arc::new(ConfigMap::default())));
    let Some(named) = make.config_map(&workload.args) else {
        return usual("no ConfigMap".to_owned());
    };
    match config_map(cx, workload, named).ok()? {
        Settings::In(object, map) => Some((object, map)),
        Settings::Absent(object) => usual(object),
        Settings::Elsewhere => None,
    }
}
