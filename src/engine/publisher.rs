//! Publishes the newest state of a watched target.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::changes::difference;
use crate::facts::{Kind, Question, Seen};
use crate::report::{Change, ObjectRef, Report, Unseen, Update};

/// Verdicts that are kept.
const VERDICTS: usize = 60;
/// Changes that are kept.
const CHANGES: usize = 20;
/// Two questions may tell of the same change: then it is noticed twice within this time.
const TOGETHER: SignedDuration = SignedDuration::from_secs(2);
/// An object that is older has not just been created.
const YOUNG: SignedDuration = SignedDuration::from_secs(60);

/// Where updates are published.
#[derive(Clone, Copy)]
pub(super) struct Publisher<'a>(pub &'a watch::Sender<Option<Arc<Update>>>);

impl Publisher<'_> {
    /// Rounds that came to their end.
    pub fn rounds(self) -> u64 {
        self.0.borrow().as_ref().map_or(0, |update| update.rounds)
    }

    /// Publishes the report of the first round, as far as it has come.
    pub fn fill_in(self, report: &Report, running: usize) {
        self.replace(|old| match old {
            Some(old) => Update {
                report: report.clone(),
                running,
                ..old.clone()
            },
            None => begun(report.clone(), running),
        });
    }

    /// Publishes how many questions are under way.
    pub fn running(self, running: usize) {
        if self
            .0
            .borrow()
            .as_ref()
            .is_some_and(|u| u.running != running)
        {
            self.edit(true, |update| update.running = running);
        }
    }

    /// Publishes what is known of another way in, if anything is; the verdicts until now were about the one before.
    pub fn turn(self, known: Option<Report>, running: usize) {
        self.edit(known.is_some(), |update| {
            update.verdicts.clear();
            update.running = running;
            if let Some(report) = known {
                let stats = update.report.stats;
                update.report = Report { stats, ..report };
            }
        });
    }

    /// Publishes the report of a round that came to its end.
    pub fn settle(self, report: Report, unseen: Option<Unseen>) {
        self.replace(|old| {
            let mut update = match old {
                Some(old) => old.clone(),
                None => begun(report.clone(), 0),
            };
            update.verdicts.push(report.verdict);
            let surplus = update.verdicts.len().saturating_sub(VERDICTS);
            update.verdicts.drain(..surplus);
            update.report = report;
            update.rounds += 1;
            update.running = 0;
            update.settled = Some(Timestamp::now());
            update.unseen = unseen;
            update
        });
    }

    /// Notes what is not seen any more. It is told with the next publication.
    pub fn unseen(self, unseen: Option<Unseen>) {
        self.edit(false, |update| update.unseen = unseen);
    }

    /// Whether an object is not as it was. Then that is noted, and seen with the next publication.
    pub fn compare(
        self,
        question: &Question,
        name: &str,
        before: Option<&Seen>,
        after: Option<&Seen>,
    ) -> bool {
        let Some(kind) = question.kind() else {
            return false;
        };
        let (path, what) = match (before, after) {
            (None, None) => return false,
            (None, Some(after)) => (None, came(question, after)),
            (Some(before), None) => (None, went(question, before)),
            (Some(Ok(before)), Some(Ok(after))) => match difference(kind, before, after) {
                Some(difference) => (Some(difference.path), difference.what),
                None => return false,
            },
            (Some(Ok(_)), Some(Err(why))) => (None, format!("malformed: {why}")),
            (Some(Err(_)), Some(Ok(_))) => (None, "no longer malformed".to_owned()),
            (Some(Err(before)), Some(Err(after))) if before == after => return false,
            (Some(Err(_)), Some(Err(why))) => (None, format!("malformed: {why}")),
        };
        // Events are news of their own; they are read where they say something of the path.
        if kind != Kind::Event {
            self.note(Change {
                at: Timestamp::now(),
                object: object_ref(kind, name),
                path,
                what,
            });
        }
        true
    }

    fn note(self, change: Change) {
        self.edit(false, |update| {
            let noted = update.changes.iter().any(|known| {
                change.at.duration_since(known.at) < TOGETHER
                    && (&known.object, &known.path, &known.what)
                        == (&change.object, &change.path, &change.what)
            });
            if !noted {
                update.changes.insert(0, change);
                update.changes.truncate(CHANGES);
            }
        });
    }

    /// Publishes what was noted.
    pub fn publish(self) {
        self.0.send_if_modified(|_| true);
    }

    fn replace(self, make: impl FnOnce(Option<&Update>) -> Update) {
        self.0.send_modify(|slot| {
            let update = make(slot.as_deref());
            *slot = Some(Arc::new(update));
        });
    }

    /// Before the first report there is nothing to edit.
    fn edit(self, publish: bool, edit: impl FnOnce(&mut Update)) {
        self.0.send_if_modified(|slot| {
            if let Some(update) = slot {
                edit(Arc::make_mut(update));
            }
            publish
        });
    }
}

fn begun(report: Report, running: usize) -> Update {
    Update {
        report,
        rounds: 0,
        running,
        settled: None,
        verdicts: Vec::new(),
        changes: Vec::new(),
        unseen: None,
    }
}

fn object_ref(kind: Kind, name: &str) -> ObjectRef {
    let (namespace, name) = match name.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_owned()), name),
        None => (None, name),
    };
    ObjectRef {
        kind: kind.title().to_owned(),
        namespace,
        name: name.to_owned(),
    }
}

/// What narrows a list, as a person reads it.
fn selection(question: &Question) -> Option<String> {
    let Question::List { labels, fields, .. } = question else {
        return None;
    };
    labels.as_ref().or(fields.as_ref()).cloned()
}

/// A list that is narrowed also gains an object that was there before.
fn came(question: &Question, after: &Seen) -> String {
    let moment = after.as_ref().ok().and_then(|object| {
        let text = object.pointer("/metadata/creationTimestamp")?.as_str()?;
        text.parse::<Timestamp>().ok()
    });
    let old = moment.is_some_and(|at| Timestamp::now().duration_since(at) > YOUNG);
    match selection(question) {
        Some(selection) if old => format!("now with {selection}"),
        _ => "created".to_owned(),
    }
}

/// A list that is narrowed also loses an object that is still there.
fn went(question: &Question, before: &Seen) -> String {
    let ending = before
        .as_ref()
        .is_ok_and(|object| object.pointer("/metadata/deletionTimestamp").is_some());
    match selection(question) {
        Some(selection) if !ending => format!("deleted, or no longer with {selection}"),
        _ => "deleted".to_owned(),
    }
}
