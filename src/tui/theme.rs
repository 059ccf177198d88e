//! Colours and marks by meaning. Sixteen ANSI colours over the terminal's own background, so that light and dark terminals both
//! work; no meaning hangs on a colour alone.

use ratatui::style::{Color, Modifier, Style};

use crate::output::shared::tone::Tone;

/// A choice of colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's sixteen colours.
    #[default]
    Ansi,
    /// The same without those that are hard to read on white.
    Light,
    /// None: bold, dim and reversed only.
    Mono,
}

impl Theme {
    /// All, in the order of `T`.
    pub const ALL: [Self; 3] = [Self::Ansi, Self::Light, Self::Mono];

    /// As `:theme` writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ansi => "ansi",
            Self::Light => "light",
            Self::Mono => "mono",
        }
    }

    /// The next one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|t| *t == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// A state's or severity's style.
    pub fn tone(self, tone: Tone) -> Style {
        let color = match (self, tone) {
            (Self::Mono, Tone::Bad) => return Style::new().add_modifier(Modifier::BOLD),
            (_, Tone::Quiet) => return Style::new().add_modifier(Modifier::DIM),
            (Self::Mono, _) => return Style::new(),
            (_, Tone::Good) => Color::Green,
            (Self::Ansi, Tone::Warn) => Color::Yellow,
            (Self::Light, Tone::Warn) => Color::Magenta,
            (_, Tone::Bad) => Color::Red,
            (Self::Ansi, Tone::Unseen) => Color::Magenta,
            (Self::Light, Tone::Unseen) => Color::Blue,
        };
        Style::new().fg(color)
    }

    /// A verdict or title that the eye should find first.
    pub fn strong(self, tone: Tone) -> Style {
        self.tone(tone).add_modifier(Modifier::BOLD)
    }

    /// Titles.
    pub const fn title(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Labels and asides.
    pub const fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Something to copy.
    pub const fn code(self) -> Style {
        match self {
            Self::Ansi => Style::new().fg(Color::Cyan),
            Self::Light => Style::new().fg(Color::Blue),
            Self::Mono => Style::new(),
        }
    }

    /// Keys in the footer and in help.
    pub const fn key(self) -> Style {
        self.code().add_modifier(Modifier::BOLD)
    }

    /// What a filter found.
    pub const fn matched(self) -> Style {
        self.key().add_modifier(Modifier::UNDERLINED)
    }

    /// The line that the cursor is on.
    pub const fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Something that changed a moment ago, and the field that a finding is about.
    pub const fn marked(self) -> Style {
        match self {
            Self::Mono => Style::new()
                .add_modifier(Modifier::BOLD)
                .add_modifier(Modifier::UNDERLINED),
            Self::Ansi => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            Self::Light => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        }
    }

    /// The border of a pane; of the one that has the keyboard.
    pub const fn border(self, focused: bool) -> Style {
        match (self, focused) {
            (Self::Mono, true) => Style::new().add_modifier(Modifier::BOLD),
            (_, true) => self.code(),
            (_, false) => Style::new().add_modifier(Modifier::DIM),
        }
    }
}
