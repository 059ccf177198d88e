//! The name as the cluster's DNS answers it: which queries the client's resolver sends, what the objects say of each, what the server's
//! pods answer, and where that leads.

pub mod checks;
pub mod config;
pub mod ended;
pub mod kubelet;
pub mod leads;
pub mod lookup;
pub mod server;
mod tell;

use std::net::IpAddr;

use k8s_openapi::api::core::v1::PodSpec;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::hops::network_policy::{self, Policies};
use crate::diagnosis::semantics::cluster_names::Options;
use crate::diagnosis::semantics::policy::{Member, Protocol};
use crate::diagnosis::semantics::resolver::{
    self, ClusterDns, Derived, DnsPolicy, Libc, Line, Reply, ResolvConf,
};
use crate::facts::{Gap, Unknown};
use crate::report::Hop;
use crate::target::Call;
use ended::{Ended, Sayings, ends};
use kubelet::Kubelet;
use leads::{LeadsTo, leads_to, to_address};
use lookup::{AtPod, Candidate, Said, ask, by_objects};
use server::{Server, USUAL_DOMAIN};
use tell::{tell, tell_client};

/// All that was found out about the name.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// The server; none where it could not be seen.
    pub server: Seen<Option<Server>>,
    /// What the node's kubelet tells its pods.
    pub kubelet: Seen<Option<Kubelet<'a>>>,
    /// The cluster's domain.
    pub domain: String,
    /// What is in the client's resolv.conf, and by which rule.
    pub conf: Derived,
    /// It asks the cluster's server first.
    pub asks_cluster: bool,
    /// The addresses that its hosts file gives the name, by library.
    pub aliases: Vec<(Libc, Vec<IpAddr>)>,
    /// What it asks for, in the order of glibc.
    pub candidates: Seen<Vec<Candidate>>,
    /// What the server's pods answer.
    pub at_pods: Seen<Vec<AtPod<'a>>>,
    /// What policies make of the client's queries to them.
    pub policies: Seen<Policies>,
    /// How it ends.
    pub ends: Vec<Ended>,
    /// Where it leads, or would were the server up.
    pub leads_to: Option<LeadsTo>,
}

impl Lookup<'_> {
    /// Needs all that it was made of.
    pub fn touch(&self) {
        self.server.touch();
        self.kubelet.touch();
        self.candidates.touch();
        self.at_pods.touch();
        if let Some(server) = self.server.glance() {
            server.touch();
        }
    }

    /// How it ends for a library.
    pub fn end(&self, libc: Libc) -> Option<&Ended> {
        self.ends.iter().find(|e| e.libc == libc)
    }

    /// Whether it is known that no library finds the name.
    pub fn is_lost(&self) -> bool {
        let lost = |e: &Ended| e.found.is_none() && e.resolution.is_some();
        !self.ends.is_empty() && self.ends.iter().all(lost)
    }

    /// Whether some library finds the name.
    pub fn is_found(&self) -> bool {
        self.ends.iter().any(|e| e.found.is_some())
    }

    /// What is said of a name: by the pods of the server, and where none was asked by the objects.
    pub fn said(&self, name: &str) -> Option<Said> {
        self.sayings().said(name)
    }

    fn sayings(&self) -> Sayings<'_, '_> {
        Sayings {
            is_down: self.is_down(),
            at_pods: &self.at_pods,
            candidates: &self.candidates,
        }
    }

    /// Whether it is known that nobody is behind the server's address: queries are then rejected at once.
    pub fn is_down(&self) -> bool {
        let server = self.server.as_ref();
        server.is_some_and(Server::is_down)
    }

    /// Why it is not known how the name ends, where it is not.
    pub(super) fn gap(&self) -> Option<Gap> {
        if self
            .ends
            .iter()
            .all(|e| e.resolution.is_some() || e.found.is_some())
        {
            let asked = self.at_pods.glance();
            let unasked = asked.iter().find_map(|p| match p.asked.answer.glance() {
                Err(Unknown::Gap(gap)) => Some(gap.clone()),
                _ => None,
            });
            // The objects alone say what the server should answer.
            let answered = asked.iter().any(AtPod::answers) || self.is_down();
            return unasked.filter(|_| !answered);
        }
        let missing = match self.server.glance() {
            None => "the cluster's DNS server could not be seen",
            Some(_) if !self.asks_cluster => {
                "the pod asks another DNS server than the cluster's, which cannot be asked from here"
            }
            Some(_) => "the DNS server's pods could not be asked",
        };
        let asked = self.at_pods.glance().iter();
        let mut unasked = asked.filter_map(|p| match p.asked.answer.glance() {
            Err(Unknown::Gap(gap)) => Some(gap.clone()),
            _ => None,
        });
        Some(unasked.next().unwrap_or_else(|| Gap::NotAsked {
            why: missing.to_owned(),
        }))
    }

    /// Whether the name is seen to lead where the objects say: each pod of the server that could be asked answers so.
    pub fn is_proven(&self) -> bool {
        let Some((name, addresses)) = self.ends.iter().find_map(|e| e.found.as_ref()) else {
            return false;
        };
        let meant = self.candidates.iter().find(|c| c.name == *name);
        let alike = meant
            .and_then(|c| c.by_objects.as_ref())
            .is_none_or(|o| o.alias.is_some() || o.addresses == *addresses);
        let pods = self.at_pods.iter();
        let same = pods
            .clone()
            .all(|p| p.said(name).is_some_and(|s| s.addresses == *addresses));
        let all = self.ends.iter().all(|e| e.found.is_some());
        // Which server the pod asks is known by its own word or the kubelet's, and who answers there by all of its pods.
        let told = self.kubelet.is_some() || self.conf.policy == DnsPolicy::None;
        let server = self.server.as_ref();
        let whole = server.is_some_and(|s| s.pods.is_whole() && s.endpoints.is_whole());
        self.asks_cluster && told && whole && alike && same && pods.count() > 0 && all
    }
}

