//! Where an ordinary client's request ends otherwise than the direct probes: by a proxy, or by what only such a client does. That two
//! answers differ by themselves must not pass for it.

use crate::diagnosis::checks::Case;
use crate::diagnosis::dialect::author::who_answered;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::request::author::compare::{Likeness, likeness};
use crate::facts::{
    ClientAnswer, ClientEnd, Connect, DnsOutcome, HttpAnswer, ProxyUsed, Redirected,
};
use crate::report::Severity;

/// Response headers that only a proxy before a client writes.
const MARKS: [&str; 3] = ["proxy-authenticate", "x-squid-error", "proxy-status"];
/// What is compared of the kept headers; the others vary, or hang on the way.
const COMPARED: [&str; 3] = ["content-type", "www-authenticate", "x-powered-by"];

/// What a proxy makes of the request.
pub enum ByProxy<'a> {
    /// It cannot be used, or opens no way that works.
    Cannot(&'a ProxyUsed),
    /// Another answer comes through it.
    Answers(&'a ProxyUsed, Severity),
    /// This machine has no other way.
    Only(&'a ProxyUsed),
}

/// What an ordinary client meets without any proxy's doing.
pub enum ByItself<'a> {
    /// HTTP/2 breaks, and HTTP/1.1 does not.
    Http2(&'a str),
    /// The last redirect leads to an error.
    Redirect(&'a Redirected),
}

/// The attempts where the name leads, and what an ordinary client got; none before both are known.
fn both<'c, 'a>(case: &Case<'c, 'a>) -> Option<(&'c [Attempt<'a>], &'a ClientAnswer)> {
    let lb = case.entrance.load_balancer.found()?;
    let client = case.journey.user.client()?;
    case.all_answered()
        .then_some((lb.at_resolved.as_slice(), client))
}

/// What a proxy is known to do to the request.
pub fn by_proxy<'a>(case: &Case<'_, 'a>) -> Option<ByProxy<'a>> {
    let (attempts, client) = both(case)?;
    let direct: Vec<&HttpAnswer> = attempts.iter().filter_map(Attempt::response).collect();
    if direct.is_empty() {
        let proxy = client.proxy.as_ref()?;
        let good = client.answered().is_some_and(|r| r.status < 400);
        return (good && has_no_way(case, attempts)).then_some(ByProxy::Only(proxy));
    }
    let same_start = starts_alike(case, &direct, client);
    if client.redirects.is_empty() || same_start {
        let proxy = client.proxy.as_ref();
        if let (Some(proxy), true) = (proxy, cannot(client, attempts)) {
            return Some(ByProxy::Cannot(proxy));
        }
    }
    let responded = !client.redirects.is_empty() || client.end == ClientEnd::Response;
    if same_start || !responded {
        return None;
    }
    let severity = severity(case, attempts, &direct, client)?;
    Some(ByProxy::Answers(client.first_proxy()?, severity))
}

/// Whether the request fails because of the proxy: nothing else is known to be in the way.
fn cannot(client: &ClientAnswer, attempts: &[Attempt]) -> bool {
    let direct = client.redirects.is_empty();
    match &client.end {
        ClientEnd::NoName | ClientEnd::NoConnection(_) => true,
        // Of another place than the host it is not known whether anybody answers there.
        ClientEnd::ProxyRefused => direct || said(client, &[403, 407]),
        ClientEnd::NotTrusted(_) => direct && !attempts.iter().any(is_refused),
        ClientEnd::NoTls(_) | ClientEnd::TimedOut | ClientEnd::Closed | ClientEnd::Other(_) => {
            direct
        }
        ClientEnd::Response | ClientEnd::Http2(_) | ClientEnd::Redirects => false,
    }
}

fn said(client: &ClientAnswer, statuses: &[u16]) -> bool {
    let response = client.response.as_ref();
    response.is_some_and(|r| statuses.contains(&r.status))
}

fn is_refused(attempt: &Attempt) -> bool {
    attempt.tls.as_ref().is_ok_and(|t| t.refused.is_some())
}

/// Whether this machine certainly gets nowhere by itself.
fn has_no_way(case: &Case, attempts: &[Attempt]) -> bool {
    let dns = case.journey.dns.found();
    let answer = dns.and_then(|d| d.answer.as_ref());
    let no_name = answer.is_some_and(|a| a.outcome != DnsOutcome::Found);
    no_name && attempts.is_empty() || !attempts.is_empty() && attempts.iter().all(Attempt::fails)
}

/// Whether the first response may well be one that the direct probes got, too.
fn starts_alike(case: &Case, direct: &[&HttpAnswer], client: &ClientAnswer) -> bool {
    match (client.redirects.first(), client.answered()) {
        (Some(first), _) => direct.iter().any(|d| leads_alike(case, d, first)),
        (None, Some(response)) => direct.iter().any(|d| {
            let plain = compared(d);
            likeness(&[&plain], response) != Likeness::Other || is_same_maker(d, response)
        }),
        (None, None) => false,
    }
}

/// An answer with the headers that are the same each time.
fn compared(answer: &HttpAnswer) -> HttpAnswer {
    let mut plain = answer.clone();
    plain
        .headers
        .retain(|(name, _)| COMPARED.contains(&name.as_str()));
    plain
}

/// Whether nothing but the page itself tells two answers apart: applications vary theirs.
fn is_same_maker(direct: &HttpAnswer, response: &HttpAnswer) -> bool {
    let same = |name| direct.header(name) == response.header(name);
    direct.status == response.status && same("server") && same("content-type")
}

/// Whether a redirect is the one that the direct probe got; queries may hold something new each time.
fn leads_alike(case: &Case, direct: &HttpAnswer, first: &Redirected) -> bool {
    let base = case.journey.request.as_ref().map(|r| r.url());
    let base = base.and_then(|url| url::Url::parse(&url).ok());
    let place = |location: &str| {
        let mut url = base.as_ref()?.join(location).ok()?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    let location = direct.header("location");
    (300..400).contains(&direct.status) && location.and_then(place) == place(&first.to)
}

/// How much is known by another first response; none where it says nothing.
fn severity(
    case: &Case,
    attempts: &[Attempt],
    direct: &[&HttpAnswer],
    client: &ClientAnswer,
) -> Option<Severity> {
    let response = client.answered();
    let (status, elsewhere) = match client.redirects.first() {
        Some(first) => (first.status, !stays(case, first)),
        None => (response?.status, false),
    };
    let by_application = case.entrance.inside.author.pod().is_some();
    let works = |d: &&HttpAnswer| d.status < 400 || d.status == 401 || by_application;
    if !direct.iter().any(works) {
        return Some(Severity::Info);
    }
    // Asked too often, or at a bad moment: that is nobody's answer in particular.
    if matches!(status, 408 | 425 | 429) {
        return None;
    }
    let marked = matches!(status, 407 | 511)
        || response.is_some_and(|r| r.other_headers.iter().any(|n| MARKS.contains(&n.as_str())));
    let sure = match certificate(attempts, client) {
        Some(Shown::Another) => true,
        // Whoever answers has the host's own certificate: a proxy that only passes on, to whatever place it takes for the host.
        Some(Shown::Same) => (400..500).contains(&status),
        None if marked => true,
        None if response.is_some_and(|r| who_answered(r).is_some_and(|a| a.is_controller)) => {
            (400..500).contains(&status)
        }
        None => match status {
            300..400 => elsewhere,
            // Backends that fail now and then word it so, too.
            500 | 503 => false,
            _ => true,
        },
    };
    // Where backends share the requests, any two may differ.
    Some(if sure && (marked || !case.is_shared()) {
        Severity::Warning
    } else {
        Severity::Info
    })
}

/// Whether a redirect leads to the host itself.
fn stays(case: &Case, redirect: &Redirected) -> bool {
    let host = url::Url::parse(&redirect.to).ok();
    let host = host.as_ref().and_then(|url| url.host_str());
    host == Some(case.target.host.as_str())
}

/// Which certificate an ordinary client was shown.
enum Shown {
    Same,
    Another,
}

fn certificate(attempts: &[Attempt], client: &ClientAnswer) -> Option<Shown> {
    let shown = client.certificate.as_ref()?;
    let mut seen = attempts
        .iter()
        .filter_map(|a| a.tls.as_ref().ok()?.chain.first())
        .peekable();
    seen.peek()?;
    Some(if seen.any(|leaf| leaf == shown) {
        Shown::Same
    } else {
        Shown::Another
    })
}

/// What an ordinary client meets where the direct probe got an answer that looks well, and no proxy is to blame.
pub fn by_itself<'a>(case: &Case<'_, 'a>) -> Option<ByItself<'a>> {
    let (attempts, client) = both(case)?;
    let direct: Vec<&HttpAnswer> = attempts.iter().filter_map(Attempt::response).collect();
    if direct.is_empty() || by_proxy(case).is_some() {
        return None;
    }
    if let ClientEnd::Http2(why) = &client.end {
        return Some(ByItself::Http2(why));
    }
    let last = client.redirects.last()?;
    if !starts_alike(case, &direct, client) || attempts.iter().any(|a| a.redirects.is_circle()) {
        return None;
    }
    let through = client.proxy.is_some();
    let dead = match &client.end {
        ClientEnd::NoName => !through,
        ClientEnd::NoConnection(why) => {
            !through && matches!(why, Connect::Refused | Connect::TimedOut | Connect::Reset)
        }
        ClientEnd::NotTrusted(_) | ClientEnd::NoTls(_) => true,
        // Without the cookies of the first redirect, and of others between, the last page may well be an error.
        ClientEnd::Response => {
            let cookie = direct.iter().any(|d| d.header("set-cookie").is_some());
            let response = client.answered();
            let gone = response.is_some_and(|r| matches!(r.status, 404 | 410 | 500..));
            gone && !cookie && !through && client.redirects.len() == 1
        }
        _ => false,
    };
    dead.then_some(ByItself::Redirect(last))
}
