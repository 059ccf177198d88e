//! All that the screen shows and remembers. Plain data: it changes in [`update`](super::update) and is drawn by
//! [`view`](super::view).

mod hosts;
mod overlay;
mod path;
mod prompt;

pub use hosts::{Checked, HostRow, HostsState, Judged, Sort, Tally};
pub(in crate::tui) use hosts::{Index, Standing};
pub use overlay::{Overlay, Pick, Picking, Reading, SaveFormat};
pub use path::{EVERY, Pane, PathState};
pub use prompt::Prompt;

use std::collections::VecDeque;

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::keymap::Mode;
use super::theme::Theme;
use crate::report::{EAST_WEST, Entrance, Finding, Hop, HopReport, NORTH_SOUTH, Report};

/// Seconds for which a message stays, and a change stays marked.
pub const MOMENT: i64 = 6;
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
            Some(Overlay::Pick(_)) => Mode::Pick,
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

    /// The ways in of the host, in an order that stays; none where there are not several.
    pub fn ways(&self) -> Vec<&Entrance> {
        let all = self.report().map_or(&[][..], |r| &r.entrances);
        let mut ways: Vec<&Entrance> = all.iter().filter(|_| all.len() > 1).collect();
        ways.sort_by_key(|e| e.place());
        ways
    }

    /// The way in that stands beside the one that is shown: the one that was asked for, else the next.
    pub fn other_way(&self) -> Option<&Entrance> {
        let ways = self.ways();
        let wanted = |e: &&&Entrance| !e.judged && Some(&e.id) == self.path.entrance.as_ref();
        let wanted = ways.iter().find(wanted).copied();
        wanted.or_else(|| after(&ways, |e| e.judged))
    }

    /// The way in that comes after the one that was asked for, or is shown.
    pub fn next_way(&self) -> Option<&Entrance> {
        let ways = self.ways();
        let wanted = after(&ways, |e| Some(&e.id) == self.path.entrance.as_ref());
        wanted.or_else(|| after(&ways, |e| e.judged))
    }

    /// The findings in the order of lists and of `n`: each root cause, then what goes away with it.
    pub fn finding_rows(&self) -> Vec<&Finding> {
        let Some(report) = self.report() else {
            return Vec::new();
        };
        let roots = report.roots().into_iter();
        roots
            .flat_map(|root| [vec![root.finding], root.symptoms].concat())
            .collect()
    }

    /// The hops of the journey, in order: the report's, and before there is one those of a request from outside.
    pub fn hops(&self) -> Vec<Hop> {
        match self.report() {
            Some(report) => report.path.iter().map(|h| h.hop).collect(),
            None if self.path.target.as_deref().is_some_and(|t| t.contains('>')) => {
                EAST_WEST.to_vec()
            }
            None => NORTH_SOUTH.to_vec(),
        }
    }

    /// The selected hop's report.
    pub fn hop(&self) -> Option<&HopReport> {
        self.report()?.path.iter().find(|h| h.hop == self.path.hop)
    }
}

fn after<'e>(ways: &[&'e Entrance], is: impl Fn(&Entrance) -> bool) -> Option<&'e Entrance> {
    let at = ways.iter().position(|e| is(e))?;
    Some(ways[(at + 1) % ways.len()])
}
