//! Redirects within the host, followed only to see whether they end: browsers give up on a circle.

use std::net::SocketAddr;

use crate::diagnosis::ask::cx::Cx;
use crate::facts::{Exchange, HttpAnswer, Question, Unknown};
use crate::target::{Header, request};

/// Requests after the first, at most.
const MOST: usize = 10;

/// Where the answers lead.
#[derive(Clone, Debug, Default)]
pub struct Redirects {
    /// The URLs, from the one that the user asks for; the last equals an earlier one in a circle.
    pub urls: Vec<String>,
    /// The requests, with the status that each got.
    pub steps: Vec<(Question, u16)>,
    /// An answer on the way set a cookie: with it a browser may get further.
    pub cookie: bool,
    /// Some answer is still on its way.
    pub waiting: bool,
    circle: bool,
}

impl Redirects {
    /// They never end, for all that can be seen without cookies.
    pub fn is_circle(&self) -> bool {
        self.circle && !self.cookie
    }
}

/// Follows the redirects of an answer as long as they stay on the host and at the address.
///
/// One that changes the scheme on the default ports goes on at the other port of the same address. A circle is a URL that comes
/// again; a query that changes at every step is none until ten steps are over, and then it is one by scheme and path.
pub fn follow(cx: &Cx, to: SocketAddr, https: bool, first: &HttpAnswer) -> Redirects {
    let mut found = Redirects::default();
    let mut at = Step {
        to,
        https,
        path: cx.target.path.clone(),
    };
    let mut answer = first;
    let mut seen = vec![at.clone()];
    found.urls.push(at.url(cx));
    let mut question = cx.http_question(to, https);
    for _ in 0..MOST {
        let leads = (300..400).contains(&answer.status) && answer.exchange == Exchange::Response;
        found.cookie |= answer.header("set-cookie").is_some();
        let Some(next) = answer
            .header("location")
            .filter(|_| leads)
            .and_then(|l| at.next(cx, l))
        else {
            return found;
        };
        found.steps.push((question, answer.status));
        found.urls.push(next.url(cx));
        if seen.contains(&next) {
            found.circle = true;
            return found;
        }
        question = Question::Http {
            to: next.to,
            tls: next.https,
            host: cx.host_header(next.to.port(), next.https),
            method: cx.settings.method.clone(),
            path: next.path.clone(),
            headers: headers(cx, https, next.https),
        };
        match cx.http(question.clone()) {
            Ok(next_answer) => answer = next_answer,
            Err(unknown) => {
                found.waiting = unknown == Unknown::Waiting;
                return found;
            }
        }
        seen.push(next.clone());
        at = next;
    }
    found.circle = seen.iter().filter(|s| s.same_page(&at)).count() > MOST / 2;
    found
}

/// What was meant for TLS does not go out in the clear because a redirect says so; curl holds it the same way.
fn headers(cx: &Cx, asked_https: bool, https: bool) -> Vec<Header> {
    let mut headers = cx.settings.headers.clone();
    if asked_https && !https {
        headers.retain(|header| !header.is_secret());
    }
    headers
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    to: SocketAddr,
    https: bool,
    path: String,
}

impl Step {
    fn url(&self, cx: &Cx) -> String {
        request::url(self.https, &cx.target.host, self.to.port(), &self.path)
    }

    fn same_page(&self, other: &Self) -> bool {
        let page = |s: &Self| s.path.split('?').next().map(str::to_owned);
        self.https == other.https && page(self) == page(other)
    }

    /// Where a `Location` leads, if that is on this host.
    fn next(&self, cx: &Cx, location: &str) -> Option<Self> {
        let base = url::Url::parse(&self.url(cx)).ok()?;
        let target = base.join(location).ok()?;
        let https = match target.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        if target.host_str() != Some(cx.target.host.as_str()) {
            return None;
        }
        let port = target.port_or_known_default()?;
        let mut path = target.path().to_owned();
        if let Some(query) = target.query() {
            path = format!("{path}?{query}");
        }
        Some(Self {
            to: SocketAddr::new(self.to.ip(), port),
            https,
            path,
        })
    }
}
