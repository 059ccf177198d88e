//! Where the path parts: a name with several addresses, a rule whose backends have weights, a Service with several pods.

use ratatui::text::{Line, Span};

use super::{Look, title};
use crate::report::{Backend, Hop, HopReport};
use crate::tui::state::State;

/// Branches that are drawn.
const BRANCHES: usize = 12;

pub(super) fn lines(state: &State, hop: &HopReport, look: Look) -> Vec<Line<'static>> {
    let Some(report) = state.report() else {
        return Vec::new();
    };
    match hop.hop {
        Hop::Dns => {
            let addresses: Vec<String> = hop
                .nodes
                .iter()
                .filter(|n| matches!(n.kind.as_str(), "A" | "AAAA"))
                .map(|n| n.detail.clone())
                .collect();
            if addresses.len() < 2 {
                return Vec::new();
            }
            let mut all = vec![title(look, "leads to")];
            all.push(Line::raw(look.text(&report.target.host)));
            all.extend(branches(&addresses, "", look));
            all
        }
        Hop::Route | Hop::Service | Hop::Endpoints | Hop::Pod if !report.backends.is_empty() => {
            let mut all = vec![title(look, "leads to")];
            let several = report.backends.len() > 1;
            let mut via = "";
            for (at, backend) in report.backends.iter().enumerate() {
                if backend.via != via {
                    via = &backend.via;
                    all.push(Line::raw(look.text(via)));
                }
                let last = report.backends.get(at + 1).is_none_or(|b| b.via != via);
                all.extend(branch(backend, several, last, look));
            }
            all
        }
        _ => Vec::new(),
    }
}

fn branch(backend: &Backend, weighted: bool, last: bool, look: Look) -> Vec<Line<'static>> {
    let port = backend.port.map(|p| format!(":{p}")).unwrap_or_default();
    let weight = if weighted {
        format!("  weight {}", backend.weight)
    } else {
        String::new()
    };
    let count = &backend.endpoints;
    let mut words = vec![format!("{} ready", count.ready)];
    if count.not_ready > 0 {
        words.push(format!("{} not ready", count.not_ready));
    }
    if count.without_port > 0 {
        words.push(format!("{} without the port", count.without_port));
    }
    if count.terminating > 0 {
        words.push(format!("{} terminating", count.terminating));
    }
    let text = format!(
        "Service {}/{}{port}{weight}  {}",
        backend.namespace,
        backend.service,
        words.join(", ")
    );
    let (stem, below) = stem(last, look);
    let mut all = vec![Line::from(vec![
        Span::styled(stem, look.theme.faint()),
        Span::raw(look.text(&text)),
    ])];
    all.extend(branches(&backend.pods, below, look));
    all
}

fn branches(texts: &[String], before: &'static str, look: Look) -> Vec<Line<'static>> {
    let shown = if texts.len() > BRANCHES {
        BRANCHES - 1
    } else {
        texts.len()
    };
    let mut all = Vec::new();
    for (at, text) in texts[..shown].iter().enumerate() {
        let (stem, _) = stem(at + 1 == texts.len(), look);
        all.push(Line::from(vec![
            Span::styled(format!("{before}{stem}"), look.theme.faint()),
            Span::raw(look.text(text)),
        ]));
    }
    if shown < texts.len() {
        let (stem, _) = stem(true, look);
        let text = format!("{before}{stem}and {} more", texts.len() - shown);
        all.push(Line::styled(text, look.theme.faint()));
    }
    all
}

/// What stands before a branch, and before what hangs on it.
fn stem(last: bool, look: Look) -> (&'static str, &'static str) {
    if last {
        (look.pick("└─ ", "`- "), "   ")
    } else {
        (look.pick("├─ ", "|- "), look.pick("│  ", "|  "))
    }
}
