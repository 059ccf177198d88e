//! An object as YAML, with the fields marked that findings are about.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::report::{Code, ObjectRef};
use crate::tui::state::{Drawn, Reading, State};
use crate::tui::yaml::{YamlLine, marks};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    state: &State,
    object: &ObjectRef,
    found: Option<&Result<Vec<YamlLine>, String>>,
    reading: &Reading,
) -> Drawn {
    let look = Look::of(state);
    let lines: Vec<Line<'static>> = match found {
        None => vec![Line::styled(look.text("reading …"), look.theme.faint())],
        Some(Err(why)) => vec![Line::raw(look.text(why))],
        Some(Ok(lines)) => {
            let marks = state.report().map(|r| marks(r, object, lines));
            let marks = marks.unwrap_or_default();
            lines
                .iter()
                .enumerate()
                .map(|(at, line)| {
                    let codes: Vec<Code> =
                        marks.iter().filter(|m| m.0 == at).map(|m| m.1).collect();
                    let text = look.text(&line.text);
                    if codes.is_empty() {
                        return Line::from(vec![Span::raw("  "), Span::styled(text, Style::new())]);
                    }
                    Line::from(vec![
                        Span::styled(look.cursor(), look.theme.marked()),
                        Span::raw(" "),
                        Span::styled(text, look.theme.marked()),
                        Span::styled(format!("  # {}", codes.join(", ")), look.theme.faint()),
                    ])
                })
                .collect()
        }
    };
    reading::draw(frame, area, look, &object.display(), &lines, reading)
}
