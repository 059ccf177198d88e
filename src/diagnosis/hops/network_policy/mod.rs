//! Network policies: whether they let the controller's pods through to each endpoint that would be used.

pub mod allow;
pub mod checks;
mod ends;
mod engines;
mod slip;
mod tell;

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::networking::v1::NetworkPolicy;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::reads::Listed;
use crate::diagnosis::ask::stage::{Progress, Stage, Stop};
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::hops::controller::Controller;
use crate::diagnosis::hops::endpoints::Endpoints;
use crate::diagnosis::hops::load_balancer::LoadBalancer;
use crate::diagnosis::hops::pod::Pods;
use crate::diagnosis::hops::service::BackendService;
use crate::diagnosis::request::attempt::Attempt;
use crate::diagnosis::semantics::policy::{
    Denial, Direction, Doubt, End, Flow, Member, NAME_LABEL, Namespaces, Other, Protocol, Verdict,
    isolating, judge,
};
use crate::facts::{Gap, Typed, Unknown};
use ends::{Destination, Sources, destinations, sources};
use engines::Others;
use tell::tell;

/// What policies make of the requests from the controller's pods to the endpoints.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    /// Each way from one to the other.
    pub flows: Vec<Judged>,
    /// The Namespaces whose labels were needed and could be read.
    pub namespaces: Namespaces,
    /// Policies of other engines that may hold the requests back.
    pub others: Vec<Other>,
    /// The policies that select any of the ends for its side.
    concerned: Vec<Arc<NetworkPolicy>>,
}

/// One way from a pod of the controller to an endpoint.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The way.
    pub flow: Flow,
    /// What becomes of it.
    pub verdict: Verdict,
}

impl Judged {
    /// Why a side does not let it through.
    pub fn denial(&self, direction: Direction) -> Option<&Denial> {
        let Verdict::Denied(denials) = &self.verdict else {
            return None;
        };
        denials.iter().find(|d| d.direction == direction)
    }
}

impl Policies {
    /// Whether no policy selects either end.
    pub fn is_free(&self) -> bool {
        let free = |j: &Judged| matches!(j.verdict, Verdict::NotIsolated);
        self.flows.iter().all(free)
    }

    /// The policies that isolate an endpoint for what it gets.
    fn isolating(&self, endpoint: &Member) -> Vec<Arc<NetworkPolicy>> {
        isolating(Direction::Ingress, endpoint, &self.concerned)
    }
}

