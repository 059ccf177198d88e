//! Everything that was asked: for which hop, from where, what came of it, how long it took.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::look::{Look, millis, passes};
use super::reading;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::many;
use crate::output::shared::wrap::columns;
use crate::report::{Asked, Outcome};
use crate::tui::state::{Drawn, Reading, State};

/// Columns of the hop and of the time.
const HOP: usize = 15;
const TIME: usize = 9;
/// Columns of the vantage, and from how many on there is room for it.
const VANTAGE: usize = 24;
const ROOMY: usize = 130;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, state: &State, reading: &Reading) -> Drawn {
    let look = Look::of(state);
    let room = reading::room(area);
    let all = state.report().map_or(&[][..], |r| &r.asked);
    let asked: Vec<&Asked> = all
        .iter()
        .filter(|a| reading.filter.is_empty() || passes(&reading.filter, &words(a)))
        .collect();
    let vantage_width = if room >= ROOMY { VANTAGE } else { 0 };
    let longest = asked.iter().map(|a| columns(&a.what)).max().unwrap_or(0);
    let rest = room.saturating_sub(2 + HOP + TIME + vantage_width);
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
        let vantage = if vantage_width > 0 {
            format!("{:<VANTAGE$}", asked.vantage.words())
        } else {
            String::new()
        };
        let time = asked.ms.map(millis).unwrap_or_default();
        lines.push(Line::from(vec![
            mark,
            Span::raw(" "),
            Span::styled(format!("{:<HOP$}", asked.hop.title()), look.theme.faint()),
            Span::styled(format!("{time:>7}  "), look.theme.faint()),
            Span::styled(vantage, look.theme.faint()),
            Span::raw(format!("{question}{:pad$}", "")),
            Span::styled(look.cut(&look.text(outcome), outcome_room), style),
        ]));
    }
    if lines.is_empty() {
        let text = if all.is_empty() {
            "nothing was asked yet"
        } else {
            "nothing matches, Esc clears the filter"
        };
        lines.push(Line::styled(text, look.theme.faint()));
    }
    let mut title = many(all.len(), "question");
    if !reading.filter.is_empty() {
        title = format!("{} of {title}, filter {}", asked.len(), reading.filter);
    }
    // Filtered already, by all that is known of each rather than by what there is room for.
    let unfiltered = Reading {
        scroll: reading.scroll,
        filter: String::new(),
    };
    reading::draw(frame, area, look, &title, &lines, &unfiltered)
}

/// All that is known of a question, for the filter.
fn words(asked: &Asked) -> String {
    let outcome = match &asked.outcome {
        Outcome::Waiting => "asking",
        Outcome::Answered(words) => words,
        Outcome::Gap(why) => why,
    };
    let (hop, vantage) = (asked.hop.title(), asked.vantage.words());
    format!("{hop} {vantage} {} {outcome}", asked.what)
}
