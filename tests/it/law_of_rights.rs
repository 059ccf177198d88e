//! The law of rights, over every fixture: with one right taken away, or one read that fails, findings turn into gaps that name them. No
//! error appears, no failure passes, no hop is unknown without a word of it.
//!
//! A run tries some of it with every case, chosen anew each time. `HOPS_SEED=7` makes the choice of another run, `HOPS_EVERY=1` tries all (some
//! sixty thousand walks), `HOPS_CASE=tls-san` takes the cases with that in their name.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};

use hops::diagnosis::checks::table::find;
use hops::facts::{Answer, Gap, Question};
use hops::output::text::{Style, render};
use hops::output::{FailOn, exit_code};
use hops::report::{AnswerType, Report, Severity, State, Verdict};
use serde_json::{Value, json};

use crate::support::corpus;
use crate::support::faulted::{Faulted, Said};
use crate::support::fixture::{Fixture, forbidden};

/// What is tried of a case, when not all is.
const TRIES: usize = 10;
/// What fails for a reason that may not be seen fails all the same; these say so when nothing deeper can be told.
const LAST_RESORTS: [&str; 2] = ["request-fails", "tls-handshake-failure"];

/// What goes wrong with a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Forbidden,
    TimedOut,
    Nonsense,
    Cut,
    /// One more object, which does not decode.
    OneMore,
    /// The first object does not decode.
    First,
    /// The last one.
    Last,
}

const FAULTS: [Fault; 7] = [
    Fault::Forbidden,
    Fault::TimedOut,
    Fault::Nonsense,
    Fault::Cut,
    Fault::OneMore,
    Fault::First,
    Fault::Last,
];

impl Fault {
    /// What comes in the place of an answer; none where this cannot befall it, or does not change it.
    fn of(self, question: &Question, said: &Said) -> Option<Said> {
        let gap = match self {
            Self::Forbidden => forbidden(question)?,
            Self::TimedOut => Gap::TimedOut,
            Self::Nonsense => Gap::Malformed {
                why: "not JSON".to_owned(),
            },
            Self::Cut => Gap::Unreachable {
                why: "the answer was cut".to_owned(),
            },
            Self::OneMore | Self::First | Self::Last => return self.malformed(question, said),
        };
        said.is_ok().then_some(Err(gap))
    }

    fn malformed(self, question: &Question, said: &Said) -> Option<Said> {
        let spoil = |object: &mut Value| object["metadata"]["labels"] = json!("nonsense");
        match said {
            Ok(Answer::Object { object: Some(one) }) if self == Self::First => {
                let mut one = one.clone();
                spoil(&mut one);
                Some(Ok(Answer::Object { object: Some(one) }))
            }
            Ok(Answer::Objects { objects }) => {
                let mut objects = objects.clone();
                match self {
                    Self::First => spoil(objects.first_mut()?),
                    Self::Last if objects.len() > 1 => spoil(objects.last_mut()?),
                    Self::OneMore => {
                        let kind = question.kind()?;
                        objects.push(json!({"apiVersion": kind.api_version(), "kind": kind.name(),
                            "metadata": {"name": "garbled", "namespace": "garbled", "labels": "nonsense"}}));
                    }
                    _ => return None,
                }
                Some(Ok(Answer::Objects { objects }))
            }
            _ => None,
        }
    }
}

/// Codes of findings from this severity on.
fn codes(report: &Report, least: Severity) -> BTreeSet<&'static str> {
    let findings = report.findings.iter().filter(|f| f.severity >= least);
    findings.map(|f| f.code).collect()
}

/// Whether the exit code says that it does not work.
pub fn fails(report: &Report) -> bool {
    exit_code(std::slice::from_ref(report), FailOn::Error, false) == 1
}

/// Where a report under fault breaks the law.
pub fn broken(whole: &Report, faulted: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    if faulted.verdict == Verdict::Waiting {
        faults.push("waits".to_owned());
    }
    let hidden = |code: &str| faulted.gaps.iter().any(|g| g.hides.contains(&code));
    let told = codes(faulted, Severity::Info);
    for code in codes(whole, Severity::Warning).difference(&told) {
        if !hidden(code) {
            faults.push(format!("{code} vanishes without a gap that names it"));
        }
    }
    let (before, after) = (
        codes(whole, Severity::Error),
        codes(faulted, Severity::Error),
    );
    let gone: BTreeSet<_> = before.difference(&after).copied().collect();
    for code in after.difference(&before) {
        // What goes on failing at the hop is called by another name, as long as the one by which it was called is hidden, see above.
        let hop = find(code).map(|c| c.hop);
        let stands_in = || gone.iter().any(|gone| find(gone).map(|c| c.hop) == hop);
        let folded = || {
            let mut found = faulted.findings.iter().filter(|f| f.code == *code);
            found.all(|f| f.caused_by.is_some_and(|c| before.contains(c)))
        };
        let failing = fails(whole) || whole.answer.kind == AnswerType::Error;
        if !(failing && (LAST_RESORTS.contains(code) || stands_in() || folded())) {
            faults.push(format!("{code} is an error that was not there"));
        }
    }
    if fails(whole) && !fails(faulted) {
        for code in before.difference(&after).filter(|code| !hidden(code)) {
            faults.push(format!("passes, and no gap hides {code}"));
        }
        if faulted.verdict == Verdict::Ok {
            faults.push("what fails is called ok".to_owned());
        }
    }
    let unknown = faulted.path.iter().filter(|h| h.state == State::Unknown);
    for hop in unknown {
        if faulted.gaps.is_empty() {
            faults.push(format!("no word of {}", hop.hop.slug()));
        }
    }
    let open = !faulted.gaps.is_empty()
        || faulted.has_unknown_hop()
        || faulted.verdict == Verdict::Unknown;
    if open && render(faulted, &Style::default()).contains("nothing was left unchecked") {
        faults.push("says that nothing was left unchecked".to_owned());
    }
    faults
}

