//! The report as a file in the working directory.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Error, Result};
use jiff::Timestamp;

use super::super::source::Source;
use super::super::{check, record};
use crate::answer::recording::redact::redact;
use crate::output::text::Style;
use crate::output::{json, markdown, text};
use crate::report::Report;
use crate::tui::state::SaveFormat;

/// Writes it, and gives the file's name back.
///
/// # Errors
/// When it cannot be written, or for a recording when the target cannot be asked again.
pub(super) async fn save(format: SaveFormat, report: &Report, source: &Source) -> Result<String> {
    let body = match format {
        SaveFormat::Text => text::render(report, &Style::default()),
        SaveFormat::Json => json::render(std::slice::from_ref(report), false)?,
        SaveFormat::Markdown => markdown::render(std::slice::from_ref(report)),
        SaveFormat::Recording | SaveFormat::Redacted => {
            // What was answered is not kept, so all is asked once more.
            let word = report.target.word.as_ref();
            let word = word.unwrap_or(&report.target.url);
            let targets = check::parse(&[word.as_str()], &source.veil)?;
            let mut source = source.as_of_now();
            if let Some(way) = report.judged().filter(|_| report.entrances.len() > 1) {
                // So that what is inside of the one that is shown is in it, too.
                source.settings.entrance = Some(way.id.clone());
            }
            let recording = record::record(&source, &targets).await?;
            let recording = match format {
                SaveFormat::Redacted => redact(&recording),
                _ => recording,
            };
            recording.to_yaml().map_err(Error::msg)?
        }
    };
    let moment = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let host = match format {
        SaveFormat::Redacted => "redacted",
        _ => report.target.host.as_str(),
    };
    let ending = match format {
        SaveFormat::Text => "txt",
        SaveFormat::Json => "json",
        SaveFormat::Markdown => "md",
        SaveFormat::Recording | SaveFormat::Redacted => "yaml",
    };
    let name = format!("hops-{}-{moment}.{ending}", plain(host));
    write(Path::new(&name), &body).with_context(|| format!("cannot write {name}"))?;
    Ok(name)
}

/// A host as part of a file's name: nothing in it leaves the folder or hides the file.
fn plain(host: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    host.chars()
        .map(|c| if harmless(c) { c } else { '_' })
        .collect()
}

/// Never over a file that is there.
fn write(path: &Path, body: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(body.as_bytes())
}
