//! Facts that go on: what happens to known objects is taken in where they lie, and all else that is known can be dropped.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use super::{Facts, Gap, Kind, Known, Malformed, Objects, Question, display_name};

/// What happens to the objects of a question.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// An object came, or is not as it was.
    Put(Value),
    /// An object went; as it was last.
    Gone(Value),
    /// Nobody watches any more; what happens from here on is not told.
    Lost(Gap),
}

/// The object as JSON, or why it does not decode.
pub type Seen = Result<Value, String>;

/// Where each object is, by its name. Made when it is first wanted: a list that nobody watches needs none.
#[derive(Clone, Default)]
pub(super) struct Places(OnceLock<HashMap<String, usize>>);

impl Places {
    /// Takes up one more, where it is made.
    fn push(&mut self, name: String, at: usize) {
        if let Some(all) = self.0.get_mut() {
            all.insert(name, at);
        }
    }
}

impl Objects {
    /// Where the object of a name is. Of several the first, as a list has each once.
    fn place(&self, kind: Kind, name: &str) -> Option<usize> {
        let make = || {
            let all = self.items.iter().enumerate().rev();
            all.map(|(at, item)| (kind.name_of(item), at)).collect()
        };
        self.places.0.get_or_init(make).get(name).copied()
    }
}

impl Facts {
    /// Takes in what happened to one object of an answered question. What does not decode is malformed from then on.
    pub fn apply(&mut self, question: &Question, news: News) {
        let (Some(kind), Some(Known::Objects(o))) = (question.kind(), self.known.get_mut(question))
        else {
            return;
        };
        let (object, stays) = match news {
            News::Put(object) => (object, true),
            News::Gone(object) => (object, false),
            News::Lost(_) => return,
        };
        let o = Arc::make_mut(o);
        let name = display_name(&object);
        let labels = object.pointer("/metadata/labels").cloned();
        o.derived.clear();
        o.malformed.retain(|bad| bad.name != name);
        let at = o.place(kind, &name);
        let decoded = stays.then(|| kind.decode(object));
        match (decoded, at) {
            (Some(Ok(item)), Some(at)) => o.items[at] = item,
            (Some(Ok(item)), None) => {
                o.places.push(name, o.items.len());
                o.items.push(item);
            }
            (other, at) => {
                if let Some(at) = at {
                    o.items.remove(at);
                    o.places = Places::default();
                }
                if let Some(Err(why)) = other {
                    o.malformed.push(Malformed::new(name, labels, why));
                }
            }
        }
    }

    /// Keeps what is known of some questions only.
    pub fn retain(&mut self, keep: impl Fn(&Question) -> bool) {
        self.known.retain(|question, _| keep(question));
        self.took.retain(|question, _| keep(question));
    }

    /// Drops what is known to have no answer.
    pub fn retain_good(&mut self) {
        self.known
            .retain(|_, known| !matches!(known, Known::Gap(_)));
    }

    /// Takes over what others know of a question.
    pub fn copy(&mut self, from: &Self, question: &Question) {
        if let Some(known) = from.known.get(question) {
            self.known.insert(question.clone(), known.clone());
        }
        if let Some(took) = from.took.get(question) {
            self.took.insert(question.clone(), *took);
        }
    }

