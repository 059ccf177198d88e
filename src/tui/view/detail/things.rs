//! What is at the hop: records, load balancers, rules in the order in which they are tried, Services, endpoints, pods.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::output::shared::tone::Tone;
use crate::output::shared::wrap;
use crate::report::{HopReport, Node, State as HopState};
use crate::tui::state::State;
use crate::tui::view::look::passes;

/// Columns of a thing's kind, at most.
const KIND: usize = 13;

pub(super) fn lines(
    state: &State,
    hop: &HopReport,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let named: Vec<(usize, &Node, String)> = hop
        .nodes
        .iter()
        .enumerate()
        .map(|(at, node)| (at, node, name(node, look)))
        .filter(|(at, node, name)| {
            let text = format!("{} {name} {}", node.kind, node.detail);
            state.path.node == Some(*at) || passes(&state.path.filter, &text)
        })
        .collect();
    if named.is_empty() {
        return Vec::new();
    }
    let kind = named.iter().map(|(_, n, _)| wrap::columns(&n.kind)).max();
    let kind = kind.unwrap_or(0).min(KIND);
    let mut all = vec![title(look, "here")];
    for (at, node, name) in named {
        let selected = state.path.node == Some(at);
        all.extend(thing(node, &name, kind, selected, look, width));
    }
    all
}

fn name(node: &Node, look: Look) -> String {
    look.text(&match &node.namespace {
        Some(ns) => format!("{ns}/{}", node.name),
        None => node.name.clone(),
    })
}

/// On one line where it fits, else the detail on a line of its own.
fn thing(
    node: &Node,
    name: &str,
    kind: usize,
    selected: bool,
    look: Look,
    width: usize,
) -> Vec<Line<'static>> {
    let detail = look.text(&node.detail);
    let detail_style = match node.state {
        Some(HopState::Broken) => look.theme.tone(Tone::Bad),
        Some(HopState::Skipped) => look.theme.faint(),
        _ => Style::new(),
    };
    let lead = 4 + kind + 1;
    let mark = node
        .state
        .map_or_else(|| Span::raw(" "), |s| look.state_mark(s));
    let cursor = if selected { look.cursor() } else { " " };
    let kind_text = format!("{:<kind$} ", look.cut(&look.text(&node.kind), kind));
    let whole = lead + wrap::columns(name) + 2 + wrap::columns(&detail);
    let shown_name = look.cut(name, width.saturating_sub(lead).max(8));
    let mut spans = vec![
        Span::raw(cursor),
        Span::raw(" "),
        mark,
        Span::raw(" "),
        Span::styled(kind_text, look.theme.faint()),
        Span::raw(shown_name),
    ];
    let mut lines = Vec::new();
    if detail.is_empty() || whole <= width {
        if !detail.is_empty() {
            spans.push(Span::raw("  "));
            spans.push(Span::styled(detail, detail_style));
        }
        lines.push(Line::from(spans));
    } else {
        lines.push(Line::from(spans));
        let room = width.saturating_sub(lead).max(8);
        for text in wrap::words(&detail, room, room) {
            lines.push(Line::from(vec![
                Span::raw(" ".repeat(lead)),
                Span::styled(text, detail_style),
            ]));
        }
    }
    if selected {
        look.select(&mut lines[0].spans);
    }
    lines
}
