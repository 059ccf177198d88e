//! Reports as one JSON document; `assets/report.schema.json` describes it.

use serde::Serialize;

use crate::output::Summary;
use crate::output::shared::sanitize;
use crate::report::{Report, SCHEMA_VERSION};

/// Several reports in one document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    hops: &'static str,
    finished: bool,
    reports: &'a [Report],
    summary: Summary,
}

/// One report as it is; several (or none) in a list with a summary. `listed` asks for the list even for one.
///
/// # Errors
/// When a report cannot be serialized, which is a bug.
pub fn render(reports: &[Report], listed: bool) -> serde_json::Result<String> {
    let mut text = match reports {
        [one] if !listed => serde_json::to_string_pretty(one)?,
        _ => serde_json::to_string_pretty(&Document {
            schema_version: SCHEMA_VERSION,
            hops: env!("CARGO_PKG_VERSION"),
            finished: reports.iter().all(|r| r.finished),
            reports,
            summary: Summary::of(reports),
        })?,
    };
    text.push('\n');
    Ok(sanitize::json(&text))
}

/// A JSON document in YAML, for those who ask for it as they do of kubectl.
///
/// # Errors
/// The writer's words; it has no reason to fail.
pub fn as_yaml(json: &str) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_str(json).map_err(|e| e.to_string())?;
    serde_saphyr::to_string(&value).map_err(|e| e.to_string())
}
