//! How things look: marks, frames and texts, in Unicode or in ASCII alone.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::merge::MergeStrategy;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};

use unicode_width::UnicodeWidthChar;

use crate::output::shared::sanitize;
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap;
use crate::report::State as HopState;
use crate::tui::state::State;
use crate::tui::theme::Theme;

/// What the person chose.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub theme: Theme,
    pub ascii: bool,
}

/// Characters of our own, and what stands for them in ASCII.
const TRANSLATED: &[(char, &str)] = &[
    ('→', "->"),
    ('·', "-"),
    ('…', "..."),
    ('–', "-"),
    ('—', "-"),
    ('×', "x"),
    ('≥', ">="),
];

impl Look {
    pub fn of(state: &State) -> Self {
        Self {
            theme: state.theme,
            ascii: state.ascii,
        }
    }

    /// Any text, safe to show, on one line.
    pub fn text(self, text: &str) -> String {
        let safe = sanitize::line(text);
        if !self.ascii || safe.is_ascii() {
            return safe.into_owned();
        }
        let mut plain = String::with_capacity(safe.len());
        for c in safe.chars() {
            match TRANSLATED.iter().find(|(from, _)| *from == c) {
                Some((_, to)) => plain.push_str(to),
                None => plain.push(c),
            }
        }
        plain
    }

    /// One of two forms of a drawing character.
    pub const fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.ascii { ascii } else { unicode }
    }

    /// The mark of a tone.
    pub fn mark(self, tone: Tone) -> Span<'static> {
        Span::styled(tone.mark(self.ascii), self.theme.tone(tone))
    }

    /// The mark of a hop or thing.
    pub fn state_mark(self, state: HopState) -> Span<'static> {
        match state {
            HopState::Waiting => Span::styled(self.pick("…", "~"), self.theme.faint()),
            other => self.mark(Tone::from(other)),
        }
    }

    pub fn cursor(self) -> &'static str {
        self.pick("▶", ">")
    }

    pub const fn ellipsis(self) -> &'static str {
        self.pick("…", "...")
    }

    /// Marks the row that the cursor is on: in one piece, with nothing of its colours left but what is bold.
    pub fn select(self, row: &mut [Span<'_>]) {
        for span in row {
            let bold = span.style.add_modifier & Modifier::BOLD;
            span.style = self.theme.selected().add_modifier(bold);
        }
    }

    /// Text in a width, with an ellipsis where its end is missing.
    pub fn cut(self, text: &str, width: usize) -> String {
        wrap::cut(text, width, self.ellipsis())
    }

    /// A pane's frame.
    pub fn pane(self, title: &str, focused: bool) -> Block<'static> {
        let border = if self.ascii {
            ratatui::symbols::border::Set {
                top_left: "+",
                top_right: "+",
                bottom_left: "+",
                bottom_right: "+",
                vertical_left: "|",
                vertical_right: "|",
                horizontal_top: "-",
                horizontal_bottom: "-",
            }
        } else {
            BorderType::Plain.to_border_set()
        };
        let style = self.theme.border(focused);
        let title_style = if focused {
            self.theme.title()
        } else {
            Style::new()
        };
        Block::bordered()
            .border_set(border)
            .border_style(style)
            .merge_borders(MergeStrategy::Exact)
            .title(Line::styled(format!(" {} ", self.text(title)), title_style))
    }

    /// A label, then words over as many lines as they need.
    pub fn labelled(
        self,
        label: &str,
        text: &str,
        style: Style,
        width: usize,
    ) -> Vec<Line<'static>> {
        let room = width.saturating_sub(LABEL).max(8);
        let lines = wrap::words(&self.text(text), room, room);
        self.with_label(label, lines, style)
    }

    /// The same for a shell command, which stays pasteable.
    pub fn command(self, label: &str, text: &str, width: usize) -> Vec<Line<'static>> {
        let room = width.saturating_sub(LABEL).max(8);
        self.with_label(label, shell(text, room), self.theme.code())
    }

    fn with_label(self, label: &str, lines: Vec<String>, style: Style) -> Vec<Line<'static>> {
        let lines = lines.into_iter().enumerate();
        lines
            .map(|(i, text)| {
                let label = if i == 0 { label } else { "" };
                Line::from(vec![
                    Span::styled(format!("{label:<LABEL$}"), self.theme.faint()),
                    Span::styled(text, style),
                ])
            })
            .collect()
    }
}

