//! What policies let through, judged twice: by hops, and by a plain reading of the API's documentation that shares nothing with it. The
//! plain one knows only whole worlds; where hops does not know something, every world is tried that it may be.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use hops::diagnosis::semantics::policy::{
    Direction, Doubt, End, Flow, Member, NamedPort, Namespaces, Protocol, Verdict, judge,
};
use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
    NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde_json::{Value, json};

type Labels = BTreeMap<String, String>;

/// splitmix64: the same flows on every run, others with `HOPS_SEED`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).expect("small")
    }

    fn one_in(&mut self, end: usize) -> bool {
        self.below(end) == 0
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }
}

const SPACES: [&str; 3] = ["x", "y", "z"];
const KEYS: [&str; 2] = ["app", "tier"];
const VALUES: [&str; 2] = ["a", "b"];
const PORTS: [u16; 3] = [80, 81, 82];
const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
const NODES: [(&str, &str, &str); 2] = [
    ("n1", "192.0.2.1", "2001:db8:f::1"),
    ("n2", "192.0.2.2", "2001:db8:f::2"),
];
/// Every address that there is.
const ADDRESSES: [&str; 11] = [
    "10.0.0.1",
    "10.0.0.2",
    "10.0.1.1",
    "203.0.113.9",
    "192.0.2.1",
    "192.0.2.2",
    "2001:db8:9::9",
    "2001:db8::1",
    "2001:db8::2",
    "2001:db8:f::1",
    "2001:db8:f::2",
];
const BLOCKS: [&str; 9] = [
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/24",
    "10.0.0.2/32",
    "10.0.0.0/8",
    "192.0.2.0/24",
    "192.0.2.1/32",
    "2001:db8::/64",
    "2001:db8::2/128",
];

fn labels(dice: &mut Dice) -> Labels {
    let mut labels = Labels::new();
    for key in KEYS {
        if !dice.one_in(3) {
            labels.insert(key.to_owned(), dice.of(&VALUES).to_owned());
        }
    }
    labels
}

fn selector(dice: &mut Dice, keys: &[&str], values: &[&str]) -> Value {
    let (key, value) = (dice.of(keys), dice.of(values));
    match dice.below(7) {
        0 => json!({}),
        1 | 2 => json!({"matchLabels": {key: value}}),
        3 => {
            json!({"matchExpressions": [{"key": key, "operator": "In", "values": [value, dice.of(values)]}]})
        }
        4 => {
            json!({"matchExpressions": [{"key": key, "operator": "NotIn", "values": [value]}]})
        }
        5 => json!({"matchExpressions": [{"key": key, "operator": "Exists"}]}),
        _ => json!({"matchLabels": {dice.of(keys): dice.of(values)},
            "matchExpressions": [{"key": key, "operator": "DoesNotExist"}]}),
    }
}

fn space_selector(dice: &mut Dice) -> Value {
    if dice.one_in(2) {
        selector(dice, &["kubernetes.io/metadata.name"], &SPACES)
    } else {
        selector(dice, &KEYS, &VALUES)
    }
}

fn peer(dice: &mut Dice) -> Value {
    match dice.below(4) {
        0 => json!({"podSelector": selector(dice, &KEYS, &VALUES)}),
        1 => json!({"namespaceSelector": space_selector(dice)}),
        2 => {
            json!({"namespaceSelector": space_selector(dice), "podSelector": selector(dice, &KEYS, &VALUES)})
        }
        _ => {
            let except = dice.one_in(3).then(|| dice.of(&BLOCKS));
            json!({"ipBlock": {"cidr": dice.of(&BLOCKS), "except": except.map(|e| [e])}})
        }
    }
}

fn port(dice: &mut Dice) -> Value {
    let port = match dice.below(6) {
        0 => Value::Null,
        1 | 2 => json!(dice.of(&["http", "dns", "nobody"])),
        _ => json!(dice.of(&PORTS)),
    };
    let last = port.as_u64().filter(|_| dice.one_in(3));
    let last = last.map(|first| first + dice.below(3) as u64);
    let protocol = (!dice.one_in(2)).then(|| dice.of(&PROTOCOLS).as_str());
    json!({"port": port, "endPort": last, "protocol": protocol})
}

