//! What is answered for a name and a type, one step: an alias is not followed (CoreDNS plugin/kubernetes/handler.go,
//! plugin/backend_lookup.go).

use std::net::IpAddr;

use super::find::{Found, Host, Item, find};
use super::objects::{Missing, Objects, Options};
use super::parse::Name;

/// The version of the naming scheme that `dns-version.D` tells.
const SCHEMA: &str = "1.1.0";

/// The types that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Ports and the names of who serves them.
    Srv,
    /// Text.
    Txt,
    /// The start of authority.
    Soa,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// There is no such name.
    NxDomain,
    /// There is the name, and nothing of that type.
    NoData,
    /// Addresses, each once.
    Addresses(Vec<IpAddr>),
    /// Another name.
    Alias(String),
    /// Several other names, beside addresses: what a headless Service with endpoints of type FQDN gives.
    Aliases {
        /// The names.
        names: Vec<String>,
        /// The addresses.
        addresses: Vec<IpAddr>,
    },
    /// Who serves a port.
    Servers(Vec<Server>),
    /// A text.
    Text(String),
    /// The start of authority of the domain.
    Authority,
    /// It depends on what is not known.
    Unknown(Missing),
}

/// A record of type SRV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The target.
    pub target: Name,
    /// The port.
    pub port: u16,
    /// The target's addresses, of both families.
    pub addresses: Vec<IpAddr>,
}

/// The answer for a name. An alias is given as it stands; [`super::resolve()`] follows it as the server does.
pub fn answer(name: &Name, kind: Type, objects: &Objects, options: &Options) -> Record {
    match kind {
        Type::Soa if *name == Name::Domain => Record::Authority,
        // Nobody looks whether there is the name.
        Type::Soa => Record::NoData,
        Type::Txt => text(name, || find(name, objects, options)),
        Type::A => addresses(find(name, objects, options), IpAddr::is_ipv4),
        Type::Aaaa => addresses(find(name, objects, options), IpAddr::is_ipv6),
        Type::Srv => servers(find(name, objects, options)),
    }
}

/// The only text there is stands at `dns-version.D`. What leads nowhere does not exist for this type, though it does for others.
fn text(name: &Name, find: impl FnOnce() -> Found) -> Record {
    match name {
        Name::Version => return Record::Text(SCHEMA.to_owned()),
        Name::NameServer => return Record::NxDomain,
        _ => {}
    }
    match find() {
        Err(missing) => Record::Unknown(missing),
        Ok(Some(items)) if !items.is_empty() || matches!(name, Name::Zone { .. }) => Record::NoData,
        Ok(_) => Record::NxDomain,
    }
}

fn addresses(found: Found, wanted: impl Fn(&IpAddr) -> bool) -> Record {
    let items = match found {
        Err(missing) => return Record::Unknown(missing),
        Ok(None) => return Record::NxDomain,
        Ok(Some(items)) => items,
    };
    let (mut addresses, mut names) = (Vec::new(), Vec::new());
    for Item { host, .. } in items {
        match host {
            Host::Address(address) if wanted(&address) => add(&mut addresses, address),
            Host::Address(_) => {}
            Host::Name(name) => add(&mut names, name),
        }
    }
    match (names.as_slice(), addresses.is_empty()) {
        ([], true) => Record::NoData,
        ([], false) => Record::Addresses(addresses),
        ([name], true) => Record::Alias(name.clone()),
        _ => Record::Aliases { names, addresses },
    }
}

fn servers(found: Found) -> Record {
    let items = match found {
        Err(missing) => return Record::Unknown(missing),
        Ok(None) => return Record::NxDomain,
        Ok(Some(items)) => items,
    };
    let mut servers: Vec<Server> = Vec::new();
    // What has no number, as -1, has no record.
    let numbered = items
        .iter()
        .filter_map(|i| Some((i, u16::try_from(i.port).ok()?)));
    for (item, port) in numbered.clone() {
        let Host::Address(_) = item.host else {
            continue;
        };
        let same = |s: &Server| s.target == item.owner && s.port == port;
        if servers.iter().any(same) {
            continue;
        }
        let mut addresses = Vec::new();
        for (other, _) in numbered.clone() {
            match other.host {
                Host::Address(a) if other.owner == item.owner => add(&mut addresses, a),
                _ => {}
            }
        }
        servers.push(Server {
            target: item.owner.clone(),
            port,
            addresses,
        });
    }
    if servers.is_empty() {
        return Record::NoData;
    }
    Record::Servers(servers)
}

fn add<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}
