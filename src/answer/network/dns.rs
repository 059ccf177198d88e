//! DNS: what this machine's programs get for a name, and what DNS itself says about it.
//!
//! Both are asked. Programs use `getaddrinfo`, which also reads the hosts file, mDNS or a VPN's resolver, but tells no more
//! than addresses. The DNS servers tell aliases, times to live, and NXDOMAIN from NODATA from failure.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use hickory_proto::rr::Name;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use super::lookup::{Found, https, texts, twice, unique};
use super::{NetworkConfig, authority, hosts_file, ms, zone};
use crate::facts::{Authority, DnsAnswer, DnsOutcome, Gap};

/// All servers of one lookup.
const LOOKUP: Duration = Duration::from_millis(2500);
/// How long DNS is waited for when programs have their addresses.
const GRACE: Duration = Duration::from_secs(2);
/// How long programs are waited for, from the beginning, and at least, when DNS has answered.
const OWN: Duration = Duration::from_secs(2);
const OWN_AT_LEAST: Duration = Duration::from_millis(200);
/// How long a server that says nothing is asked after the others.
const SILENCE: Duration = Duration::from_secs(60);
/// How long HTTPS records are waited for when the addresses are there.
const HTTPS_GRACE: Duration = Duration::from_millis(200);
/// `getaddrinfo` cannot be cancelled: this many may be under way, each on a thread of its own.
const THREADS: usize = 64;

const SYSTEM: &str = "the system resolver";

/// Looks names up.
pub(super) struct Resolver {
    nameservers: Option<Vec<SocketAddr>>,
    hosts_file: PathBuf,
    authority_port: u16,
    limit: Duration,
    threads: Arc<Semaphore>,
    common: authority::Common,
    /// Servers that said nothing lately, and until when that counts. Nobody waits for them a second time.
    silent: Mutex<HashMap<SocketAddr, Instant>>,
}

/// What `getaddrinfo` said.
enum Own {
    Addresses(Vec<IpAddr>),
    Nothing(String),
    Late,
}

impl Resolver {
    /// Asks the servers of the configuration, else those of this machine, and takes as long at most as that allows.
    pub(super) fn new(config: &NetworkConfig) -> Self {
        Self {
            nameservers: config.nameservers.clone(),
            hosts_file: config.hosts_file.clone(),
            authority_port: config.authority_port,
            limit: config.io_timeout.min(LOOKUP),
            threads: Arc::new(Semaphore::new(THREADS)),
            common: authority::Common::default(),
            silent: Mutex::default(),
        }
    }

    /// Answers [`Question::Dns`](crate::facts::Question::Dns).
    pub(super) async fn answer(
        &self,
        name: &str,
        via: Option<SocketAddr>,
    ) -> Result<DnsAnswer, Gap> {
        let started = Instant::now();
        let plain = name.trim_end_matches('.');
        let absolute = absolute(name)?;
        let mut dns = None;
        let mut hosts_file = Vec::new();
        let (found, server) = if let Some(server) = via {
            // One server is asked and nobody else: what this machine's programs would get is beside the point.
            let found = with_https(&[server], &absolute, self.limit).await;
            self.learn(&found);
            (found, server.to_string())
        } else {
            let found;
            (found, dns) = self.as_programs_do(plain, &absolute).await;
            hosts_file = hosts_file::lines(&self.hosts_file, plain);
            let server = found.server.map_or_else(
                || SYSTEM.to_owned(),
                |server| format!("{SYSTEM} ({server})"),
            );
            (found, server)
        };
        Ok(DnsAnswer {
            outcome: found.outcome,
            addresses: found.addresses,
            records: found.records,
            server,
            dns,
            hosts_file,
            negative_ttl: found.negative_ttl,
            silent: found.silent,
            unsteady: found.unsteady,
            detail: Some(found.notes.join("; ")).filter(|notes| !notes.is_empty()),
            ms: ms(started),
        })
    }

    /// Answers [`Question::DnsAuthority`](crate::facts::Question::DnsAuthority).
    pub(super) async fn authority(
        &self,
        name: &str,
        via: Option<SocketAddr>,
    ) -> Result<Authority, Gap> {
        let name = absolute(name)?;
        let resolvers = self.resolvers(via)?;
        let silent = resolvers.iter().all(|r| self.is_silent(*r));
        let cut = if silent { zone::HINT } else { zone::CUT };
        let to = (self.authority_port, cut);
        Ok(authority::ask(&resolvers, &name, &self.common, to).await)
    }