fn some(dice: &mut Dice, one: impl Fn(&mut Dice) -> Value) -> Value {
    match dice.below(4) {
        0 => Value::Null,
        1 => json!([]),
        more => (1..more).map(|_| one(dice)).collect(),
    }
}

fn policy(dice: &mut Dice, number: usize) -> Arc<NetworkPolicy> {
    let rules = |dice: &mut Dice, peers: &str| {
        some(
            dice,
            |dice| json!({peers: some(dice, peer), "ports": some(dice, port)}),
        )
    };
    let types = [
        Value::Null,
        json!([]),
        json!(["Ingress"]),
        json!(["Egress"]),
        json!(["Ingress", "Egress"]),
    ];
    let pods = (!dice.one_in(8)).then(|| selector(dice, &KEYS, &VALUES));
    let spec = json!({"podSelector": pods, "policyTypes": dice.of(&types),
        "ingress": rules(dice, "from"), "egress": rules(dice, "to")});
    let spec = (!dice.one_in(40)).then_some(spec);
    let policy = json!({"metadata": {"name": format!("p{number}"), "namespace": dice.of(&SPACES)}, "spec": spec});
    Arc::new(serde_json::from_value(policy).expect("a policy"))
}

fn parse(address: &str) -> IpAddr {
    address.parse().expect("an address")
}

fn pod(dice: &mut Dice, name: &str) -> Member {
    let host_network = dice.one_in(6);
    let node = (!dice.one_in(8)).then(|| dice.of(&NODES));
    let node_addresses: Vec<IpAddr> = match node {
        Some((_, v4, v6)) => vec![parse(v4), parse(v6)],
        None => Vec::new(),
    };
    let addresses = match dice.below(8) {
        0 => Vec::new(),
        _ if host_network => node_addresses.clone(),
        1 => vec![parse(dice.of(&["2001:db8::1", "2001:db8::2"]))],
        2 => vec![parse("10.0.1.1"), parse("2001:db8::1")],
        _ => vec![parse(dice.of(&ADDRESSES[..3]))],
    };
    let mut ports = Vec::new();
    for name in ["http", "dns"] {
        if !dice.one_in(3) {
            ports.push(NamedPort {
                name: name.to_owned(),
                protocol: dice.of(&PROTOCOLS).as_str().to_owned(),
                number: i32::from(dice.of(&PORTS)),
            });
        }
    }
    Member {
        namespace: dice.of(&SPACES).to_owned(),
        name: name.to_owned(),
        labels: labels(dice),
        host_network,
        node: node.map(|(name, ..)| name.to_owned()),
        addresses,
        node_addresses,
        ports,
    }
}

fn end(dice: &mut Dice, name: &str) -> End {
    match dice.below(12) {
        0 => End::Outside,
        1 | 2 => End::Address(parse(dice.of(&ADDRESSES))),
        _ => End::Pod(pod(dice, name)),
    }
}

/// What hops may not know, decided.
#[derive(Clone, Debug)]
struct World {
    spaces: BTreeMap<&'static str, Labels>,
    /// Selectors of pods match those that are on their node's network.
    hosts_are_pods: bool,
    to_own_node: bool,
    source: IpAddr,
    destination: IpAddr,
    same_node: bool,
}

