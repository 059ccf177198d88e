//! Answers from manifests, as `-f` gives them. A file set is no cluster: what is not in it may still exist.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use serde_json::Value;

use crate::answer::Answerer;
use crate::answer::capped::MANIFESTS;
use crate::answer::objects::folder;
use crate::answer::objects::mirror;
use crate::answer::objects::once::Once;
use crate::answer::objects::place::{self, Step};
use crate::answer::objects::refused::{self, Found};
use crate::answer::objects::set::{self, Item, ObjectSet};
pub use crate::answer::objects::stream::FilesError;
use crate::answer::objects::stream::{MOST_BYTES, MOST_OBJECTS, text, text_of, unreadable};
use crate::answer::objects::told::{Called, Object, Text, complete, nothing, nothing_of, place_of};
use crate::answer::objects::yaml::{Reading, readings};
use crate::facts::{Answer, Fault, Gap, Kind, Question, Refused};

/// The objects of some files.
#[derive(Debug, Default)]
pub struct Files {
    objects: ObjectSet,
    /// Kind and namespace of every object that was read from an API server. Only of such scopes it is known what is absent.
    covered: BTreeSet<(Kind, String)>,
    passed_over: BTreeMap<String, usize>,
    refused: Vec<Refused>,
    /// Endpoints in the form of EndpointSlices, for Services that have none.
    mirrored: ObjectSet,
    /// Where each object stands, where none may stand twice.
    once: Option<Once>,
    /// How much was read.
    bytes: usize,
    /// How many objects, and documents that are none.
    count: usize,
}

