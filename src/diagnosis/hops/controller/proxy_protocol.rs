//! Whether a controller expects each connection to begin with a PROXY protocol line, as its settings tell.

use super::Controller;
use super::settings::{self, Settings};
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::declared::discovery::Workload;
use crate::diagnosis::dialect::questions::ProxyProtocol;
use crate::facts::Unknown;
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

/// Reads the setting where the make says it is.
///
/// # Errors
/// The ConfigMap may not be read, or is not there yet.
pub fn setting(cx: &Cx, controller: &Controller) -> Result<Setting, Unknown> {
    let Some(workload) = controller.workloads.first() else {
        return Ok(Setting::Elsewhere);
    };
    Ok(match controller.make.proxy_protocol(&workload.args) {
        ProxyProtocol::On(argument) => {
            Setting::On(Evidence::raw(workload.display(), "args", argument))
        }
        ProxyProtocol::Off(argument) => Setting::Off(Evidence::Absent {
            what: format!("an argument {argument}"),
            looked: workload.display(),
        }),
        ProxyProtocol::InConfigMap(named, key) => config(cx, workload, &named, key)?,
        ProxyProtocol::Elsewhere => Setting::Elsewhere,
    })
}

fn config(cx: &Cx, workload: &Workload, named: &str, key: &str) -> Result<Setting, Unknown> {
    let path = format!(".data.{key}");
    let (object, map) = match settings::config_map(cx, workload, named)? {
        Settings::Elsewhere => return Ok(Setting::Elsewhere),
        Settings::Absent(object) => {
            return Ok(Setting::Off(Evidence::Absent {
                what: object,
                looked: format!("--configmap of {}", workload.display()),
            }));
        }
        Settings::In(object, map) => (object, map),
    };
    let value = map.data.as_ref().and_then(|d| d.get(key));
    Ok(match value.map(String::as_str) {
        Some("true") => Setting::On(Evidence::field(object, path, "true")),
        Some(other) => Setting::Off(Evidence::field(object, path, other)),
        None => Setting::Off(Evidence::Absent {
            what: path,
            looked: object,
        }),
    })
}