/// A small generator: the same seed makes the same choice.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).expect("small")).expect("small")
    }
}

/// What is taken away or spoilt, in words, and what comes in the place of answers.
type Try = (String, Box<dyn Fn(&Question, &Said) -> Option<Said>>);

/// Each right of a case alone, the same in every namespace, and each fault of each single read.
fn tries(read: &[(Question, Said)]) -> Vec<Try> {
    let mut all: Vec<Try> = Vec::new();
    let rights: BTreeSet<String> = read.iter().filter_map(|(q, _)| q.right()).collect();
    for right in rights {
        let what = format!("without {right}");
        let hit = move |q: &Question| q.right().as_ref() == Some(&right);
        let take = move |q: &Question, said: &Said| hit(q).then(|| Fault::Forbidden.of(q, said))?;
        all.push((what, Box::new(take)));
    }
    let kind = |q: &Question| Some((q.kind()?, matches!(q, Question::Get { .. })));
    let kinds: BTreeSet<_> = read.iter().filter_map(|(q, _)| kind(q)).collect();
    for wanted in kinds {
        let verb = if wanted.1 { "get" } else { "list" };
        let what = format!("without any right to {verb} {}", wanted.0.plural());
        let hit = move |q: &Question| kind(q) == Some(wanted);
        let take = move |q: &Question, said: &Said| hit(q).then(|| Fault::Forbidden.of(q, said))?;
        all.push((what, Box::new(take)));
    }
    for (question, said) in read {
        for fault in FAULTS {
            let Some(instead) = fault.of(question, said) else {
                continue;
            };
            let what = format!("{question}: {fault:?}");
            let question = question.clone();
            let spoil = move |q: &Question, _: &Said| (*q == question).then(|| instead.clone());
            all.push((what, Box::new(spoil)));
        }
    }
    all
}

struct Law {
    every: bool,
    tried: usize,
    faults: Vec<String>,
}

impl Law {
    fn case(&mut self, name: &str, fixture: &Fixture, dice: &mut Dice) {
        let walks = Faulted::new(fixture);
        let (whole, read) = walks.whole();
        let mut tries = tries(&read);
        while !self.every && tries.len() > TRIES {
            drop(tries.swap_remove(dice.below(tries.len())));
        }
        for (what, fault) in tries {
            self.judge(name, &whole, &what, || walks.report(&*fault));
        }
    }

    fn judge(&mut self, name: &str, whole: &Report, what: &str, walk: impl FnOnce() -> Report) {
        self.tried += 1;
        let Ok(faulted) = catch_unwind(AssertUnwindSafe(walk)) else {
            self.faults.push(format!("{name} | {what} | panics"));
            return;
        };
        for fault in broken(whole, &faulted) {
            self.faults.push(format!("{name} | {what} | {fault}"));
        }
    }
}

#[test]
fn findings_become_gaps_and_nothing_else() {
    let number = |key: &str| env::var(key).ok().and_then(|v| v.parse::<u64>().ok());
    let seed = number("HOPS_SEED").unwrap_or_else(|| RandomState::new().hash_one(0));
    let wanted = env::var("HOPS_CASE").unwrap_or_default();
    let mut law = Law {
        every: env::var_os("HOPS_EVERY").is_some(),
        tried: 0,
        faults: Vec::new(),
    };
    let mut dice = Dice(seed | 1);
    for (name, path) in corpus::files() {
        if name.contains(&wanted) {
            law.case(&name, &Fixture::load(&path), &mut dice);
        }
    }
    let mut text = format!(
        "{} faults in {} runs; HOPS_SEED={seed} makes the same choice again\n",
        law.faults.len(),
        law.tried
    );
    for fault in &law.faults {
        let _ = writeln!(text, "{fault}");
    }
    assert!(law.faults.is_empty(), "{text}");
    assert!(law.tried > 1000 || !wanted.is_empty(), "{} runs", law.tried);
}