/// Looks the name up as the client would; its own hop then says by which resolv.conf.
pub fn resolve<'a>(
    cx: &Cx<'a>,
    call: &Call,
    mut stage_of_client: Stage<Client>,
) -> (Stage<Lookup<'a>>, Stage<Client>) {
    let at = cx.at(Hop::ClusterDns);
    // Read beside the client, to save a round.
    let server = at.seen(|| Server::read(&at));
    let Some(client) = stage_of_client.found().cloned() else {
        return (Stage::after(&stage_of_client), stage_of_client);
    };
    let stage = Stage::resolve(&at, |stage| {
        if let Ok(address) = call.name.trim_matches(['[', ']']).parse::<IpAddr>() {
            return by_address(&at, stage, &client, address);
        }
        let server = match server.glance() {
            Err(Unknown::Waiting) => return Err(Stop::Waiting),
            Err(Unknown::Gap(_)) => server.instead(None),
            Ok(found) => server.instead(Some(found.clone())),
        };
        let kubelet = at.seen(|| match client.node() {
            Some(node) => kubelet::read(&cx.at(Hop::Client), node),
            None => Ok(None),
        });
        let kubelet = match kubelet.glance() {
            Err(Unknown::Waiting) => return Err(Stop::Waiting),
            Err(Unknown::Gap(_)) => kubelet.instead(None),
            Ok(found) => kubelet.instead(found.clone()),
        };
        let set_up = set_up(&client, server.glance().as_ref(), kubelet.glance().as_ref());
        let found = look_up(&at, call, &client, (server, kubelet), set_up)?;
        tell(stage, call, found)
    });
    if let Some(found) = stage.found() {
        tell_client(&mut stage_of_client, &client, found);
    }
    (stage, stage_of_client)
}

/// The cluster's domain, what is in the client's resolv.conf, and whether that leads to the cluster's server.
fn set_up(
    client: &Client,
    server: Option<&Server>,
    kubelet: Option<&Kubelet>,
) -> (String, Derived, bool) {
    let domain = kubelet.and_then(|k| k.domain.clone());
    let domain = domain.or_else(|| server.and_then(Server::domain));
    let domain = domain.unwrap_or_else(|| USUAL_DOMAIN.to_owned());
    let of_server = server.map(Server::addresses).unwrap_or_default();
    let told = kubelet.map(|k| k.dns.clone()).filter(|d| !d.is_empty());
    let nameservers = told.unwrap_or_else(|| of_server.clone());
    let cluster = ClusterDns {
        nameservers: &nameservers,
        domain: &domain,
        node: None,
    };
    let conf = resolver::resolv_conf(&client.spec, &client.namespace, &cluster);
    let first = conf.conf.nameservers.first();
    // The cache of NodeLocal DNSCache has a link-local address of every node's own.
    let is_cache = |a: &IpAddr| matches!(a, IpAddr::V4(a) if a.is_link_local());
    let asks =
        first.is_some_and(|a| of_server.contains(a) || is_cache(a) && nameservers.contains(a));
    (domain, conf, asks)
}

