//! Answers from manifests, as `-f` gives them. A file set is no cluster: what is not in it may still exist.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use serde_json::Value;
use thiserror::Error;

use crate::answer::Answerer;
use crate::answer::objects::set::{Manifest, ObjectSet, manifest};
use crate::answer::objects::yaml;
use crate::facts::{Answer, Gap, Kind, Question};

/// Why files cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FilesError {
    /// A path that cannot be read.
    #[error("cannot read {path}: {why}")]
    Unreadable {
        /// The path, or `standard input`.
        path: String,
        /// The operating system's words.
        why: String,
    },
    /// A directory with nothing in it to read.
    #[error("{path}: no file in it ends in .yaml, .yml or .json")]
    Empty {
        /// The directory.
        path: String,
    },
    /// A text that is no manifest.
    #[error("{path}:{line}: {why}")]
    Malformed {
        /// The file, or `standard input`.
        path: String,
        /// Where in it, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
}

/// The objects of some files.
#[derive(Debug, Default)]
pub struct Files {
    objects: ObjectSet,
    /// Kind and namespace of every object that was read from an API server. Only of such scopes it is known what is absent.
    covered: BTreeSet<(Kind, String)>,
    passed_over: BTreeMap<String, usize>,
}

impl Files {
    /// Reads files, the `.yaml`, `.yml` and `.json` files of directories (not of those below), and standard input for `-`. An
    /// object without a namespace belongs to the given one.
    ///
    /// # Errors
    /// File, line and reason.
    pub fn load(paths: &[PathBuf], namespace: &str) -> Result<Self, FilesError> {
        let mut files = Self::default();
        for path in paths {
            if path.as_os_str() == "-" {
                let mut text = String::new();
                let name = "standard input";
                std::io::stdin()
                    .read_to_string(&mut text)
                    .map_err(|e| unreadable(name, &e))?;
                files.add(name, &text, namespace)?;
            } else if path.is_dir() {
                for file in of_directory(path)? {
                    files.add_file(&file, namespace)?;
                }
            } else {
                files.add_file(path, namespace)?;
            }
        }
        Ok(files)
    }

    fn add_file(&mut self, path: &Path, namespace: &str) -> Result<(), FilesError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(&name, &e))?;
        self.add(&name, &text, namespace)
    }

    /// Adds the objects of a text; `name` stands in errors.
    ///
    /// # Errors
    /// Line and reason.
    pub fn add(&mut self, name: &str, text: &str, namespace: &str) -> Result<(), FilesError> {
        let malformed = |line, why| FilesError::Malformed {
            path: name.to_owned(),
            line,
            why,
        };
        for (line, value) in yaml::values(text).map_err(|e| malformed(e.line, e.why))? {
            if value.is_null() {
                continue;
            }
            let Manifest { objects, unknown } =
                manifest(value, namespace).map_err(|why| malformed(line, why))?;
            for (kind, object) in objects {
                self.insert(kind, object);
            }
            for what in unknown {
                *self.passed_over.entry(what).or_default() += 1;
            }
        }
        Ok(())
    }

    fn insert(&mut self, kind: Kind, object: Value) {
        let of = |field: &str| {
            let found = object.get("metadata").and_then(|m| m.get(field)?.as_str());
            found.unwrap_or_default().to_owned()
        };
        if !of("uid").is_empty() {
            self.covered.insert((kind, of("namespace")));
        }
        self.objects.insert(kind, object);
    }

    /// The objects.
    pub fn objects(&self) -> &ObjectSet {
        &self.objects
    }

    /// How many objects there were of kinds that hops does not read: `gateway.networking.k8s.io/v1 HTTPRoute`.
    pub fn passed_over(&self) -> &BTreeMap<String, usize> {
        &self.passed_over
    }

    /// Whether the set tells what is absent there.
    fn covers(&self, kind: Kind, namespace: Option<&str>) -> bool {
        self.covered.iter().any(|(k, ns)| {
            *k == kind && (!kind.namespaced() || namespace.is_none_or(|wanted| wanted == ns))
        })
    }

    fn reply(&self, question: &Question) -> Result<Answer, Gap> {
        match question {
            Question::Get {
                kind,
                namespace,
                name,
            } => {
                let namespace = namespace.as_deref();
                let object = self.objects.get(*kind, namespace, name).cloned();
                if object.is_some() || self.covers(*kind, namespace) {
                    Ok(Answer::Object { object })
                } else {
                    Err(Gap::NotRecorded)
                }
            }
            Question::List {
                kind,
                namespace,
                labels,
                fields,
            } => {
                let namespace = namespace.as_deref();
                let (labels, fields) = (labels.as_deref(), fields.as_deref());
                let objects = self.objects.list(*kind, namespace, labels, fields)?;
                if objects.is_empty() && !self.covers(*kind, namespace) {
                    Err(Gap::NotRecorded)
                } else {
                    Ok(Answer::Objects { objects })
                }
            }
            Question::Find { kind, name } => {
                let namespaces = self.objects.namespaces_of(*kind, name);
                if namespaces.is_empty() && !self.covers(*kind, None) {
                    Err(Gap::NotRecorded)
                } else {
                    Ok(Answer::Namespaces { namespaces })
                }
            }
            _ => Err(Gap::NotAsked {
                why: "files do not answer questions about the network".to_owned(),
            }),
        }
    }
}

impl Answerer for Files {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move { self.reply(question) })
    }
}

fn unreadable(path: &str, why: &std::io::Error) -> FilesError {
    FilesError::Unreadable {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn of_directory(path: &Path) -> Result<Vec<PathBuf>, FilesError> {
    let name = path.display().to_string();
    let entries = std::fs::read_dir(path).map_err(|e| unreadable(&name, &e))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| {
            p.extension()
                .is_some_and(|e| e == "yaml" || e == "yml" || e == "json")
                && p.is_file()
        })
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(FilesError::Empty { path: name });
    }
    Ok(files)
}
