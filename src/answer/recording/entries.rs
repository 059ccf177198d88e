//! The entries of a header: what was asked, what the network answered, what was not answered. An entry that this hops does not know
//! in full is not read, for it may say something else than the part that is known; what is plainly wrong is an error.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

use super::{Covers, NotRead, Recording};
use crate::facts::{Answer, Gap, Question};

/// A probe: a question, its answer, and what was answered to it later, in order.
#[derive(Serialize)]
pub(super) struct Probe<'a> {
    #[serde(flatten)]
    question: &'a Question,
    #[serde(flatten)]
    answer: &'a Answer,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    then: Vec<Later<'a>>,
}

/// A question without an answer. What the question says already, the gap does not say again.
#[derive(Serialize)]
pub(super) struct GapEntry<'a> {
    #[serde(flatten)]
    question: &'a Question,
    #[serde(flatten)]
    gap: GapSaid,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    then: Vec<Later<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Later<'a> {
    Answer(&'a Answer),
    Gap(GapSaid),
}

#[derive(Serialize, Deserialize)]
struct GapSaid {
    gap: GapWord,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// With `other-version`: the `apiVersion` that the cluster serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    served: Option<String>,
}

/// The fields of a [`GapSaid`].
const SAID: [&str; 3] = ["gap", "why", "served"];

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
    NotInFiles,
    Malformed,
}

/// A probe together with its answer, as it is read.
#[derive(Serialize, Deserialize)]
struct Answered {
    #[serde(flatten)]
    question: Question,
    #[serde(flatten)]
    answer: Answer,
}

/// Why an entry is not taken in.
enum Refused {
    /// It holds something that this hops does not know, as a later one may write it.
    Unknown(String),
    /// It is plainly wrong.
    Wrong(String),
}

/// Where an entry stands that is plainly wrong, within its document, and why.
type Wrong = (u64, String);

pub(super) fn probes(recording: &Recording) -> Vec<Probe<'_>> {
    let probes = recording.probes.iter();
    probes
        .map(|(question, answer)| Probe {
            question,
            answer,
            then: later(recording, question),
        })
        .collect()
}

pub(super) fn gaps(recording: &Recording) -> Vec<GapEntry<'_>> {
    let gaps = recording.gaps.iter();
    gaps.map(|(question, gap)| GapEntry {
        question,
        gap: said(gap),
        then: later(recording, question),
    })
    .collect()
}

fn later<'a>(recording: &'a Recording, question: &Question) -> Vec<Later<'a>> {
    let later = recording.later.get(question).into_iter().flatten();
    later
        .map(|answer| match answer {
            Ok(answer) => Later::Answer(answer),
            Err(gap) => Later::Gap(said(gap)),
        })
        .collect()
}

impl Recording {
    pub(super) fn read_asked(&mut self, raw: Spanned<Value>) -> Result<(), Wrong> {
        let line = raw.referenced.line();
        let read = strict::<Question>(raw.value).and_then(|question| {
            if question.brings_objects() {
                Ok(question)
            } else {
                let why = format!("{question} is a probe: it needs an answer");
                Err(Refused::Wrong(why))
            }
        });
        if let Some(question) = self.taken(read, "asked", line)? {
            self.asked.insert(question);
        }
        Ok(())
    }

    pub(super) fn read_probe(&mut self, raw: Spanned<Value>) -> Result<(), Wrong> {
        let line = raw.referenced.line();
        let mut value = raw.value;
        let then = take(&mut value, "then");
        let read = strict::<Answered>(value).and_then(|read| {
            fits(&read.question, &read.answer)?;
            let later = answers(then, &read.question)?;
            Ok((read, later))
        });
        if let Some((Answered { question, answer }, later)) = self.taken(read, "probes", line)? {
            self.later.remove(&question);
            if !later.is_empty() {
                self.later.insert(question.clone(), later);
            }
            self.probes.insert(question, answer);
        }
        Ok(())
    }

