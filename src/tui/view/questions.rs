//! Everything that was asked: for which hop, from where, what came of it, how long it took.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, millis};
use super::reading;
use crate::output::text::Tone;
use crate::output::wrap::columns;
use crate::report::Outcome;
use crate::tui::state::{Drawn, Reading, State};

/// Columns of the hop and of the time.
const HOP: usize = 15;
const TIME: usize = 9;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, reading: &Reading) -> Drawn {
    let look = Look::of(state);
    let room = reading::room(area);
    let asked: Vec<_> = state.report().into_iter().flat_map(|r| &r.asked).collect();
    let longest = asked.iter().map(|a| columns(&a.what)).max().unwrap_or(0);
    let rest = room.saturating_sub(2 + HOP + TIME);
    let what = longest.min(rest * 3 / 5).max(10);
    let outcome_room = rest.saturating_sub(what + 2);
    let mut lines = Vec::new();
    for asked in &asked {
        let (mark, outcome, style) = match &asked.outcome {
            Outcome::Waiting => (
                Span::raw(look.pick("…", "~")),
                "asking …",
                look.theme.faint(),
            ),
            Outcome::Answered(words) => (look.mark(Tone::Good), words.as_str(), Style::new()),
            Outcome::Gap(why) => (
                look.mark(Tone::Unseen),
                why.as_str(),
                look.theme.tone(Tone::Unseen),
            ),
        };
        let question = look.cut(&look.text(&asked.what), what);
        let pad = what.saturating_sub(columns(&question)) + 2;
        let time = asked.ms.map(millis).unwrap_or_default();
        lines.push(Line::from(vec![
            mark,
            Span::raw(" "),
            Span::styled(format!("{:<HOP$}", asked.hop.title()), look.theme.faint()),
            Span::styled(format!("{time:>7}  "), look.theme.faint()),
            Span::raw(format!("{question}{:pad$}", "")),
            Span::styled(look.cut(&look.text(outcome), outcome_room), style),
        ]));
    }
    if lines.is_empty() {
        lines.push(Line::styled("nothing was asked yet", look.theme.faint()));
    }
    let title = format!("{} questions", asked.len());
    reading::draw(frame, area, look, &title, &lines, reading)
}
