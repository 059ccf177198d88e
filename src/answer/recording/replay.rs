//! Answers from a recording, and never says more than it knows.

use futures::future::BoxFuture;

use super::{Covers, Recording};
use crate::answer::Answerer;
use crate::answer::objects::selector::Selector;
use crate::facts::{Answer, Gap, Kind, Question};

/// Answers as the recorded cluster and network did.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
}

impl Replay {
    /// Replays a recording.
    pub fn new(recording: Recording) -> Self {
        Self { recording }
    }

    /// What is replayed.
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    fn reply(&self, question: &Question) -> Result<Answer, Gap> {
        let recording = &self.recording;
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
                if object.is_some() || self.covers(question) {
                    Ok(Answer::Object {
                        object: object.cloned(),
                    })
                } else {
                    Err(Gap::NotRecorded)
                }
            }
            Question::List {
                kind,
                namespace,
                labels,
                fields,
            } if self.covers(question) => {
                let (labels, fields) = (labels.as_deref(), fields.as_deref());
                let objects =
                    recording
                        .objects
                        .list(*kind, namespace.as_deref(), labels, fields)?;
                Ok(Answer::Objects { objects })
            }
            Question::List { .. } => Err(Gap::NotRecorded),
            probe => recording.probes.get(probe).cloned().ok_or(Gap::NotRecorded),
        }
    }

    /// Whether the objects tell all that the question asks for: it was asked, or a wider one was.
    fn covers(&self, question: &Question) -> bool {
        self.recording.covers == Covers::Everything
            || self.recording.asked.contains(question)
            || self
                .recording
                .asked
                .iter()
                .any(|asked| is_wider(asked, question))
    }
}

impl Answerer for Replay {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move { self.reply(question) })
    }
}

/// Whether an answered list includes everything that a question asks for.
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
