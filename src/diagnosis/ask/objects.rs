//! Reads of objects: by name, by namespace and labels, or as a part of all of a kind.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnosis::Breadth;
use crate::diagnosis::ask::listed::Listed;
use crate::diagnosis::ask::missed::Cause;
use crate::diagnosis::ask::reads::{Reads, unfit};
use crate::diagnosis::ask::whole::{self, Whole};
use crate::diagnosis::semantics::meta::namespace_of;
use crate::facts::{Answer, Gap, Kind, Malformed, Question, Typed, Unknown};
use crate::report::GapNote;

/// Objects, and those that do not decode and may be meant as well.
type Found<'a, T> = (Vec<Arc<T>>, Vec<&'a Malformed>);

impl<'a> Reads<'a> {
    /// One object by name; none when the API server said that there is none.
    pub fn get<T: Typed>(
        &self,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Arc<T>>, Unknown> {
        let question = Question::Get {
            kind: T::OF,
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        // An object that does not decode is there all the same.
        Ok(self.objects::<T>(question)?.whole()?.into_iter().next())
    }

    /// The objects of a kind in one namespace, or in all.
    pub fn list<T: Typed>(
        &self,
        namespace: Option<&str>,
        labels: Option<String>,
        fields: Option<String>,
    ) -> Result<Listed<T>, Unknown> {
        let question = Question::List {
            kind: T::OF,
            namespace: namespace.map(str::to_owned),
            labels,
            fields,
        };
        self.objects(question)
    }

    /// The objects of a kind in the whole cluster where that is allowed, else those of the user's namespace.
    pub fn list_widely<T: Typed>(&self, labels: Option<&str>) -> Result<Listed<T>, Unknown> {
        let (items, missing) = self.widely(|namespace| {
            let listed = self.list::<T>(namespace, labels.map(str::to_owned), None)?;
            Ok((listed.items, listed.missing))
        })?;
        Ok(Listed { items, missing })
    }

    /// The same, as what is made of them once for all walks.
    pub fn list_widely_as<T: Typed, D: Send + Sync + 'static>(
        &self,
        make: impl Fn(Vec<Arc<T>>) -> D,
    ) -> Result<(Arc<D>, Option<Gap>), Unknown> {
        self.widely(|namespace| {
            let all = || Question::list_all(T::OF);
            let question = namespace.map_or_else(all, |ns| Question::list_in(T::OF, ns));
            self.derived(question, &make)
        })
    }

    /// Reads the whole cluster where that is allowed, else the user's namespace, which may not be all.
    fn widely<R>(
        &self,
        read: impl Fn(Option<&str>) -> Result<(R, Option<Gap>), Unknown>,
    ) -> Result<(R, Option<Gap>), Unknown> {
        match read(None) {
            Err(Unknown::Gap(Gap::Forbidden { .. })) => {
                let namespace = self.settings.namespace.as_str();
                let (found, missing) = read(Some(namespace))?;
                let only = || Gap::NotAsked {
                    why: format!("only namespace {namespace} was seen"),
                };
                Ok((found, missing.or_else(|| Some(only()))))
            }
            other => other,
        }
    }

    /// The same of a kind that somebody has to install: none where nobody did, or nobody looked. That is no gap of the cluster's.
    pub fn installed<R>(
        &self,
        wide: &Question,
        read: impl FnOnce(&Self) -> Result<R, Unknown>,
    ) -> Result<Option<R>, Unknown> {
        match self.facts.count(wide) {
            Some(Err(gap)) if *gap == Gap::NotInstalled || gap.is_on_purpose() => {
                self.note_read(wide);
                Ok(None)
            }
            _ => read(self).map(Some),
        }
    }

    /// Whether a list is known to be one of a kind that nobody installed. It asks nothing.
    pub fn lacks(&self, list: &Question) -> bool {
        matches!(self.facts.count(list), Some(Err(gap)) if *gap == Gap::NotInstalled)
    }

    /// The namespaces that have an object of a name.
    pub fn find<T: Typed>(&self, name: &str) -> Result<Vec<String>, Unknown> {
        let question = Question::Find {
            kind: T::OF,
            name: name.to_owned(),
        };
        if let Some((objects, bad)) = self.of_whole::<T>(&question)? {
            let namespaces = objects.iter().map(|o| namespace_of(&**o));
            // One that does not decode is there all the same.
            let all = namespaces.chain(bad.iter().filter_map(|b| b.namespace()));
            let all: BTreeSet<&str> = all.collect();
            return Ok(all.into_iter().map(str::to_owned).collect());
        }
        match self.probe(question)? {
            Answer::Namespaces { namespaces } => Ok(namespaces.clone()),
            _ => Err(unfit()),
        }
    }

    fn objects<T: Typed>(&self, question: Question) -> Result<Listed<T>, Unknown> {
        let (items, malformed) = if let Some(found) = self.of_whole(&question)? {
            found
        } else {
            self.note_read(&question);
            match self.facts.objects::<T>(&question) {
                Ok((items, malformed)) => (items, malformed.iter().collect()),
                Err(unknown) => return Err(self.missing(question, unknown)),
            }
        };
        let missing = self.malformed(T::OF, malformed);
        Ok(Listed { items, missing })
    }

    /// What a list of all of a kind has for a narrower question; none where it cannot tell, or where few targets are walked.
    fn of_whole<T: Typed>(&self, question: &Question) -> Result<Option<Found<'a, T>>, Unknown> {
        if self.settings.breadth == Breadth::Single {
            return Ok(None);
        }
        for list in whole::wider(question) {
            match self.facts.derive(&list, Whole::<T>::new) {
                Ok((whole, malformed)) => {
                    self.note_read(&list);
                    let found = whole.of(question, malformed).map_err(Unknown::Gap)?;
                    let none = found.0.is_empty() && found.1.is_empty();
                    return Ok((!none || !whole::is_part(&list)).then_some(found));
                }
                Err(Unknown::Gap(gap)) if whole::may_be_narrower(&gap) => {}
                Err(unknown) => {
                    self.note_read(&list);
                    return Err(self.missing(list, unknown));
                }
            }
        }
        Ok(None)
    }

    fn derived<T: Typed, D: Send + Sync + 'static>(
        &self,
        question: Question,
        make: impl FnOnce(Vec<Arc<T>>) -> D,
    ) -> Result<(Arc<D>, Option<Gap>), Unknown> {
        self.note_read(&question);
        match self.facts.derive(&question, make) {
            Ok((made, malformed)) => Ok((made, self.malformed(T::OF, malformed))),
            Err(unknown) => Err(self.missing(question, unknown)),
        }
    }

    /// Notes objects that do not decode, and says what that hides.
    fn malformed<'m>(
        &self,
        kind: Kind,
        malformed: impl IntoIterator<Item = &'m Malformed>,
    ) -> Option<Gap> {
        let mut first = None;
        for bad in malformed {
            let what = format!("{} {}", kind.title(), bad.name);
            first.get_or_insert_with(|| Gap::Malformed {
                why: format!("{what}: {}", bad.why),
            });
            let told = GapNote {
                what,
                why: format!("malformed: {}", bad.why),
                allow: None,
                hides: Vec::new(),
            };
            self.note(told, Cause::Read);
        }
        first
    }
}
