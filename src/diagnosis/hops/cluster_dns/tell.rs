//! What the hop says, and in the client's own row by which rules its resolver goes.

use super::Lookup;
use super::ended::Ended;
use super::server::{NAMESPACE, Server};
use crate::diagnosis::ask::stage::{Stage, Stop};
use crate::diagnosis::hops::client::Client;
use crate::diagnosis::semantics::meta::name_of;
use crate::report::State;
use crate::target::Call;

/// Says what was found, and how far it is known.
pub(super) fn tell<'a>(
    stage: &mut Stage<Lookup<'a>>,
    call: &Call,
    found: Lookup<'a>,
) -> Result<(), Stop> {
    if let Some(service) = found
        .server
        .glance()
        .as_ref()
        .and_then(|s| s.service.as_ref())
    {
        let addresses = found.server.glance().as_ref().map(Server::addresses);
        let addresses: Vec<String> = addresses
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        let detail = addresses.join(", ");
        stage.node("Service", Some(NAMESPACE), name_of(&**service), detail);
    }
    for pod in found.at_pods.glance() {
        let answer = pod.asked.answer.glance().as_ref().ok();
        let (detail, state) = match answer {
            Some(answer) if pod.answers() => (format!("answers, {} ms", answer.ms), State::Ok),
            Some(_) => ("does not answer".to_owned(), State::Broken),
            None => ("could not be asked".to_owned(), State::Unknown),
        };
        stage
            .node("Pod", Some(NAMESPACE), &pod.pod, detail)
            .state(state);
    }
    for ended in &found.ends {
        let state = ended.state();
        stage
            .node("Resolver", None, ended.libc.slug(), ended.words())
            .state(state);
    }
    let name = &call.name;
    let told = found.ends.first().map(Ended::words).unwrap_or_default();
    let differ = found.ends.iter().any(|e| e.words() != told);
    let libc = if differ { " for glibc" } else { "" };
    stage.summary = format!("{name} → {told}{libc}");
    let gap = found.gap();
    stage.find(found);
    gap.map_or(Ok(()), |gap| Err(Stop::Gap(gap)))
}

/// Says in the client's own row by which rules its resolver goes.
pub(super) fn tell_client(stage: &mut Stage<Client>, client: &Client, found: &Lookup) {
    let conf = &found.conf.conf;
    let list = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<_>>().join(" ");
    let nameservers = list(&mut conf.nameservers.iter().map(ToString::to_string));
    let policy = client.spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    let mut words = format!("dnsPolicy {policy}");
    if !nameservers.is_empty() {
        words = format!("{words}, nameserver {nameservers}");
    } else if found.conf.node_unknown {
        words = format!("{words}: the resolv.conf of the node");
    }
    stage.summary = format!("{}, {words}", stage.summary);
    for (name, value) in [
        ("nameserver", nameservers),
        ("search", conf.searches.join(" ")),
        ("ndots", conf.ndots.to_string()),
    ] {
        if !value.is_empty() {
            stage.node("resolv.conf", None, name, value);
        }
    }
}
