//! The course of a name: who is asked for it, in order, and what each makes of it.

use std::net::IpAddr;

use super::access::Action;
use super::authority::Authority;
use super::block::Block;
use super::doubt::Why;
use super::forward::Forward;
use super::kind::Kind;
use super::kubernetes::Kubernetes;
use super::lex::Place;
use super::template::Template;

/// What becomes of a name.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    /// The block that serves it.
    pub block: Option<&'a Block>,
    /// The name that the plugins are asked for in the end, with its final dot.
    pub name: String,
    /// The type that they are asked for in the end: `rewrite` may change that too.
    pub kind: Kind,
    /// The rules that changed the name, in order.
    pub rewritten: Vec<Rewritten<'a>>,
    /// Who is asked, in order. All but the last may pass it on.
    pub steps: Vec<Step<'a>>,
    /// What else may change the answer: the lines of `autopath`, `dns64`, `siit`, and rules for codes and aliases.
    pub touched: Vec<&'a Place>,
}

/// A rule of `rewrite` that changed a name.
#[derive(Clone, Debug)]
pub struct Rewritten<'a> {
    /// Where it stands.
    pub at: &'a Place,
    /// The new name.
    pub to: String,
    /// Whether the records of the answer get the name back that was asked for: resolvers skip records of another name.
    pub restores: bool,
}

/// Somebody who is asked.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// Where it stands.
    pub at: Option<&'a Place>,
    /// What it does.
    pub fate: Fate<'a>,
    /// Whether what comes next may be asked as well: a name that it does not have goes on, or it is not certain that it has it.
    pub passes: bool,
}

/// Who decides about a name, and how.
#[derive(Clone, Debug)]
pub enum Fate<'a> {
    /// No block serves it: REFUSED.
    NoBlock,
    /// Its block has no plugin that sees questions: REFUSED.
    NoPlugin,
    /// No plugin of its block takes it: SERVFAIL.
    Nobody,
    /// A plugin takes it and has nothing for it: SERVFAIL.
    Failed,
    /// Plugin `acl`; where the name passes, that holds for some clients only.
    Access(Action),
    /// Plugin `hosts` has it, with these addresses of the type in question: without any, an answer without records.
    Hosts(Vec<IpAddr>),
    /// Plugin `template` answers; where the name passes, perhaps.
    Template(&'a Template),
    /// Plugin `kubernetes` knows whether it exists.
    Kubernetes(&'a Kubernetes),
    /// Another server knows.
    Forward(&'a Forward),
    /// Another plugin knows.
    Authority(&'a Authority),
    /// Plugin `local` answers with the loopback address, or that there is none.
    Local,
    /// It cannot be told whether something is done here.
    Open(Why),
}