/// Who sends the requests.
pub enum Way<'w, 'a> {
    /// A controller's pods, and what happened at the addresses before them.
    Controller(&'w Stage<Controller>, &'w Stage<LoadBalancer<'a>>),
    /// A pod that calls, and the DNS server's pods that it asks before.
    Client(&'w Client, &'w [Member]),
}

/// Judges them. Policies of a controller's own namespace are read where the request fails as it does when it does not get out of there,
/// and in files, which cost nothing; those of a caller's always, for nothing else tells whether it gets out. For a caller it matters, too,
/// whether other engines have policies: the answer to a request that came by a controller refutes them.
pub fn resolve(
    cx: &Cx,
    way: &Way,
    (service, endpoints): (&Stage<BackendService>, &Stage<Endpoints>),
    pods: &Stage<Pods>,
    namespace: &str,
) -> Stage<Policies> {
    Stage::resolve(cx, |stage| {
        let groups = match way {
            Way::Controller(..) => Ok(&[][..]),
            Way::Client(..) => engines::groups(cx),
        };
        let Listed { mut items, missing } = list::<NetworkPolicy>(cx, Some(namespace))?;
        let own = items.len();
        let to = destinations(service, endpoints, pods)?;
        let from = match way {
            Way::Controller(controller, _) => sources(controller)?,
            Way::Client(client, _) => Sources {
                all: vec![End::Pod(client.member())],
                unknown: None,
            },
        };
        let others = match way {
            Way::Controller(..) => Ok(Others::default()),
            Way::Client(client, dns) => {
                let behind = to.iter().filter_map(|d| d.end.pod());
                let pods: Vec<Member> = behind.chain(*dns).cloned().collect();
                engines::read(cx, groups, &client.member(), &pods)
            }
        };
        let (own_unread, mut far_unread) = (missing.is_some(), false);
        let mut gap = missing;
        let in_files = pods.found().is_some_and(|p| p.templates.is_some());
        let both = match way {
            Way::Controller(_, lb) => in_files || leaves_open(lb)?,
            Way::Client(..) => true,
        };
        if both {
            for other in places(&from.all).into_iter().filter(|p| *p != namespace) {
                match list::<NetworkPolicy>(cx, Some(other)) {
                    Ok(more) => {
                        items.extend(more.items);
                        far_unread |= more.missing.is_some();
                        gap = gap.or(more.missing);
                    }
                    Err(Unknown::Waiting) => return Err(Stop::Waiting),
                    Err(Unknown::Gap(unread)) => {
                        far_unread = true;
                        gap = gap.or(Some(unread));
                    }
                }
            }
        }
        let others = others?;
        let gap = gap.or(others.unread);
        let protocol = protocol(service);
        let policies = concerned(&items, &from.all, &to);
        let mut found = Policies {
            flows: flows(
                &policies,
                (&from.all, &to),
                protocol,
                &Namespaces::default(),
            ),
            namespaces: Namespaces::default(),
            others: others.policies,
            concerned: policies,
        };
        let policies = found.concerned.clone();
        if !found.flows.iter().all(passes)
            && read_labels(cx, &policies, &mut found, (&from.all, &to))?
        {
            found.flows = flows(&policies, (&from.all, &to), protocol, &found.namespaces);
        }
        doubt_unread(&mut found.flows, own_unread, far_unread);
        tell(stage, found, &from, (own, gap), &policies)
    })
}

/// The same for what one pod sends to others, whatever leads there; none of it where no policy is there to be judged.
pub fn between(
    cx: &Cx,
    from: &Member,
    to: &[(Member, u16)],
    protocol: Protocol,
) -> Result<Policies, Stop> {
    let from = vec![End::Pod(from.clone())];
    let to: Vec<Destination> = to
        .iter()
        .map(|(pod, port)| Destination {
            end: End::Pod(pod.clone()),
            port: *port,
        })
        .collect();
    let ends: Vec<End> = from
        .iter()
        .cloned()
        .chain(to.iter().map(|d| d.end.clone()))
        .collect();
    let mut items = Vec::new();
    for namespace in places(&ends) {
        items.extend(list::<NetworkPolicy>(cx, Some(namespace))?.whole()?);
    }
    let policies = concerned(&items, &from, &to);
    let none = Namespaces::default();
    let mut found = Policies {
        flows: flows(&policies, (&from, &to), protocol, &none),
        namespaces: none,
        others: Vec::new(),
        concerned: policies.clone(),
    };
    if !found.flows.iter().all(passes) && read_labels(cx, &policies, &mut found, (&from, &to))? {
        found.flows = flows(&policies, (&from, &to), protocol, &found.namespaces);
    }
    Ok(found)
}

/// The policies of a kind in one namespace or in all. Files that have none of it are meant to have none, and nobody has policies of a
/// kind that is not installed.
fn list<T: Typed>(cx: &Cx, namespace: Option<&str>) -> Result<Listed<T>, Unknown> {
    let is_none = |gap: &Gap| match gap {
        Gap::NotInFiles => true,
        Gap::NotInstalled => !T::OF.is_built_in(),
        _ => false,
    };
    match cx.aside().list::<T>(namespace, None, None) {
        Err(Unknown::Gap(gap)) if is_none(&gap) => Ok(Listed {
            items: Vec::new(),
            missing: None,
        }),
        _ => cx.list(namespace, None, None),
    }
}

/// Whether a request fails as it does where it does not get out of the controller.
fn leaves_open(lb: &Stage<LoadBalancer>) -> Result<bool, Stop> {
    let Some(found) = lb.found() else {
        return match lb.progress() {
            Progress::Waiting => Err(Stop::Waiting),
            _ => Ok(false),
        };
    };
    if found.attempts().iter().any(Attempt::is_waiting) {
        return Err(Stop::Waiting);
    }
    let fails = |k: &Attempt| match k.response() {
        Some(response) => response.status >= 500,
        None => k.connects() && k.http.is_ok(),
    };
    Ok(found.attempts().iter().any(fails))
}

fn places(ends: &[End]) -> BTreeSet<&str> {
    let pods = ends.iter().filter_map(End::pod);
    pods.map(|pod| pod.namespace.as_str()).collect()
}

fn protocol(service: &Stage<BackendService>) -> Protocol {
    let port = service.found().and_then(|s| s.port.as_ref());
    match port.and_then(|p| p.protocol.as_deref()) {
        Some("UDP") => Protocol::Udp,
        Some("SCTP") => Protocol::Sctp,
        _ => Protocol::Tcp,
    }
}

/// The policies that select any of the ends for its side: of thousands most concern other pods.
fn concerned(
    all: &[Arc<NetworkPolicy>],
    from: &[End],
    to: &[Destination],
) -> Vec<Arc<NetworkPolicy>> {
    let from = from.iter().filter_map(End::pod);
    let to = to.iter().filter_map(|d| d.end.pod());
    let sides = from.map(|p| (Direction::Egress, p));
    let sides = sides.chain(to.map(|p| (Direction::Ingress, p)));
    let (mut seen, mut found) = (BTreeSet::new(), Vec::<Arc<NetworkPolicy>>::new());
    for (direction, pod) in sides {
        // Pods of one template have the same labels.
        if !seen.insert((direction, pod.namespace.clone(), pod.labels.clone())) {
            continue;
        }
        for policy in isolating(direction, pod, all) {
            if !found.iter().any(|f| Arc::ptr_eq(f, &policy)) {
                found.push(policy);
            }
        }
    }
    found
}

fn flows(
    policies: &[Arc<NetworkPolicy>],
    (from, to): (&[End], &[Destination]),
    protocol: Protocol,
    namespaces: &Namespaces,
) -> Vec<Judged> {
    let mut all = Vec::new();
    for destination in to {
        for source in from {
            let flow = Flow {
                source: source.clone(),
                destination: destination.end.clone(),
                port: destination.port,
                protocol,
            };
            let verdict = judge(&flow, policies, namespaces);
            all.push(Judged { flow, verdict });
        }
    }
    all
}

/// What one policy denies another one may allow, which a list that is not whole does not tell.
fn doubt_unread(flows: &mut [Judged], own_unread: bool, far_unread: bool) {
    for judged in flows {
        let Verdict::Denied(denials) = &mut judged.verdict else {
            continue;
        };
        denials.retain(|d| match d.direction {
            Direction::Ingress => !own_unread,
            Direction::Egress => !own_unread && !far_unread,
        });
        if denials.is_empty() {
            judged.verdict = Verdict::Unknown(Doubt::Unread);
        }
    }
}

fn passes(judged: &Judged) -> bool {
    matches!(judged.verdict, Verdict::NotIsolated | Verdict::Allowed(_))
}

/// Reads the Namespaces of the ends where a policy looks at more of them than their names. Whether any could be read.
fn read_labels(
    cx: &Cx,
    policies: &[Arc<NetworkPolicy>],
    found: &mut Policies,
    (from, to): (&[End], &[Destination]),
) -> Result<bool, Stop> {
    let mut wanted = BTreeSet::new();
    let to: Vec<End> = to.iter().map(|d| d.end.clone()).collect();
    if policies
        .iter()
        .any(|p| looks_at_labels(p, Direction::Ingress))
    {
        wanted.extend(places(from));
    }
    if policies
        .iter()
        .any(|p| looks_at_labels(p, Direction::Egress))
    {
        wanted.extend(places(&to));
    }
    let (mut waiting, mut read) = (false, false);
    for name in wanted {
        match cx.get::<Namespace>(None, name) {
            Ok(Some(namespace)) => {
                let labels = namespace.metadata.labels.clone();
                found.namespaces.add(name, labels.unwrap_or_default());
                read = true;
            }
            Err(Unknown::Waiting) => waiting = true,
            Ok(None) | Err(Unknown::Gap(_)) => {}
        }
    }
    if waiting {
        Err(Stop::Waiting)
    } else {
        Ok(read)
    }
}

/// Whether a policy's rules for a direction select namespaces by another label than their name.
fn looks_at_labels(policy: &NetworkPolicy, direction: Direction) -> bool {
    let spec = policy.spec.iter();
    let peers: Vec<_> = match direction {
        Direction::Ingress => spec
            .flat_map(|s| s.ingress.iter().flatten())
            .flat_map(|r| r.from.iter().flatten())
            .collect(),
        Direction::Egress => spec
            .flat_map(|s| s.egress.iter().flatten())
            .flat_map(|r| r.to.iter().flatten())
            .collect(),
    };
    let mut selectors = peers
        .into_iter()
        .filter_map(|p| p.namespace_selector.as_ref());
    selectors.any(|s| {
        let mut equal = s.match_labels.iter().flatten().map(|(key, _)| key);
        let mut others = s.match_expressions.iter().flatten().map(|e| &e.key);
        equal.any(|key| key != NAME_LABEL) || others.any(|key| key != NAME_LABEL)
    })
}

/// The pods that flows lead to or come from, for words.
pub(crate) fn end_words(end: &End) -> String {
    match end {
        End::Pod(Member {
            namespace, name, ..
        }) if name.is_empty() => {
            format!("a pod of namespace {namespace}")
        }
        End::Pod(pod) => format!("Pod {}/{}", pod.namespace, pod.name),
        End::Address(address) => address.to_string(),
        End::Outside => "outside".to_owned(),
    }
}
