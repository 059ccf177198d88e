//! What a finding is about.

use crate::diagnosis::routing::Place;
use crate::report::Subject;

/// A host as the subject of a finding.
pub fn host_subject(host: &str) -> Subject {
    Subject {
        api_version: String::new(),
        kind: "Host".to_owned(),
        namespace: None,
        name: host.to_owned(),
    }
}

/// An object as the subject of a finding.
pub fn subject(kind: crate::facts::Kind, namespace: Option<&str>, name: &str) -> Subject {
    Subject {
        api_version: kind.api_version().to_owned(),
        kind: kind.name().to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }
}

/// The same, of the object in which routing is written.
pub fn subject_in(place: &Place) -> Subject {
    let declared = &place.declared;
    subject(declared.kind(), Some(declared.namespace()), declared.name())
}

/// The same, from the object itself.
pub fn subject_of<T: crate::facts::Typed>(object: &T) -> Subject {
    let meta = object.metadata();
    let name = meta.name.as_deref().unwrap_or_default();
    subject(T::OF, meta.namespace.as_deref(), name)
}
