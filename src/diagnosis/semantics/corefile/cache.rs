//! Plugin `cache`: for how long answers are kept (CoreDNS plugin/cache/setup.go, `cacheParse`).

use std::time::Duration;

use super::cursor::Cursor;
use super::duration::{SECOND, duration, number};
use super::fault::Fault;
use super::lex::Place;
use super::zones::{fqdn, longest, origins};

/// What the plugin was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Where it stands.
    pub at: Place,
    /// The zones whose answers it keeps.
    pub zones: Vec<String>,
    /// For how long it keeps an answer at most.
    pub success: Duration,
    /// For how long it keeps at most that a name, or a record of it, does not exist.
    pub denial: Duration,
    /// How much older an answer may be that is given when there is no new one.
    pub serve_stale: Option<Duration>,
    /// Zones whose answers it does not keep.
    pub no_success: Vec<String>,
    /// Zones whose denials it does not keep.
    pub no_denial: Vec<String>,
}

impl Cache {
    /// For how long an answer for a name is kept at most.
    pub fn success(&self, name: &str) -> Option<Duration> {
        self.keeps(name, &self.no_success).then_some(self.success)
    }

    /// For how long it is kept at most that there is none.
    pub fn denial(&self, name: &str) -> Option<Duration> {
        self.keeps(name, &self.no_denial).then_some(self.denial)
    }

    fn keeps(&self, name: &str, but: &[String]) -> bool {
        let name = fqdn(name);
        longest(&self.zones, &name).is_some() && longest(but, &name).is_none()
    }

    pub(super) fn parse(cursor: &mut Cursor, block: &[String]) -> Result<Vec<Self>, Fault> {
        let mut found = Vec::new();
        while cursor.next() {
            if !found.is_empty() {
                return Err(cursor.twice());
            }
            found.push(Self::one(cursor, block)?);
        }
        Ok(found)
    }

    fn one(cursor: &mut Cursor, block: &[String]) -> Result<Self, Fault> {
        let at = cursor.at();
        let words = cursor.rest();
        let ttl = words.first().and_then(|w| number(w));
        let (success, denial) = match ttl {
            None => (3_600, 1_800),
            Some(ttl) => (seconds(ttl, 1, cursor)?, seconds(ttl, 1, cursor)?),
        };
        let mut told = Self {
            at,
            zones: origins(
                words.get(usize::from(ttl.is_some())..).unwrap_or_default(),
                block,
            ),
            success: Duration::from_secs(success),
            denial: Duration::from_secs(denial),
            serve_stale: None,
            no_success: Vec::new(),
            no_denial: Vec::new(),
        };
        let mut policy = false;
        while cursor.next_inside() {
            match cursor.text() {
                "serve_stale_policy" => {
                    let word = cursor.one()?;
                    if policy || !word.eq_ignore_ascii_case("prefer_positive") {
                        return Err(cursor.fault("`serve_stale_policy` cannot be that"));
                    }
                    policy = true;
                }
                word => told.property(word, cursor)?,
            }
        }
        if policy && told.serve_stale.is_none() {
            return Err(cursor.fault("`serve_stale_policy` needs `serve_stale`"));
        }
        Ok(told)
    }

    fn property(&mut self, word: &str, cursor: &mut Cursor) -> Result<(), Fault> {
        match word {
            "success" => self.success = capacity(cursor)?.unwrap_or(self.success),
            "denial" => self.denial = capacity(cursor)?.unwrap_or(self.denial),
            "prefetch" => prefetch(cursor)?,
            "serve_stale" => self.serve_stale = Some(serve_stale(cursor)?),
            "servfail" => {
                let time = duration(&cursor.one()?);
                if time.is_none_or(|t| !(0..=300 * SECOND).contains(&t)) {
                    return Err(cursor.fault("`servfail` is no duration of at most 5m"));
                }
            }
            "disable" => {
                let words = cursor.some()?;
                let zones = match words.get(1..) {
                    None | Some([]) => vec![".".to_owned()],
                    Some(zones) => zones.iter().map(|z| fqdn(z)).collect(),
                };
                match words.first().map(String::as_str) {
                    Some("success") => self.no_success = zones,
                    Some("denial") => self.no_denial = zones,
                    _ => return Err(cursor.fault("`disable` takes `success` or `denial`")),
                }
            }
            "keepttl" if cursor.rest().is_empty() => {}
            "keepttl" => return Err(cursor.wrong_count()),
            _ => return Err(cursor.unknown_property()),
        }
        Ok(())
    }
}

/// A number of words, from the least one on.
fn seconds(value: i64, least: i64, cursor: &Cursor) -> Result<u64, Fault> {
    let seconds = u64::try_from(value).ok().filter(|_| value >= least);
    seconds.ok_or_else(|| cursor.fault(format!("`{value}` is too small")))
}

fn integer(word: &str, cursor: &Cursor) -> Result<i64, Fault> {
    number(word).ok_or_else(|| cursor.fault(format!("`{word}` is no number")))
}

/// `CAPACITY [TTL] [MINTTL]`: the time to live.
fn capacity(cursor: &mut Cursor) -> Result<Option<Duration>, Fault> {
    let words = cursor.some()?;
    let mut found = None;
    for (at, word) in words.iter().enumerate().take(3) {
        let value = integer(word, cursor)?;
        match at {
            1 => found = Some(Duration::from_secs(seconds(value, 1, cursor)?)),
            2 => {
                seconds(value, 0, cursor)?;
            }
            _ => {}
        }
    }
    Ok(found)
}

fn prefetch(cursor: &mut Cursor) -> Result<(), Fault> {
    let words = cursor.some()?;
    if words.len() > 3 {
        return Err(cursor.wrong_count());
    }
    if let Some(amount) = words.first() {
        seconds(integer(amount, cursor)?, 0, cursor)?;
    }
    if words.get(1).is_some_and(|w| duration(w).is_none()) {
        return Err(cursor.fault("`prefetch` has no such duration"));
    }
    let percentage = words.get(2).map(|w| w.strip_suffix('%').and_then(number));
    if percentage.is_some_and(|p| p.is_none_or(|p| !(10..=90).contains(&p))) {
        return Err(cursor.fault("`prefetch` has no percentage from 10% to 90%"));
    }
    Ok(())
}

/// `[DURATION] [MODE] …`: how long stale answers are given.
fn serve_stale(cursor: &mut Cursor) -> Result<Duration, Fault> {
    let words = cursor.rest();
    if words.len() > 5 {
        return Err(cursor.wrong_count());
    }
    let mode = words.get(1).map(|w| w.to_lowercase());
    if let Some(mode) = mode.filter(|m| m != "immediate" && m != "verify") {
        return Err(cursor.fault(format!("`serve_stale` cannot be `{mode}`")));
    }
    let Some(word) = words.first() else {
        return Ok(Duration::from_secs(3600));
    };
    let time = duration(word).and_then(|d| u64::try_from(d).ok());
    time.map(Duration::from_nanos)
        .ok_or_else(|| cursor.fault(format!("`{word}` is no such duration")))
}
