//! The bisect: from how the same request ends at several places to where it dies. One pure function, taken from what each
//! vantage point can prove:
//!
//! | outside | in the controller's pod | at the pod's loopback | at the pod's address | broken |
//! |---|---|---|---|---|
//! | comes through | | | | nowhere, or in the application (5xx) |
//! | no connection, or closed | answers | | | before the controller |
//! | no connection, or closed | silent or refused | | | at the controller |
//! | an error | comes through | | | before the controller |
//! | 404 by the controller | the same | | | routing |
//! | 404, author open | the same | the same 404 | | the application |
//! | 502, 503, 504 or silence | the same | refused | | the port, or the application is down |
//! | 502, 503, 504 or silence | the same | comes through | refused | listens on localhost only |
//! | 502, 503, 504 or silence | the same | comes through | comes through or unknown | between controller and pod |
//!
//! A tunnel into a pod ends at the pod's loopback: it proves nothing about DNS, load balancers, policies or address translation.

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

    fn of_response(answer: &HttpAnswer, marks_known: bool) -> Self {
        let status = answer.status;
        if status == 400 && (wants_other_scheme(answer) || is_bare_refusal(answer)) {
            // A server's first words to something that it does not understand: whose server, stays open.
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

    /// Whether the request got to the application and was not answered with a server error.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Through(..500))
    }

    /// What a proxy before it makes of an outcome at a pod.
    #[must_use]
    pub const fn behind_a_proxy(self) -> Self {
        match self {
            Self::Refused | Self::Garbled | Self::Unreachable => Self::ByProxy(502),
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
            Self::Through(..500) => 1,
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

/// How the same request ends at each place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// From this machine.
    pub outside: Outcome,
    /// Put into a controller pod.
    pub controller: Outcome,
    /// Put into a backend pod: at its loopback.
    pub pod: Outcome,
    /// At the backend pod's address, from the control plane.
    pub pod_address: Outcome,
}

/// Where the request dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// It comes through.
    Nowhere,
    /// Between the user and the controller, which answers: DNS, load balancer, firewall, node port.
    BeforeController,
    /// The controller does not answer in its own pod either.
    Controller,
    /// The controller has no route for it.
    Routing,
    /// The pod answers, yet not to the controller: a policy, mTLS, the protocol, or the endpoints.
    ControllerToPod,
    /// Nothing listens on the port in the pod.
    Port,
    /// Only the pod's loopback answers.
    Localhost,
    /// The application answers so itself.
    Application,
    /// What is known does not decide.
    Undecided,
}

/// The decision table.
pub const fn bisect(at: &Outcomes) -> Break {
    match at.outside {
        Outcome::Through(..500) => Break::Nowhere,
        Outcome::Through(_) => Break::Application,
        Outcome::Refused | Outcome::Unreachable | Outcome::Garbled => match at.controller {
            Outcome::Unknown => Break::Undecided,
            c if c.responds() => Break::BeforeController,
            // It takes the request and waits for a pod: the way from outside to it is broken first.
            Outcome::Silent => Break::BeforeController,
            _ => Break::Controller,
        },
        Outcome::ByProxy(404) | Outcome::ByEither(404) => not_found(at),
        Outcome::ByProxy(500..) | Outcome::ByEither(500..) | Outcome::Silent => upstream(at),
        Outcome::Unknown if at.controller.responds() => match at.controller {
            c if c.is_good() => Break::Undecided,
            Outcome::ByProxy(404) | Outcome::ByEither(404) => not_found(at),
            Outcome::Through(_) => Break::Application,
            _ => upstream(at),
        },
        Outcome::ByProxy(_) | Outcome::ByEither(_) | Outcome::Unknown => Break::Undecided,
    }
}

const fn not_found(at: &Outcomes) -> Break {
    if at.controller.is_good() && !matches!(at.controller, Outcome::Through(404)) {
        return Break::BeforeController;
    }
    match (at.outside, at.pod) {
        (
            Outcome::ByEither(_) | Outcome::Unknown,
            Outcome::ByEither(404) | Outcome::Through(404),
        ) => Break::Application,
        (_, pod) if pod.responds() => Break::Routing,
        (Outcome::ByProxy(_), _) => Break::Routing,
        _ => Break::Undecided,
    }
}

const fn upstream(at: &Outcomes) -> Break {
    if at.controller.is_good() {
        return Break::BeforeController;
    }
    match (at.pod, at.pod_address) {
        (Outcome::Refused, _) => Break::Port,
        (Outcome::Silent, _) => Break::Application,
        (Outcome::Through(500..) | Outcome::ByEither(500..), _)
            if matches!(at.outside, Outcome::ByEither(_)) =>
        {
            Break::Application
        }
        (pod, Outcome::Refused) if pod.responds() => Break::Localhost,
        (pod, _) if pod.responds() => Break::ControllerToPod,
        (Outcome::Garbled, _) => Break::ControllerToPod,
        _ => match at.outside {
            // The proxy itself says that it got no answer.
            Outcome::ByProxy(_) => Break::ControllerToPod,
            _ => Break::Undecided,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{ByEither, ByProxy, Garbled, Refused, Silent, Through, Unknown, Unreachable};

    fn at(outside: Outcome, controller: Outcome, pod: Outcome, pod_address: Outcome) -> Break {
        bisect(&Outcomes {
            outside,
            controller,
            pod,
            pod_address,
        })
    }

    #[test]
    fn the_table() {
        for (outside, controller, pod, address, expected) in [
            (Through(200), Unknown, Unknown, Unknown, Break::Nowhere),
            (Through(404), Unknown, Unknown, Unknown, Break::Nowhere),
            (Through(503), Unknown, Unknown, Unknown, Break::Application),
            (
                Unreachable,
                Through(200),
                Unknown,
                Unknown,
                Break::BeforeController,
            ),
            (
                Refused,
                ByProxy(404),
                Unknown,
                Unknown,
                Break::BeforeController,
            ),
            (
                Garbled,
                Through(302),
                Unknown,
                Unknown,
                Break::BeforeController,
            ),
            (Refused, Refused, Unknown, Unknown, Break::Controller),
            (Refused, Silent, Unknown, Unknown, Break::BeforeController),
            (Unreachable, Garbled, Unknown, Unknown, Break::Controller),
            (Refused, Unknown, Through(200), Unknown, Break::Undecided),
            (
                ByProxy(404),
                ByProxy(404),
                Through(200),
                Unknown,
                Break::Routing,
            ),
            (ByProxy(404), Unknown, Unknown, Unknown, Break::Routing),
            (
                ByEither(404),
                ByEither(404),
                ByEither(404),
                Unknown,
                Break::Application,
            ),
            (
                ByEither(404),
                ByEither(404),
                Through(200),
                Unknown,
                Break::Routing,
            ),
            (
                ByEither(404),
                ByEither(404),
                Unknown,
                Unknown,
                Break::Undecided,
            ),
            (
                ByEither(404),
                Through(200),
                Through(200),
                Unknown,
                Break::BeforeController,
            ),
            (ByProxy(502), ByProxy(502), Refused, Unknown, Break::Port),
            (
                ByProxy(502),
                ByProxy(502),
                Through(200),
                Refused,
                Break::Localhost,
            ),
            (
                ByProxy(502),
                ByProxy(502),
                Through(200),
                Through(200),
                Break::ControllerToPod,
            ),
            (
                ByProxy(502),
                ByProxy(502),
                Through(200),
                Unreachable,
                Break::ControllerToPod,
            ),
            (
                ByProxy(502),
                ByProxy(502),
                Garbled,
                Unknown,
                Break::ControllerToPod,
            ),
            (
                ByProxy(502),
                ByProxy(502),
                Unknown,
                Unknown,
                Break::ControllerToPod,
            ),
            (
                ByProxy(502),
                Through(200),
                Unknown,
                Unknown,
                Break::BeforeController,
            ),
            (
                ByEither(502),
                ByEither(502),
                Unknown,
                Unknown,
                Break::Undecided,
            ),
            (
                ByEither(500),
                ByEither(500),
                ByEither(500),
                Unknown,
                Break::Application,
            ),
            (
                Silent,
                Silent,
                Through(200),
                Unknown,
                Break::ControllerToPod,
            ),
            (Silent, Silent, Silent, Unknown, Break::Application),
            (
                Silent,
                Through(200),
                Unknown,
                Unknown,
                Break::BeforeController,
            ),
            (Unknown, Through(200), Unknown, Unknown, Break::Undecided),
            (Unknown, ByProxy(502), Refused, Unknown, Break::Port),
            (
                ByProxy(403),
                ByProxy(403),
                Through(200),
                Unknown,
                Break::Undecided,
            ),
        ] {
            let got = at(outside, controller, pod, address);
            assert_eq!(
                got, expected,
                "{outside:?} {controller:?} {pod:?} {address:?}"
            );
        }
    }
}
