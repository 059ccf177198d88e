//! Plugins whose names stand somewhere else: files, clouds, other servers. What they answer cannot be read from a Corefile.

use super::cursor::Cursor;
use super::fault::Fault;
use super::lex::Place;
use super::zones::{exact, fqdn, longest, origins};

/// One use of such a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The plugin.
    pub plugin: String,
    /// Where it stands.
    pub at: Place,
    /// The zones it answers for.
    pub zones: Vec<String>,
    /// The names of these zones that it does not have go on to the next plugin.
    pub fallthrough: Vec<String>,
    may_leave_out: bool,
}

/// The plugins in question.
pub(super) const PLUGINS: [&str; 13] = [
    "dynupdate",
    "route53",
    "azure",
    "clouddns",
    "k8s_external",
    "file",
    "auto",
    "secondary",
    "etcd",
    "grpc",
    "erratic",
    "whoami",
    "nomad",
];

impl Authority {
    /// Whether it is asked for a name.
    pub(super) fn is_for(&self, name: &str) -> bool {
        longest(&self.zones, name).is_some()
    }

    /// Whether a name that it does not have goes on to the next plugin.
    pub(super) fn passes(&self, name: &str) -> bool {
        self.may_leave_out || longest(&self.fallthrough, name).is_some()
    }

    pub(super) fn parse(cursor: &mut Cursor, block: &[String]) -> Result<Vec<Self>, Fault> {
        let mut found = Vec::new();
        while cursor.next() {
            let mut told = Self {
                plugin: cursor.plugin.to_owned(),
                at: cursor.at(),
                zones: Vec::new(),
                fallthrough: Vec::new(),
                // It has the zones it finds files for.
                may_leave_out: cursor.plugin == "auto",
            };
            let words = cursor.rest();
            if words.is_empty() && ["file", "grpc"].contains(&cursor.plugin) {
                return Err(cursor.wrong_count());
            }
            told.zones = zones(cursor.plugin, &words, block);
            while cursor.next_inside() {
                match cursor.text() {
                    "fallthrough" => told.fallthrough = cursor.fallthrough(),
                    word => {
                        told.may_leave_out |= cursor.plugin == "grpc" && word == "except";
                        cursor.rest();
                    }
                }
            }
            found.push(told);
        }
        Ok(found)
    }
}

/// The zones that the words of a plugin name: the setup.go of each.
fn zones(plugin: &str, words: &[String], block: &[String]) -> Vec<String> {
    let before = |w: &String| fqdn(w.split_once(':').map_or(w.as_str(), |(zone, _)| zone));
    let after = |w: &String| fqdn(w.split_once(':').map_or(w.as_str(), |(_, zone)| zone));
    match plugin {
        "file" => origins(words.get(1..).unwrap_or_default(), block),
        "route53" | "clouddns" => words.iter().map(before).collect(),
        "azure" => words.iter().map(after).collect(),
        "grpc" => words.iter().take(1).flat_map(|w| exact(w)).collect(),
        "nomad" => vec![fqdn(words.first().map_or("service.nomad", |w| w))],
        "erratic" | "whoami" => vec![".".to_owned()],
        _ => origins(words, block),
    }
}
