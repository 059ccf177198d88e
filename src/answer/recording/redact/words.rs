//! Finds the words that names consist of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{fields, public_words, scan};

/// Domains end in one of these where a text does not otherwise show that it holds a host name.
const ENDINGS: &[&str] = &[
    "com", "org", "net", "io", "dev", "app", "cloud", "ai", "co", "eu", "de", "fr", "uk", "ch",
    "at", "nl", "it", "es", "se", "no", "dk", "fi", "pl", "us", "ca", "jp", "cn", "br", "au", "ru",
    "internal", "corp", "lan", "local", "example", "test",
];

/// Words to replace, and all words seen.
#[derive(Default)]
pub(super) struct Words {
    names: BTreeSet<String>,
    seen: BTreeSet<String>,
    /// Words of URL paths, the known ones too.
    in_paths: BTreeSet<String>,
}

impl Words {
    /// Takes every word of a name.
    pub fn all_of(&mut self, name: &str) {
        self.see(name);
        for word in scan::words(name) {
            let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
            // A single letter and a short number identify nothing; a long number is an account or a project.
            if (letters && word.len() > 1 || word.len() >= 8) && !public_words::is_known_word(word)
            {
                self.names.insert(word.to_owned());
            }
        }
    }

    /// Goes through a value and takes the names in it.
    pub fn visit(&mut self, value: &Value) {
        self.at("", value);
    }

