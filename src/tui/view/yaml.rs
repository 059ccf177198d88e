//! An object as YAML, with the fields marked that findings are about.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::Look;
use super::reading;
use crate::report::{Code, Evidence, ObjectRef, Report};
use crate::tui::state::{Drawn, Reading, State};
use crate::tui::yaml::YamlLine;

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

/// The lines that findings are about, each with the finding's code. A field that is not there marks the one that it would stand in.
pub fn marks(report: &Report, object: &ObjectRef, lines: &[YamlLine]) -> Vec<(usize, Code)> {
    let name = object.display();
    let mut all: Vec<(usize, Code)> = Vec::new();
    for finding in &report.findings {
        for proof in &finding.evidence {
            let Evidence::Field { object, path, .. } = proof else {
                continue;
            };
            if *object != name {
                continue;
            }
            let at = line_of(lines, &plain(path));
            if let Some(at) = at
                && !all.contains(&(at, finding.code))
            {
                all.push((at, finding.code));
            }
        }
    }
    all
}

/// The line of a field, else the first line of what it would stand in.
fn line_of(lines: &[YamlLine], path: &str) -> Option<usize> {
    let mut path = path;
    while !path.is_empty() {
        let inside = |line: &YamlLine| {
            let of_line = plain(&line.path);
            let rest = of_line.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        if let Some(at) = lines.iter().position(inside) {
            return Some(at);
        }
        path = &path[..path.rfind(['.', '[']).unwrap_or(0)];
    }
    None
}

/// A path with odd keys in one form: `.metadata.labels["a.b/c"]`, `.metadata.labels.a\.b/c` and `.metadata.labels.a.b/c` are one.
fn plain(path: &str) -> String {
    path.replace("[\"", ".")
        .replace("\"]", "")
        .replace('\\', "")
}
