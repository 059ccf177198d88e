//! The probes of the hop: from where, what, what came of it, how long it took.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap;
use crate::report::{HopReport, Outcome, Vantage};
use crate::tui::state::State;
use crate::tui::view::look::{millis, passes};

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let asked = state.report().into_iter().flat_map(|r| &r.asked);
    // Of objects only what is waited for: once they are there, the hop shows them.
    let probes = asked.filter(|a| {
        let open = a.outcome == Outcome::Waiting;
        a.hop == hop.hop && (a.vantage != Vantage::Objects || open)
    });
    let mut all = Vec::new();
    for probe in probes {
        let vantage = match probe.vantage {
            Vantage::Here => " from here",
            // The others say it in the question.
            _ => "",
        };
        let what = format!("{}{vantage}", probe.what);
        let (outcome, style) = match &probe.outcome {
            Outcome::Waiting => ("asking …".to_owned(), look.theme.faint()),
            Outcome::Answered(words) => (words.clone(), Style::new()),
            Outcome::Gap(why) => (why.clone(), look.theme.tone(Tone::Unseen)),
        };
        if !passes(&state.path.filter, &format!("{what} {outcome}")) {
            continue;
        }
        let room = width.saturating_sub(2).max(8);
        for text in wrap::words(&look.text(&what), room, room) {
            all.push(Line::raw(format!("  {text}")));
        }
        // Most outcomes say their own time.
        let time = probe
            .ms
            .map(millis)
            .filter(|t| !outcome.contains(t.as_str()));
        let time = time.map(|t| format!(", {t}")).unwrap_or_default();
        let room = width.saturating_sub(6).max(8);
        let text = look.text(&format!("{outcome}{time}"));
        for (i, text) in wrap::words(&text, room, room).into_iter().enumerate() {
            let arrow = if i == 0 {
                look.pick("→ ", "-> ")
            } else {
                look.pick("  ", "   ")
            };
            all.push(Line::from(vec![
                Span::raw("    "),
                Span::styled(arrow, look.theme.faint()),
                Span::styled(text, style),
            ]));
        }
    }
    if !all.is_empty() {
        all.insert(0, title(look, "probes"));
    }
    all
}
