//! All that the screen shows and remembers. Plain data: it changes in [`update`](super::update) and is drawn by
//! [`view`](super::view).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::layout::Rect;
use tui_input::Input;

use super::action::{Checked, HostRow, Pick};
use super::keymap::Mode;
use super::theme::Theme;
use super::yaml::YamlLine;
use crate::output::text::roots;
use crate::report::{Code, Finding, Hop, HopReport, ObjectRef, Report, Update};

/// Seconds for which a message stays, and a change stays marked.
pub const MOMENT: i64 = 6;
/// Time between two rounds unless chosen otherwise.
pub const EVERY: Duration = Duration::from_secs(5);

/// What answers: a cluster, files, a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The kubeconfig context, or the one of a recording.
    pub context: Option<String>,
    /// The namespace that counts where only one may be read.
    pub namespace: String,
    /// `demo label-drift`, `recording shop.yaml`, `files`; empty for a cluster.
    pub still: String,
    /// The target that comes with it, as a recording's does.
    pub target: Option<String>,
}

impl Origin {
    /// Whether what it answers changes with time.
    pub fn is_live(&self) -> bool {
        self.still.is_empty()
    }
}

/// How far the origin is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// Under way, since a moment.
    Since(Timestamp),
    /// Open.
    Open(Origin),
    /// Cannot be opened; the sentence says why.
    Failed(String),
}

/// The two screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The path of a request.
    Path,
    /// The hosts of the cluster.
    Hosts,
}

/// A pane of the path screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The hops.
    Rail,
    /// The selected hop.
    Detail,
}

/// The path screen.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // switches that a person turns one by one
pub struct PathState {
    /// What is walked, as typed.
    pub target: Option<String>,
    /// The number of the watch, so that news of an earlier one are not taken for this one's.
    pub watch: u64,
    /// The newest news.
    pub update: Option<Arc<Update>>,
    /// Why it cannot be walked.
    pub failed: Option<String>,
    /// The selected hop.
    pub hop: Hop,
    /// The selection goes where the request breaks, until a person moves it.
    pub follows: bool,
    /// The selected thing at the hop.
    pub node: Option<usize>,
    /// The finding stepped to, among [`State::finding_rows`].
    pub finding: Option<usize>,
    /// The pane that has the keyboard.
    pub pane: Pane,
    /// Lines of the detail pane that are above its top.
    pub scroll: usize,
    /// No rounds, no news.
    pub paused: bool,
    /// Time between two rounds.
    pub every: Duration,
    /// Only hops that are not well.
    pub only_problems: bool,
    /// The detail pane over the whole width.
    pub wide: bool,
    /// Which things of a hop are shown.
    pub filter: String,
}

impl Default for PathState {
    fn default() -> Self {
        Self {
            target: None,
            watch: 0,
            update: None,
            failed: None,
            hop: Hop::User,
            follows: true,
            node: None,
            finding: None,
            pane: Pane::Rail,
            scroll: 0,
            paused: false,
            every: EVERY,
            only_problems: false,
            wide: false,
            filter: String::new(),
        }
    }
}

/// The hosts screen.
#[derive(Clone, Debug, Default)]
pub struct HostsState {
    /// The hosts; none while they are read.
    pub rows: Option<Result<Vec<HostRow>, String>>,
    /// Indices of the rows that the filter leaves, best first. Kept, so that a frame of ten thousand hosts costs what it shows.
    pub shown: Vec<usize>,
    /// The selected one, as an index of `shown`.
    pub selected: usize,
    /// What was typed to filter.
    pub filter: String,
    /// Verdicts so far, by host.
    pub checked: HashMap<String, Checked>,
    /// Hosts that are being checked; none when no check runs.
    pub checking: Option<usize>,
    /// Only those that are not well.
    pub only_problems: bool,
}

/// A format of the report on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveFormat {
    /// As `--check` prints it.
    Text,
    /// As `-o json`.
    Json,
    /// For an issue or a chat.
    Markdown,
    /// For `--replay`.
    Recording,
    /// The same without names and addresses.
    Redacted,
}

impl SaveFormat {
    /// All, with their keys and words.
    pub const ALL: [(char, Self, &str); 5] = [
        ('t', Self::Text, "text, as --check prints it"),
        ('j', Self::Json, "JSON, as -o json"),
        ('m', Self::Markdown, "Markdown, for an issue or a chat"),
        ('r', Self::Recording, "recording, for --replay"),
        ('x', Self::Redacted, "recording without names and addresses"),
    ];

    /// As `:save` takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Recording => "recording",
            Self::Redacted => "redacted",
        }
    }
}

/// Where a text that is read stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Lines above the top.
    pub scroll: usize,
    /// Lines that hold it are shown, or with `!` in front those that do not.
    pub filter: String,
}

