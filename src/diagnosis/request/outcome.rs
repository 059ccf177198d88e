//! How a request ended at one place: from outside, in the controller's pod, in the backend's.

use crate::diagnosis::dialect::author::who_answered;
use crate::facts::{Connect, Exchange, HttpAnswer};

/// How a request ended at one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The application answered, be it with an error of its own.
    Through(u16),
    /// A proxy wrote this error itself.
    ByProxy(u16),
    /// An error that a proxy and an application would write alike.
    ByEither(u16),
    /// Refused at once.
    Refused,
    /// No connection within the time allowed, or no way there.
    Unreachable,
    /// Connected, and no response within the time allowed.
    Silent,
    /// Connected, and then closed, reset, or another protocol.
    Garbled,
    /// Not tried, or it could not be tried.
    #[default]
    Unknown,
}

impl Outcome {
    /// Reads an exchange. `marks_known`: the proxy on the way signs its errors, so that an unsigned one is the application's.
    pub fn of(answer: &HttpAnswer, marks_known: bool) -> Self {
        match &answer.exchange {
            Exchange::Response => Self::of_response(answer, marks_known),
            Exchange::NoConnection(Connect::Refused) => Self::Refused,
            Exchange::NoConnection(Connect::Reset) => Self::Garbled,
            Exchange::NoConnection(_) => Self::Unreachable,
            Exchange::TimedOut => Self::Silent,
            Exchange::NoTls(_) | Exchange::Closed | Exchange::NotHttp(_) => Self::Garbled,
        }
    }

    /// Reads what a backend's pod answered: whatever it says, it is the application's.
    pub fn at_pod(answer: &HttpAnswer) -> Self {
        match answer.exchange {
            Exchange::Response if is_no_answer(answer) => Self::ByEither(answer.status),
            Exchange::Response => Self::Through(answer.status),
            _ => Self::of(answer, true),
        }
    }

    fn of_response(answer: &HttpAnswer, marks_known: bool) -> Self {
        let status = answer.status;
        if is_no_answer(answer) {
            return Self::ByEither(status);
        }
        match (status, who_answered(answer)) {
            (0..=399 | 401, _) => Self::Through(status),
            (_, Some(author)) if !author.is_sure() => Self::ByEither(status),
            (_, Some(_)) => Self::ByProxy(status),
            (500.., None) if !marks_known => Self::ByEither(status),
            (_, None) => Self::Through(status),
        }
    }

    /// Whether the request got to the application and was not answered with an error.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Through(..400))
    }

    /// What a proxy before it makes of an outcome at a pod.
    #[must_use]
    pub const fn behind_a_proxy(self) -> Self {
        match self {
            Self::Refused | Self::Garbled | Self::Unreachable => Self::ByProxy(502),
            other => other,
        }
    }

    /// The same, where nobody but the pods could have answered.
    #[must_use]
    pub const fn by_pods(self) -> Self {
        match self {
            Self::ByProxy(status) | Self::ByEither(status) => Self::Through(status),
            other => other,
        }
    }

    /// Whether somebody there speaks HTTP.
    pub const fn responds(self) -> bool {
        matches!(
            self,
            Self::Through(_) | Self::ByProxy(_) | Self::ByEither(_)
        )
    }

    /// The status, if there was a response.
    pub const fn status(self) -> Option<u16> {
        match self {
            Self::Through(s) | Self::ByProxy(s) | Self::ByEither(s) => Some(s),
            _ => None,
        }
    }

    /// How much it says against the request; the worst of several speaks for them.
    pub const fn badness(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Through(..400) => 1,
            Self::Through(_) => 2,
            Self::ByEither(_) => 3,
            Self::ByProxy(_) => 4,
            Self::Silent => 5,
            Self::Garbled => 6,
            Self::Refused => 7,
            Self::Unreachable => 8,
        }
    }
}

/// A server's first words to something that it does not understand: whose server, stays open.
fn is_no_answer(answer: &HttpAnswer) -> bool {
    answer.status == 400 && (wants_other_scheme(answer) || is_bare_refusal(answer))
}

