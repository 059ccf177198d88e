//! What lies over a screen: texts to read, lists to pick from, a menu.

use tui_input::Input;

use crate::report::{Code, ObjectRef};
use crate::tui::fuzzy;
use crate::tui::keymap::Mode;
use crate::tui::yaml::YamlLine;

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

/// What can be picked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// A kubeconfig context; in the demo a scenario.
    Context,
    /// A namespace.
    Namespace,
    /// A target that was walked before.
    Recent,
    /// What a pod, as `--from` takes it, may call: what it is configured to, else any Service.
    Called(String),
}

/// A list to pick from, and how far a person is with it.
#[derive(Clone, Debug)]
pub struct Picking {
    /// Of what.
    pub what: Pick,
    /// What can be picked; none while it is read.
    pub items: Option<Result<Vec<String>, String>>,
    /// What was typed to filter.
    pub input: Input,
    /// The selected one, among those that the filter leaves.
    pub selected: usize,
}

impl Picking {
    /// A list that is still to be read.
    pub fn of(what: Pick) -> Self {
        Self {
            what,
            items: None,
            input: Input::default(),
            selected: 0,
        }
    }

    /// The items that the filter leaves, best first.
    pub fn shown(&self) -> Vec<&str> {
        let Some(Ok(items)) = &self.items else {
            return Vec::new();
        };
        let found = fuzzy::matching(self.input.value(), items.iter());
        found.into_iter().map(|at| items[at].as_str()).collect()
    }
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
    /// All findings; the number is the selected one, among [`State::finding_rows`](super::State::finding_rows).
    Findings(usize),
    /// Text to be copied.
    Copy {
        /// The lines.
        lines: Vec<String>,
        /// Of what they are, where that is not what was looked at.
        of: Option<String>,
    },
    /// The format to write.
    Save,
    /// A list to pick from.
    Pick(Picking),
    /// Earlier messages.
    Messages(Reading),
}

impl Overlay {
    /// Where the text stands, where it is one that can be filtered.
    pub fn reading(&mut self) -> Option<&mut Reading> {
        match self {
            Self::Help(_, reading)
            | Self::Explain(_, reading)
            | Self::Yaml { reading, .. }
            | Self::Questions(reading)
            | Self::Messages(reading) => Some(reading),
            Self::Findings(_) | Self::Copy { .. } | Self::Save | Self::Pick(_) => None,
        }
    }
}
