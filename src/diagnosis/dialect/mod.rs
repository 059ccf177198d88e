//! How each make of controller reads the same Ingresses, and how it behaves.
//!
//! To add one: a folder here with a type that is a [`questions::Dialect`], where it says how it is recognised and in what it deviates from
//! the specification, each time with the source; and its line in [`ALL`]. Nothing else in the diagnosis knows a make by name.

mod answers;
pub mod args;
pub mod author;
mod aws;
mod by_gateway;
mod cilium_gateway;
mod contour;
pub mod dropped;
pub mod effects;
mod envoy_gateway;
mod f5;
mod gateway_make;
mod gke;
mod haproxy_ingress;
mod haproxy_tech;
mod image;
mod istio;
mod kgateway;
pub mod kube_proxy;
pub mod listen;
pub mod make;
pub mod middlewares;
mod nginx;
mod nginx_gateway_fabric;
pub mod passthrough;
pub mod questions;
pub mod redirect;
pub mod scope;
pub mod spec;
mod traefik;
pub mod upstream;

use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::dropped::{Cause, Dropped};
use crate::diagnosis::dialect::effects::Guard;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::middlewares::Middlewares;
use crate::diagnosis::dialect::questions::{Dialect, Settings, Turning};
use crate::diagnosis::dialect::redirect::Redirect;
use crate::diagnosis::routing::ingress::Peers;
use crate::diagnosis::routing::ingresses::Ingresses;
use crate::diagnosis::routing::{PathMatch, Rule, ingress, same_backends};
use crate::target::Request;

/// Every make that hops knows.
pub const ALL: &[&dyn Dialect] = &[
    &nginx::INGRESS_NGINX,
    &traefik::TRAEFIK,
    &haproxy_ingress::HAPROXY_INGRESS,
    &haproxy_tech::HAPROXY_TECH,
    &f5::F5_NGINX,
    &aws::AWS_LOAD_BALANCER,
    &gke::GKE,
    &envoy_gateway::ENVOY_GATEWAY,
    &istio::ISTIO,
    &cilium_gateway::CILIUM_GATEWAY,
    &contour::CONTOUR,
    &kgateway::KGATEWAY,
    &nginx_gateway_fabric::NGINX_GATEWAY_FABRIC,
];

/// Every Ingress that was seen, as all makes may read them.
pub fn index(all: Vec<Arc<Ingress>>) -> Ingresses {
    Ingresses::new(all, other_names, |i| ALL.iter().any(|d| d.may_lean(i)))
}

/// Names by which some make may call an Ingress's hosts, in lower case.
pub fn other_names(ingress: &Ingress) -> Vec<String> {
    ALL.iter().flat_map(|d| d.other_names(ingress)).collect()
}

/// A rule that was looked at and does not take the request.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// The rule.
    pub rule: Rule,
    /// Why not.
    pub why: String,
}

/// A rule that is what it is by an annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Marked {
    /// The rule.
    pub rule: Rule,
    /// The annotation's key.
    pub annotation: String,
}

/// What a controller makes of the request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolution {
    /// Rules that match, the one that takes the request first.
    pub matching: Vec<Rule>,
    /// How many of the first are equal in rank, so that the objects do not decide between them; 1 when the winner is clear.
    pub tied: usize,
    /// Rules for this host that do not match.
    pub passed: Vec<Passed>,
    /// Rules that match, would go before the winner, and have no route that takes the request; in the order in which they would.
    pub dropped: Vec<Dropped>,
    /// TLS goes to the winner's pods as it comes: the controller ends none and reads nothing of the request.
    pub passes_tls: bool,
    /// By what the winner's requests may be turned away.
    pub guards: Vec<Guard>,
    /// Whether the winner's pods get another request than the user's, where its objects tell; else its annotations hint at it.
    pub rewrites: Option<bool>,
    /// What of the winner's way is not known, so that somebody else than its pods may answer.
    pub doubt: Option<String>,
    /// What the controller answers by itself, before the winner's backend is asked.
    pub redirect: Option<Redirect>,
    /// The rule because of which the winner's path is read as an expression, where it takes the request for no other reason.
    pub spillover: Option<Marked>,
    /// Canaries for the host that share nobody's requests.
    pub orphans: Vec<Marked>,
    /// Why the result is not certain, if so.
    pub approximate: Option<String>,
}

impl Resolution {
    /// The rule that takes the request, when the objects decide.
    pub fn winner(&self) -> Option<&Rule> {
        self.matching.first()
    }