/// The words of Go's and nginx's servers to a plain request on a TLS port.
pub fn wants_other_scheme(answer: &HttpAnswer) -> bool {
    answer.status == 400
        && (answer.body.contains("HTTP request to an HTTPS server")
            || answer
                .body
                .contains("plain HTTP request was sent to HTTPS port"))
}

/// Go's server to bytes that are no request (net/http, `badRequestError`).
fn is_bare_refusal(answer: &HttpAnswer) -> bool {
    answer.body.trim() == "400 Bad Request"
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{ByEither, ByProxy, Garbled, Refused, Silent, Through, Unreachable};

    fn answer(exchange: Exchange, status: u16, body: &str) -> HttpAnswer {
        HttpAnswer {
            exchange,
            status,
            headers: Vec::new(),
            other_headers: Vec::new(),
            body: body.to_owned(),
            tunnel: None,
            phases: None,
            ms: 1,
        }
    }

    #[test]
    fn what_came_through_a_proxy_is_read_by_its_bytes() {
        const NGINX: &str = "<center>nginx</center>";
        for (status, body, signs, expected) in [
            (200, "hello", true, Through(200)),
            (302, NGINX, true, Through(302)),
            (401, NGINX, true, Through(401)),
            (403, NGINX, true, ByProxy(403)),
            (403, "no", true, Through(403)),
            (404, "404 page not found", true, ByEither(404)),
            (404, NGINX, true, ByProxy(404)),
            (500, "oops", true, Through(500)),
            (500, "oops", false, ByEither(500)),
            (503, "no available server", false, ByProxy(503)),
            (400, "400 Bad Request", true, ByEither(400)),
            (
                400,
                "Client sent an HTTP request to an HTTPS server.",
                true,
                ByEither(400),
            ),
            (400, "no tenant", true, Through(400)),
        ] {
            let answer = answer(Exchange::Response, status, body);
            assert_eq!(Outcome::of(&answer, signs), expected, "{status} {body}");
        }
    }

    #[test]
    fn what_a_pod_says_is_the_applications_whatever_its_words() {
        for (status, body, expected) in [
            (404, "404 page not found", Through(404)),
            (503, "no available server", Through(503)),
            (500, "<center>nginx</center>", Through(500)),
            (400, "400 Bad Request", ByEither(400)),
            (401, "400 Bad Request", Through(401)),
        ] {
            let answer = answer(Exchange::Response, status, body);
            assert_eq!(Outcome::at_pod(&answer), expected, "{status} {body}");
        }
    }

    #[test]
    fn no_response_is_told_by_how_far_it_came() {
        for (exchange, expected) in [
            (Exchange::NoConnection(Connect::Refused), Refused),
            (Exchange::NoConnection(Connect::Reset), Garbled),
            (Exchange::NoConnection(Connect::TimedOut), Unreachable),
            (Exchange::NoConnection(Connect::NoRoute), Unreachable),
            (Exchange::TimedOut, Silent),
            (Exchange::Closed, Garbled),
            (Exchange::NoTls("alert".to_owned()), Garbled),
            (Exchange::NotHttp("SSH".to_owned()), Garbled),
        ] {
            let answer = answer(exchange, 0, "");
            assert_eq!(Outcome::of(&answer, true), expected);
            assert_eq!(Outcome::at_pod(&answer), expected);
        }
    }

    #[test]
    fn the_worse_of_two_speaks_for_both() {
        let order = [
            Outcome::Unknown,
            Through(399),
            Through(400),
            ByEither(404),
            ByProxy(404),
            Silent,
            Garbled,
            Refused,
            Unreachable,
        ];
        assert!(order.is_sorted_by_key(|o| o.badness()));
        assert!(Through(399).is_good() && !Through(400).is_good() && !Silent.responds());
        assert_eq!(Refused.behind_a_proxy(), ByProxy(502));
        assert_eq!(Through(200).behind_a_proxy(), Through(200));
    }
}
