//! What is known while answers are still coming, on a terminal: of one target hop by hop, of several how many are done, and how quickly.
//! It is taken away again before the report is printed, so that nothing is left of it but the report.

use std::io::{IsTerminal as _, Write};
use std::time::{Duration, Instant};

use crate::output::text::{self, Style};
use crate::report::{Report, Verdict};

/// Between two counts: a person reads no faster, and a terminal may be far away.
const PACE: Duration = Duration::from_millis(100);
/// Before this a rate says nothing.
const WARM: Duration = Duration::from_secs(1);

/// Draws on a terminal.
pub(super) struct Progress<W: Write> {
    /// None where nobody looks on.
    to: Option<W>,
    style: Style,
    /// How many targets there are.
    targets: usize,
    done: usize,
    broken: usize,
    began: Instant,
    /// When hosts were counted last.
    counted: Option<Instant>,
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
            done: 0,
            broken: 0,
            began: Instant::now(),
            counted: None,
            drawn: Vec::new(),
        }
    }

    /// A walk over one of the targets that is not through.
    pub fn walked(&mut self, report: &Report) {
        if self.to.is_none() {
            return;
        }
        if self.targets == 1 {
            self.draw(text::so_far(report, &self.style));
        } else {
            self.count();
        }
    }

    /// One of the targets is through.
    pub fn ended(&mut self, verdict: Verdict) {
        if self.to.is_none() || self.targets == 1 {
            return;
        }
        self.done += 1;
        self.broken += usize::from(verdict == Verdict::Broken);
        self.count();
    }

    fn count(&mut self) {
        let now = Instant::now();
        let early = self.counted.is_some_and(|last| now - last < PACE);
        if early && !self.drawn.is_empty() && self.done < self.targets {
            return;
        }
        self.counted = Some(now);
        let mut text = format!("{} of {} hosts", self.done, self.targets);
        if self.broken > 0 {
            text = format!("{text}, {} broken", self.broken);
        }
        let since = now - self.began;
        if since >= WARM {
            let rate = self.done as u128 * 1000 / since.as_millis();
            text = format!("{text}, {rate} a second");
        }
        self.draw(vec![text]);
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
        progress.walked(&first.report);
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
        progress.walked(&walked(&facts));
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
    fn of_several_targets_those_that_are_through_are_counted() {
        let mut progress = Progress::new(Some(Vec::new()), 3, STYLE);
        let mut report = walked(&Facts::new());
        progress.walked(&report);
        // Too soon after the first count to be drawn, but for the last.
        report.verdict = Verdict::Broken;
        progress.ended(report.verdict);
        report.verdict = Verdict::Ok;
        progress.ended(report.verdict);
        progress.counted = None;
        progress.walked(&report);
        progress.ended(report.verdict);
        let drawn = text(progress);
        for (count, times) in [
            ("0 of 3 hosts\n", 1),
            ("1 of 3 hosts", 0),
            ("2 of 3 hosts, 1 broken\n", 1),
            ("3 of 3 hosts, 1 broken\n", 1),
        ] {
            assert_eq!(drawn.matches(count).count(), times, "{drawn:?}");
        }
    }

    #[test]
    fn how_quickly_it_goes_is_told_once_it_can_be_told() {
        let mut progress = Progress::new(Some(Vec::new()), 900, STYLE);
        progress.began = progress
            .began
            .checked_sub(3 * WARM)
            .expect("a moment before");
        progress.done = 299;
        progress.ended(walked(&Facts::new()).verdict);
        let drawn = text(progress);
        let rate = drawn.trim_end().strip_prefix("300 of 900 hosts, ");
        let rate = rate.and_then(|r| r.strip_suffix(" a second")?.parse::<u32>().ok());
        assert!(rate.is_some_and(|r| (1..=100).contains(&r)), "{drawn:?}");
    }

    #[test]
    fn nothing_is_drawn_where_nobody_looks_on() {
        let mut progress = Progress::<Vec<u8>>::new(None, 1, STYLE);
        progress.walked(&walked(&Facts::new()));
        progress.ended(walked(&Facts::new()).verdict);
        assert!(progress.drawn.is_empty());
    }
}
