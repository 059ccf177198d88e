//! What changed at the hop while it was watched.

use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::output::shared::wrap;
use crate::report::{HopReport, ObjectRef};
use crate::tui::state::{MOMENT, State};
use crate::tui::view::look::ago;

/// Columns of the age.
const AGE: usize = 12;

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let Some(update) = state.path.update.as_deref() else {
        return Vec::new();
    };
    let here = |object: &ObjectRef| {
        hop.nodes.iter().any(|n| n.object.as_ref() == Some(object))
            || object.kind == "Service" && hop.hop == crate::report::Hop::Service
            || object.kind == "Pod" && hop.hop == crate::report::Hop::Pod
    };
    let mut all = Vec::new();
    for change in update.changes.iter().filter(|c| here(&c.object)) {
        let age = state.now.as_second() - change.at.as_second();
        let style = if age < MOMENT {
            look.theme.marked()
        } else {
            look.theme.faint()
        };
        let path = change.path.as_deref().unwrap_or_default();
        let text = format!("{} {path} {}", change.object.display(), change.what);
        let room = width.saturating_sub(2 + AGE).max(8);
        let texts = wrap::words(&look.text(&text), room, room);
        for (i, text) in texts.into_iter().enumerate() {
            let age = if i == 0 { ago(age) } else { String::new() };
            all.push(Line::from(vec![
                Span::styled(format!("  {age:<AGE$}"), look.theme.faint()),
                Span::styled(text, style),
            ]));
        }
    }
    if !all.is_empty() {
        all.insert(0, title(look, "changed"));
    }
    all
}
