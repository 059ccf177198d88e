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
            let wanted = plain(path);
            let at = lines
                .iter()
                .enumerate()
                .filter(|(_, line)| {
                    let path = plain(&line.path);
                    !path.is_empty()
                        && wanted
                            .strip_prefix(path.as_str())
                            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                })
                // The deepest, and of a field over several lines the first.
                .max_by_key(|(at, line)| (plain(&line.path).len(), std::cmp::Reverse(*at)));
            if let Some((at, _)) = at
                && !all.contains(&(at, finding.code))
            {
                all.push((at, finding.code));
            }
        }
    }
    all
}

/// A path with odd keys in one form: `.metadata.labels["a.b/c"]`, `.metadata.labels.a\.b/c` and `.metadata.labels.a.b/c` are one.
fn plain(path: &str) -> String {
    path.replace("[\"", ".")
        .replace("\"]", "")
        .replace('\\', "")
}
