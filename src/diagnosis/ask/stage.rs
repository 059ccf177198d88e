//! One hop while it is being resolved: what was found so far survives an early return.

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Missed;
use crate::facts::{Gap, Kind, Unknown};
use crate::report::{Node, ObjectRef, State};

/// How far a hop was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Waits for answers.
    Waiting,
    /// All it wanted to know is known.
    Known,
    /// Something it needs cannot be known.
    Unknown(Gap),
    /// The request does not pass here, or nothing leads here; the sentence says which.
    Skipped(String),
}

/// Why a hop does not get to its end. What it set before stays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// An answer is still open.
    Waiting,
    /// Something it needs cannot be known.
    Gap(Gap),
    /// The request does not pass here, or its way ends here; the sentence says which.
    Skipped(String),
}

impl From<Unknown> for Stop {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Waiting => Self::Waiting,
            Unknown::Gap(gap) => Self::Gap(gap),
        }
    }
}

/// A hop's findings of fact, before any judgement.
#[derive(Clone, Debug)]
pub struct Stage<T> {
    progress: Progress,
    found: Option<T>,
    in_parts: bool,
    missed: Missed,
    /// One line.
    pub summary: String,
    /// What is there.
    pub nodes: Vec<Node>,
}

impl<T> Stage<T> {
    /// Resolves a hop, which sets what it finds as soon as it knows it. How far it got is what it returns.
    pub fn resolve(cx: &Cx, hop: impl FnOnce(&mut Self) -> Result<(), Stop>) -> Self {
        let mut stage = Self::waiting();
        let (end, missed) = cx.watch(|| hop(&mut stage));
        stage.missed = missed;
        stage.progress = match end {
            Ok(()) => Progress::Known,
            Err(Stop::Waiting) => Progress::Waiting,
            Err(Stop::Gap(gap)) => Progress::Unknown(gap),
            Err(Stop::Skipped(why)) => {
                if stage.summary.is_empty() {
                    stage.summary.clone_from(&why);
                }
                Progress::Skipped(why)
            }
        };
        stage
    }

    /// How far it got.
    pub fn progress(&self) -> &Progress {
        if matches!(self.progress, Progress::Unknown(_)) {
            self.missed.touch();
        }
        &self.progress
    }

    /// What it leads to, or why there is nothing: what could not be read may matter for it.
    pub fn found(&self) -> Option<&T> {
        if !self.in_parts {
            self.missed.touch();
        }
        self.found.as_ref()
    }

    /// The same, to be written to.
    pub const fn found_mut(&mut self) -> Option<&mut T> {
        self.found.as_mut()
    }

    /// Says what it leads to.
    pub fn find(&mut self, found: T) {
        self.found = Some(found);
    }

    /// The same for what tells of each of its parts what could not be read for it.
    pub fn find_in_parts(&mut self, found: T) {
        self.find(found);
        self.in_parts = true;
    }

    /// What could not be read for it.
    pub const fn missed(&self) -> &Missed {
        &self.missed
    }

    /// A hop of which nothing is known yet.
    pub fn waiting() -> Self {
        Self {
            progress: Progress::Waiting,
            found: None,
            in_parts: false,
            missed: Missed::default(),
            summary: String::new(),
            nodes: Vec::new(),
        }
    }

    /// A hop to which the one before does not lead: because it could not be seen, or because the way ends there.
    pub fn after<U>(before: &Stage<U>) -> Self {
        let summary = match &before.progress {
            Progress::Waiting => String::new(),
            Progress::Unknown(_) => "hangs on a hop that could not be seen".to_owned(),
            Progress::Known | Progress::Skipped(_) => return Self::skipped("not reached"),
        };
        Self {
            progress: before.progress.clone(),
            found: None,
            in_parts: false,
            missed: before.missed.clone(),
            summary,
            nodes: Vec::new(),
        }
    }

    /// A hop that the request does not use.
    pub fn skipped(why: impl Into<String>) -> Self {
        let why = why.into();
        Self {
            progress: Progress::Skipped(why.clone()),
            found: None,
            in_parts: false,
            missed: Missed::default(),
            summary: why,
            nodes: Vec::new(),
        }
    }

    /// Adds a node. One that is called like a kind is an object of it.
    pub fn node(
        &mut self,
        kind: &str,
        namespace: Option<&str>,
        name: impl Into<String>,
        detail: impl Into<String>,
    ) -> Added<'_> {
        let (namespace, name) = (namespace.map(str::to_owned), name.into());
        let is_object = Kind::ALL.iter().any(|k| k.title() == kind);
        self.nodes.push(Node {
            kind: kind.to_owned(),
            object: is_object.then(|| ObjectRef {
                kind: kind.to_owned(),
                namespace: namespace.clone(),
                name: name.clone(),
            }),
            namespace,
            name,
            detail: detail.into(),
            state: None,
        });
        Added(self.nodes.last_mut())
    }
}

/// The node that was added last.
pub struct Added<'a>(Option<&'a mut Node>);

impl Added<'_> {
    /// The object that it stands in.
    #[must_use]
    pub fn of(self, kind: Kind, namespace: Option<&str>, name: &str) -> Self {
        let Self(Some(node)) = self else { return self };
        node.object = Some(ObjectRef {
            kind: kind.title().to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        });
        Self(Some(node))
    }

    /// How it does.
    pub fn state(self, state: State) {
        if let Self(Some(node)) = self {
            node.state = Some(state);
        }
    }
}
