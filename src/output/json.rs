//! Reports as one JSON document; `assets/report.schema.json` describes it.

use serde::Serialize;

use crate::output::Summary;
use crate::output::shared::sanitize;
use crate::report::{Report, SCHEMA_VERSION};

/// One report as it is; several (or none) in a list with a summary. `listed` asks for the list even for one.
///
/// # Errors
/// When a report cannot be serialized, which is a bug.
pub fn render(reports: &[Report], listed: bool) -> serde_json::Result<String> {
    if let ([one], false) = (reports, listed) {
        let text = serde_json::to_string_pretty(one)?;
        return Ok(sanitize::json(&format!("{text}\n")));
    }
    let mut list = List::default();
    let mut text = String::new();
    for report in reports {
        text.push_str(&list.add(report)?);
    }
    text.push_str(&list.end()?);
    Ok(text)
}

/// Several reports in one document that is written as they come. What is said of all of them stands at its end.
#[derive(Default)]
pub struct List(Summary);

impl List {
    /// What is to be written next.
    ///
    /// # Errors
    /// When the report cannot be serialized, which is a bug.
    pub fn add(&mut self, report: &Report) -> serde_json::Result<String> {
        let before = if self.0.targets == 0 {
            beginning()?
        } else {
            ",".to_owned()
        };
        self.0.add(report);
        let text = indented(report, "\n    ")?;
        Ok(sanitize::json(&format!("{before}\n    {text}")))
    }

    /// The rest of the document.
    ///
    /// # Errors
    /// As with a report.
    pub fn end(self) -> serde_json::Result<String> {
        let before = if self.0.targets == 0 {
            beginning()?
        } else {
            "\n  ".to_owned()
        };
        let summary = indented(&self.0, "\n  ")?;
        let finished = self.0.unfinished == 0;
        Ok(format!(
            "{before}],\n  \"finished\": {finished},\n  \"summary\": {summary}\n}}\n"
        ))
    }
}

/// All that stands before the first report.
fn beginning() -> serde_json::Result<String> {
    let version = serde_json::to_string(env!("CARGO_PKG_VERSION"))?;
    Ok(format!(
        "{{\n  \"schemaVersion\": {SCHEMA_VERSION},\n  \"hops\": {version},\n  \"reports\": ["
    ))
}

/// A value further to the right. Within JSON text a line never ends in the middle of a word.
fn indented(value: &impl Serialize, line: &str) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)?.replace('\n', line))
}

/// A JSON document in YAML, for those who ask for it as they do of kubectl.
///
/// # Errors
/// The writer's words; it has no reason to fail.
pub fn as_yaml(json: &str) -> Result<String, String> {
    let value: serde_json::Value = serde_json::from_str(json).map_err(|e| e.to_string())?;
    serde_saphyr::to_string(&value).map_err(|e| e.to_string())
}
