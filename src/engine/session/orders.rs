//! What a watching engine does when it is told something.

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Session, is_good};
use crate::diagnosis::walk;
use crate::engine::ask;
use crate::engine::watched::Order;
use crate::facts::{Answer, Facts, Kind, Question};
use crate::report::ObjectRef;

impl<'a> Session<'a> {
    pub fn order(&mut self, order: Order) {
        match order {
            Order::Again => self.again(),
            Order::Pause(true) => {
                self.paused = true;
                self.stop();
                self.publisher.running(0);
            }
            Order::Pause(false) if self.paused => {
                self.paused = false;
                if self.watched.live || self.publisher.rounds() == 0 {
                    self.ask_for_all();
                }
            }
            Order::Pause(false) => {}
            Order::Every(every) => {
                self.every = every;
                let latest = Instant::now() + self.pace();
                if let (Some(due), true) = (&mut self.next_round, self.watched.live) {
                    *due = (*due).min(latest);
                }
            }
            Order::Entrance(name) => self.enter(&name),
            Order::Object(object, reply) => self.gets.push(self.object(&object, reply)),
        }
    }

    /// Ends what is under way; what is known stays.
    fn stop(&mut self) {
        self.round = None;
        self.refresh = None;
        self.watches.clear();
        self.dirty = false;
        // The objects may have changed under the round that is gone.
        self.last = None;
    }

    fn again(&mut self) {
        self.stop();
        if self.watched.live {
            // Rights may have been given since. What is known stays until there is something better.
            self.objects.retain_good();
        } else {
            self.objects = Facts::new();
        }
        self.ask_for_all();
    }

    /// Everything known is asked for again, and then there is a round.
    fn ask_for_all(&mut self) {
        let now = Instant::now();
        if self.watched.live {
            let known: Vec<Question> = self.objects.questions().cloned().collect();
            for question in known {
                if !self.cared.has(&question) {
                    let good = is_good(&self.objects, &question);
                    self.cared.add(question, now, good);
                }
            }
            self.cared.retain(|q| self.objects.knows(q));
            self.cared.hurry(now);
        }
        self.retry_at = now;
        self.hold = self.cared.due().is_some();
        self.next_round = Some(now);
    }

    /// Walks another way in from now on.
    fn enter(&mut self, name: &str) {
        let (target, settings) = (&self.watched.target, &self.watched.settings);
        let known = self.last.as_ref();
        let own = known.map(|(facts, _)| walk(target, facts, settings).report);
        // The one that is walked anyway is not asked for by name: it stays that of the host, wherever its name leads.
        let is_own = own.is_some_and(|own| own.judged().is_some_and(|e| e.id == name));
        self.entrance = (!is_own).then(|| name.to_owned());
        if std::mem::take(&mut self.paused) {
            self.ask_for_all();
        }
        // What the first round has asked for, or may be asked but once, is not given up.
        let kept = self.publisher.rounds() == 0 || !self.watched.live;
        if self.round.is_some() && kept {
            return;
        }
        if self.round.take().is_some() && std::mem::take(&mut self.dirty) {
            // The objects changed under the round that is gone.
            self.last = None;
        }
        self.turn();
    }

    /// Tells at once what is known of the way in that is walked now; a round tells the rest.
    pub(super) fn turn(&mut self) {
        let settings = self.settings();
        let known = self.last.as_ref();
        let walk = known.map(|(facts, _)| walk(&self.watched.target, facts, &settings));
        let running = walk.as_ref().map_or(0, |w| w.questions.len());
        self.publisher.turn(walk.map(|w| w.report), running);
        self.next_round = Some(Instant::now());
    }

    /// Tells an object as it is known, or asks for it.
    fn object(
        &self,
        object: &ObjectRef,
        reply: oneshot::Sender<Result<Value, String>>,
    ) -> BoxFuture<'a, ()> {
        let kind = Kind::ALL.into_iter().find(|k| k.title() == object.kind);
        let namespace = object.namespace.as_deref();
        let known = kind.and_then(|kind| self.objects.object(kind, namespace, &object.name));
        let question = kind.map(|kind| Question::Get {
            kind,
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        });
        let display = object.display();
        let (answerer, permits) = (&*self.watched.answerer, self.permits);
        Box::pin(async move {
            let answer = match (known, question) {
                (Some(known), _) => Ok(known),
                (None, None) => Err(format!("{display} is of a kind that hops does not read")),
                (None, Some(question)) => match ask(question, answerer, permits).await.1 {
                    Ok(Answer::Object {
                        object: Some(object),
                    }) => Ok(object),
                    Ok(_) => Err(format!("{display}: not found")),
                    Err(gap) => Err(format!("{display}: {gap}")),
                },
            };
            // Whoever asked may have gone.
            let _ = reply.send(answer);
        })
    }
}
