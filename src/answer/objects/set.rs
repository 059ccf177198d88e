//! A set of objects in memory, and the answers it gives: what files and recordings share.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::answer::objects::arrival::arrive;
use crate::answer::objects::place::{Path, Step, path_words};
use crate::answer::objects::selector::Selector;
use crate::facts::{Gap, Kind};

/// Objects by kind, namespace and name. The last one of a name wins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectSet {
    kinds: BTreeMap<Kind, BTreeMap<Place, Value>>,
}

/// Namespace (empty for cluster-scoped kinds), name, and a number that tells nameless objects apart.
type Place = (String, String, usize);

/// What a document of a recording turned out to hold.
#[derive(Default)]
pub(in crate::answer) struct Manifest {
    /// Objects that hops reads.
    pub objects: Vec<(Kind, Value)>,
    /// Objects of other kinds and versions: `apiVersion` and `kind` of each.
    pub unknown: Vec<String>,
}

/// What a document holds, with its lists opened.
#[derive(Default)]
pub(in crate::answer) struct Opened {
    /// Each object, or what stands in the place of one, and where in the document.
    pub items: Vec<(Path, Value)>,
    /// Kinds of which a server gave a list, be it an empty one.
    pub listed: Vec<Kind>,
}

/// What one item is.
pub(in crate::answer) enum Item {
    /// An object that hops reads.
    Known(Kind, Value),
    /// One of another kind or version: `gateway.networking.k8s.io/v1 HTTPRoute`.
    Other(String),
}

impl ObjectSet {
    /// Puts one in, as reduced as the edges keep it.
    pub fn insert(&mut self, kind: Kind, object: Value) {
        let object = arrive(kind, object);
        let namespace = if kind.namespaced() {
            text(&object, "namespace")
        } else {
            ""
        };
        let name = text(&object, "name");
        let objects = self.kinds.entry(kind).or_default();
        let number = if name.is_empty() { objects.len() } else { 0 };
        objects.insert((namespace.to_owned(), name.to_owned(), number), object);
    }

    /// One object.
    pub fn get(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Option<&Value> {
        let namespace = namespace.filter(|_| kind.namespaced()).unwrap_or_default();
        self.kinds
            .get(&kind)?
            .get(&(namespace.to_owned(), name.to_owned(), 0))
    }

    /// Those that match, in the order of namespace and name.
    ///
    /// # Errors
    /// A malformed selector.
    pub fn list(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        labels: Option<&str>,
        fields: Option<&str>,
    ) -> Result<Vec<Value>, Gap> {
        let selector = Selector::of(labels, fields).map_err(|why| Gap::Malformed { why })?;
        Ok(self
            .within(kind, namespace)
            .filter(|object| selector.matches(object))
            .cloned()
            .collect())
    }

    /// Those of one namespace, or all.
    pub fn within<'a>(
        &'a self,
        kind: Kind,
        namespace: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Value> {
        let namespace = namespace.filter(|_| kind.namespaced());
        self.kinds
            .get(&kind)
            .into_iter()
            .flatten()
            .filter(move |((ns, _, _), _)| namespace.is_none_or(|wanted| wanted == ns))
            .map(|(_, object)| object)
    }

    /// The namespaces that have one of a name, in order.
    pub fn namespaces_of(&self, kind: Kind, name: &str) -> Vec<String> {
        let places = self.kinds.get(&kind).into_iter().flatten();
        let hits = places.filter(|((ns, n, _), _)| n == name && !ns.is_empty());
        hits.map(|((ns, _, _), _)| ns.clone()).collect()
    }

    /// All, in the order of kind, namespace and name.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &Value)> {
        self.kinds
            .iter()
            .flat_map(|(kind, objects)| objects.values().map(|object| (*kind, object)))
    }

    /// The groups of kinds that somebody has to install and of which there is an object.
    pub fn groups(&self) -> Vec<String> {
        let kinds = self.kinds.keys().filter(|kind| !kind.is_built_in());
        let groups: BTreeSet<&str> = kinds.map(|kind| kind.group()).collect();
        groups.into_iter().map(str::to_owned).collect()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.kinds.values().map(BTreeMap::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object
        .get("metadata")
        .and_then(|m| m.get(field)?.as_str())
        .unwrap_or_default()
}

/// Reads one document: an object, or a list of objects of any depth. An object without a namespace gets the given one.
///
/// # Errors
/// What it lacks to be an object, as a sentence.
pub(in crate::answer) fn manifest(value: Value, namespace: &str) -> Result<Manifest, String> {
    let mut all = Manifest::default();
    for (at, value) in open(value).items {
        let item = item(value, namespace).map_err(|why| match path_words(&at).as_str() {
            "" => why,
            within => format!("{within}: {why}"),
        })?;
        match item {
            Item::Known(kind, object) => all.objects.push((kind, object)),
            Item::Other(what) => all.unknown.push(what),
        }
    }
    Ok(all)
}

/// Opens lists of any depth.
pub(in crate::answer) fn open(value: Value) -> Opened {
    let mut opened = Opened::default();
    open_into(value, Path::new(), &mut opened);
    opened
}

fn open_into(mut value: Value, at: Path, opened: &mut Opened) {
    let word = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (word("apiVersion").to_owned(), word("kind").to_owned());
    let is_list = kind.ends_with("List")
        && value
            .get("items")
            .is_some_and(|i| i.is_array() || i.is_null());
    if !is_list {
        opened.items.push((at, value));
        return;
    }
    // The API server writes lists of one kind whose items do not say it.
    let of_items = kind.strip_suffix("List").filter(|k| !k.is_empty());
    let by_server = value.pointer("/metadata/resourceVersion");
    if by_server
        .and_then(Value::as_str)
        .is_some_and(|v| !v.is_empty())
    {
        let listed = of_items.and_then(|k| Kind::of(&version, k));
        opened.listed.extend(listed);
    }
    let items = value.get_mut("items").and_then(Value::as_array_mut);
    for (number, mut item) in items
        .map(std::mem::take)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        if let (Some(of_items), Some(fields)) = (of_items, item.as_object_mut()) {
            fields.entry("kind").or_insert_with(|| of_items.into());
            fields
                .entry("apiVersion")
                .or_insert_with(|| version.clone().into());
        }
        let mut within = at.clone();
        within.extend([Step::Key("items".to_owned()), Step::Item(number)]);
        open_into(item, within, opened);
    }
}

/// What one object is. One without a namespace gets the given one.
///
/// # Errors
/// What it lacks to be an object, as a sentence.
pub(in crate::answer) fn item(value: Value, namespace: &str) -> Result<Item, String> {
    let Value::Object(mut fields) = value else {
        return Err("no Kubernetes object: it is not a mapping".to_owned());
    };
    let word = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let (version, kind) = (word("apiVersion"), word("kind"));
    if kind.is_empty() {
        return Err("no Kubernetes object: kind is missing".to_owned());
    }
    if version.is_empty() {
        return Err(format!("{kind}: apiVersion is missing"));
    }
    let Some(known) = Kind::of(version, kind) else {
        return Ok(Item::Other(format!("{version} {kind}")));
    };
    let name = fields.get("metadata").and_then(|m| m.get("name")?.as_str());
    if name.is_none_or(str::is_empty) {
        return Err(format!("{kind}: metadata.name is missing"));
    }
    if known.namespaced()
        && let Some(Value::Object(metadata)) = fields.get_mut("metadata")
        && metadata
            .get("namespace")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
    {
        metadata.insert("namespace".to_owned(), namespace.into());
    }
    Ok(Item::Known(known, Value::Object(fields)))
}
