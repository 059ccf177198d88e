//! Finds the words that names consist of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{fields, known, scan};

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
}

impl Words {
    /// Takes every word of a name.
    pub fn all_of(&mut self, name: &str) {
        self.see(name);
        for word in scan::words(name) {
            let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
            // A single letter and a short number identify nothing; a long number is an account or a project.
            if (letters && word.len() > 1 || word.len() >= 8) && !known::is_known_word(word) {
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
                for (name, value) in fields {
                    if fields::is_dictionary(field) {
                        self.hosts(name);
                    }
                    match value {
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

    /// What each word becomes. The order of the words is kept; no new word is one that was there before.
    pub fn replacements(self) -> BTreeMap<String, String> {
        let width = self.names.len().to_string().len();
        let taken = |letter: char| {
            self.seen.iter().any(|word| {
                word.strip_prefix(letter).is_some_and(|rest| {
                    !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit())
                })
            })
        };
        let letter = ('a'..='z')
            .rev()
            .skip(2)
            .find(|l| !taken(*l))
            .unwrap_or('x');
        self.names
            .into_iter()
            .zip(1..)
            .map(|(word, number)| (word, format!("{letter}{number:0width$}")))
            .collect()
    }
}