impl World {
    /// One side of the flow, by the documentation of `NetworkPolicySpec`: whether it is isolated, and whether it lets the flow through.
    fn side(&self, ingress: bool, flow: &Flow, policies: &[Arc<NetworkPolicy>]) -> (bool, bool) {
        let (own, other, address) = if ingress {
            (&flow.destination, &flow.source, self.source)
        } else {
            (&flow.source, &flow.destination, self.destination)
        };
        let End::Pod(own) = own else {
            return (false, true);
        };
        if own.host_network && (ingress || !self.hosts_are_pods) {
            return (false, true);
        }
        let selecting: Vec<NetworkPolicySpec> = policies
            .iter()
            .filter(|p| p.metadata.namespace.as_deref() == Some(own.namespace.as_str()))
            .map(|p| p.spec.clone().unwrap_or_default())
            .filter(|spec| has_type(spec, ingress))
            .filter(|spec| has(spec.pod_selector.as_ref(), &own.labels))
            .collect();
        if selecting.is_empty() {
            return (false, true);
        }
        let itself = match other {
            End::Pod(other) => other.name == own.name,
            End::Address(_) | End::Outside => !own.host_network && own.addresses.contains(&address),
        };
        if itself {
            return (true, true);
        }
        // What goes out of the cluster goes to no node of it.
        let leaves = !ingress && matches!(other, End::Outside);
        let own_node = !leaves && self.is_own_node(own, other, address);
        if own_node && (ingress || self.to_own_node) {
            return (true, true);
        }
        let open = selecting.iter().any(|spec| {
            if ingress {
                let mut rules = spec.ingress.iter().flatten();
                rules.any(|NetworkPolicyIngressRule { from, ports }| {
                    self.rule(from.as_ref(), ports.as_ref(), flow, own, (other, address))
                })
            } else {
                let mut rules = spec.egress.iter().flatten();
                rules.any(|NetworkPolicyEgressRule { to, ports }| {
                    self.rule(to.as_ref(), ports.as_ref(), flow, own, (other, address))
                })
            }
        });
        (true, open)
    }

    fn is_own_node(&self, own: &Member, other: &End, address: IpAddr) -> bool {
        match other {
            End::Pod(other) => {
                let known = own.node.is_some() && other.node.is_some();
                let same = if known {
                    own.node == other.node
                } else {
                    self.same_node
                };
                other.host_network && same
            }
            _ if own.node.is_none() => self.same_node,
            _ => own.node_addresses.contains(&address),
        }
    }

    fn rule(
        &self,
        peers: Option<&Vec<NetworkPolicyPeer>>,
        ports: Option<&Vec<NetworkPolicyPort>>,
        flow: &Flow,
        own: &Member,
        (other, address): (&End, IpAddr),
    ) -> bool {
        let peers = peers.filter(|p| !p.is_empty());
        let ports = ports.filter(|p| !p.is_empty());
        let by_peer = peers.is_none_or(|all| {
            all.iter().any(|peer| match (&peer.ip_block, other) {
                (Some(block), _) => {
                    let left_out = block.except.iter().flatten();
                    inside(&block.cidr, address)
                        && !left_out.into_iter().any(|e| inside(e, address))
                }
                (None, End::Pod(pod)) if pod.host_network && !self.hosts_are_pods => false,
                (None, End::Pod(pod)) => {
                    let place = match &peer.namespace_selector {
                        None => pod.namespace == own.namespace,
                        Some(wanted) => has(Some(wanted), &self.spaces[pod.namespace.as_str()]),
                    };
                    place && has(peer.pod_selector.as_ref(), &pod.labels)
                }
                (None, _) => false,
            })
        });
        by_peer && ports.is_none_or(|all| all.iter().any(|p| is_port(p, flow)))
    }

    fn lets_through(&self, flow: &Flow, policies: &[Arc<NetworkPolicy>]) -> (bool, bool) {
        let (out, sent) = self.side(false, flow, policies);
        let (into, taken) = self.side(true, flow, policies);
        (out || into, sent && taken)
    }
}

fn has_type(spec: &NetworkPolicySpec, ingress: bool) -> bool {
    let types = spec.policy_types.clone().unwrap_or_default();
    if types.is_empty() {
        return ingress || spec.egress.as_ref().is_some_and(|e| !e.is_empty());
    }
    types.contains(&if ingress { "Ingress" } else { "Egress" }.to_owned())
}

