//! Which Ingresses a controller looks at, whatever their class: by namespace, by their labels, by those of their namespace.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::semantics::meta::namespace_of;
use crate::diagnosis::semantics::selector::Selector;

type Labels = BTreeMap<String, String>;

/// The limits of what a controller looks at; none where its command line says none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    namespaces: Option<Limit>,
    listed: Option<Listed>,
    labels: Option<Limit>,
    namespace_labels: Option<Limit>,
    no_class: Option<String>,
    no_catch_all: Option<String>,
}

/// One argument.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Limit {
    key: String,
    value: String,
}

impl Limit {
    /// The argument, if it says something. What a variable says that is not known may be anything.
    fn of(args: &Args, key: &str) -> Option<Self> {
        let value = args.value(key)?;
        (!value.is_empty() && !value.contains("$(")).then(|| Self {
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }

    fn argument(&self) -> String {
        format!("--{}={}", self.key, self.value)
    }
}

/// An argument that is given once for each namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    key: String,
    names: Vec<String>,
    /// These alone; else all but these.
    only: bool,
}

impl Listed {
    /// What a variable says that is not known may be any namespace.
    fn of(args: &Args, key: &str, only: bool) -> Option<Self> {
        let all = args.values(key).filter(|v| !v.is_empty());
        let (known, open): (Vec<&str>, Vec<&str>) = all.partition(|v| !v.contains("$("));
        let says = !known.is_empty() && (!only || open.is_empty());
        says.then(|| Self {
            key: key.to_owned(),
            names: known.into_iter().map(str::to_owned).collect(),
            only,
        })
    }

    fn leaves_out(&self, namespace: &str) -> Option<Outside> {
        let named = self.names.iter().any(|n| n == namespace);
        let (arguments, why) = if self.only {
            let all = self.names.join(", ");
            let why = format!("it looks at namespaces {all} only");
            (self.names.clone(), why)
        } else {
            let why = format!("it does not look at namespace {namespace}");
            (vec![namespace.to_owned()], why)
        };
        let argument = |name: &String| format!("--{}={name}", self.key);
        (named != self.only).then(|| Outside {
            argument: arguments.iter().map(argument).collect::<Vec<_>>().join(" "),
            why,
        })
    }
}

/// That a controller does not look at an Ingress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The argument by which it does not.
    pub argument: String,
    /// What it looks at instead.
    pub why: String,
}

impl Scope {
    /// Those whose namespace the argument lists, separated by commas.
    pub(super) fn namespaces(self, args: &Args, key: &str) -> Self {
        Self {
            namespaces: Limit::of(args, key),
            ..self
        }
    }

    /// Those of the namespaces that one argument names, each time it is given; where it is not, those that the other does not name.
    pub(super) fn each_namespace(self, args: &Args, only: &str, never: &str) -> Self {
        let listed = if args.value(only).is_some() {
            Listed::of(args, only, true)
        } else {
            Listed::of(args, never, false)
        };
        Self { listed, ..self }
    }

    /// Those whose labels the argument selects.
    pub(super) fn labels(self, args: &Args, key: &str) -> Self {
        Self {
            labels: Limit::of(args, key),
            ..self
        }
    }

    /// Those whose namespace's labels the argument selects.
    pub(super) fn namespace_labels(self, args: &Args, key: &str) -> Self {
        Self {
            namespace_labels: Limit::of(args, key),
            ..self
        }
    }

    /// None that names a class in its spec, where the switch is on.
    pub(super) fn without_class_field(self, args: &Args, key: &str) -> Self {
        Self {
            no_class: args.is_on(key).then(|| format!("--{key}")),
            ..self
        }
    }

    /// None with a default backend, where the switch is on.
    pub(super) fn without_catch_all(self, args: &Args, key: &str) -> Self {
        Self {
            no_catch_all: args.is_on(key).then(|| format!("--{key}")),
            ..self
        }
    }

    /// Whether the labels of namespaces have to be known.
    pub const fn wants_namespace(&self) -> bool {
        self.namespace_labels.is_some()
    }