/// Something over the screen. Esc closes the topmost.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys of a mode.
    Help(Mode, Reading),
    /// A pitfall in full.
    Explain(Code, Reading),
    /// An object.
    Yaml {
        /// Which.
        object: ObjectRef,
        /// Its lines; none while it is read.
        lines: Option<Result<Vec<YamlLine>, String>>,
        /// Where it stands.
        reading: Reading,
    },
    /// All that was asked.
    Questions(Reading),
    /// All findings; the number is the selected one, among [`State::finding_rows`].
    Findings(usize),
    /// Text to be copied.
    Copy(Vec<String>),
    /// The format to write.
    Save,
    /// A list to pick from.
    Pick {
        /// Of what.
        what: Pick,
        /// What can be picked; none while it is read.
        items: Option<Result<Vec<String>, String>>,
        /// What was typed to filter.
        input: Input,
        /// The selected one, among those that the filter leaves.
        selected: usize,
    },
    /// Earlier messages.
    Messages(Reading),
}

/// What is typed on the last line.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// A command rather than a filter.
    pub command: bool,
    /// The line.
    pub input: Input,
    /// Overlays that lay there when it was opened: one that came later has the keyboard.
    pub over: usize,
    /// Completions of a command, best first.
    pub completions: Vec<String>,
    /// The completion that Tab chose last.
    pub completion: Option<usize>,
}

/// Something told for a moment, or until Esc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// The words.
    pub text: String,
    /// An error: it stays until Esc.
    pub error: bool,
    /// When it was told.
    pub at: Timestamp,
}

/// What drawing tells about what it drew: how far can be scrolled, and where the mouse hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// The largest scroll that makes sense for what has the keyboard.
    pub max_scroll: usize,
    /// Lines of a page there.
    pub page: usize,
    /// The rows of the rail or of the list.
    pub rows: Rect,
    /// Screen lines of one of these rows.
    pub row_height: u16,
    /// Index of the first of these rows.
    pub first_row: usize,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct State {
    /// Columns and lines.
    pub size: (u16, u16),
    /// The moment.
    pub now: Timestamp,
    /// Colours.
    pub theme: Theme,
    /// ASCII marks and frames only.
    pub ascii: bool,
    /// What answers.
    pub opening: Opening,
    /// Which screen.
    pub screen: Screen,
    /// The screen that it began with: `q` quits there.
    pub root: Screen,
    /// The path.
    pub path: PathState,
    /// The hosts.
    pub hosts: HostsState,
    /// What lies over it, topmost last.
    pub overlays: Vec<Overlay>,
    /// What is being typed.
    pub prompt: Option<Prompt>,
    /// What is told.
    pub toast: Option<Toast>,
    /// What was told, oldest first.
    pub messages: VecDeque<Toast>,
    /// Targets walked before, newest first.
    pub recent: Vec<String>,
    /// Contexts and namespaces, once known, for completion.
    pub known_contexts: Vec<String>,
    /// The same of namespaces.
    pub known_namespaces: Vec<String>,
    /// The mouse is on.
    pub mouse: bool,
    /// What the last frame said.
    pub drawn: Drawn,
}

impl State {
    /// Before anything is known. Without a target the hosts are shown.
    pub fn new(target: Option<String>, now: Timestamp, theme: Theme, ascii: bool) -> Self {
        let root = if target.is_some() {
            Screen::Path
        } else {
            Screen::Hosts
        };
        Self {
            size: (80, 24),
            now,
            theme,
            ascii,
            opening: Opening::Since(now),
            screen: root,
            root,
            path: PathState {
                target,
                ..PathState::default()
            },
            hosts: HostsState::default(),
            overlays: Vec::new(),
            prompt: None,
            toast: None,
            messages: VecDeque::new(),
            recent: Vec::new(),
            known_contexts: Vec::new(),
            known_namespaces: Vec::new(),
            mouse: false,
            drawn: Drawn::default(),
        }
    }

    /// What has the keyboard.
    pub fn mode(&self) -> Mode {
        let typing = |p: &Prompt| self.overlays.len() <= p.over;
        if self.prompt.as_ref().is_some_and(typing) {
            return Mode::Prompt;
        }
        match self.overlays.last() {
            Some(Overlay::Pick { .. }) => Mode::Pick,
            Some(Overlay::Save) => Mode::Menu,
            Some(_) => Mode::Text,
            None => match self.screen {
                Screen::Path => Mode::Path,
                Screen::Hosts => Mode::Hosts,
            },
        }
    }

    /// What answers, once it is open.
    pub fn origin(&self) -> Option<&Origin> {
        match &self.opening {
            Opening::Open(origin) => Some(origin),
            _ => None,
        }
    }

    /// The report, once there is one.
    pub fn report(&self) -> Option<&Report> {
        self.path.update.as_ref().map(|u| &u.report)
    }

    /// The findings in the order of lists and of `n`: each root cause, then what goes away with it.
    pub fn finding_rows(&self) -> Vec<&Finding> {
        let Some(report) = self.report() else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (root, symptoms) in roots(report) {
            rows.push(root);
            let of_root = |f: &&Finding| f.caused_by.is_some() && symptoms.contains(&f.code);
            rows.extend(report.findings.iter().filter(of_root));
        }
        rows
    }

    /// The selected hop's report.
    pub fn hop(&self) -> Option<&HopReport> {
        self.report()?.path.iter().find(|h| h.hop == self.path.hop)
    }
}