fn has(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    let Some(selector) = selector else {
        return true;
    };
    for (key, value) in selector.match_labels.iter().flatten() {
        if labels.get(key) != Some(value) {
            return false;
        }
    }
    for wanted in selector.match_expressions.iter().flatten() {
        let found = labels.get(&wanted.key);
        let among = found.is_some_and(|v| wanted.values.iter().flatten().any(|w| w == v));
        let fine = match wanted.operator.as_str() {
            "In" => among,
            "NotIn" => !among,
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            other => panic!("{other}"),
        };
        if !fine {
            return false;
        }
    }
    true
}

fn is_port(port: &NetworkPolicyPort, flow: &Flow) -> bool {
    if port.protocol.as_deref().unwrap_or("TCP") != flow.protocol.as_str() {
        return false;
    }
    let written = serde_json::to_value(&port.port).expect("JSON");
    if written.is_null() {
        return true;
    }
    if let Some(first) = written.as_u64() {
        let last = port
            .end_port
            .map_or(first, |last| u64::try_from(last).expect("a port"));
        return first <= u64::from(flow.port) && u64::from(flow.port) <= last;
    }
    let End::Pod(pod) = &flow.destination else {
        return false;
    };
    pod.ports.iter().any(|p| {
        Some(p.name.as_str()) == written.as_str()
            && p.protocol == flow.protocol.as_str()
            && p.number == i32::from(flow.port)
    })
}

/// Bit by bit.
fn inside(range: &str, address: IpAddr) -> bool {
    let bits = |address: IpAddr| -> Vec<bool> {
        let bytes = match address {
            IpAddr::V4(a) => a.octets().to_vec(),
            IpAddr::V6(a) => a.octets().to_vec(),
        };
        let bit = |byte: &u8| {
            (0..8)
                .rev()
                .map(|at| byte >> at & 1 == 1)
                .collect::<Vec<_>>()
        };
        bytes.iter().flat_map(bit).collect()
    };
    let (base, length) = range.split_once('/').expect("a slash");
    let (base, length) = (
        bits(parse(base)),
        length.parse::<usize>().expect("a length"),
    );
    let address = bits(address);
    base.len() == address.len() && base[..length] == address[..length]
}

/// The labels that a Namespace that was not seen may have.
fn completions(name: &str) -> Vec<Labels> {
    let mut all = Vec::new();
    for app in [None, Some("a"), Some("b"), Some("c")] {
        for tier in [None, Some("a"), Some("b"), Some("c")] {
            let mut labels = Labels::new();
            labels.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
            for (key, value) in [("app", app), ("tier", tier)] {
                if let Some(value) = value {
                    labels.insert(key.to_owned(), value.to_owned());
                }
            }
            all.push(labels);
        }
    }
    all
}

/// The addresses by which an end may speak. What is outside may come with the address of any node.
fn speaks(end: &End, is_source: bool) -> Vec<IpAddr> {
    let all = |prefixes: &[&str]| {
        let has = |a: &&&str| prefixes.iter().any(|p| a.starts_with(p));
        ADDRESSES.iter().filter(has).map(|a| parse(a)).collect()
    };
    match end {
        End::Pod(pod) if pod.addresses.is_empty() => all(&[""]),
        End::Pod(pod) => pod.addresses.clone(),
        End::Address(address) => vec![*address],
        End::Outside if is_source => all(&["203.", "2001:db8:9:", "192.", "2001:db8:f:"]),
        End::Outside => all(&["203.", "2001:db8:9:"]),
    }
}

/// The worlds that a flow may be in, by their numbers.
struct Worlds<'f> {
    seen: &'f BTreeMap<&'static str, Labels>,
    /// The Namespaces of the ends that were not seen, with what they may have.
    unseen: Vec<(&'static str, Vec<Labels>)>,
    pairs: Vec<(IpAddr, IpAddr)>,
    /// Whether it matters how policies see pods on their node's network, and what goes to the own node, and which node one is on.
    open: [bool; 3],
}