    /// The questions that were answered.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.known.keys()
    }

    /// Why a question has no answer; none where it has one, and where it was not answered yet.
    pub fn gap(&self, question: &Question) -> Option<&Gap> {
        match self.known.get(question)? {
            Known::Gap(gap) => Some(gap),
            Known::Objects(_) | Known::Probe(_) => None,
        }
    }

    /// The objects of an answered question by `namespace/name`.
    pub fn seen(&self, question: &Question) -> BTreeMap<String, Seen> {
        let (Some(kind), Some(Known::Objects(o))) = (question.kind(), self.known.get(question))
        else {
            return BTreeMap::new();
        };
        let good = o
            .items
            .iter()
            .filter_map(|item| Some((kind.name_of(item), Ok(kind.json(item)?))));
        let bad = o
            .malformed
            .iter()
            .map(|bad| (bad.name.clone(), Err(bad.why.clone())));
        good.chain(bad).collect()
    }

    /// One of them.
    pub fn seen_one(&self, question: &Question, name: &str) -> Option<Seen> {
        let (kind, Known::Objects(o)) = (question.kind()?, self.known.get(question)?) else {
            return None;
        };
        match o.malformed.iter().find(|bad| bad.name == name) {
            Some(bad) => Some(Err(bad.why.clone())),
            None => kind.json(&o.items[o.place(kind, name)?]).map(Ok),
        }
    }

    /// An object that some answer holds, as JSON with `apiVersion` and `kind`.
    pub fn object(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Option<Value> {
        let name = match namespace {
            Some(ns) => format!("{ns}/{name}"),
            None => name.to_owned(),
        };
        self.known
            .keys()
            .filter(|question| question.kind() == Some(kind))
            .find_map(|question| self.seen_one(question, &name)?.ok())
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Service;
    use serde_json::json;

    use super::*;
    use crate::facts::Answer;

    fn service(name: &str, app: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"app": app}}})
    }

    fn known(objects: Vec<Value>) -> (Facts, Question) {
        let question = Question::list_all(Kind::Service);
        let mut facts = Facts::new();
        facts.insert(question.clone(), Ok(Answer::Objects { objects }));
        (facts, question)
    }

    #[test]
    fn an_object_is_replaced_added_and_taken_out_in_place() {
        let (mut facts, question) = known(vec![service("a", "1"), service("b", "1")]);
        facts.apply(&question, News::Put(service("a", "2")));
        facts.apply(&question, News::Put(service("c", "3")));
        facts.apply(&question, News::Gone(service("b", "1")));
        let seen = facts.seen(&question);
        assert_eq!(seen.keys().collect::<Vec<_>>(), ["shop/a", "shop/c"]);
        let a = facts
            .object(Kind::Service, Some("shop"), "a")
            .expect("known");
        assert_eq!(a["spec"]["selector"]["app"], "2");
        assert_eq!(
            (&a["kind"], &a["apiVersion"]),
            (&json!("Service"), &json!("v1"))
        );
        assert_eq!(facts.object(Kind::Service, Some("shop"), "b"), None);
        assert_eq!(facts.object(Kind::Service, None, "a"), None);
    }

    #[test]
    fn what_stops_decoding_is_malformed_until_it_decodes_again() {
        let (mut facts, question) = known(vec![service("a", "1")]);
        let mut bad = service("a", "1");
        bad["spec"] = json!("text");
        facts.apply(&question, News::Put(bad.clone()));
        let (items, malformed) = facts.objects::<Service>(&question).expect("known");
        assert_eq!((items.len(), malformed.len()), (0, 1));
        facts.apply(&question, News::Put(bad.clone()));
        assert_eq!(
            facts.objects::<Service>(&question).expect("known").1.len(),
            1
        );
        facts.apply(&question, News::Put(service("a", "1")));
        let (items, malformed) = facts.objects::<Service>(&question).expect("known");
        assert_eq!((items.len(), malformed.len()), (1, 0));
        facts.apply(&question, News::Put(bad.clone()));
        facts.apply(&question, News::Gone(bad));
        assert!(facts.seen(&question).is_empty());
    }

    #[test]
    fn nothing_is_taken_in_for_a_question_that_has_no_objects() {
        let (mut facts, question) = known(Vec::new());
        let other = Question::list_all(Kind::Pod);
        facts.apply(&other, News::Put(service("a", "1")));
        assert!(!facts.knows(&other));
        facts.insert(question.clone(), Err(Gap::TimedOut));
        facts.apply(&question, News::Put(service("a", "1")));
        assert_eq!(facts.gap(&question), Some(&Gap::TimedOut));
    }
}