fn look_up<'a>(
    cx: &Cx<'a>,
    call: &Call,
    client: &Client,
    (server, kubelet): (Seen<Option<Server>>, Seen<Option<Kubelet<'a>>>),
    (domain, conf, asks_cluster): (String, Derived, bool),
) -> Result<Lookup<'a>, Stop> {
    let hosts = resolver::hosts(&client.as_pod(), &domain);
    let of = |libc| -> Vec<IpAddr> {
        let lines = resolver::alias(libc, &call.name, &hosts);
        lines.into_iter().filter_map(Line::ip).collect()
    };
    let aliases = Libc::ALL.map(|libc| (libc, of(libc)));
    let aliases: Vec<_> = aliases.into_iter().filter(|(_, a)| !a.is_empty()).collect();
    let mut names = names(&call.name, &conf.conf);
    let asked = names.clone();
    if !asks_cluster || conf.policy == DnsPolicy::None {
        // What it would ask for by the usual rules says what is meant.
        let cluster = ClusterDns {
            nameservers: &server
                .glance()
                .as_ref()
                .map(Server::addresses)
                .unwrap_or_default(),
            domain: &domain,
            node: None,
        };
        let usual = resolver::resolv_conf(&PodSpec::default(), &client.namespace, &cluster);
        for name in self::names(&call.name, &usual.conf) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let at_pods = match server.glance() {
        Some(server) if asks_cluster && aliases.len() < Libc::ALL.len() => {
            cx.seen(|| ask(cx, server, &asked))
        }
        _ => Seen::default(),
    };
    let options = server.glance().as_ref().map(options).unwrap_or_default();
    let mut candidates = Vec::new();
    let (outcome, missed) = cx.watch(|| {
        for name in &names {
            let candidate = by_objects(cx, (name, &domain), &options);
            match &*candidate {
                Err(Unknown::Waiting) => return Err(Stop::Waiting),
                Err(Unknown::Gap(_)) => candidates.push(Candidate::unread(name, &domain)),
                Ok(found) => candidates.push(found.clone()),
            }
            let last = candidates.last().and_then(|c| c.by_objects.as_ref());
            if last.is_some_and(|s| s.reply == Reply::Found) {
                break;
            }
        }
        Ok(())
    });
    outcome?;
    let candidates = Seen::new(candidates, missed);
    if at_pods.glance().iter().any(|p| p.asked.is_waiting()) {
        return Err(Stop::Waiting);
    }
    let policies = match server.glance() {
        Some(server) if asks_cluster => queries_allowed(cx, client, server)?,
        _ => Seen::default(),
    };
    let sayings = Sayings {
        is_down: server.glance().as_ref().is_some_and(Server::is_down),
        at_pods: at_pods.glance(),
        candidates: candidates.glance(),
    };
    let ends = ends(call, &conf, (asks_cluster, &aliases), &sayings);
    let mut found = Lookup {
        server,
        kubelet,
        domain,
        conf,
        asks_cluster,
        aliases,
        candidates,
        at_pods,
        policies,
        ends,
        leads_to: None,
    };
    found.leads_to = leads_to(cx, &found)?;
    Ok(found)
}

/// What policies make of the client's queries: over UDP, which is enough to resolve names, and without which TCP is of no use.
fn queries_allowed(cx: &Cx, client: &Client, server: &Server) -> Result<Seen<Policies>, Stop> {
    let to: Vec<(Member, u16)> = server
        .ready()
        .map(|(pod, port)| (Member::from(&**pod), port))
        .collect();
    let at = cx.at(Hop::ClusterDns);
    let judged = at.seen(|| network_policy::between(&at, &client.member(), &to, Protocol::Udp));
    match judged.glance() {
        Err(Stop::Waiting) => Err(Stop::Waiting),
        Err(_) => Ok(judged.instead(Policies::default())),
        Ok(found) => Ok(judged.instead(found.clone())),
    }
}

/// All names that some library asks for, in the order of glibc.
fn names(called: &str, conf: &ResolvConf) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for libc in [Libc::Glibc, Libc::Go, Libc::Musl] {
        for query in resolver::queries(libc, called, conf) {
            if !names.contains(&query.name) {
                names.push(query.name);
            }
        }
    }
    names
}

/// What of the Corefile changes the answers for names of the cluster.
fn options(server: &Server) -> Options {
    let Some(Ok(corefile)) = &*server.corefile else {
        return Options::default();
    };
    corefile.options()
}

/// An address needs no DNS.
fn by_address(
    cx: &Cx,
    stage: &mut Stage<Lookup>,
    client: &Client,
    address: IpAddr,
) -> Result<(), Stop> {
    let leads = to_address(cx, address)?;
    let (domain, conf, _) = set_up(client, None, None);
    stage.find(Lookup {
        server: Seen::known(None),
        kubelet: Seen::known(None),
        domain,
        conf,
        asks_cluster: false,
        aliases: Vec::new(),
        candidates: Seen::default(),
        at_pods: Seen::default(),
        policies: Seen::default(),
        ends: Vec::new(),
        leads_to: Some(leads),
    });
    Err(Stop::Skipped(format!(
        "{address} is an address: no name to look up"
    )))
}
