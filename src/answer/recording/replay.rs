//! Answers from a recording, and never says more than it knows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use futures::future::BoxFuture;

use super::{Covers, Recording};
use crate::answer::Answerer;
use crate::answer::objects::selector::Selector;
use crate::facts::{Answer, Gap, Kind, Question};

/// Answers as the recorded cluster and network did. A probe with several answers gets one after the other, and then the last.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
    /// How often each probe with several answers was asked.
    turns: Mutex<HashMap<Question, usize>>,
}

impl Replay {
    /// Replays a recording.
    pub fn new(recording: Recording) -> Self {
        Self {
            recording,
            turns: Mutex::default(),
        }
    }

    /// What is replayed.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    fn reply(&self, question: &Question) -> Result<Answer, Gap> {
        let recording = &self.recording;
        if let Some(later) = self.later(question) {
            return later.clone();
        }
        if let Some(gap) = recording.gaps.get(question) {
            return Err(gap.clone());
        }
        match question {
            Question::Get {
                kind,
                namespace,
                name,
            } => {
                let object = recording.objects.get(*kind, namespace.as_deref(), name);
                // An object that is there exists, whichever question brought it.
                if object.is_none() {
                    self.known(question)?;
                }
                Ok(Answer::Object {
                    object: object.cloned(),
                })
            }
            Question::List {
                kind,
                namespace,
                labels,
                fields,
            } => {
                self.known(question)?;
                let (namespace, labels) = (namespace.as_deref(), labels.as_deref());
                let objects =
                    recording
                        .objects
                        .list(*kind, namespace, labels, fields.as_deref())?;
                Ok(Answer::Objects { objects })
            }
            Question::Find { kind, name } if !recording.probes.contains_key(question) => {
                // One that was recorded before there was such a question may tell it by its lists.
                self.known(&Question::List {
                    kind: *kind,
                    namespace: None,
                    labels: None,
                    fields: Some(format!("metadata.name={name}")),
                })?;
                let namespaces = recording.objects.namespaces_of(*kind, name);
                Ok(Answer::Namespaces { namespaces })
            }
            probe => recording.probes.get(probe).cloned().ok_or(Gap::NotRecorded),
        }
    }

    /// What came of a probe this time, where it is not the first.
    fn later(&self, question: &Question) -> Option<&Result<Answer, Gap>> {
        let later = self.recording.later.get(question)?;
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(question.clone()).or_default();
        let asked = *turn;
        *turn = (asked + 1).min(later.len());
        later.get(asked.checked_sub(1)?)
    }

    /// Whether the objects tell all that a question asks for, or else why not.
    fn known(&self, question: &Question) -> Result<(), Gap> {
        let recording = &self.recording;
        if self.was_asked(question) {
            return Ok(());
        }
        // A kind that the cluster does not have, or not in a version that hops reads, is nowhere in it.
        let not_there = recording.gaps.iter().find(|(asked, gap)| {
            matches!(gap, Gap::NotInstalled | Gap::OtherVersion { .. })
                && asked.kind() == question.kind()
        });
        if let Some((_, gap)) = not_there {
            return Err(gap.clone());
        }
        if recording.covers == Covers::Everything && self.is_covered(question) {
            return Ok(());
        }
        // Who may not list everywhere may do so in one namespace: he would have been asked then, and nothing else is known. A get
        // is another right.
        let is_list = matches!(question, Question::List { .. });
        let forbidden = recording.gaps.iter().find(|(asked, gap)| {
            is_list && matches!(gap, Gap::Forbidden { .. }) && is_wider(asked, question)
        });
        Err(forbidden.map_or(Gap::NotRecorded, |(_, gap)| gap.clone()))
    }

    /// Whether a recording of everything is one of this kind, too. One that somebody has to install may have come up later than the
    /// recording, whose writer did not know of it.
    fn is_covered(&self, question: &Question) -> bool {
        let some = |kind| {
            let all = self.recording.objects.list(kind, None, None, None);
            all.is_ok_and(|all| !all.is_empty())
        };
        let kind = question.kind();
        kind.is_none_or(|kind| kind.is_built_in() || some(kind))
    }

    /// Whether it was answered, or a wider one was.
    fn was_asked(&self, question: &Question) -> bool {
        let asked = &self.recording.asked;
        asked.contains(question) || asked.iter().any(|asked| is_wider(asked, question))
    }
}

impl Answerer for Replay {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move { self.reply(question) })
    }
}

/// Whether a list includes everything that a question asks for.
fn is_wider(asked: &Question, question: &Question) -> bool {
    let Question::List {
        kind,
        namespace,
        labels,
        fields,
    } = asked
    else {
        return false;
    };
    let reaches = |of: Kind, in_namespace: &Option<String>| {
        *kind == of && (!of.namespaced() || namespace.is_none() || namespace == in_namespace)
    };
    match question {
        Question::Get {
            kind, namespace, ..
        } => labels.is_none() && fields.is_none() && reaches(*kind, namespace),
        Question::List {
            kind,
            namespace,
            labels: narrower_labels,
            fields: narrower_fields,
        } => {
            let wide = Selector::of(labels.as_deref(), fields.as_deref());
            let narrow = Selector::of(narrower_labels.as_deref(), narrower_fields.as_deref());
            reaches(*kind, namespace)
                && matches!((wide, narrow), (Ok(wide), Ok(narrow)) if wide.covers(&narrow))
        }
        _ => false,
    }
}
