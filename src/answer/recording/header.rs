//! The header document: what is written, and the stricter form in which it is read, for hands write these files too.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_saphyr::Spanned;

use super::{Covers, Recording, Run, VERSION};
use crate::facts::{Answer, Gap, Question};
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
    covers: Covers,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    asked: Vec<&'a Question>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    probes: Vec<Probe<&'a Question, &'a Answer>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gaps: Vec<GapEntry<&'a Question>>,
}

#[derive(Serialize, Deserialize)]
struct Probe<Q, A> {
    #[serde(flatten)]
    question: Q,
    #[serde(flatten)]
    answer: A,
}

/// A gap without what its question says already.
#[derive(Serialize, Deserialize)]
struct GapEntry<Q> {
    #[serde(flatten)]
    question: Q,
    gap: GapWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// With `other-version`: the `apiVersion` that the cluster serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    served: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum GapWord {
    Forbidden,
    NotInstalled,
    OtherVersion,
    TimedOut,
    Unreachable,
    Unauthorized,
    NotAsked,
    NotRecorded,
    Malformed,
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
            covers: recording.covers,
            asked: recording.asked.iter().collect(),
            probes: recording
                .probes
                .iter()
                .map(|(question, answer)| Probe { question, answer })
                .collect(),
            gaps: recording
                .gaps
                .iter()
                .map(|(question, gap)| entry(question, gap))
                .collect(),
        }
    }
}

/// The header as it is read: entries keep the line they stand at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct RawHeader {
    kind: String,
    version: u32,
    #[serde(default)]
    hops: String,
    now: Timestamp,
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
    covers: Covers,
    #[serde(default)]
    asked: Vec<Spanned<Value>>,
    #[serde(default)]
    probes: Vec<Spanned<Value>>,
    #[serde(default)]
    gaps: Vec<Spanned<Value>>,
}

impl RawHeader {
    /// The recording without its objects, or the line within the document and why not.
    pub fn read(self) -> Result<Recording, (u64, String)> {
        if self.kind != "Recording" {
            return Err((1, format!("no recording: its kind is {:?}", self.kind)));
        }
        if self.version != VERSION {
            let why = format!(
                "a recording of version {}, written by hops {}; this hops reads version {VERSION}",
                self.version, self.hops
            );
            return Err((1, why));
        }
        let plain = Run::at(self.now);
        let mut recording = Recording::new(Run {
            targets: self.targets,
            method: self.method.unwrap_or(plain.method),
            headers: self.headers,
            resolve: self.resolve,
            dns_server: self.dns_server,
            context: self.context,
            namespace: self.namespace.unwrap_or(plain.namespace),
            now: self.now,
        });
        recording.hops = self.hops;
        recording.redacted = self.redacted;
        recording.covers = self.covers;
        for raw in self.asked {
            let (question, line): (Question, _) = strict(raw, "asked")?;
            if !question.is_api() {
                return Err((
                    line,
                    format!("asked: {question} is a probe: it needs an answer"),
                ));
            }
            recording.asked.insert(question);
        }
        for raw in self.probes {
            let (probe, line): (Probe<Question, Answer>, _) = strict(raw, "probes")?;
            if !fits(&probe.question, &probe.answer) {
                return Err((
                    line,
                    format!("probes: this is no answer to: {}", probe.question),
                ));
            }
            recording.probes.insert(probe.question, probe.answer);
        }
        for raw in self.gaps {
            let (entry, _): (GapEntry<Question>, _) = strict(raw, "gaps")?;
            let gap = gap(&entry);
            recording.gaps.insert(entry.question, gap);
        }
        Ok(recording)
    }
}

/// Reads an entry and refuses what it has too much of: a misspelt field would silently mean its default.
fn strict<T: DeserializeOwned + Serialize>(
    raw: Spanned<Value>,
    list: &str,
) -> Result<(T, u64), (u64, String)> {
    let line = raw.referenced.line();
    let value = raw.value;
    let read: T =
        serde_json::from_value(value.clone()).map_err(|e| (line, format!("{list}: {e}")))?;
    let again = serde_json::to_value(&read).map_err(|e| (line, format!("{list}: {e}")))?;
    match superfluous(&value, &again) {
        Some(name) => Err((line, format!("{list}: unknown field {name:?}"))),
        None => Ok((read, line)),
    }
}

fn superfluous(given: &Value, kept: &Value) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given
            .iter()
            .filter(|(_, value)| !value.is_null())
            .find_map(|(name, value)| match kept.get(name) {
                None => Some(name.clone()),
                Some(kept) => superfluous(value, kept),
            }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .find_map(|(given, kept)| superfluous(given, kept)),
        _ => None,
    }
}

const fn fits(question: &Question, answer: &Answer) -> bool {
    matches!(
        (question, answer),
        (Question::Dns { .. }, Answer::Dns(_))
            | (Question::Tcp { .. }, Answer::Tcp(_))
            | (
                Question::Tls { .. } | Question::PodTls { .. },
                Answer::Tls(_)
            )
            | (
                Question::Http { .. } | Question::PodHttp { .. } | Question::Proxy { .. },
                Answer::Http(_)
            )
            | (Question::DnsAuthority { .. }, Answer::Authority(_))
            | (Question::DnsText { .. }, Answer::Text { .. })
    )
}

fn entry<'a>(question: &'a Question, of: &Gap) -> GapEntry<&'a Question> {
    let (gap, why) = match of {
        Gap::Forbidden { .. } => (GapWord::Forbidden, None),
        Gap::NotInstalled => (GapWord::NotInstalled, None),
        Gap::OtherVersion { .. } => (GapWord::OtherVersion, None),
        Gap::TimedOut => (GapWord::TimedOut, None),
        Gap::Unreachable { why } => (GapWord::Unreachable, Some(why)),
        Gap::Unauthorized => (GapWord::Unauthorized, None),
        Gap::NotAsked { why } => (GapWord::NotAsked, Some(why)),
        Gap::NotRecorded => (GapWord::NotRecorded, None),
        Gap::Malformed { why } => (GapWord::Malformed, Some(why)),
    };
    let served = match of {
        Gap::OtherVersion { served } => Some(served.clone()),
        _ => None,
    };
    GapEntry {
        question,
        gap,
        why: why.cloned(),
        served,
    }
}

fn gap(entry: &GapEntry<Question>) -> Gap {
    let why = entry.why.clone().unwrap_or_default();
    match entry.gap {
        GapWord::Forbidden => {
            // Every question that can be forbidden says how.
            entry.question.forbidden().unwrap_or(Gap::NotRecorded)
        }
        GapWord::NotInstalled => Gap::NotInstalled,
        GapWord::OtherVersion => Gap::OtherVersion {
            served: entry.served.clone().unwrap_or_default(),
        },
        GapWord::TimedOut => Gap::TimedOut,
        GapWord::Unreachable => Gap::Unreachable { why },
        GapWord::Unauthorized => Gap::Unauthorized,
        GapWord::NotAsked => Gap::NotAsked { why },
        GapWord::NotRecorded => Gap::NotRecorded,
        GapWord::Malformed => Gap::Malformed { why },
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
const fn is_false(value: &bool) -> bool {
    !*value
}

fn is_get(method: &str) -> bool {
    method == "GET"
}