    /// Whether rules of equal rank lead to different backends, or do different things before.
    pub fn undecided(&self) -> bool {
        let Some(first) = self.matching.first() else {
            return false;
        };
        let mut tied = self.matching.iter().take(self.tied);
        tied.any(|r| !same_backends(r, first) || r.filters != first.filters)
    }
}

/// The controller that reads the rules.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// Its make.
    pub make: &'a Make,
    /// Its command line.
    pub args: &'a Args,
    /// Its version, major and minor, where the image's tag tells it.
    pub version: Option<(u32, u32)>,
    /// How the request reaches it.
    pub arrival: Arrival,
    /// What its ConfigMap says, where that was read.
    pub config: Option<&'a Settings>,
    /// The Middlewares that there are, where some Ingress names one.
    pub middlewares: Option<&'a Middlewares>,
}

/// How a request reaches the controller's pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The port in the pod, where it can be told.
    pub port: Option<u16>,
    /// The load balancer before it ends TLS, so that what was sent over TLS arrives in the clear.
    pub unwrapped: bool,
}

/// Asks the dialect of a controller.
///
/// `peers` are the Ingresses of every host: on some makes what another host declares has a share in this one's requests.
pub fn resolve(
    reader: Reader,
    ingresses: &[Arc<Ingress>],
    peers: Peers,
    request: &Request,
) -> Resolution {
    let make = reader.make;
    let name = make.known_as(ingresses, &request.host);
    let name = name.as_deref().unwrap_or(&request.host);
    let rules = ingress::rules(ingresses, |h| make.host_matches(h, name));
    let mut resolution = make.choose(rules, reader, peers.about(ingresses), request);
    let guards = resolution.winner().map(|winner| guards(make, winner));
    resolution.guards.extend(guards.into_iter().flatten());
    resolution
}

/// By what of its annotations a rule's requests may be turned away.
fn guards(make: &Make, rule: &Rule) -> Vec<Guard> {
    let asks = make.auth_url();
    let set = |turning: Turning| {
        let value = rule.annotation(&turning.key)?.to_owned();
        let url = asks.as_ref() == Some(&turning.key) && !value.is_empty();
        Some(Guard {
            object: rule.place.declared.label(),
            field: format!(".metadata.annotations[{}]", turning.key),
            asks: url.then(|| value.clone()),
            what: turning.key,
            value,
            by_address: turning.by_address,
        })
    };
    make.turning_away().into_iter().filter_map(set).collect()
}

/// How many of the first rules are equal in rank to the very first.
fn tied<K: PartialEq>(matching: &[Rule], rank: impl Fn(&Rule) -> K) -> usize {
    let first = matching.first().map(&rank);
    matching
        .iter()
        .take_while(|r| first.as_ref() == Some(&rank(r)))
        .count()
}

/// Those of the dropped rules that would go before the winner or are equal to it, in order. The others are passed over as it is.
fn before_winner<K: Ord>(
    mut dropped: Vec<Dropped>,
    winner: Option<&Rule>,
    passed: &mut Vec<Passed>,
    rank: impl Fn(&Rule) -> K,
) -> Vec<Dropped> {
    dropped.sort_by_key(|d| (rank(&d.rule), d.rule.age_then_name()));
    let (before, behind) = dropped
        .into_iter()
        .partition(|d| winner.is_none_or(|w| rank(&d.rule) <= rank(w)));
    let behind: Vec<Dropped> = behind;
    passed.extend(behind.into_iter().map(|d| Passed {
        rule: d.rule,
        why: d.why,
    }));
    before
}

/// Whether a rule leads to something else than a Service, which next to no controller knows.
fn leads_to_resource(rule: &Rule) -> bool {
    rule.backends.iter().any(|b| b.service().is_none())
}

/// What becomes of such a rule.
fn resource(rule: Rule) -> Dropped {
    let why = "it leads to a resource, and only Services are known here";
    Dropped::new(rule, Cause::Resource, why)
}