    /// Answers [`Question::DnsText`](crate::facts::Question::DnsText).
    pub(super) async fn texts(
        &self,
        name: &str,
        via: Option<SocketAddr>,
    ) -> Result<Vec<String>, Gap> {
        let name = absolute(name)?;
        let found = texts(&self.resolvers(via)?, &name, self.limit).await;
        found.map_err(|unanswered| match unanswered.outcome {
            DnsOutcome::TimedOut => Gap::TimedOut,
            _ => Gap::Unreachable {
                why: unanswered.failures.join("; "),
            },
        })
    }

    /// The servers to ask.
    fn resolvers(&self, via: Option<SocketAddr>) -> Result<Vec<SocketAddr>, Gap> {
        match via {
            Some(server) => Ok(vec![server]),
            None => self.servers().map_err(|why| Gap::Unreachable { why }),
        }
    }

    /// The DNS servers of this machine, or those of the configuration; those that said nothing lately come last.
    fn servers(&self) -> Result<Vec<SocketAddr>, String> {
        let mut servers = self.in_order()?;
        servers.sort_by_key(|s| self.is_silent(*s));
        Ok(servers)
    }

    fn is_silent(&self, server: SocketAddr) -> bool {
        let silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        silent
            .get(&server)
            .is_some_and(|until| Instant::now() < *until)
    }

    /// Remembers who said nothing, and who answered.
    fn learn(&self, found: &Found) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(server) = found.server {
            silent.remove(&server);
        }
        let until = Instant::now() + SILENCE;
        silent.extend(found.silent.iter().map(|s| (*s, until)));
    }

    /// Servers that programs wait for in vain before they ask the one that answered.
    fn silent_before(&self, answered: Option<SocketAddr>) -> Vec<SocketAddr> {
        let Some(answered) = answered else {
            return Vec::new();
        };
        let servers = self.in_order().unwrap_or_default();
        let before = servers.into_iter().take_while(|s| *s != answered);
        before.filter(|s| self.is_silent(*s)).collect()
    }

    fn in_order(&self) -> Result<Vec<SocketAddr>, String> {
        // Read for every lookup: a VPN changes it while hops runs.
        let servers = match &self.nameservers {
            Some(servers) => Ok(servers.clone()),
            None => configured(),
        };
        match servers {
            Ok(servers) if servers.is_empty() => {
                Err("this machine is configured with no DNS server".to_owned())
            }
            Ok(servers) => Ok(servers),
            Err(why) => Err(format!("this machine's DNS configuration is no use: {why}")),
        }
    }

    /// What programs get, and what DNS says where that is something else.
    async fn as_programs_do(&self, plain: &str, absolute: &Name) -> (Found, Option<DnsOutcome>) {
        let started = Instant::now();
        let dns = pin!(self.dns_servers(absolute));
        let own = pin!(self.getaddrinfo(plain));
        let (dns, own) = match select(dns, own).await {
            Either::Left((dns, own)) => {
                let patience = OWN.saturating_sub(started.elapsed()).max(OWN_AT_LEAST);
                (dns, timeout(patience, own).await.unwrap_or(Own::Late))
            }
            // Programs have their addresses: what DNS says is of use, yet not worth the whole time allowed.
            Either::Right((own @ Own::Addresses(_), dns)) => {
                let dns = timeout(GRACE, dns).await;
                (dns.unwrap_or_else(|_| no_answer_yet()), own)
            }
            Either::Right((own, dns)) => (dns.await, own),
        };
        let late = matches!(own, Own::Late);
        let (mut found, otherwise) = merge(dns, own);
        // Where programs have an answer by now they do not wait for a server that has none.
        found.silent = if late {
            self.silent_before(found.server)
        } else {
            Vec::new()
        };
        (found, otherwise)
    }

    async fn dns_servers(&self, name: &Name) -> Found {
        match self.servers() {
            Ok(servers) => {
                let found = with_https(&servers, name, self.limit).await;
                self.learn(&found);
                found
            }
            Err(why) => Found::nothing(DnsOutcome::ServFail, vec![why]),
        }
    }

    /// Asks the C library. It blocks, so it gets a thread that nobody waits for: neither a dropped question nor the exit of
    /// the process, as both would with the runtime's blocking threads.
    async fn getaddrinfo(&self, name: &str) -> Own {
        let Ok(place) = Arc::clone(&self.threads).acquire_owned().await else {
            return Own::Late;
        };
        let (sender, receiver) = oneshot::channel();
        let name = name.to_owned();
        let spawned = std::thread::Builder::new()
            .name("getaddrinfo".to_owned())
            .spawn(move || {
                let addresses = (name.as_str(), 0).to_socket_addrs();
                let _ = sender.send(addresses.map(|all| all.map(|a| a.ip()).collect::<Vec<_>>()));
                drop(place);
            });
        if let Err(e) = spawned {
            return Own::Nothing(e.to_string());
        }
        match receiver.await {
            Ok(Ok(addresses)) if !addresses.is_empty() => Own::Addresses(unique(addresses)),
            Ok(Ok(_)) => Own::Nothing("no address".to_owned()),
            Ok(Err(e)) => Own::Nothing(library_words(&e)),
            Err(_) => Own::Late,
        }
    }
}

