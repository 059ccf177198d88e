//! How text is drawn: width, marks and colours. Meaning is never carried by a colour alone.

use anstyle::{AnsiColor, Effects, Style as Ansi};

use crate::output::shared::tone::Tone;
use crate::output::shared::wrap;

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

impl Style {
    /// The mark of a tone, coloured.
    pub fn mark(&self, tone: Tone) -> String {
        self.paint(ansi(tone), tone.mark(self.ascii))
    }

    /// Text in a tone's colour.
    pub fn toned(&self, tone: Tone, text: &str) -> String {
        self.paint(ansi(tone), text)
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

const fn ansi(tone: Tone) -> Ansi {
    match tone {
        Tone::Good => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
        Tone::Warn => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
        Tone::Bad => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red))),
        Tone::Unseen => Ansi::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Magenta))),
        Tone::Quiet => Ansi::new().effects(Effects::DIMMED),
    }
}
