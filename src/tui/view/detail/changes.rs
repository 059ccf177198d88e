//! What changed at the hop while it was watched.

use ratatui::text::Line;

use super::{Look, title};
use crate::output::wrap;
use crate::report::{HopReport, ObjectRef};
use crate::tui::state::{MOMENT, State};
use crate::tui::view::look::ago;

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
        let text = format!(
            "{} {path} {}, {}",
            change.object.display(),
            change.what,
            ago(age)
        );
        let room = width.saturating_sub(2).max(8);
        for text in wrap::words(&look.text(&text), room, room) {
            all.push(Line::styled(format!("  {text}"), style));
        }
    }
    if !all.is_empty() {
        all.insert(0, title(look, "changed"));
    }
    all
}