    fn at(&mut self, field: &str, value: &Value) {
        match value {
            Value::String(text) => self.text(field, text),
            Value::Array(items) => items.iter().for_each(|item| self.at(field, item)),
            Value::Object(fields) => {
                let rtype = fields.get("rtype").and_then(Value::as_str);
                let leads_on = matches!(rtype, Some("CNAME" | "SRV"));
                for (name, value) in fields {
                    if fields::is_dictionary(field) {
                        self.hosts(name);
                    }
                    match value {
                        // The name that a DNS record leads to ends as it likes.
                        Value::String(text) if leads_on && name == "data" => self.all_of(text),
                        // The values of labels and selectors are names; those of annotations only where they look like it.
                        Value::String(text)
                            if fields::is_dictionary(field)
                                && field != "annotations"
                                && field != "data" =>
                        {
                            self.all_of(text);
                        }
                        _ => self.at(name, value),
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, field: &str, text: &str) {
        self.see(text);
        if fields::is_structural(field) || text.parse::<jiff::Timestamp>().is_ok() {
            return;
        }
        if field == "path" {
            self.in_paths
                .extend(scan::words(text).map(str::to_ascii_lowercase));
        }
        match field {
            "image" => self.all_of(text.split('@').next().unwrap_or(text)),
            "fields" => {
                for requirement in text.split(',') {
                    self.all_of(requirement.split_once('=').map_or("", |(_, value)| value));
                }
            }
            // Public authorities sign for everybody; a private one is named like its owner.
            "issuer" => {
                if ![
                    "let's encrypt",
                    "digicert",
                    "globalsign",
                    "sectigo",
                    "zerossl",
                    "amazon",
                    "google trust",
                ]
                .iter()
                .any(|ca| text.to_lowercase().contains(ca))
                {
                    self.all_of(text);
                }
            }
            _ if fields::is_name(field) => self.all_of(text),
            _ => self.hosts(text),
        }
    }

    /// Takes the words of what looks like a host name in any text: after `://` or `@`, or with an ending that domains have.
    fn hosts(&mut self, text: &str) {
        self.see(text);
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let mut rest = text;
        let mut before = "";
        while let Some(start) = rest.find(is_host) {
            let (gap, tail) = rest.split_at(start);
            let end = tail.find(|c| !is_host(c)).unwrap_or(tail.len());
            let (run, after) = tail.split_at(end);
            let announced = gap.ends_with("://") || gap.ends_with('@');
            let ending = run
                .trim_end_matches('.')
                .rsplit_once('.')
                .is_some_and(|(head, last)| {
                    !head.is_empty() && ENDINGS.contains(&last.to_ascii_lowercase().as_str())
                });
            // `--entrypoints.web.address=:80`: the name of a flag is no host.
            let flag = before.is_empty() && run.starts_with('-');
            if announced || ending && !flag {
                self.all_of(run);
            }
            before = run;
            rest = after;
        }
    }

    fn see(&mut self, text: &str) {
        self.seen
            .extend(scan::words(text).map(|word| word.to_ascii_lowercase()));
    }

    /// What each word becomes. Their order is kept, and so is that one begins with another, for controllers compare paths by
    /// characters; words that differ in case alone still do. No new word is one that was there before.
    pub fn replacements(self) -> BTreeMap<String, String> {
        let lower: BTreeSet<String> = self.names.iter().map(|w| w.to_ascii_lowercase()).collect();
        let width = lower.len().to_string().len();
        let letter = ('a'..='z')
            .rev()
            .skip(2)
            .find(|letter| !self.is_taken(*letter))
            .unwrap_or('x');
        let mut new: BTreeMap<&str, String> = BTreeMap::new();
        // The words that the present one begins with, shortest first, each with how many words were hung onto it.
        let mut roots: Vec<(&str, usize)> = Vec::new();
        let mut number = 0;
        for word in &lower {
            while roots
                .last()
                .is_some_and(|(root, _)| !word.starts_with(root))
            {
                roots.pop();
            }
            let replacement = if let Some((root, hung)) = roots.last_mut() {
                *hung += 1;
                format!("{}y{hung:0width$}", new[root])
            } else {
                number += 1;
                let root = self.known_root(word).unwrap_or_default();
                format!("{root}{letter}{number:0width$}")
            };
            new.insert(word, replacement);
            roots.push((word, 0));
        }
        self.names
            .iter()
            .map(|word| {
                let lower = word.to_ascii_lowercase();
                let replacement = new[lower.as_str()].clone();
                let replacement = if *word == lower {
                    replacement
                } else {
                    replacement.to_ascii_uppercase()
                };
                (word.clone(), replacement)
            })
            .collect()
    }

    /// The known word of some path that a path's word begins with, such as `api` of `apis`.
    fn known_root(&self, word: &str) -> Option<&str> {
        let shorter = self
            .in_paths
            .iter()
            .filter(|known| word.starts_with(*known) && public_words::is_known_word(known));
        shorter
            .max_by_key(|known| known.len())
            .filter(|_| self.in_paths.contains(word))
            .map(String::as_str)
    }

    /// Whether a word was there that looks like a new one.
    fn is_taken(&self, letter: char) -> bool {
        self.seen.iter().any(|word| {
            word.strip_prefix(letter)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_begins_with_a_known_word_goes_on_doing_so() {
        let mut words = Words::default();
        words.visit(
            &serde_json::json!([{"path": "/api"}, {"path": "/apis/cart"}, {"name": "apiary"}]),
        );
        let new = words.replacements();
        assert!(
            new["apis"].starts_with("api") && new["apis"] != "apis",
            "{new:?}"
        );
        assert!(!new["apiary"].starts_with("api"), "no path: {new:?}");
        assert_eq!(new.get("api"), None);
    }

    #[test]
    fn replacements_keep_order_beginnings_and_case() {
        let mut words = Words::default();
        for name in [
            "shop",
            "shopping",
            "shopper-x1",
            "Shop",
            "shore",
            "cart",
            "shoppings",
        ] {
            words.all_of(name);
        }
        let new = words.replacements();
        let lower: Vec<&String> = new.keys().filter(|w| **w == w.to_lowercase()).collect();
        for a in &lower {
            for b in &lower {
                assert_eq!(
                    a.starts_with(b.as_str()),
                    new[*a].starts_with(&new[*b]),
                    "{a} {b}"
                );
                assert_eq!(a < b, new[*a] < new[*b], "{a} {b}");
            }
        }
        assert_eq!(new["Shop"].to_lowercase(), new["shop"]);
        assert_ne!(new["Shop"], new["shop"]);
        assert!(
            !new.values().any(|w| w.starts_with('x')),
            "x1 was there: {new:?}"
        );
    }
}
