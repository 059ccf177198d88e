//! Aliases as the server follows them: within the domain by itself, outside through all of its plugins (CoreDNS
//! plugin/backend_lookup.go, `A` and `AAAA`).

use super::answer::{Record, Type, answer};
use super::objects::{Objects, Options};
use super::parse::{Name, parse};

/// How many aliases the server writes into one answer.
const MOST: usize = 11;

/// What is answered in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The record behind all aliases. An alias here leads out of the domain: the answer then has what the server finds for it, and the
    /// alias alone where it finds nothing.
    pub record: Record,
    /// The aliases on the way, without final dots. Where there is nothing behind them, the answer has none of them.
    pub aliases: Vec<String>,
}

/// The answer for a name, its aliases followed; `objects` says what is known for each name on the way.
pub fn resolve(
    name: &Name,
    kind: Type,
    domain: &str,
    options: &Options,
    mut objects: impl FnMut(&Name) -> Objects,
) -> Resolved {
    let mut aliases: Vec<String> = Vec::new();
    let mut name = name.clone();
    loop {
        let target = match answer(&name, kind, &objects(&name), options) {
            Record::Alias(target) => target,
            // There is the name that was asked for, whatever it leads to.
            Record::NxDomain if !aliases.is_empty() => {
                let record = Record::NoData;
                return Resolved { record, aliases };
            }
            record => return Resolved { record, aliases },
        };
        let target = target.strip_suffix('.').unwrap_or(&target).to_owned();
        let own = name.text(domain);
        let turns_back = target == own || target.ends_with(&format!(".{own}"));
        if turns_back || aliases.contains(&target) || aliases.len() >= MOST {
            let record = Record::NoData;
            return Resolved { record, aliases };
        }
        aliases.push(target.clone());
        let Some(inside) = parse(&target, domain) else {
            let record = Record::Alias(target);
            return Resolved { record, aliases };
        };
        name = inside;
    }
}
