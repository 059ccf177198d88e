//! What a way in makes of a host of which nothing that it reads speaks.

use super::{Answer, Predicted};
use crate::diagnosis::declared::gateways::Way;
use crate::diagnosis::hops::journey::Entrance;
use crate::diagnosis::routing::gateway::Listener;
use crate::target::request::default_port;
use crate::target::{Scheme, Target};

/// A way in, to say what it makes of hosts that it does not know.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub entrance: String,
    /// The objects that declare it.
    via: Vec<String>,
    /// The Gateway, where it is one.
    way: Option<Way>,
    /// Somebody is known to carry it out.
    carried_out: bool,
}

impl Known {
    /// Of a way in.
    pub(super) fn of(entrance: &Entrance) -> Self {
        let declared = entrance.declared.glance();
        Self {
            entrance: entrance.id.0.to_string(),
            via: declared.iter().map(|d| d.label()).collect(),
            way: entrance.way.clone(),
            carried_out: entrance.controller.found().is_some(),
        }
    }

    /// What it makes of a request for a host of which nothing that it reads speaks.
    pub fn of_a_stranger(&self, target: &Target) -> Predicted {
        let https = target.scheme != Scheme::Http;
        let port = i32::from(target.port.unwrap_or(default_port(https)));
        let serves = |l: &Listener| !https || l.covers(&target.host);
        let answer = match &self.way {
            _ if !self.carried_out => Answer::Unknown("nobody is known to carry it out".to_owned()),
            Some(way) if !listens(way, https, port, serves) => Answer::Nobody,
            _ => Answer::NoRule,
        };
        Predicted {
            entrance: self.entrance.clone(),
            via: self.via.clone(),
            answer,
            effects: Vec::new(),
            rule: None,
            by: None,
        }
    }
}

/// Whether some listener of a Gateway takes connections of a scheme at a port of its Service. The host of a listener decides over TLS alone:
/// of plain HTTP it is read when the connection stands.
pub(super) fn listens(
    way: &Way,
    https: bool,
    port: i32,
    serves: impl Fn(&Listener) -> bool,
) -> bool {
    let of_scheme = |l: &Listener| match l.spec.protocol.as_str() {
        "HTTP" => !https,
        "HTTPS" | "TLS" => https,
        _ => false,
    };
    // Where listeners have the ports of pods, the Service's is not among them.
    let at_port = |l: &Listener| way.make.ways().ports_of_pods || l.spec.port == port;
    let mut all = way.listeners.iter();
    all.any(|l| of_scheme(l) && at_port(l) && !l.conflicts && serves(l))
}
