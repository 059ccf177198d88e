//! The header document: what is written, and the form in which it is read, for hands and later versions write these files too.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::entries::{self, GapEntry, Probe};
use super::{Covers, Recording, Run, VERSION};
use crate::facts::{Question, Refused};
use crate::target::Header as Sent;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Header<'a> {
    kind: &'static str,
    version: u32,
    hops: &'a str,
    now: Timestamp,
    #[serde(skip_serializing_if = "is_false")]
    redacted: bool,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    targets: &'a [String],
    #[serde(skip_serializing_if = "is_get")]
    method: &'a str,
    #[serde(skip_serializing_if = "<[Sent]>::is_empty")]
    headers: &'a [Sent],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    resolve: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    dns_server: Option<std::net::SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
    namespace: &'a str,
    #[serde(skip_serializing_if = "<[Refused]>::is_empty")]
    refused: &'a [Refused],
    covers: Covers,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<&'a Question>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    probes: Vec<Probe<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<GapEntry<'a>>,
}

impl<'a> Header<'a> {
    pub fn of(recording: &'a Recording) -> Self {
        let run = &recording.run;
        Self {
            kind: "Recording",
            version: VERSION,
            hops: &recording.hops,
            now: run.now,
            redacted: recording.redacted,
            targets: &run.targets,
            method: &run.method,
            headers: &run.headers,
            resolve: &run.resolve,
            dns_server: run.dns_server,
            context: run.context.as_deref(),
            namespace: &run.namespace,
            refused: &run.refused,
            covers: recording.covers,
            asked: recording.asked.iter().collect(),
            probes: entries::probes(recording),
            gaps: entries::gaps(recording),
        }
    }
}

/// The header as it is read: entries keep the line they stand at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawHeader {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    version: Option<u32>,
    #[serde(default)]
    hops: String,
    #[serde(default)]
    now: Option<Timestamp>,
    #[serde(default)]
    redacted: bool,
    #[serde(default)]
    targets: Vec<String>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: Vec<Sent>,
    #[serde(default)]
    resolve: Vec<String>,
    #[serde(default)]
    dns_server: Option<std::net::SocketAddr>,
    #[serde(default)]
    context: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    refused: Vec<Refused>,
    #[serde(default)]
    covers: Option<String>,
    #[serde(default)]
    asked: Vec<Spanned<Value>>,
    #[serde(default)]
    probes: Vec<Spanned<Value>>,
    #[serde(default)]
    gaps: Vec<Spanned<Value>>,
    /// What this hops does not know.
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

impl RawHeader {
    /// The recording without its objects, or the line within the document and why not.
    pub fn read(self) -> Result<Recording, (u64, String)> {
        if self.kind != "Recording" {
            return Err((1, format!("no recording: its kind is {:?}", self.kind)));
        }
        let missing = |field: &str| (1, format!("no recording: {field} is missing"));
        let version = self.version.ok_or_else(|| missing("version"))?;
        if version != VERSION {
            let why = format!(
                "a recording of version {version}, written by hops {}; this hops reads version {VERSION}",
                self.hops
            );
            return Err((1, why));
        }
        let now = self.now.ok_or_else(|| missing("now"))?;
        let plain = Run::at(now);
        let mut recording = Recording::new(Run {
            targets: self.targets,
            method: self.method.unwrap_or(plain.method),
            headers: self.headers,
            resolve: self.resolve,
            dns_server: self.dns_server,
            context: self.context,
            namespace: self.namespace.unwrap_or(plain.namespace),
            refused: self.refused,
            now,
        });
        recording.hops = self.hops;
        recording.redacted = self.redacted;
        match self.covers.as_deref() {
            None | Some("asked") => {}
            Some("everything") => recording.covers = Covers::Everything,
            Some(other) => recording.note(1, &format!("covers: {other:?} is not known")),
        }
        for name in self.rest.keys() {
            recording.note(1, &format!("field {name:?} is not known"));
        }
        for raw in self.asked {
            recording.read_asked(raw)?;
        }
        for raw in self.probes {
            recording.read_probe(raw)?;
        }
        for raw in self.gaps {
            recording.read_gap(raw)?;
        }
        Ok(recording)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
const fn is_false(value: &bool) -> bool {
    !*value
}

fn is_get(method: &str) -> bool {
    method == "GET"
}
