//! The user's own row: what is asked for, and what the user gets.

use super::answer::deciding_attempt;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::hops::journey::Journey;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::Author;
use crate::diagnosis::semantics::words::{connect_words, exchange_words};
use crate::facts::Exchange;
use crate::report::{AnswerInfo, Finding, Hop, HopReport, Severity, State};

/// `GET /cart → 404`, with a state that says the same.
pub(super) fn row(cx: &Cx, j: &Journey, answer: &AnswerInfo, findings: &[Finding]) -> HopReport {
    let asked = format!("{} {}", cx.settings.method, cx.target.path);
    let (gets, state) = gets(cx, j, answer, findings);
    let asked = match (j.scheme_guessed, &j.request) {
        (true, Some(r)) => format!(
            "{asked} (by a guess over {})",
            if r.https { "https" } else { "http" }
        ),
        _ => asked,
    };
    HopReport {
        hop: Hop::User,
        state,
        summary: match gets {
            Some(gets) => format!("{asked} → {gets}"),
            None => asked,
        },
        ms: None,
        nodes: j.user.node().into_iter().collect(),
    }
}

fn gets(
    cx: &Cx,
    j: &Journey,
    answer: &AnswerInfo,
    findings: &[Finding],
) -> (Option<String>, State) {
    if let Some(status) = answer.status {
        let words = match &answer.location {
            Some(location) => format!("{status} to {location}"),
            None => status.to_string(),
        };
        // The request is made with any certificate; what users' programs make of it is another matter.
        let refused = findings
            .iter()
            .any(|f| f.hop == Hop::Tls && f.severity == Severity::Error);
        if refused {
            let words = format!("{words}, behind a certificate that clients refuse");
            return (Some(words), State::Broken);
        }
        let mut broken = findings
            .iter()
            .filter(|f| f.severity == Severity::Error && f.caused_by.is_none());
        // An application's own page is broken by what is wrong from the rule on.
        let breaks = |f: &Finding| f.hop >= Hop::Route || !is_by_application(j);
        let state = match state(cx, j, status) {
            State::Ok | State::Degraded if status >= 400 && broken.any(breaks) => State::Broken,
            state => state,
        };
        return (Some(words), state);
    }
    let Some(attempt) = deciding_attempt(j.entrance()) else {
        return match j.dns.found() {
            Some(dns) if dns.addresses.is_empty() => (Some("no address".to_owned()), State::Broken),
            _ => (None, State::Ok),
        };
    };
    let failed = failure(attempt);
    let state = match &failed {
        None => State::Ok,
        Some(_) if attempt.has_no_way() => State::Unknown,
        Some(_) => State::Broken,
    };
    (failed, state)
}

/// Whether an application is known to have answered.
fn is_by_application(j: &Journey) -> bool {
    j.entrance().inside.author.pod().is_some()
}

fn state(cx: &Cx, j: &Journey, status: u16) -> State {
    let by_application = is_by_application(j);
    match status {
        0..=399 => State::Ok,
        500.. => State::Broken,
        401 | 403 if by_application => State::Ok,
        401 if j.entrance().inside.author == Author::Untold => State::Ok,
        _ if by_application && cx.target.path_only() == "/" => State::Ok,
        _ if by_application || j.entrance().inside.author == Author::Untold => State::Degraded,
        _ => State::Broken,
    }
}

/// How it failed; none while it did not.
fn failure(attempt: &Attempt) -> Option<String> {
    if let Ok(answer) = *attempt.http {
        return (answer.exchange != Exchange::Response).then(|| exchange_words(answer, None));
    }
    let tcp = attempt.tcp.as_ref().ok().filter(|_| attempt.fails())?;
    Some(connect_words(&tcp.connect, tcp.ms))
}
