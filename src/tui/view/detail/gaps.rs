//! What could not be read and matters to the hop: why, which right is missing, and what stays unjudged.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::checks;
use crate::output::text::Tone;
use crate::output::wrap;
use crate::report::{GapNote, HopReport, Report, State as HopState};
use crate::tui::state::State;

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let Some(report) = state.report() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for gap in of_hop(report, hop) {
        let room = width.saturating_sub(2).max(8);
        let text = look.text(&format!("{}: {}", gap.what, gap.why));
        for (i, text) in wrap::words(&text, room, room).into_iter().enumerate() {
            let mark = if i == 0 {
                look.mark(Tone::Unseen)
            } else {
                Span::raw(" ")
            };
            all.push(Line::from(vec![mark, Span::raw(" "), Span::raw(text)]));
        }
        if let Some(right) = &gap.allow {
            all.extend(look.labelled("need", right, Style::new(), width));
        }
        if !gap.hides.is_empty() {
            let text = format!("could not judge {}", gap.hides.join(", "));
            all.extend(look.labelled("so", &text, look.theme.faint(), width));
        }
    }
    if !all.is_empty() {
        all.insert(0, title(look, "not seen"));
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
        let mut hidden = gap.hides.iter().filter_map(|code| checks::find(code));
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
