//! Several reports: one line a host, details for those that fail, what explains how many, a summary.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use super::{Style, render};
use crate::output::Summary;
use crate::output::shared::sanitize::line;
use crate::output::shared::tone::Tone;
use crate::output::shared::words::{host_counts, many, status_words, verdict_words};
use crate::output::shared::wrap;
use crate::report::{Code, Report, Verdict};

/// Names of hosts with the same root causes that are printed below the first of them.
const NAMED: usize = 5;
/// Reports that are shown in full. Nobody reads more, and each stays in memory until then.
const SHOWN: usize = 50;

/// Several reports; `fails` says which of them are shown in full. Of those with the same root causes the first is.
pub fn render_many(reports: &[Report], style: &Style, fails: impl Fn(&Report) -> bool) -> String {
    let words = reports.iter().map(|r| wrap::columns(&short_verdict(r)));
    let room = style.width.saturating_sub(5 + words.max().unwrap_or(0));
    let urls = reports.iter().map(|r| wrap::columns(&line(&r.target.url)));
    let column = urls.max().unwrap_or(0).min(room.max(style.width / 3));
    let mut lines = Lines::new(*style, column);
    let mut out = String::new();
    for report in reports {
        out.push_str(&lines.add(report, fails(report)));
    }
    out.push_str(&lines.end());
    out
}

/// Reports that are told one after the other.
pub struct Lines {
    style: Style,
    /// Columns of the hosts.
    column: usize,
    /// All hosts of a group are named, and every group is shown in full.
    whole: bool,
    groups: Vec<Group>,
    by_causes: HashMap<Vec<Cause>, usize>,
    explained: BTreeMap<Code, Explained>,
    summary: Summary,
    unreached: usize,
}

/// A root cause: its code, and what it is about.
type Cause = (Code, String);

/// Reports with the same root causes.
struct Group {
    /// The first of them, as it is shown.
    first: Option<String>,
    url: String,
    /// The others.
    same: Vec<String>,
}

/// What a root cause explains.
#[derive(Default)]
struct Explained {
    breaks: bool,
    hosts: usize,
    subjects: BTreeSet<String>,
}

impl Lines {
    /// With this many columns for the hosts.
    pub fn new(style: Style, column: usize) -> Self {
        Self {
            style,
            column,
            whole: false,
            groups: Vec::new(),
            by_causes: HashMap::new(),
            explained: BTreeMap::new(),
            summary: Summary::default(),
            unreached: 0,
        }
    }

    /// The same, with all that else is left out where it gets too much.
    #[must_use]
    pub fn whole(self, whole: bool) -> Self {
        Self { whole, ..self }
    }

    /// The line of a host. Whether it fails: then it is shown in full at the end.
    pub fn add(&mut self, report: &Report, fails: bool) -> String {
        self.summary.add(report);
        if fails {
            self.group(report);
        }
        let style = &self.style;
        let tone = Tone::from(report.verdict);
        let url = style.cut(&line(&report.target.url), self.column);
        let pad = self.column.saturating_sub(wrap::columns(&url));
        let room = style.width.saturating_sub(self.column + 5);
        let words = style.cut(&short_verdict(report), room);
        format!(
            "{} {}{:pad$}   {}\n",
            style.mark(tone),
            style.strong(&url),
            "",
            style.toned(tone, &words)
        )
    }

    /// Counts a host to which the run did not come; it has no line.
    pub fn leave_out(&mut self, report: &Report) {
        self.summary.add(report);
        self.unreached += 1;
    }

