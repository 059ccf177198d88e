//! The annotations of ingress-nginx: what their keys begin with is the controller's to say (pkg/flags: --annotations-prefix). Those that
//! begin otherwise are nobody's.

use std::borrow::Cow;

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::routing::Rule;

/// What keys begin with, with the slash.
#[derive(Clone, Debug)]
pub struct Notes(Cow<'static, str>);

impl Notes {
    /// The usual ones.
    pub const USUAL: Self = Self(Cow::Borrowed("nginx.ingress.kubernetes.io/"));

    /// Those of a controller whose command line says others than the usual.
    pub fn told(args: &Args) -> Option<Self> {
        let said = args.value("annotations-prefix");
        let said = said.filter(|p| !p.is_empty() && !p.contains("$("))?;
        let told = Self::beginning(said);
        (told.0 != Self::USUAL.0).then_some(told)
    }

    /// Those whose keys begin with this, and a slash.
    pub fn beginning(with: &str) -> Self {
        Self(Cow::Owned(format!("{with}/")))
    }

    /// What keys begin with.
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// The key of an annotation.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.0)
    }

    /// An annotation of an Ingress.
    pub fn of<'i>(&self, ingress: &'i Ingress, name: &str) -> Option<&'i str> {
        let mut all = ingress.metadata.annotations.iter().flatten();
        let is = |key: &str| key.strip_prefix(&*self.0) == Some(name);
        let (_, value) = all.find(|(key, _)| is(key))?;
        Some(value)
    }

    /// An annotation of a rule's object.
    pub fn on<'r>(&self, rule: &'r Rule, name: &str) -> Option<&'r str> {
        rule.annotation(&self.key(name))
    }

    /// Whether one is there and true.
    pub fn is_on(&self, ingress: &Ingress, name: &str) -> bool {
        self.of(ingress, name).is_some_and(is_true)
    }
}

/// The values of an annotation, whatever its key begins with.
pub fn any<'i>(ingress: &'i Ingress, name: &str) -> impl Iterator<Item = &'i str> {
    let all = ingress.metadata.annotations.iter().flatten();
    let called = all.filter(move |(key, _)| key.rsplit_once('/').is_some_and(|(_, n)| n == name));
    called.map(|(_, value)| value.as_str())
}

/// Go's strconv.ParseBool.
pub fn is_true(value: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True"].contains(&value)
}