impl<'f> Worlds<'f> {
    fn of(flow: &Flow, seen: &'f BTreeMap<&'static str, Labels>) -> Self {
        let mut pairs = Vec::new();
        for source in speaks(&flow.source, true) {
            for destination in speaks(&flow.destination, false) {
                if source.is_ipv4() == destination.is_ipv4() {
                    pairs.push((source, destination));
                }
            }
        }
        let mut unseen: Vec<(&'static str, Vec<Labels>)> = Vec::new();
        let ends = [&flow.source, &flow.destination];
        let pods = || {
            ends.into_iter().filter_map(|end| match end {
                End::Pod(pod) => Some(pod),
                _ => None,
            })
        };
        for pod in pods() {
            let space = SPACES.into_iter().find(|s| *s == pod.namespace);
            let space = space.expect("one of three");
            if !seen.contains_key(space) && unseen.iter().all(|(s, _)| *s != space) {
                unseen.push((space, completions(space)));
            }
        }
        let on_nodes = pods().any(|p| p.host_network);
        let addresses = pods().count() < 2;
        Self {
            seen,
            unseen,
            pairs,
            open: [
                on_nodes,
                on_nodes || addresses,
                pods().any(|p| p.node.is_none()),
            ],
        }
    }

    fn count(&self) -> usize {
        let places: usize = self.unseen.iter().map(|(_, all)| all.len()).product();
        let bits = self.open.iter().filter(|open| **open).count();
        (places * self.pairs.len()) << bits
    }

    fn at(&self, mut number: usize) -> World {
        let mut next = |of: usize| {
            let at = number % of;
            number /= of;
            at
        };
        let mut spaces = self.seen.clone();
        for (space, all) in &self.unseen {
            spaces.insert(space, all[next(all.len())].clone());
        }
        let (source, destination) = self.pairs[next(self.pairs.len())];
        let [hosts_are_pods, to_own_node, same_node] = self.open.map(|open| open && next(2) == 1);
        World {
            spaces,
            hosts_are_pods,
            to_own_node,
            source,
            destination,
            same_node,
        }
    }
}

/// Worlds of a flow that are tried.
const MOST_WORLDS: usize = 24;

/// How many flows had which verdict.
#[derive(Debug, Default)]
struct Tally {
    free: usize,
    allowed: usize,
    denied: usize,
    unknown: usize,
    /// Unknown, and the same in every world.
    needless: usize,
    one_world: usize,
}

fn compare(
    (flow, dice): (&Flow, &mut Dice),
    seen: &BTreeMap<&'static str, Labels>,
    policies: &[Arc<NetworkPolicy>],
    tally: &mut Tally,
) {
    let mut namespaces = Namespaces::default();
    for (name, labels) in seen {
        namespaces.add(*name, labels.clone());
    }
    let verdict = judge(flow, policies, &namespaces);
    let worlds = Worlds::of(flow, seen);
    let count = worlds.count();
    // No two ends of different families speak.
    if count == 0 {
        return;
    }
    tally.one_world += usize::from(count == 1);
    // Of many worlds some tell, wherever one begins.
    let step = count.div_ceil(MOST_WORLDS);
    let numbers = (dice.below(step)..count).step_by(step);
    let outcomes: Vec<(bool, bool)> = numbers
        .map(|number| worlds.at(number).lets_through(flow, policies))
        .collect();
    let all = |open: bool| outcomes.iter().all(|(_, through)| *through == open);
    let fine = match &verdict {
        Verdict::NotIsolated => {
            tally.free += 1;
            all(true) && outcomes.iter().all(|(isolated, _)| !isolated)
        }
        Verdict::Allowed(_) => {
            tally.allowed += 1;
            all(true)
        }
        Verdict::Denied(denials) => {
            tally.denied += 1;
            // What isolates is said, and of what was tried nothing matches.
            all(false)
                && denials.iter().all(|d| {
                    !d.isolating.is_empty() && d.tried.iter().all(|t| !t.misses.is_empty())
                })
        }
        Verdict::Unknown(doubt) => {
            tally.unknown += 1;
            tally.needless += usize::from(step == 1 && (all(true) || all(false)));
            !matches!(doubt, Doubt::Malformed(_))
        }
    };
    assert!(
        fine,
        "{verdict:?}\nworlds say {outcomes:?}\n{flow:#?}\n{seen:#?}\n{}",
        serde_json::to_string_pretty(&policies.iter().map(|p| &**p).collect::<Vec<_>>())
            .expect("JSON")
    );
}

#[test]
fn a_hundred_thousand_flows_are_judged_as_the_documentation_has_it() {
    let seed = std::env::var("HOPS_SEED").ok();
    let mut dice = Dice(seed.and_then(|s| s.parse().ok()).unwrap_or(12));
    let mut tally = Tally::default();
    for _ in 0..5_000 {
        let count = dice.below(6);
        let policies: Vec<_> = (0..count).map(|number| policy(&mut dice, number)).collect();
        let mut seen = BTreeMap::new();
        for space in SPACES {
            if !dice.one_in(12) {
                let mut labels = labels(&mut dice);
                labels.insert("kubernetes.io/metadata.name".to_owned(), space.to_owned());
                seen.insert(space, labels);
            }
        }
        for _ in 0..20 {
            let source = end(&mut dice, "from");
            // Now and then a pod speaks to itself.
            let destination = if dice.one_in(15) {
                source.clone()
            } else {
                end(&mut dice, "to")
            };
            let flow = Flow {
                source,
                destination,
                port: dice.of(&PORTS),
                protocol: dice.of(&PROTOCOLS),
            };
            compare((&flow, &mut dice), &seen, &policies, &mut tally);
        }
    }
    // Every verdict is met often, and unknown is said where it has to be.
    for (name, count) in [
        ("free", tally.free),
        ("allowed", tally.allowed),
        ("denied", tally.denied),
        ("unknown", tally.unknown),
    ] {
        assert!(count > 1_000, "{name}: {tally:?}");
    }
    assert!(tally.one_world > 10_000, "{tally:?}");
    assert!(
        tally.needless * 100 < tally.free + tally.allowed + tally.denied + tally.unknown,
        "{tally:?}"
    );
}

/// What a policy that is denied says of the nearest miss.
#[test]
fn the_nearest_miss_comes_first() {
    use hops::diagnosis::semantics::policy::Missing;
    let policy: NetworkPolicy = serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "x"}, "spec": {"ingress": [
        {"from": [{"namespaceSelector": {"matchLabels": {"app": "b"}}, "podSelector": {"matchLabels": {"app": "b"}}}, {"podSelector": {}}], "ports": [{"port": 9}]},
        {"from": [{"ipBlock": {"cidr": "10.9.0.0/16"}}]},
        {"ports": [{"port": 81}]}
    ]}}))
    .expect("a policy");
    let member = |namespace: &str| {
        End::Pod(Member {
            namespace: namespace.to_owned(),
            name: "a".to_owned(),
            addresses: vec![parse("10.0.0.1")],
            ..Member::default()
        })
    };
    let flow = Flow {
        source: member("y"),
        destination: member("x"),
        port: 80,
        protocol: Protocol::Tcp,
    };
    let mut namespaces = Namespaces::default();
    namespaces.add("y", Labels::new());
    let policies = [Arc::new(policy)];
    let Verdict::Denied(denials) = judge(&flow, &policies, &namespaces) else {
        panic!("it is denied");
    };
    let [denial] = denials.as_slice() else {
        panic!("one side denies it");
    };
    assert_eq!(denial.direction, Direction::Ingress);
    let tried: Vec<_> = denial
        .tried
        .iter()
        .map(|t| (t.rule.to_string(), t.peer, t.misses.clone()))
        .collect();
    let rule = |at: usize| format!("NetworkPolicy x/p .spec.ingress[{at}]");
    assert_eq!(
        tried,
        [
            (rule(1), Some(0), vec![Missing::Address]),
            (rule(2), None, vec![Missing::Port]),
            (
                rule(0),
                Some(1),
                vec![Missing::OtherNamespace, Missing::Port]
            ),
            (
                rule(0),
                Some(0),
                vec![Missing::Namespace, Missing::Pods, Missing::Port]
            ),
        ]
    );
}