    pub(super) fn read_gap(&mut self, raw: Spanned<Value>) -> Result<(), Wrong> {
        let line = raw.referenced.line();
        let mut value = raw.value;
        let then = take(&mut value, "then");
        let said: Map<String, Value> = SAID
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), take(&mut value, name)?)))
            .collect();
        let Some(question) = self.taken(strict::<Question>(value), "gaps", line)? else {
            // What was not answered must not pass for what does not exist.
            self.covers = Covers::Asked;
            return Ok(());
        };
        let word = said.get("gap").map(Value::to_string);
        let gap = match strict::<GapSaid>(Value::Object(said)) {
            // It stays a gap, whatever its name.
            Err(Refused::Unknown(why)) => {
                self.note(line, &format!("gaps: {why}"));
                let why = format!("recorded as {}", word.unwrap_or_default());
                Ok(Gap::NotAsked { why })
            }
            other => other.map(|said| meant(said, &question)),
        };
        let Some(gap) = self.taken(gap, "gaps", line)? else {
            return Ok(());
        };
        self.later.remove(&question);
        let later = self.taken(answers(then, &question), "gaps", line)?;
        if let Some(later) = later.filter(|later| !later.is_empty()) {
            self.later.insert(question.clone(), later);
        }
        self.gaps.insert(question, gap);
        Ok(())
    }

    /// What was read; none, and a note, where it is unknown.
    fn taken<T>(
        &mut self,
        read: Result<T, Refused>,
        list: &str,
        line: u64,
    ) -> Result<Option<T>, Wrong> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(Refused::Wrong(why)) => Err((line, format!("{list}: {why}"))),
            Err(Refused::Unknown(why)) => {
                self.note(line, &format!("{list}: {why}"));
                Ok(None)
            }
        }
    }

    pub(super) fn note(&mut self, line: u64, what: &str) {
        self.not_read.push(NotRead {
            line,
            what: what.to_owned(),
        });
    }
}

fn take(value: &mut Value, field: &str) -> Option<Value> {
    value.as_object_mut()?.remove(field)
}

/// What was answered later.
fn answers(then: Option<Value>, question: &Question) -> Result<Vec<Result<Answer, Gap>>, Refused> {
    let then = match then {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(then)) => then,
        Some(_) => return Err(Refused::Wrong("then: no list".to_owned())),
    };
    let one = |value: Value| {
        if value.get("gap").is_some() {
            return strict::<GapSaid>(value).map(|said| Err(meant(said, question)));
        }
        let answer = strict::<Answer>(value)?;
        fits(question, &answer)?;
        Ok(Ok(answer))
    };
    then.into_iter().map(one).collect()
}

/// Reads what is known to the last field: one that is passed over would silently mean its default.
fn strict<T: DeserializeOwned + Serialize>(value: Value) -> Result<T, Refused> {
    let wrong = |e: serde_json::Error| Refused::Wrong(e.to_string());
    let read: T = serde_json::from_value(value.clone()).map_err(|e| {
        // The words of serde, which has no other way to say it: `unknown variant `x`, expected one of …`.
        let why = e.to_string();
        match why.strip_prefix("unknown variant ") {
            Some(rest) => {
                let word = rest.split(", expected").next().unwrap_or(rest);
                Refused::Unknown(format!("{} is not known", word.replace('`', "\"")))
            }
            None => Refused::Wrong(why),
        }
    })?;
    let again = serde_json::to_value(&read).map_err(wrong)?;
    match superfluous(&value, &again) {
        Some(name) => Err(Refused::Unknown(format!("field {name:?} is not known"))),
        None => Ok(read),
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

fn fits(question: &Question, answer: &Answer) -> Result<(), Refused> {
    // Objects stand in documents of their own.
    let fits = !question.brings_objects() && answer.answers(question);
    if fits {
        Ok(())
    } else {
        let why = format!("this is no answer to: {question}");
        Err(Refused::Wrong(why))
    }
}

fn said(gap: &Gap) -> GapSaid {
    let (word, why) = match gap {
        Gap::Forbidden { .. } => (GapWord::Forbidden, None),
        Gap::NotInstalled => (GapWord::NotInstalled, None),
        Gap::OtherVersion { .. } => (GapWord::OtherVersion, None),
        Gap::TimedOut => (GapWord::TimedOut, None),
        Gap::Unreachable { why } => (GapWord::Unreachable, Some(why)),
        Gap::Unauthorized => (GapWord::Unauthorized, None),
        Gap::NotAsked { why } => (GapWord::NotAsked, Some(why)),
        Gap::NotRecorded => (GapWord::NotRecorded, None),
        Gap::NotInFiles => (GapWord::NotInFiles, None),
        Gap::Malformed { why } => (GapWord::Malformed, Some(why)),
    };
    let served = match gap {
        Gap::OtherVersion { served } => Some(served.clone()),
        _ => None,
    };
    GapSaid {
        gap: word,
        why: why.cloned(),
        served,
    }
}

fn meant(said: GapSaid, question: &Question) -> Gap {
    let why = said.why.unwrap_or_default();
    match said.gap {
        // Every question that can be forbidden says how.
        GapWord::Forbidden => question.forbidden().unwrap_or(Gap::NotRecorded),
        GapWord::NotInstalled => Gap::NotInstalled,
        GapWord::OtherVersion => Gap::OtherVersion {
            served: said.served.unwrap_or_default(),
        },
        GapWord::TimedOut => Gap::TimedOut,
        GapWord::Unreachable => Gap::Unreachable { why },
        GapWord::Unauthorized => Gap::Unauthorized,
        GapWord::NotAsked => Gap::NotAsked { why },
        GapWord::NotRecorded => Gap::NotRecorded,
        GapWord::NotInFiles => Gap::NotInFiles,
        GapWord::Malformed => Gap::Malformed { why },
    }
}