    /// Why an Ingress is outside. Of a namespace whose labels are not known, none is.
    pub fn leaves_out(&self, ingress: &Ingress, namespace: Option<&Labels>) -> Option<Outside> {
        let own = namespace_of(ingress);
        let none = Labels::new();
        let outside = |limit: &Limit, what: &str| Outside {
            argument: limit.argument(),
            why: format!("it looks at {what} {} only", limit.value),
        };
        let spec = ingress.spec.as_ref();
        let switched = |switch: &Option<String>, found: bool, why: &str| {
            let argument = switch.clone().filter(|_| found)?;
            let why = why.to_owned();
            Some(Outside { argument, why })
        };
        let class = spec.is_some_and(|s| s.ingress_class_name.is_some());
        let catches = spec.is_some_and(|s| s.default_backend.is_some());
        let class = switched(
            &self.no_class,
            class,
            "it looks up no IngressClass, and takes none that names one in its spec",
        );
        let catches = || {
            switched(
                &self.no_catch_all,
                catches,
                "it takes no Ingress with a default backend",
            )
        };
        if let Some(outside) = class.or_else(catches) {
            return Some(outside);
        }
        if let Some(limit) = &self.namespaces {
            let mut listed = limit.value.split(',').map(str::trim);
            if !listed.any(|ns| ns == own) {
                return Some(outside(limit, "namespace"));
            }
        }
        if let Some(outside) = self.listed.as_ref().and_then(|l| l.leaves_out(own)) {
            return Some(outside);
        }
        let misses = |limit: &&Limit, labels: &Labels| {
            Selector::parse(&limit.value).is_ok_and(|s| !s.matches(labels))
        };
        let labels = ingress.metadata.labels.as_ref().unwrap_or(&none);
        if let Some(limit) = self.labels.as_ref().filter(|l| misses(l, labels)) {
            return Some(outside(limit, "Ingresses with labels"));
        }
        let limit = self.namespace_labels.as_ref();
        let limit = limit.filter(|l| namespace.is_some_and(|labels| misses(l, labels)))?;
        Some(outside(limit, "namespaces with labels"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::dialect::tests::ingress;

    #[test]
    fn an_ingress_is_outside_by_one_limit_that_is_known() {
        let object = ingress("shop/web", 1, &["a.com / P web"]);
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            let all = pairs.iter();
            all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        let scope = |args: &[&str]| {
            let args = Args::of(args.iter().copied());
            let scope = Scope::default().namespaces(&args, "only");
            let scope = scope.labels(&args, "labels");
            scope.namespace_labels(&args, "namespaces")
        };
        let out = |args: &[&str], namespace: Option<&Labels>| {
            scope(args)
                .leaves_out(&object, namespace)
                .map(|o| o.argument)
        };
        let argument_of = |text: &str| Some(text.to_owned());
        let argument = argument_of;
        assert_eq!(out(&[], None), None);
        assert_eq!(out(&["--only=other,shop"], None), None);
        assert_eq!(out(&["--only=other"], None), argument("--only=other"));
        assert_eq!(out(&["--only=$(POD_NAMESPACE)"], None), None);
        assert_eq!(out(&["--labels=team=a"], None), argument("--labels=team=a"));
        assert_eq!(out(&["--labels=team!=a"], None), None);
        let (team, none) = (labels(&[("team", "a")]), labels(&[]));
        assert_eq!(out(&["--namespaces=team=a"], None), None, "not known");
        assert_eq!(out(&["--namespaces=team=a"], Some(&team)), None);
        assert_eq!(
            out(&["--namespaces=team=a"], Some(&none)),
            argument("--namespaces=team=a")
        );
        assert!(scope(&["--namespaces=team=a"]).wants_namespace());
        let mut classed = (*object).clone();
        let spec = classed.spec.as_mut().expect("a spec");
        spec.ingress_class_name = Some("web".to_owned());
        let args = Args::of(["--off"]);
        let off = Scope::default().without_class_field(&args, "off");
        let argument = off.leaves_out(&classed, None).map(|o| o.argument);
        assert_eq!(argument.as_deref(), Some("--off"));
        assert_eq!(off.leaves_out(&object, None), None);
        let each = |args: &[&str]| {
            let args = Args::of(args.iter().copied());
            let scope = Scope::default().each_namespace(&args, "only", "never");
            scope.leaves_out(&object, None).map(|o| o.argument)
        };
        assert_eq!(each(&["--only=other", "--only=shop"]), None);
        assert_eq!(
            each(&["--only", "a", "--only=b"]),
            argument_of("--only=a --only=b")
        );
        assert_eq!(each(&["--only=other", "--only=$(NS)"]), None);
        assert_eq!(
            each(&["--never=a", "--never=shop"]),
            argument_of("--never=shop")
        );
        assert_eq!(each(&["--never=shop", "--only=shop"]), None);
        assert_eq!(each(&["--never=a"]), None);
        let off = Scope::default().without_catch_all(&args, "off");
        assert_eq!(off.leaves_out(&classed, None), None);
    }
}