impl Files {
    /// Reads files, the `.yaml`, `.yml` and `.json` files of directories (with `recursive` also of those below), and standard input for `-`.
    /// An object without a namespace belongs to the given one.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn load(paths: &[PathBuf], namespace: &str, recursive: bool) -> Result<Self, FilesError> {
        let mut files = Self::default();
        for path in paths {
            files.read(path, namespace, recursive)?;
        }
        Ok(files)
    }

    /// The same for one more path.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(
        &mut self,
        path: &Path,
        namespace: &str,
        recursive: bool,
    ) -> Result<(), FilesError> {
        if path.as_os_str() == "-" {
            let name = "standard input";
            let text = text_of(name, std::io::stdin())?;
            self.add(name, &text, namespace)?;
        } else if path.is_dir() {
            let found = folder::files(path, recursive)?;
            for (file, of) in &found.files {
                let namespace = of.as_deref().unwrap_or(namespace);
                self.add_file(file, namespace, found.dumped)?;
            }
        } else {
            self.add_file(path, namespace, false)?;
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, namespace: &str, dumped: bool) -> Result<(), FilesError> {
        let name = path.display().to_string();
        let bytes = MANIFESTS.file(path).map_err(|e| unreadable(&name, &e))?;
        let text = text(&name, bytes)?;
        self.add_text(Text {
            name: &name,
            whole: &text,
            namespace,
            dumped,
        })
    }

    /// Adds the objects of a text; `name` stands in places.
    ///
    /// # Errors
    /// When it is more than is kept.
    pub fn add(&mut self, name: &str, text: &str, namespace: &str) -> Result<(), FilesError> {
        self.add_text(Text {
            name,
            whole: text,
            namespace,
            dumped: false,
        })
    }

    fn add_text(&mut self, text: Text) -> Result<(), FilesError> {
        self.bytes += text.whole.len();
        if self.bytes > MOST_BYTES {
            return Err(too_much(text, "1 GiB"));
        }
        for mut reading in readings(text.whole, MOST_OBJECTS + 1) {
            match std::mem::replace(&mut reading.value, Ok(Value::Null)) {
                Ok(Value::Null) => {}
                Ok(value) => self.add_document(value, text, &reading)?,
                // Beside its objects a dump holds much that is none.
                Err(_) if text.dumped => {}
                Err(error) => {
                    self.room_for(1, text)?;
                    self.refused.push(nothing_of(text.name, &error));
                }
            }
        }
        Ok(())
    }

    fn room_for(&mut self, more: usize, text: Text) -> Result<(), FilesError> {
        self.count += more;
        if self.count > MOST_OBJECTS {
            return Err(too_much(text, "1000000 objects"));
        }
        Ok(())
    }

    fn add_document(
        &mut self,
        value: Value,
        text: Text,
        reading: &Reading,
    ) -> Result<(), FilesError> {
        let opened = set::open(value);
        self.room_for(opened.items.len().max(1), text)?;
        // A list is of one namespace where each has a folder; elsewhere that is not known.
        for kind in opened.listed {
            match kind.namespaced() {
                true if !text.dumped => continue,
                true => self.covered.insert((kind, text.namespace.to_owned())),
                false => self.covered.insert((kind, String::new())),
            };
        }
        let twice = reading.twice.as_ref();
        let doubled = twice.and_then(|_| place::doubled(reading.text));
        for (at, value) in opened.items {
            let object = Object {
                at: &at,
                text,
                reading,
                doubled: doubled.as_deref(),
            };
            self.add_object(value, &object);
        }
        Ok(())
    }

    fn add_object(&mut self, mut value: Value, object: &Object) {
        let mut faults = object.twice();
        let word = |value: &Value, field: &str| {
            let found = value.get(field).and_then(Value::as_str);
            found.unwrap_or_default().to_owned()
        };
        if let Some(slices) = mirror::slices(&value, object.text.namespace) {
            for slice in slices {
                self.mirrored.insert(Kind::EndpointSlice, slice);
            }
            if !place_of(&value, "uid").is_empty() {
                let namespace = place_of(&value, "namespace").to_owned();
                self.covered.insert((Kind::EndpointSlice, namespace));
            }
            return;
        }
        if let Some((why, right)) =
            refused::misplaced(&word(&value, "apiVersion"), &word(&value, "kind"))
        {
            faults.push(object.fault(&Found {
                path: vec![Step::Key("apiVersion".to_owned())],
                why,
                fix: String::new(),
                certain: true,
            }));
            match right {
                Some(right) => value["apiVersion"] = right.api_version().into(),
                None => return self.refuse(Called::of(&value), faults, false, object),
            }
        }
        faults.extend(complete(&mut value).map(|found| object.fault(&found)));
        // Plainly something else where both are missing: the values of a chart, a patch.
        let is_other = value.is_object()
            && word(&value, "kind").is_empty()
            && word(&value, "apiVersion").is_empty();
        let called = Called::of(&value);
        match set::item(value, object.text.namespace) {
            Ok(Item::Other(what)) => *self.passed_over.entry(what).or_default() += 1,
            Ok(Item::Known(kind, known)) if place_of(&known, "uid").is_empty() => {
                let examined = refused::examine(kind, known);
                faults.extend(examined.faults.iter().map(|found| object.fault(found)));
                if !faults.is_empty() {
                    self.refuse(Called::of(&examined.object), faults, examined.read, object);
                }
                if examined.read {
                    self.insert(kind, examined.object, object);
                }
            }
            Ok(Item::Known(kind, known)) => self.insert(kind, known, object),
            Err(_) if object.text.dumped => {}
            Err(why) => {
                faults.push(object.whole(why));
                self.refuse(called, faults, is_other, object);
            }
        }
    }

    fn refuse(&mut self, called: Called, faults: Vec<Fault>, read: bool, object: &Object) {
        self.refused.push(Refused {
            place: object.place(&[]),
            kind: called.kind,
            namespace: called.namespace,
            name: called.name,
            faults,
            read,
        });
    }

    fn insert(&mut self, kind: Kind, value: Value, object: &Object) {
        if let Some(once) = &mut self.once {
            once.note(kind, &value, object);
        }
        if !place_of(&value, "uid").is_empty() {
            let namespace = place_of(&value, "namespace");
            self.covered.insert((kind, namespace.to_owned()));
        }
        self.objects.insert(kind, value);
    }

    /// None yet; `once`: no object may be given twice.
    pub fn new(once: bool) -> Self {
        Self {
            once: once.then(Once::default),
            ..Self::default()
        }
    }

    /// The objects.
    pub fn objects(&self) -> &ObjectSet {
        &self.objects
    }

    /// What an API server would refuse, in the order of reading.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// How many objects there were of kinds that hops does not read: `gateway.networking.k8s.io/v1 HTTPRoute`.
    pub fn passed_over(&self) -> &BTreeMap<String, usize> {
        &self.passed_over
    }

    /// Itself, if there is an object in it that can be read, and none twice that may not be.
    ///
    /// # Errors
    /// What there is instead, in one sentence.
    pub fn some(self, paths: &[PathBuf]) -> Result<Self, FilesError> {
        if let Some(twice) = self.once.as_ref().and_then(Once::twice) {
            return Err(FilesError::Twice(twice.to_owned()));
        }
        if !(self.objects.is_empty() && self.mirrored.is_empty() && self.covered.is_empty()) {
            return Ok(self);
        }
        Err(nothing(paths, &self.refused, &self.passed_over))
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
                    Err(Gap::NotInFiles)
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
                let mut objects = self.objects.list(*kind, namespace, labels, fields)?;
                if *kind == Kind::EndpointSlice {
                    let mirrored = self.mirrored.list(*kind, namespace, labels, fields)?;
                    let lacks = |slice: &Value| {
                        let mut real = self
                            .objects
                            .within(*kind, Some(place_of(slice, "namespace")));
                        !real.any(|r| mirror::service(r) == mirror::service(slice))
                    };
                    objects.extend(mirrored.into_iter().filter(lacks));
                }
                if objects.is_empty() && !self.covers(*kind, namespace) {
                    Err(Gap::NotInFiles)
                } else {
                    Ok(Answer::Objects { objects })
                }
            }
            Question::Find { kind, name } => {
                let namespaces = self.objects.namespaces_of(*kind, name);
                if namespaces.is_empty() && !self.covers(*kind, None) {
                    Err(Gap::NotInFiles)
                } else {
                    Ok(Answer::Namespaces { namespaces })
                }
            }
            Question::ApiGroups => {
                let groups = self.objects.groups();
                if groups.is_empty() {
                    Err(Gap::NotInFiles)
                } else {
                    Ok(Answer::ApiGroups { groups })
                }
            }
            _ => Err(Gap::NotAsked {
                why: "files do not answer questions about the network".to_owned(),
            }),
        }
    }
}

fn too_much(text: Text, most: &'static str) -> FilesError {
    FilesError::TooMuch {
        path: text.name.to_owned(),
        most,
    }
}

impl Answerer for Files {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move { self.reply(question) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_counted_over_all_files_and_so_are_bytes() {
        let nearly = |count, bytes| Files {
            bytes,
            count,
            ..Files::default()
        };
        let list = "{apiVersion: v1, kind: List, items: [{}, {}, {}]}";
        for three in [
            "a: 1\n---\nb: 1\n---\nc: 1\n",
            "{} {} {}",
            "a\n---\nb\n---\nc",
            list,
        ] {
            let fits = nearly(MOST_OBJECTS - 3, 0).add("a.yaml", three, "default");
            assert_eq!(fits, Ok(()), "{three}");
            let why = nearly(MOST_OBJECTS - 2, 0).add("a.yaml", three, "default");
            assert_eq!(
                why.expect_err(three).to_string(),
                "cannot read all of a.yaml: it makes more than 1000000 objects, the most for -f; give the namespaces that the host needs alone"
            );
        }
        let why = nearly(0, MOST_BYTES).add("a.yaml", list, "default");
        assert!(why.expect_err("too much").to_string().contains("1 GiB"));
    }
}
