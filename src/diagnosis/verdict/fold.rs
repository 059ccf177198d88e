//! Which finding is a mere symptom of which: a cause explains what lies in its scope or within.

use std::sync::Arc;

use crate::diagnosis::checks::table::find;
use crate::diagnosis::hops::journey::Journey;
use crate::report::{Finding, Scope};

/// Names for each symptom the deepest cause that is there, is as severe, and covers it.
pub(super) fn fold(journey: &Journey, findings: &mut [Finding]) {
    if findings.is_empty() {
        return;
    }
    let shape = Shape::of(journey);
    let causes: Vec<_> = findings
        .iter()
        .map(|f| (f.code, f.severity, f.scope.clone()))
        .collect();
    for finding in findings {
        let Some(check) = find(finding.code) else {
            continue;
        };
        finding.caused_by = check.causes().find(|wanted| {
            causes.iter().any(|(code, severity, scope)| {
                code == wanted
                    && *severity >= finding.severity
                    && shape.covers(scope, &finding.scope)
            })
        });
    }
}

/// Which backend is behind which entrance.
#[derive(Clone, Debug, Default)]
struct Shape {
    /// Each entrance with the backends that get its requests.
    entrances: Vec<(Arc<str>, Vec<Arc<str>>)>,
}

impl Shape {
    fn of(journey: &Journey) -> Self {
        let backends = |e| journey.weighted(e).map(|b| b.id.0.clone()).collect();
        let entrances = journey.entrances.iter();
        Self {
            entrances: entrances
                .map(|e| (e.id.0.clone(), backends(&e.id)))
                .collect(),
        }
    }

    /// Whether a cause in one scope explains a symptom in another: in the same, in one within, and in the one around where nothing
    /// else is in that: the only backend of an entrance is all of it, and so is the only entrance of a request.
    fn covers(&self, cause: &Scope, symptom: &Scope) -> bool {
        let (cause, symptom) = (self.widened(cause), self.widened(symptom));
        match (&cause, &symptom) {
            (Scope::Request, _) => true,
            (Scope::Entrance(e), Scope::Backend(b)) => self
                .entrances
                .iter()
                .any(|(id, backends)| id == e && backends.contains(b)),
            _ => cause == symptom,
        }
    }

    /// The widest scope that is the same thing.
    fn widened(&self, scope: &Scope) -> Scope {
        let around = match scope {
            Scope::Request => None,
            Scope::Entrance(_) => (self.entrances.len() == 1).then_some(Scope::Request),
            Scope::Backend(b) => self
                .entrances
                .iter()
                .find(|(_, backends)| backends.contains(b))
                .filter(|(_, backends)| backends.len() == 1)
                .map(|(id, _)| Scope::Entrance(id.clone())),
        };
        around.map_or_else(|| scope.clone(), |around| self.widened(&around))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(entrances: &[(&str, &[&str])]) -> Shape {
        let names = |all: &[&str]| all.iter().map(|name| Arc::from(*name)).collect();
        let entrances = entrances.iter();
        Shape {
            entrances: entrances
                .map(|(id, backends)| (Arc::from(*id), names(backends)))
                .collect(),
        }
    }

    fn entrance(id: &str) -> Scope {
        Scope::Entrance(id.into())
    }

    fn backend(id: &str) -> Scope {
        Scope::Backend(id.into())
    }

    #[test]
    fn the_only_one_is_all_there_is() {
        let one = shape(&[("traefik", &["shop/web:80"])]);
        let scopes = [Scope::Request, entrance("traefik"), backend("shop/web:80")];
        for cause in &scopes {
            for symptom in &scopes {
                assert!(one.covers(cause, symptom), "{cause:?} {symptom:?}");
            }
        }
    }

    #[test]
    fn of_two_backends_neither_explains_the_other_in_either_order() {
        for backends in [["a", "b"], ["b", "a"]] {
            let two = shape(&[("nginx", &backends)]);
            assert!(!two.covers(&backend("a"), &backend("b")));
            assert!(!two.covers(&backend("b"), &backend("a")));
            assert!(two.covers(&backend("a"), &backend("a")));
            // Nor what all requests meet; what all requests meet explains both.
            assert!(!two.covers(&backend("a"), &entrance("nginx")));
            assert!(two.covers(&entrance("nginx"), &backend("a")));
            assert!(two.covers(&Scope::Request, &backend("b")));
        }
    }

    #[test]
    fn of_two_entrances_neither_explains_the_other_in_either_order() {
        let (a, b) = (("old", &["a"][..]), ("new", &["b"][..]));
        for entrances in [[a, b], [b, a]] {
            let two = shape(&entrances);
            assert!(!two.covers(&entrance("old"), &entrance("new")));
            assert!(!two.covers(&entrance("new"), &entrance("old")));
            // A backend that is all of its entrance explains that entrance, and only that.
            assert!(two.covers(&backend("a"), &entrance("old")));
            assert!(!two.covers(&backend("a"), &entrance("new")));
            assert!(!two.covers(&backend("a"), &Scope::Request));
            assert!(!two.covers(&backend("a"), &backend("b")));
            assert!(two.covers(&Scope::Request, &entrance("new")));
        }
    }
}
