//! Reports of the bundled recordings, as the screen gets them.

use std::path::Path;
use std::sync::Arc;

use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::{Recording, Replay};
use hops::diagnosis::Settings;
use hops::engine::{Limits, check};
use hops::facts::{Answer, Facts, Gap, Question};
use hops::report::{Unseen, Update, Verdict};
use hops::target::Target;
use hops::tui::state::Origin;

/// A user who may read nothing: only the network answers.
struct Blind(Replay);

impl Answerer for Blind {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        match question.forbidden().filter(|_| question.is_api()) {
            Some(gap) => Box::pin(std::future::ready(Err(gap))),
            None => self.0.answer(question),
        }
    }
}

/// The walked recording of `assets/demo`.
pub fn demo(name: &str) -> Update {
    walk(name, |replay| Box::new(replay))
}

/// The same for a user without any right.
pub fn blind(name: &str) -> Update {
    walk(name, |replay| Box::new(Blind(replay)))
}

fn walk(name: &str, answerer: impl Fn(Replay) -> Box<dyn Answerer>) -> Update {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/demo/{name}.yaml"));
    let text = std::fs::read_to_string(path).expect("a recording");
    let recording = Recording::from_yaml(&text, name).expect("a recording");
    let run = recording.run.clone();
    let settings = Settings {
        now: run.now,
        context: run.context,
        namespace: run.namespace,
        method: run.method,
        headers: run.headers.clone(),
        resolve: Vec::new(),
        dns_server: run.dns_server,
        ..Settings::default()
    };
    let target = Target::parse(&run.targets[0]).expect("a target");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true) // what takes no time takes none, however busy the machine is
        .build()
        .expect("a runtime");
    let mut facts = Facts::new();
    let reports = runtime.block_on(check(
        &[target],
        &mut facts,
        &*answerer(Replay::new(recording)),
        &settings,
        Limits::default(),
    ));
    settled(reports.into_iter().next().expect("a report"), settings.now)
}

fn settled(report: hops::report::Report, now: jiff::Timestamp) -> Update {
    let verdicts: Vec<Verdict> = vec![report.verdict];
    Update {
        report,
        rounds: 1,
        running: 0,
        settled: Some(now),
        verdicts,
        changes: Vec::new(),
        unseen: None,
    }
}

/// A live cluster.
pub fn cluster() -> Origin {
    Origin {
        context: Some("prod".into()),
        namespace: "shop".into(),
        still: String::new(),
        target: None,
    }
}

/// News of the watch with that number.
pub fn news(update: Update) -> Arc<Update> {
    Arc::new(update)
}

/// Something that was seen until a moment ago; the API server where it is nothing in particular.
pub fn unseen(what: Option<&str>, why: &str) -> Unseen {
    Unseen {
        what: what.map(str::to_owned),
        why: why.to_owned(),
        since: jiff::Timestamp::now(),
    }
}
