//! An answer to another sort of question is a gap: whoever gives it, the run ends and says which question has no answer.

use std::mem::{Discriminant, discriminant};
use std::sync::Mutex;

use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::{Recording, Replay};
use hops::facts::{Answer, Connect, Gap, Question, TcpAnswer};
use hops::report::{Outcome, Verdict};

use crate::support::fixture::{Fixture, base};
use crate::support::replayed::walk;

/// A replay that answers questions of one sort with what belongs to another, and keeps what it was asked.
struct Misfit {
    replay: Replay,
    wrong: Option<(Discriminant<Question>, Answer)>,
    asked: Mutex<Vec<Question>>,
}

impl Misfit {
    fn of(recording: &Recording, wrong: Option<(Discriminant<Question>, Answer)>) -> Self {
        Self {
            replay: Replay::new(recording.clone()),
            wrong,
            asked: Mutex::default(),
        }
    }
}

impl Answerer for Misfit {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            self.asked.lock().expect("the log").push(question.clone());
            match &self.wrong {
                Some((sort, wrong)) if discriminant(question) == *sort => Ok(wrong.clone()),
                _ => self.replay.answer(question).await,
            }
        })
    }
}

/// What a question of this sort does not ask for.
fn wrong(question: &Question) -> [Answer; 3] {
    let texts = Answer::Text { texts: Vec::new() };
    let tcp = Answer::Tcp(TcpAnswer {
        connect: Connect::Connected,
        ms: 1,
    });
    let object = Answer::Object { object: None };
    let objects = Answer::Objects {
        objects: Vec::new(),
    };
    match question {
        Question::Tcp { .. } => [texts, object, objects],
        Question::DnsText { .. } | Question::List { .. } => [
            tcp,
            object,
            Answer::Namespaces {
                namespaces: Vec::new(),
            },
        ],
        _ => [texts, tcp, objects],
    }
}

#[test]
fn every_sort_of_question_ends_in_a_gap() {
    let mut seen = Vec::new();
    for case in [
        "shop",
        "tls-secret-wrong-namespace/fires",
        "pod-bound-to-localhost/fires",
        "tls-served-differs/fires",
        "dns-no-address/fires",
        "dns-nxdomain/fires",
        "dns-points-elsewhere/fires-made-by-hand",
    ] {
        let recording = Fixture::load(&base(case)).record();
        let honest = Misfit::of(&recording, None);
        walk(&honest, &recording.run);
        let mut asked = honest.asked.lock().expect("the log").clone();
        asked.sort_by_key(|q| format!("{:?}", discriminant(q)));
        asked.dedup_by_key(|q| discriminant(q));
        for question in asked {
            let sort = discriminant(&question);
            for wrong in wrong(&question) {
                let what = format!("{case}: {question}, answered with {wrong:?}");
                let answerer = Misfit::of(&recording, Some((sort, wrong)));
                let report = walk(&answerer, &recording.run);
                assert_ne!(report.verdict, Verdict::Waiting, "{what}");
                let asked = answerer.asked.lock().expect("the log");
                for question in asked.iter().filter(|q| discriminant(*q) == sort) {
                    let words = question.to_string();
                    let told = report.asked.iter().find(|a| a.what == words);
                    let gap = told.map(|a| &a.outcome);
                    assert!(
                        matches!(gap, Some(Outcome::Gap(why)) if why.starts_with("malformed: ")),
                        "{what}: {words}: {gap:?}"
                    );
                }
            }
            if !seen.contains(&sort) {
                seen.push(sort);
            }
        }
    }
    // Get, List, Find, Dns, Tcp, Tls, Http, Client, DnsAuthority, DnsText, PodTls, PodHttp, Proxy.
    assert_eq!(seen.len(), 13);
}
