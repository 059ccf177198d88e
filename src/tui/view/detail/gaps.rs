//! What could not be read and matters to the hop: why, which right is missing, and what stays unjudged.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::diagnosis::checks::table;
use crate::output::shared::findings::unjudged;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{and_more, distinct};
use crate::output::shared::wrap::columns;
use crate::report::{Code, GapNote, HopReport, Report, State as HopState};
use crate::tui::state::State;

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let gaps = state.report().map(|r| of_hop(r, hop)).unwrap_or_default();
    if gaps.is_empty() {
        return Vec::new();
    }
    let mut all = vec![title(look, "not seen")];
    for gap in &gaps {
        // The reason whole; of a long question its beginning.
        let why = look.text(&format!(": {}", gap.why));
        let room = width.saturating_sub(2 + columns(&why)).max(16);
        let what = look.cut(&look.text(&gap.what), room);
        all.push(Line::from(vec![
            look.mark(Tone::Unseen),
            Span::raw(format!(" {what}")),
            Span::styled(why, look.theme.tone(Tone::Unseen)),
        ]));
    }
    let rights = distinct(gaps.iter().filter_map(|g| g.allow.as_deref()));
    for (i, right) in rights.into_iter().enumerate() {
        let label = if i == 0 { "need" } else { "" };
        all.extend(look.labelled(label, right, Style::new(), width));
    }
    let hides = || gaps.iter().flat_map(|g| g.hides.iter().copied());
    let here = |code: &Code| table::find(code).is_some_and(|check| check.hop == hop.hop);
    let own = hides().any(|code| here(&code));
    let (hidden, more) = unjudged(hides().filter(|code| !own || here(code)));
    if !hidden.is_empty() {
        let text = format!("could not judge {}{}", hidden.join(", "), and_more(more));
        all.extend(look.labelled("so", &text, look.theme.faint(), width));
    }
    all
}

/// Gaps of questions that the hop asked, and those that leave its own pitfalls unjudged. A hop that hangs on an earlier one has
/// none of its own: then all of them stand here.
fn of_hop<'r>(report: &'r Report, hop: &HopReport) -> Vec<&'r GapNote> {
    let asked = |gap: &GapNote| {
        let mut own = report.asked.iter().filter(|a| a.hop == hop.hop);
        own.any(|a| a.what == gap.what)
    };
    let hides = |gap: &GapNote| {
        let mut hidden = gap.hides.iter().filter_map(|code| table::find(code));
        hidden.any(|check| check.hop == hop.hop)
    };
    let own: Vec<&GapNote> = report
        .gaps
        .iter()
        .filter(|gap| asked(gap) || hides(gap))
        .collect();
    if own.is_empty() && hop.state == HopState::Unknown {
        return report.gaps.iter().collect();
    }
    own
}
