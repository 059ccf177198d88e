//! The bisect: from how the same request ends at several places to where it dies. One pure function, taken from what each
//! vantage point can prove:
//!
//! | outside | in the controller's pod | at the pod's loopback | at the pod's address | broken |
//! |---|---|---|---|---|
//! | comes through | | | | nowhere, or in the application (an error) |
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

use super::outcome::Outcome;

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
        Outcome::Through(..400) => Break::Nowhere,
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
            (Through(404), Unknown, Unknown, Unknown, Break::Application),
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
            // What the pod says of itself counts only where the answer outside may be its own.
            (
                ByProxy(502),
                ByProxy(502),
                Through(500),
                Unknown,
                Break::ControllerToPod,
            ),
            (
                ByEither(502),
                ByEither(502),
                Garbled,
                Unknown,
                Break::ControllerToPod,
            ),
            // Nobody saw that the port answers inside the pod.
            (
                ByProxy(502),
                ByProxy(502),
                Unknown,
                Refused,
                Break::ControllerToPod,
            ),
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
            (Unknown, Refused, Refused, Unknown, Break::Undecided),
            (Unknown, ByProxy(404), Through(200), Unknown, Break::Routing),
            (Unknown, Through(500), Unknown, Unknown, Break::Application),
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
