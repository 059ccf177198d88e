//! What is known while answers are still coming, on a terminal: of one target hop by hop, of several how many are done. It is taken
//! away again before the report is printed, so that nothing is left of it but the report.

use std::collections::HashSet;
use std::io::{IsTerminal as _, Write};

use crate::output::text::{self, Style};
use crate::report::{Report, Verdict};

/// Draws on a terminal.
pub(super) struct Progress<W: Write> {
    /// None where nobody looks on.
    to: Option<W>,
    style: Style,
    /// How many targets there are.
    targets: usize,
    done: HashSet<usize>,
    /// Lines that stand there now.
    drawn: Vec<String>,
}

/// For standard error, where it is a terminal that can be drawn on.
pub(super) fn on_stderr(
    targets: usize,
    wanted: bool,
    style: Style,
) -> Progress<anstream::AutoStream<std::io::Stderr>> {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb" || term.is_empty());
    let stderr = std::io::stderr();
    let wide = terminal_size::terminal_size().is_some_and(|(w, _)| usize::from(w.0) >= style.width);
    // Where the report goes elsewhere, counting is all that there is to be seen.
    let beside = targets > 1 || std::io::stdout().is_terminal();
    let draws = wanted && !dumb && wide && stderr.is_terminal() && beside;
    Progress::new(
        draws.then(|| anstream::AutoStream::auto(stderr)),
        targets,
        style,
    )
}

impl<W: Write> Progress<W> {
    fn new(to: Option<W>, targets: usize, style: Style) -> Self {
        Self {
            to,
            style,
            targets,
            done: HashSet::new(),
            drawn: Vec::new(),
        }
    }

    /// A walk over one of the targets, as far as it got.
    pub fn tell(&mut self, target: usize, report: &Report) {
        if self.to.is_none() {
            return;
        }
        let lines = if self.targets == 1 {
            text::so_far(report, &self.style)
        } else {
            if report.verdict == Verdict::Waiting {
                self.done.remove(&target);
            } else {
                self.done.insert(target);
            }
            vec![format!("{} of {} hosts", self.done.len(), self.targets)]
        };
        self.draw(lines);
    }

    /// Takes all of it away.
    pub fn end(&mut self) {
        self.draw(Vec::new());
    }

    fn draw(&mut self, lines: Vec<String>) {
        let Some(to) = &mut self.to else { return };
        if lines == self.drawn {
            return;
        }
        let mut frame = String::new();
        if !self.drawn.is_empty() {
            // To the first of the lines, and everything from there on is gone.
            frame = format!("\u{1b}[{}A\r\u{1b}[J", self.drawn.len());
        }
        for line in &lines {
            frame.push_str(line);
            frame.push('\n');
        }
        // A terminal that is gone shows no progress, and that is all.
        let _ = to.write_all(frame.as_bytes()).and_then(|()| to.flush());
        self.drawn = lines;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Settings, walk};
    use crate::facts::{Answer, DnsAnswer, Facts};
    use crate::target::Target;

    const STYLE: Style = Style {
        width: 60,
        ascii: false,
        color: false,
    };

    fn target() -> Target {
        Target::parse("https://shop.example.com/").expect("a target")
    }

    fn walked(facts: &Facts) -> Report {
        walk(&target(), facts, &Settings::default()).report
    }

    fn text(progress: Progress<Vec<u8>>) -> String {
        String::from_utf8(progress.to.expect("it draws")).expect("UTF-8")
    }

    #[test]
    fn a_hop_shows_as_soon_as_it_is_known() {
        let mut facts = Facts::new();
        let first = walk(&target(), &facts, &Settings::default());
        let mut progress = Progress::new(Some(Vec::new()), 1, STYLE);
        progress.tell(0, &first.report);
        let question = first
            .questions
            .iter()
            .find(|q| q.to_string() == "look up shop.example.com")
            .expect("it is looked up");
        let answer: DnsAnswer = serde_json::from_value(
            serde_json::json!({"addresses": ["203.0.113.80"], "records": [], "outcome": "found"}),
        )
        .expect("an answer");
        facts.insert(question.clone(), Ok(Answer::Dns(answer)));
        progress.tell(0, &walked(&facts));
        progress.end();
        let drawn = text(progress);
        let (before, after) = drawn.split_once("203.0.113.80").expect("the address");
        assert!(before.contains("DNS"), "{drawn:?}");
        assert!(
            before.contains("\u{1b}["),
            "drawn over what was there: {drawn:?}"
        );
        assert!(after.ends_with("\r\u{1b}[J"), "and taken away: {drawn:?}");
    }

    #[test]
    fn of_several_targets_those_that_are_done_are_counted() {
        let mut progress = Progress::new(Some(Vec::new()), 3, STYLE);
        let mut report = walked(&Facts::new());
        progress.tell(0, &report);
        report.verdict = Verdict::Ok;
        progress.tell(0, &report);
        progress.tell(2, &report);
        progress.tell(2, &report);
        let drawn = text(progress);
        for count in ["0 of 3 hosts", "1 of 3 hosts", "2 of 3 hosts"] {
            assert_eq!(drawn.matches(count).count(), 1, "{drawn:?}");
        }
    }

    #[test]
    fn nothing_is_drawn_where_nobody_looks_on() {
        let mut progress = Progress::<Vec<u8>>::new(None, 1, STYLE);
        progress.tell(0, &walked(&Facts::new()));
        assert!(progress.drawn.is_empty());
    }
}
