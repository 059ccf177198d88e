//! Plugin `acl`: who may ask for what (CoreDNS plugin/acl: setup.go, `parse`; acl.go, `ServeDNS`).

use super::cursor::Cursor;
use super::fault::Fault;
use super::kind::Kind;
use super::lex::Place;
use super::zones::{longest, origins};

/// What becomes of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It goes on.
    Allow,
    /// REFUSED.
    Block,
    /// An answer without records.
    Filter,
    /// No answer.
    Drop,
}

/// One use of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Its zones.
    pub zones: Vec<String>,
    /// Its lines: the first that matches decides.
    pub policies: Vec<Policy>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Where it stands.
    pub at: Place,
    /// What it does.
    pub action: Action,
    /// The types it is for; none: all.
    pub types: Vec<String>,
    /// The networks it is for; none: all.
    pub networks: Vec<String>,
}

/// What is decided for a name: the line, and whether that is for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision<'a> {
    pub(super) policy: &'a Policy,
    pub(super) for_all: bool,
}

/// The first line that does not let everybody ask for a name.
pub(super) fn decide<'a>(all: &'a [Access], name: &str, kind: Kind) -> Option<Decision<'a>> {
    let of_zone = all.iter().filter(|a| longest(&a.zones, name).is_some());
    let lines = of_zone.flat_map(|a| &a.policies);
    let mut lines =
        lines.filter(|p| p.types.is_empty() || p.types.iter().any(|t| t == kind.name()));
    let mut some_are_let_in = false;
    loop {
        let policy = lines.next()?;
        let for_all = policy.networks.is_empty();
        match policy.action {
            Action::Allow if for_all => return None,
            Action::Allow => some_are_let_in = true,
            _ => {
                let for_all = for_all && !some_are_let_in;
                return Some(Decision { policy, for_all });
            }
        }
    }
}

impl Access {
    pub(super) fn parse(cursor: &mut Cursor, block: &[String]) -> Result<Vec<Self>, Fault> {
        let mut found = Vec::new();
        while cursor.next() {
            let zones = origins(&cursor.rest(), block);
            let mut policies = Vec::new();
            while cursor.next_inside() {
                policies.push(policy(cursor)?);
            }
            found.push(Self { zones, policies });
        }
        Ok(found)
    }
}

fn policy(cursor: &mut Cursor) -> Result<Policy, Fault> {
    let at = cursor.at();
    let action = match cursor.text().to_lowercase().as_str() {
        "allow" => Action::Allow,
        "block" => Action::Block,
        "filter" => Action::Filter,
        "drop" => Action::Drop,
        _ => return Err(cursor.unknown_property()),
    };
    let (mut types, mut networks) = (Vec::new(), Vec::new());
    let words = cursor.rest();
    let mut rest = words.as_slice();
    let is_section = |w: &String| w.eq_ignore_ascii_case("type") || w.eq_ignore_ascii_case("net");
    while let Some((section, after)) = rest.split_first() {
        if !is_section(section) {
            return Err(cursor.fault(format!("`{section}` is neither `type` nor `net`")));
        }
        let end = after.iter().position(is_section).unwrap_or(after.len());
        let (tokens, after) = after.split_at_checked(end).unwrap_or_default();
        if tokens.is_empty() {
            return Err(cursor.fault(format!("`{section}` names nothing")));
        }
        let all = tokens.iter().any(|t| t == "*");
        match section.eq_ignore_ascii_case("type") {
            true if all => types.clear(),
            true => types.extend_from_slice(tokens),
            false if all => networks.clear(),
            false => networks.extend_from_slice(tokens),
        }
        rest = after;
    }
    Ok(Policy {
        at,
        action,
        types,
        networks,
    })
}