fn library_words(e: &io::Error) -> String {
    let text = e.to_string();
    let prefix = "failed to lookup address information: ";
    text.strip_prefix(prefix).unwrap_or(&text).to_owned()
}

/// The DNS servers that this machine is configured with.
fn configured() -> Result<Vec<SocketAddr>, String> {
    let (config, _) =
        hickory_resolver::system_conf::read_system_conf().map_err(|e| e.to_string())?;
    let servers = config.name_servers().iter().map(|server| {
        let port = server.connections.first().map_or(53, |c| c.port);
        SocketAddr::new(server.ip, port)
    });
    Ok(unique(servers))
}

/// With the final dot the name is absolute: no search domain is tried.
fn absolute(name: &str) -> Result<Name, Gap> {
    let plain = name.trim_end_matches('.');
    Name::from_ascii(format!("{plain}."))
        .ok()
        .filter(|_| !plain.is_empty())
        .ok_or_else(|| Gap::Malformed {
            why: format!("{name:?} is no name that DNS knows"),
        })
}

/// Addresses, and HTTPS records where these come in time: they are worth knowing, and no reason to wait or to fail.
async fn with_https(servers: &[SocketAddr], name: &Name, limit: Duration) -> Found {
    let addresses = pin!(twice(servers, name, limit));
    let beside = pin!(https(servers, name, limit));
    let (mut found, records) = match select(addresses, beside).await {
        Either::Left((found, beside)) => {
            let answered = !matches!(found.outcome, DnsOutcome::ServFail | DnsOutcome::TimedOut);
            let grace = if answered {
                HTTPS_GRACE
            } else {
                Duration::ZERO
            };
            (found, timeout(grace, beside).await.unwrap_or_default())
        }
        Either::Right((records, addresses)) => (addresses.await, records),
    };
    found.records.extend(records);
    found
}

fn no_answer_yet() -> Found {
    let why = "no DNS server has answered yet".to_owned();
    Found::nothing(DnsOutcome::TimedOut, vec![why])
}

/// Joins what DNS says with what this machine's programs get. Programs are right about the addresses: that is where the
/// user's request goes. Where the two differ, what DNS says is told beside.
fn merge(mut dns: Found, own: Own) -> (Found, Option<DnsOutcome>) {
    let found = dns.outcome == DnsOutcome::Found;
    let mut otherwise = None;
    match own {
        Own::Addresses(addresses) => {
            if !found {
                let says = match dns.outcome {
                    DnsOutcome::NxDomain => "DNS says NXDOMAIN",
                    DnsOutcome::NoData => "DNS knows no address",
                    _ => "DNS gives no answer",
                };
                let note = format!(
                    "{says}: this machine's programs get the addresses elsewhere (hosts file, search domain, \
                     cache or mDNS)"
                );
                dns.notes.insert(0, note);
                otherwise = Some(dns.outcome);
            } else if !addresses.iter().any(|a| dns.addresses.contains(a)) {
                let note = format!(
                    "DNS says {}: this machine's programs get other addresses, such as from the hosts file",
                    list(&dns.addresses)
                );
                dns.notes.insert(0, note);
                otherwise = Some(DnsOutcome::Found);
            }
            dns.outcome = DnsOutcome::Found;
            dns.addresses = addresses;
        }
        Own::Nothing(why) if found => {
            let note = format!("this machine's programs find nothing (getaddrinfo: {why})");
            dns.notes.insert(0, note);
        }
        Own::Late if found => {
            let note = "getaddrinfo on this machine takes long: programs may hang".to_owned();
            dns.notes.insert(0, note);
        }
        Own::Nothing(_) | Own::Late => {}
    }
    (dns, otherwise)
}

fn list(addresses: &[IpAddr]) -> String {
    let text: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    text.join(", ")
}
