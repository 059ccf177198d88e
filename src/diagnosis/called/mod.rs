//! What a pod is configured to call: names in its environment, its arguments and the `ConfigMap`s that it mounts. Values of Secrets are
//! not read.

mod environment;

use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Container, KeyToPath, PodSpec, Volume};

use super::Settings;
use crate::diagnosis::ask::reads::{Log, Reads};
use crate::diagnosis::hops::client;
use crate::diagnosis::semantics::meta::display;
use crate::facts::called::{Called, in_value, sibling_port};
use crate::facts::{Facts, Kind, Question, Typed, Unknown};
use crate::target::Caller;
use environment::{expanded, of_container};

/// A name that a pod is configured to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalledName {
    /// As a TARGET.
    pub name: String,
    /// Where it stands: `env PRODUCT_URL of container web`.
    pub by: String,
}

/// What a pod is configured to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalledNames {
    /// `Pod shop/frontend-1`.
    pub client: String,
    /// Each once, in the order of the pod.
    pub names: Vec<CalledName>,
    /// What may hold others and was not read.
    pub unread: Vec<String>,
}

/// What the pod of a caller is configured to call, with the questions still open; none where there is no such pod.
pub fn called_names(
    facts: &Facts,
    settings: &Settings,
    from: &Caller,
) -> (Result<Option<CalledNames>, Unknown>, Vec<Question>) {
    let log = Log::default();
    let reads = Reads::new(facts, settings, &log);
    let names = match client::find(&reads, from) {
        Ok(Some(client)) => {
            let mut search = Search {
                reads: &reads,
                namespace: &client.namespace,
                waits: false,
                found: CalledNames {
                    client: client.label(),
                    ..CalledNames::default()
                },
            };
            search.pod(&client.spec);
            if search.waits {
                Err(Unknown::Waiting)
            } else {
                Ok(Some(search.found))
            }
        }
        Ok(None) => Ok(None),
        Err(unknown) => Err(unknown),
    };
    (names, reads.take_open().0)
}

struct Search<'a> {
    reads: &'a Reads<'a>,
    namespace: &'a str,
    /// Something was asked.
    waits: bool,
    found: CalledNames,
}

impl Search<'_> {
    fn pod(&mut self, spec: &PodSpec) {
        for container in &spec.containers {
            self.container(container, "container");
        }
        for container in spec.init_containers.iter().flatten() {
            self.container(container, "init container");
        }
        for volume in spec.volumes.iter().flatten() {
            for (name, items) in mounted(volume) {
                self.files(name, items);
            }
        }
    }

    fn container(&mut self, container: &Container, word: &str) {
        let of = format!("of {word} {}", container.name);
        let variables = of_container(self, container, &of);
        for variable in &variables {
            for mut called in in_value(Some(&variable.name), &variable.value) {
                let sibling = sibling_port(&variable.name);
                let sibling = sibling.and_then(|s| variables.iter().find(|v| v.name == s));
                if called.port.is_none() && called.scheme.is_none() {
                    called.port = sibling.and_then(|v| v.value.parse().ok());
                }
                self.add(&called, format!("env {} {of}", variable.name));
            }
        }
        let words = container.command.iter().chain(&container.args).flatten();
        let words: Vec<String> = words.map(|w| expanded(w, &variables)).collect();
        for (key, value) in flags(&words) {
            for called in in_value(key, value) {
                self.add(&called, format!("args {of}"));
            }
        }
    }

    /// What stands in the files of a `ConfigMap`.
    fn files(&mut self, name: &str, items: Option<&[KeyToPath]>) {
        let Some(config) = self.config(name, "volume") else {
            return;
        };
        for (key, value) in config.data.iter().flatten() {
            if items.is_some_and(|items| !items.iter().any(|i| i.key == *key)) {
                continue;
            }
            for called in in_value(Some(key), value) {
                let by = format!(
                    "{}, {key}",
                    display(Kind::ConfigMap, Some(self.namespace), name)
                );
                self.add(&called, by);
            }
        }
    }

    /// A `ConfigMap` of the pod's namespace, where it can be read.
    fn config(&mut self, name: &str, of: &str) -> Option<Arc<ConfigMap>> {
        let what = display(ConfigMap::OF, Some(self.namespace), name);
        match self.reads.get::<ConfigMap>(Some(self.namespace), name) {
            Ok(Some(config)) => return Some(config),
            Ok(None) => self.unread(format!("{what} ({of}): it does not exist")),
            Err(Unknown::Waiting) => self.waits = true,
            Err(Unknown::Gap(gap)) => self.unread(format!("{what} ({of}): {gap}")),
        }
        None
    }

    fn unread(&mut self, what: String) {
        if !self.found.unread.contains(&what) {
            self.found.unread.push(what);
        }
    }

    fn add(&mut self, called: &Called, by: String) {
        let name = called.to_string();
        if !self.found.names.iter().any(|n| n.name == name) {
            self.found.names.push(CalledName { name, by });
        }
    }
}

/// The `ConfigMap`s of a volume, and the keys that become files where not all do.
fn mounted(volume: &Volume) -> Vec<(&str, Option<&[KeyToPath]>)> {
    let mut all = Vec::new();
    if let Some(config) = &volume.config_map {
        all.push((config.name.as_str(), config.items.as_deref()));
    }
    let sources = volume
        .projected
        .iter()
        .flat_map(|p| p.sources.iter().flatten());
    for config in sources.filter_map(|s| s.config_map.as_ref()) {
        all.push((config.name.as_str(), config.items.as_deref()));
    }
    all
}

/// Arguments with the names of their flags: `--redis=x`, `--redis x`, and what stands alone.
fn flags(words: &[String]) -> Vec<(Option<&str>, &str)> {
    let mut all = Vec::new();
    let mut before: Option<&str> = None;
    for word in words {
        let flag = word.strip_prefix('-').map(|_| word.as_str());
        match flag.and_then(|f| f.split_once('=')) {
            Some((key, value)) => {
                all.push((Some(key), value));
                before = None;
            }
            None if flag.is_some() => before = flag,
            None => all.push((before.take(), word.as_str())),
        }
    }
    all
}