/// A line of a command in pieces of at most so many columns, each of which a shell joins with the next: a word is broken by a backslash
/// at the end of the line, and inside of single quotes, where that would stand for itself, between two quoted parts.
fn chunks(line: &str, room: usize) -> Vec<String> {
    if wrap::columns(line) <= room {
        return vec![line.to_owned()];
    }
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in line.chars() {
        let width = c.width().unwrap_or(0);
        // Room for the character itself, a quote and a backslash.
        let full = wrap::columns(&piece) + width + 2 > room;
        if full && !escaped && wrap::columns(&piece) > 1 {
            piece.push_str(if quoted { "'\\" } else { "\\" });
            pieces.push(std::mem::take(&mut piece));
            if quoted {
                piece.push('\'');
            }
        }
        piece.push(c);
        quoted ^= c == '\'' && !escaped;
        escaped = c == '\\' && !quoted && !escaped;
    }
    pieces.push(piece);
    pieces
}

/// A shell command in lines that fit, and that a shell joins to what it was.
pub(super) fn shell(text: &str, room: usize) -> Vec<String> {
    let lines = wrap::command(&sanitize::line(text), room);
    lines.iter().flat_map(|line| chunks(line, room)).collect()
}

/// Columns before a labelled text.
pub(super) const LABEL: usize = 6;

/// A frame over the screen: as large as its content wants, within what there is.
pub(super) fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Lines from the top of an area on, as many as fit.
pub(super) fn put<'l>(
    frame: &mut Frame<'_>,
    area: Rect,
    lines: impl IntoIterator<Item = &'l Line<'l>>,
) {
    for (y, line) in (area.y..area.bottom()).zip(lines) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        frame.render_widget(line, row);
    }
}

/// The first row that is seen of a list that does not fit: the selected one stays in the middle.
pub(super) fn first_seen(selected: usize, page: usize, len: usize) -> usize {
    selected
        .saturating_sub(page / 2)
        .min(len.saturating_sub(page))
}

/// Whether a text passes a filter: it holds it, or with `!` in front it does not.
pub(super) fn passes(filter: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    match filter.strip_prefix('!') {
        Some("") => true,
        Some(filter) => !text.contains(&filter.to_lowercase()),
        None => text.contains(&filter.to_lowercase()),
    }
}

/// A time that a probe took.
pub(super) fn millis(ms: u64) -> String {
    match ms {
        0 => "<1 ms".to_owned(),
        1..1000 => format!("{ms} ms"),
        _ => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

/// How long ago something was.
pub(super) fn ago(seconds: i64) -> String {
    match seconds {
        ..1 => "now".to_owned(),
        1..120 => format!("{seconds} s ago"),
        120..7200 => format!("{} min ago", seconds / 60),
        _ => format!("{} h ago", seconds / 3600),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_shell_joins_the_pieces_to_the_command() {
        let command = r#"kubectl patch ingress shop -p '[{"op":"replace","value":"a long word it'\''s"}]' --and=a-very-long-word-without-any-quotes"#;
        for room in [12, 20, 33, 60, 200] {
            let lines = shell(command, room);
            assert!(lines.iter().all(|l| wrap::columns(l) <= room), "{lines:?}");
            let print = |text: &str| {
                let script = format!("printf '%s\\n' {text}");
                let output = std::process::Command::new("sh")
                    .args(["-c", &script])
                    .output();
                String::from_utf8(output.expect("a shell").stdout).expect("UTF-8")
            };
            // A line break between the values of the JSON means nothing.
            let plain = |text: String| text.replace(",\n    \"", ",\"");
            assert_eq!(plain(print(&lines.join("\n"))), print(command), "{lines:?}");
        }
    }
}
