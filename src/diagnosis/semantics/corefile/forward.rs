//! Plugin `forward`: names that are asked elsewhere (CoreDNS plugin/forward/setup.go, `parseStanza`; forward.go, `match`).

use std::net::IpAddr;

use super::cursor::Cursor;
use super::duration::{SECOND, duration, number};
use super::fault::Fault;
use super::lex::Place;
use super::zones::{Transport, exact, fqdn, is_within};

/// CoreDNS's limit.
const MOST_UPSTREAMS: usize = 15;

/// Where names of a zone are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// Where it stands.
    pub at: Place,
    /// The zone.
    pub from: String,
    /// Addresses, files as `/etc/resolv.conf`, or host names (CoreDNS from 1.14.4 on), as they are written.
    pub to: Vec<String>,
    /// Zones in it that are left out.
    pub except: Vec<String>,
    /// More questions at one time than this are refused.
    pub max_concurrent: Option<i64>,
    /// TCP alone.
    pub force_tcp: bool,
    /// Some replies are not taken, and the next `forward` is asked.
    pub passes: bool,
}

impl Forward {
    /// Whether a name is asked there.
    pub fn takes(&self, name: &str) -> bool {
        let name = fqdn(name);
        let left_out = || self.except.iter().any(|zone| is_within(zone, &name));
        is_within(&self.from, &name) && (name == self.from || !left_out())
    }

    pub(super) fn parse(cursor: &mut Cursor) -> Result<Vec<Self>, Fault> {
        let mut found = Vec::new();
        while cursor.next() {
            found.push(Self::one(cursor)?);
        }
        let many = found.iter().find(|f| f.to.len() > MOST_UPSTREAMS);
        match many {
            Some(many) => Err(Fault::new(
                &many.at,
                format!("forward: more than {MOST_UPSTREAMS} upstreams"),
            )),
            None => Ok(found),
        }
    }

    fn one(cursor: &mut Cursor) -> Result<Self, Fault> {
        let at = cursor.at();
        let from = exact(cursor.value()?).into_iter().next();
        let Some(from) = from else {
            return Err(cursor.fault(format!("`{}` is no zone", cursor.text())));
        };
        let to = cursor.rest();
        if to.is_empty() {
            return Err(cursor.wrong_count());
        }
        let mut told = Self {
            at,
            from,
            to,
            except: Vec::new(),
            max_concurrent: None,
            force_tcp: false,
            passes: false,
        };
        let (mut expire, mut oldest) = (10 * SECOND, 0);
        while cursor.next_inside() {
            match cursor.text() {
                "expire" => expire = time(cursor, 0)?,
                "max_age" => oldest = time(cursor, 0)?,
                word => told.property(word, cursor)?,
            }
        }
        if oldest > 0 && oldest < expire {
            return Err(cursor.fault("`max_age` is less than `expire`"));
        }
        for to in &told.to {
            let (transport, address) = Transport::of(to);
            let served = match transport {
                Transport::Dns | Transport::Tls | Transport::Quic | Transport::Https => true,
                Transport::Grpc | Transport::Https3 | Transport::Unix => false,
            };
            if !served || address.is_empty() {
                return Err(cursor.fault(format!("`{to}` is no upstream")));
            }
            if transport == Transport::Https && address.contains('/') {
                return Err(cursor.fault(format!("`{to}` has a path")));
            }
        }
        Ok(told)
    }

    fn property(&mut self, word: &str, cursor: &mut Cursor) -> Result<(), Fault> {
        match word {
            "except" => {
                let zones = cursor.some()?;
                self.except.extend(zones.iter().flat_map(|z| exact(z)));
            }
            "max_fails" | "max_connect_attempts" => {
                if cursor.value()?.parse::<u32>().is_err() {
                    return Err(cursor.fault(format!("`{word}` is no number from 0")));
                }
            }
            "health_check" => {
                time(cursor, 0)?;
                while cursor.next_arg() {
                    match cursor.text() {
                        "no_rec" => {}
                        "domain" => {
                            cursor.value()?;
                        }
                        other => {
                            let what = format!("`health_check` has no option `{other}`");
                            return Err(cursor.fault(what));
                        }
                    }
                }
            }
            "force_tcp" | "prefer_udp" | "next_on_nodata" => {
                if cursor.next_arg() {
                    return Err(cursor.wrong_count());
                }
                self.force_tcp |= word == "force_tcp";
                self.passes |= word == "next_on_nodata";
            }
            "failfast_all_unhealthy_upstreams" if cursor.rest().is_empty() => {}
            "tls" if cursor.rest().len() <= 3 => {}
            "tls_servername" => {
                cursor.value()?;
            }
            "max_idle_conns" | "max_concurrent" => {
                let count = number(cursor.value()?).filter(|n| *n >= 0);
                let Some(count) = count else {
                    return Err(cursor.fault(format!("`{word}` is no number from 0")));
                };
                if word == "max_concurrent" {
                    self.max_concurrent = Some(count).filter(|n| *n > 0);
                }
            }
            "read_timeout" => {
                time(cursor, 1)?;
            }
            "doh_method" if ["POST", "GET"].contains(&cursor.value()?) => {}
            "policy" if ["random", "round_robin", "sequential"].contains(&cursor.value()?) => {}
            "doh_method" | "policy" => {
                return Err(cursor.fault(format!("`{word}` cannot be `{}`", cursor.text())));
            }
            "next" => self.passes = !cursor.some()?.is_empty(),
            "failover" => {
                cursor.some()?;
            }
            "resolver" => {
                if let Some(bad) = cursor.some()?.iter().find(|a| !is_address(a)) {
                    return Err(cursor.fault(format!("`{bad}` is no address")));
                }
            }
            "source_address" => {
                let address = cursor.value()?;
                if address.parse::<IpAddr>().is_err() {
                    return Err(cursor.fault(format!("`{address}` is no address")));
                }
            }
            "failfast_all_unhealthy_upstreams" | "tls" => return Err(cursor.wrong_count()),
            _ => return Err(cursor.unknown_property()),
        }
        Ok(())
    }
}

/// An address, or one with its port.
fn is_address(text: &str) -> bool {
    let host = text.rsplit_once(':').map_or(text, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    text.parse::<IpAddr>().is_ok() || host.parse::<IpAddr>().is_ok()
}

fn time(cursor: &mut Cursor, least: i128) -> Result<i128, Fault> {
    let text = cursor.value()?;
    let time = duration(text).filter(|d| *d >= least);
    time.ok_or_else(|| cursor.fault(format!("`{text}` is no such duration")))
}
