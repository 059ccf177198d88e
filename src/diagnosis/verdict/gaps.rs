//! What stays open and was no question's fault: hops that end in something that cannot be followed or reached from here. Without them a
//! report would say that nothing was left unchecked beside a hop that is unknown.

use crate::diagnosis::ask::stage::{Progress, Stage};
use crate::diagnosis::hops::journey::Journey;
use crate::facts::Gap;
use crate::report::{Code, GapNote, Hop};

/// The gaps of hops that are in none of the gaps of questions.
pub(super) fn of_hops(j: &Journey, known: &[GapNote]) -> Vec<GapNote> {
    let entrance = j.entrance();
    let mut all = Vec::new();
    if let Some(called) = &j.called {
        add(&mut all, Hop::Client, &called.client);
        add(&mut all, Hop::ClusterDns, &called.cluster_dns);
    }
    add(&mut all, Hop::Dns, &j.dns);
    add(&mut all, Hop::LoadBalancer, &entrance.load_balancer);
    add(&mut all, Hop::Controller, &entrance.controller);
    add(&mut all, Hop::Tls, &entrance.tls);
    add(&mut all, Hop::Route, &entrance.route);
    for backend in j.weighted(&entrance.id) {
        add(&mut all, Hop::Service, &backend.service);
        add(&mut all, Hop::Endpoints, &backend.endpoints);
        add(&mut all, Hop::NetworkPolicy, &backend.policy);
        add(&mut all, Hop::Pod, &backend.pods);
    }
    let mut notes: Vec<GapNote> = Vec::new();
    for (hop, gap) in all {
        let why = gap.to_string();
        // A hop that hangs on another one has the same gap.
        let told = known.iter().chain(&notes).any(|n| n.why == why);
        if !told {
            notes.push(GapNote {
                what: hop.title().to_owned(),
                why,
                allow: None,
                hides: hides(hop, j.called.is_some()).to_vec(),
            });
        }
    }
    notes
}

fn add<T>(all: &mut Vec<(Hop, Gap)>, hop: Hop, stage: &Stage<T>) {
    if let Progress::Unknown(gap) = stage.progress() {
        // What could not be read is told with the question that asked for it.
        if !stage.missed().is_for(&gap.to_string()) {
            all.push((hop, gap.clone()));
        }
    }
}

/// What cannot be judged there, of a call or of a request from outside.
const fn hides(hop: Hop, is_call: bool) -> &'static [Code] {
    match hop {
        Hop::NetworkPolicy if is_call => &[
            "netpol-egress-denied-client",
            "netpol-ingress-denied-from-client",
        ],
        Hop::LoadBalancer => &["lb-refused", "lb-timeout", "request-fails"],
        Hop::NetworkPolicy => &["netpol-ingress-denied-from-controller"],
        Hop::Service => &["request-fails"],
        _ => &[],
    }
}