    fn group(&mut self, report: &Report) {
        let roots = report.roots();
        let causes: Vec<Cause> = roots
            .iter()
            .map(|root| (root.finding.code, root.finding.subject.display()))
            .collect();
        let mut codes = BTreeSet::new();
        for (code, subject) in &causes {
            let explained = self.explained.entry(code).or_default();
            explained.hosts += usize::from(codes.insert(code));
            explained.breaks |= report.verdict == Verdict::Broken;
            explained.subjects.insert(subject.clone());
        }
        let url = line(&report.target.url).into_owned();
        // A report without a finding stands for itself.
        if let Some(at) = self.by_causes.get(&causes).filter(|_| !causes.is_empty()) {
            self.groups[*at].same.push(url);
            return;
        }
        self.by_causes.insert(causes, self.groups.len());
        let shown = self.whole || self.groups.len() < SHOWN;
        self.groups.push(Group {
            first: shown.then(|| render(report, &self.style)),
            url,
            same: Vec::new(),
        });
    }

    /// The details, and what all of it comes to.
    pub fn end(&self) -> String {
        let style = &self.style;
        let mut out = String::new();
        for group in &self.groups {
            let Some(first) = &group.first else { continue };
            let rule = if style.ascii { "-" } else { "─" };
            let _ = write!(out, "\n{}\n\n", style.faint(&rule.repeat(style.width)));
            out.push_str(first);
            if !group.same.is_empty() {
                let _ = writeln!(out, "\n{}", self.named("The same for", &group.same));
            }
        }
        let left = self.groups.iter().filter(|g| g.first.is_none());
        let left: Vec<String> = left
            .flat_map(|g| std::iter::once(&g.url).chain(&g.same).cloned())
            .collect();
        if !left.is_empty() {
            let first = self.named("Not shown in full here", &left);
            let _ = writeln!(out, "\n{first}; -v shows all, and so does -o json");
        }
        out.push_str(&self.causes());
        let _ = writeln!(out, "\n{}", host_counts(&self.summary));
        if self.unreached > 0 {
            let hosts = many(self.unreached, "host");
            let _ = writeln!(out, "the run ended before {hosts} had been looked at");
        }
        out
    }

    fn named(&self, words: &str, urls: &[String]) -> String {
        let most = if self.whole { urls.len() } else { NAMED };
        let named: Vec<&str> = urls.iter().take(most).map(String::as_str).collect();
        let mut text = format!("{words} {}", named.join(", "));
        let more = urls.len().saturating_sub(most);
        if more > 0 {
            let _ = write!(text, " and {more} more");
        }
        wrap::words(&text, self.style.width, self.style.width).join("\n")
    }

    /// Which causes explain how many hosts: those that break some first. Nothing where each explains one.
    fn causes(&self) -> String {
        let mut all: Vec<(&Code, &Explained)> = self.explained.iter().collect();
        if all.iter().all(|(_, e)| e.hosts < 2) {
            return String::new();
        }
        all.sort_by_key(|(code, e)| (!e.breaks, Reverse(e.hosts), **code));
        let mut out = "\n".to_owned();
        for (code, explained) in all {
            let hosts = many(explained.hosts, "host");
            let mut subjects = explained.subjects.iter();
            let about = match (subjects.next(), subjects.len()) {
                (Some(one), 0) => line(one).into_owned(),
                (_, more) => format!("{} different objects", more + 1),
            };
            let tone = if explained.breaks {
                Verdict::Broken
            } else {
                Verdict::Degraded
            };
            let text = format!("{code} explains {hosts}: {about}");
            let text = self.style.cut(&text, self.style.width.saturating_sub(2));
            let _ = writeln!(out, "{} {text}", self.style.mark(Tone::from(tone)));
        }
        out
    }
}

/// The verdict in a few words; for what does not work, where and by which code, and what was answered.
fn short_verdict(report: &Report) -> String {
    let roots = report.roots();
    let worst = roots.first().map(|root| root.finding);
    let hop = match report.verdict {
        Verdict::Broken => report.broken_at,
        Verdict::Degraded => worst.map(|finding| finding.hop),
        _ => None,
    };
    match (hop, worst) {
        (Some(hop), Some(finding)) => {
            format!("{}: {}{}", hop.title(), finding.code, status_words(report))
        }
        _ => verdict_words(report),
    }
}
