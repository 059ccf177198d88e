//! How text is drawn: width, marks and colours. Meaning is never carried by a colour alone.

use anstyle::{AnsiColor, Effects, Style as Ansi};

use crate::output::wrap;
use crate::report::{Severity, State, Verdict};

/// What the terminal and the user allow.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Columns of a line.
    pub width: usize,
    /// ASCII marks only.
    pub ascii: bool,
    /// Whether to colour.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 80,
            ascii: false,
            color: false,
        }
    }
}

/// What a mark stands for; decides its character and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Works.
    Good,
    /// Works, not as it should.
    Warn,
    /// Does not work.
    Bad,
    /// Not seen.
    Unseen,
    /// Not used, or only a note.
    Quiet,
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Ok => Self::Good,
            Verdict::Degraded => Self::Warn,
            Verdict::Broken => Self::Bad,
            Verdict::Unknown | Verdict::Waiting => Self::Unseen,
        }
    }
}

impl From<State> for Tone {
    fn from(state: State) -> Self {
        match state {
            State::Ok => Self::Good,
            State::Degraded => Self::Warn,
            State::Broken => Self::Bad,
            State::Unknown | State::Waiting => Self::Unseen,
            State::Skipped => Self::Quiet,
        }
    }
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Error => Self::Bad,
            Severity::Warning => Self::Warn,
            Severity::Info => Self::Quiet,
        }
    }
}

impl Tone {
    const fn ansi(self) -> Ansi {
        match self {
            Self::Good => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
            Self::Warn => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
            Self::Bad => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
            Self::Unseen => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Magenta))),
            Self::Quiet => Ansi::new().effects(Effects::DIMMED),
        }
    }
}

impl Style {
    /// The mark of a tone, coloured.
    pub fn mark(&self, tone: Tone) -> String {
        let mark = match (tone, self.ascii) {
            (Tone::Good, false) => "✓",
            (Tone::Good, true) => "+",
            (Tone::Warn, _) => "!",
            (Tone::Bad, false) => "✗",
            (Tone::Bad, true) => "x",
            (Tone::Unseen, _) => "?",
            (Tone::Quiet, false) => "·",
            (Tone::Quiet, true) => ".",
        };
        self.paint(tone.ansi(), mark)
    }

    /// Text in a tone's colour.
    pub fn toned(&self, tone: Tone, text: &str) -> String {
        self.paint(tone.ansi(), text)
    }

    /// What the eye should find first.
    pub fn strong(&self, text: &str) -> String {
        self.paint(Ansi::new().effects(Effects::BOLD), text)
    }

    /// Labels and asides.
    pub fn faint(&self, text: &str) -> String {
        self.paint(Ansi::new().effects(Effects::DIMMED), text)
    }

    /// Something to copy.
    pub fn code(&self, text: &str) -> String {
        self.paint(
            Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan))),
            text,
        )
    }

    /// The separator between asides.
    pub const fn dot(&self) -> &'static str {
        if self.ascii { "-" } else { "·" }
    }

    /// Text cut to a width, saying so.
    pub fn cut(&self, text: &str, width: usize) -> String {
        wrap::cut(text, width, if self.ascii { "..." } else { "…" })
    }

    fn paint(&self, ansi: Ansi, text: &str) -> String {
        if self.color && !text.is_empty() {
            format!("{}{text}{}", ansi.render(), ansi.render_reset())
        } else {
            text.to_owned()
        }
    }
}