fn path_miss(rule: &Rule, path: &str) -> String {
    match rule.path() {
        PathMatch::Exact(text) => format!("Exact {text:?} is not {path:?}"),
        other => format!(
            "{} {:?} does not cover {path:?}",
            other.kind(),
            other.text()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An Ingress of `host path type service` lines; the name is `namespace/name`, the age its creation second.
    pub(in crate::diagnosis) fn ingress(name: &str, created: i64, lines: &[&str]) -> Arc<Ingress> {
        let (namespace, name) = name.split_once('/').expect("namespace/name");
        let rules: Vec<serde_json::Value> = lines
            .iter()
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let kind = match words[2] {
                    "E" => "Exact",
                    "P" => "Prefix",
                    _ => "ImplementationSpecific",
                };
                let host = if words[0] == "-" { "" } else { words[0] };
                serde_json::json!({"host": host, "http": {"paths": [{"path": words[1], "pathType": kind,
                    "backend": {"service": {"name": words[3], "port": {"number": 80}}}}]}})
            })
            .collect();
        let created = jiff::Timestamp::from_second(1_700_000_000 + created).expect("a time");
        let object = serde_json::json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"namespace": namespace, "name": name, "creationTimestamp": created.to_string()},
            "spec": {"rules": rules}
        });
        Arc::new(serde_json::from_value(object).expect("an Ingress"))
    }

    pub(in crate::diagnosis) fn service(rule: Option<&Rule>) -> Option<&str> {
        rule.and_then(|r| r.backends[0].service())
            .map(|(_, name)| name)
    }

    pub(super) fn request(host: &str, path: &str) -> Request {
        Request {
            host: host.to_owned(),
            port: 443,
            https: true,
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
        }
    }

    fn reader<'a>(make: &'a Make, args: &'a Args) -> Reader<'a> {
        Reader {
            make,
            args,
            version: None,
            arrival: Arrival::default(),
            config: None,
            middlewares: None,
        }
    }

    fn answer(make: &Make, ingresses: &[Arc<Ingress>], host: &str, path: &str) -> String {
        let request = request(host, path);
        let r = resolve(
            reader(make, &Args::default()),
            ingresses,
            Peers::new(&index(ingresses.to_vec()), &|_| true),
            &request,
        );
        if r.undecided() {
            return "undecided".to_owned();
        }
        service(r.winner()).unwrap_or("404").to_owned()
    }

    #[test]
    fn the_same_objects_mean_different_things() {
        let spec = Make::other("example");
        let nginx = Make::known(&nginx::INGRESS_NGINX);
        let traefik = Make::known(&traefik::TRAEFIK);
        let x = [
            ingress("b/i1", 1, &["a.com /foo P s1"]),
            ingress("a/i2", 2, &["a.com /foo E s2"]),
        ];
        for (make, foo, foobar) in [
            (&spec, "s2", "404"),
            (&nginx, "s2", "404"),
            (&traefik, "s1", "s1"),
        ] {
            assert_eq!(answer(make, &x, "a.com", "/foo"), foo, "{make:?}");
            assert_eq!(answer(make, &x, "a.com", "/foobar"), foobar, "{make:?}");
        }
        let y = [
            ingress("b/i1", 1, &["a.com / P s1"]),
            ingress("a/i2", 2, &["a.com / P s2"]),
        ];
        for (make, root) in [
            (&nginx, "s1"),
            (&traefik, "undecided"),
            (&spec, "undecided"),
        ] {
            assert_eq!(answer(make, &y, "a.com", "/"), root, "{make:?}");
        }
        let z = [
            ingress("n/i1", 1, &["*.a.com / P s1"]),
            ingress("n/i2", 2, &["x.a.com /api P s2"]),
        ];
        for (make, other) in [(&nginx, "404"), (&traefik, "s1")] {
            assert_eq!(answer(make, &z, "x.a.com", "/other"), other, "{make:?}");
        }
    }

    proptest! {
        #[test]
        fn a_winner_matches_and_nothing_is_lost(path in "(/[ab]){0,3}", types in proptest::collection::vec((0..3usize, "(/[ab]){1,3}"), 1..6)) {
            let lines: Vec<String> = types.iter().enumerate()
                .map(|(i, (t, p))| format!("a.com {p} {} s{i}", ["E", "P", "S"][*t])).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let path = if path.is_empty() { "/".to_owned() } else { path };
            let objects = [ingress("n/i", 1, &lines)];
            for make in [Make::known(&nginx::INGRESS_NGINX), Make::known(&traefik::TRAEFIK), Make::other("x")] {
                let r = resolve(reader(&make, &Args::default()), &objects, Peers::new(&index(objects.to_vec()), &|_| true), &request("a.com", &path));
                prop_assert_eq!(r.matching.len() + r.passed.len(), lines.len());
            }
        }
    }
}
