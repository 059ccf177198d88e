//! Where many targets are walked, some objects of a kind are read as a part of all of them: one list for all walks, and an index to find
//! in it what a narrower question asks for.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;

use crate::diagnosis::semantics::meta::name_of;
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::{Gap, Kind, Malformed, Question, Typed};

/// The Secrets that Ingresses name are of this type nearly always.
const TLS_SECRETS: &str = "type=kubernetes.io/tls";

/// The lists that answer a question, the widest first. None where it is a wide one itself, or where few ask for objects of its kind.
pub(super) fn wider(question: &Question) -> Vec<Question> {
    let all = |kind| Question::list_all(kind);
    match question {
        Question::Get {
            kind: Kind::Secret, ..
        } => vec![Question::List {
            kind: Kind::Secret,
            namespace: None,
            labels: None,
            fields: Some(TLS_SECRETS.to_owned()),
        }],
        Question::Get {
            kind: kind @ Kind::Namespace,
            ..
        }
        | Question::Find {
            kind: kind @ Kind::Service,
            ..
        } => vec![all(*kind)],
        Question::Get {
            kind: kind @ Kind::Service,
            namespace: Some(namespace),
            ..
        }
        | Question::List {
            kind: kind @ (Kind::Service | Kind::EndpointSlice | Kind::Pod | Kind::NetworkPolicy),
            namespace: Some(namespace),
            fields: None,
            ..
        } => vec![all(*kind), Question::list_in(*kind, namespace)],
        _ => Vec::new(),
    }
}

/// Whether a narrower question may be answered where this one is not.
pub(super) const fn may_be_narrower(gap: &Gap) -> bool {
    !matches!(
        gap,
        Gap::NotInstalled | Gap::OtherVersion { .. } | Gap::Unauthorized | Gap::Unreachable { .. }
    )
}

/// Whether objects that a question may ask for are missing in this list by what it is.
pub(super) const fn is_part(list: &Question) -> bool {
    matches!(
        list,
        Question::List {
            fields: Some(_),
            ..
        }
    )
}

/// All objects of a list, and where each is.
pub(super) struct Whole<T> {
    all: Vec<Arc<T>>,
    /// Positions by the hash of what they have in common: two things of one hash are told apart by looking.
    places: HashMap<u64, Vec<u32>>,
    hasher: RandomState,
}

/// The namespace of an object; empty where its kind has none.
fn namespace_of<T: Typed>(object: &T) -> &str {
    object.metadata().namespace.as_deref().unwrap_or_default()
}

/// What several objects have in common.
#[derive(Hash)]
enum Common<'a> {
    Namespace(&'a str),
    Name(&'a str),
    Place(&'a str, &'a str),
    Label(&'a str, &'a str, &'a str),
}

impl<T: Typed> Whole<T> {
    pub(super) fn new(all: Vec<Arc<T>>) -> Self {
        let mut whole = Self {
            all,
            places: HashMap::new(),
            hasher: RandomState::new(),
        };
        for (at, object) in whole.all.iter().enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            let (namespace, name) = (namespace_of(&**object), name_of(&**object));
            let labels = object.metadata().labels.iter().flatten();
            let common = [
                Common::Namespace(namespace),
                Common::Name(name),
                Common::Place(namespace, name),
            ];
            let labels = labels.map(|(key, value)| Common::Label(namespace, key, value));
            for common in common.into_iter().chain(labels) {
                let hash = whole.hasher.hash_one(common);
                whole.places.entry(hash).or_default().push(at);
            }
        }
        whole
    }

    /// Those that a question asks for, with the malformed ones that it may ask for, too.
    pub(super) fn of<'m>(
        &self,
        question: &Question,
        malformed: &'m [Malformed],
    ) -> Result<(Vec<Arc<T>>, Vec<&'m Malformed>), Gap> {
        match question {
            Question::Get {
                namespace, name, ..
            } => {
                let wanted = namespace.as_deref().unwrap_or_default();
                let is = |o: &T| namespace_of(o) == wanted && name_of(o) == name;
                let called = match namespace {
                    Some(namespace) => format!("{namespace}/{name}"),
                    None => name.clone(),
                };
                let bad = malformed.iter().filter(|bad| bad.name == called);
                Ok((self.at(&Common::Place(wanted, name), is), bad.collect()))
            }
            Question::List {
                namespace: Some(namespace),
                labels,
                ..
            } => {
                let selector = Selector::parse(labels.as_deref().unwrap_or_default())
                    .map_err(|why| Gap::Malformed { why })?;
                let none = std::collections::BTreeMap::new();
                let is = |o: &T| {
                    let labels = o.metadata().labels.as_ref().unwrap_or(&none);
                    namespace_of(o) == namespace && selector.matches(labels)
                };
                let equal = selector.equal();
                let commons = equal.map(|(key, value)| Common::Label(namespace, key, value));
                let commons = commons.chain([Common::Namespace(namespace)]);
                let fewest = commons.min_by_key(|common| self.places(common).len());
                let found = fewest.map(|common| self.at(&common, is));
                let bad = malformed.iter().filter(|bad| {
                    bad.namespace().is_none_or(|own| own == namespace)
                        && selector.matches(&bad.labels)
                });
                Ok((found.unwrap_or_default(), bad.collect()))
            }
            Question::Find { name, .. } => {
                let called = |bad: &&Malformed| bad.name.ends_with(&format!("/{name}"));
                let bad = malformed.iter().filter(called);
                let is = |o: &T| name_of(o) == name;
                Ok((self.at(&Common::Name(name), is), bad.collect()))
            }
            _ => Err(Gap::misfit()),
        }
    }

    fn at(&self, common: &Common, is: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        let places = self.places(common).iter();
        let objects = places.filter_map(|at| self.all.get(*at as usize));
        objects.filter(|o| is(o)).cloned().collect()
    }

    fn places(&self, common: &Common) -> &[u32] {
        let places = self.places.get(&self.hasher.hash_one(common));
        places.map_or(&[], Vec::as_slice)
    }
}
