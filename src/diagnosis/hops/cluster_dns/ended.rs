//! How a name ends for each library: the queries in its order, played against what is said of each name.

use std::net::IpAddr;

use super::lookup::{AtPod, Candidate, Said};
use crate::diagnosis::semantics::resolver::{self, Derived, End, Libc, Reply, Resolution};
use crate::report::State;
use crate::target::Call;

/// How the name ends for one library.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The library.
    pub libc: Libc,
    /// What it asks for, and how that ends; none where an answer is not known.
    pub resolution: Option<Resolution>,
    /// The name that was found, and its addresses.
    pub found: Option<(String, Vec<IpAddr>)>,
}

impl Ended {
    /// `10.96.77.1 by web.shop.svc.cluster.local`
    pub fn words(&self) -> String {
        let list = |all: &[IpAddr]| {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            all.join(", ")
        };
        match (&self.found, &self.resolution) {
            (Some((name, addresses)), None) => {
                format!("{} by the hosts file ({name})", list(addresses))
            }
            (Some((name, addresses)), _) if addresses.is_empty() => format!("found as {name}"),
            (Some((name, addresses)), _) => format!("{} by {name}", list(addresses)),
            (None, Some(resolution)) => match resolution.end {
                End::Literal(address) => address.to_string(),
                End::Found(_) | End::NoName => "no such name".to_owned(),
                End::NoData => "no address".to_owned(),
                End::Temporary => "temporary failure".to_owned(),
            },
            (None, None) => "not known".to_owned(),
        }
    }

    /// The same as a mark.
    pub const fn state(&self) -> State {
        match (&self.found, &self.resolution) {
            (Some(_), _) => State::Ok,
            (None, Some(_)) => State::Broken,
            (None, None) => State::Unknown,
        }
    }
}

/// Who says what of names.
pub(super) struct Sayings<'s, 'a> {
    pub is_down: bool,
    pub at_pods: &'s [AtPod<'a>],
    pub candidates: &'s [Candidate],
}

impl Sayings<'_, '_> {
    /// What is said of one.
    pub fn said(&self, name: &str) -> Option<Said> {
        if self.is_down {
            return Some(Said::of(Reply::Rejected));
        }
        let asked = self.at_pods.iter().any(|p| !p.asked.is_on_purpose());
        let by_pods = self.at_pods.iter().find_map(|p| p.said(name));
        by_pods.or_else(|| {
            let known = self.candidates.iter().find(|c| c.name == name && !asked)?;
            known.by_objects.clone()
        })
    }
}

/// How the name ends for each library.
pub(super) fn ends(
    call: &Call,
    conf: &Derived,
    (asks_cluster, aliases): (bool, &[(Libc, Vec<IpAddr>)]),
    sayings: &Sayings,
) -> Vec<Ended> {
    let of = |libc: Libc| {
        if let Some((_, addresses)) = aliases.iter().find(|(own, _)| *own == libc) {
            return Ended {
                libc,
                resolution: None,
                found: Some((call.name.clone(), addresses.clone())),
            };
        }
        let mut open = !asks_cluster;
        let resolution = resolver::resolve(libc, &call.name, &conf.conf, |name| {
            let said = sayings.said(name);
            open |= said.is_none();
            said.map_or(Reply::Silent, |s| s.reply)
        });
        let found = resolution.found().filter(|_| !open).map(|query| {
            let said = sayings.said(&query.name);
            let addresses = said.map(|s| s.addresses).unwrap_or_default();
            (query.name.clone(), addresses)
        });
        Ended {
            libc,
            resolution: (!open).then_some(resolution),
            found,
        }
    };
    Libc::ALL.into_iter().map(of).collect()
}
