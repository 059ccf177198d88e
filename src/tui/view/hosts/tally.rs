//! How many hosts there are, and how many got which verdict, for the header.

use ratatui::text::Span;

use crate::output::shared::tone::Tone;
use crate::output::shared::words::many;
use crate::tui::state::Tally;
use crate::tui::view::look::Look;

/// `9 of 60 hosts`.
fn hosts(tally: &Tally) -> String {
    let all = many(tally.all, "host");
    if tally.shown == tally.all {
        return all;
    }
    format!("{} of {all}", tally.shown)
}

/// Each verdict that some host got, the worst first, and what is not known yet.
fn verdicts(tally: &Tally) -> Vec<(String, Tone)> {
    let judged = tally.unchecked < tally.shown;
    let counts = [
        (tally.broken, "broken", Tone::Bad),
        (tally.degraded, "degraded", Tone::Warn),
        (tally.ok, "ok", Tone::Good),
        (tally.unknown, "unknown", Tone::Unseen),
        (tally.waiting, "waiting", Tone::Quiet),
        (tally.unchecked, "unchecked", Tone::Quiet),
    ];
    let counts = counts
        .into_iter()
        .filter(|(count, ..)| judged && *count > 0);
    counts
        .map(|(count, word, tone)| (format!("{count} {word}"), tone))
        .collect()
}

/// In one piece: `60 hosts  3 broken 57 ok`.
pub fn text(tally: &Tally) -> String {
    let words: Vec<String> = verdicts(tally).into_iter().map(|(text, _)| text).collect();
    format!("{}  {}", hosts(tally), words.join(" "))
        .trim_end()
        .to_owned()
}

/// The worst of them. What is not known of some is no reason for a tick.
pub fn tone(tally: &Tally) -> Tone {
    if tally.broken > 0 {
        Tone::Bad
    } else if tally.degraded > 0 {
        Tone::Warn
    } else if tally.unknown > 0 {
        Tone::Unseen
    } else if tally.ok > 0 && tally.ok == tally.shown {
        Tone::Good
    } else {
        Tone::Quiet
    }
}

/// The same, each count in its colour.
pub fn spans(tally: &Tally, look: Look) -> Vec<Span<'static>> {
    let mut spans = vec![
        look.mark(tone(tally)),
        Span::raw(" "),
        Span::styled(hosts(tally), look.theme.title()),
    ];
    for (i, (text, tone)) in verdicts(tally).into_iter().enumerate() {
        spans.push(Span::raw(if i == 0 { "  " } else { " " }));
        let style = if tone == Tone::Quiet {
            look.theme.faint()
        } else {
            look.theme.strong(tone)
        };
        spans.push(Span::styled(text, style));
    }
    spans
}
