//! The environment of a container, as its kubelet makes it: `envFrom` first, then `env`, with `$(NAME)` replaced by what stands before.
//!
//! Source: `makeEnvironmentVariables` of `pkg/kubelet/kubelet_pods.go`, `k8s.io/kubernetes/third_party/forked/golang/expansion`.

use k8s_openapi::api::core::v1::{Container, EnvVar};

use super::Search;
use crate::diagnosis::semantics::meta::display;
use crate::facts::Kind;
use crate::facts::called::as_part;

/// A variable whose value is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub name: String,
    pub value: String,
}

/// The variables of a container. `of` names it.
pub(super) fn of_container(search: &mut Search, container: &Container, of: &str) -> Vec<Variable> {
    let mut variables = Vec::new();
    for from in container.env_from.iter().flatten() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        if let Some(secret) = &from.secret_ref {
            let what = display(Kind::Secret, Some(search.namespace), &secret.name);
            search.unread(format!(
                "{what} (envFrom {of}): values of Secrets are not read"
            ));
        }
        let Some(config) = &from.config_map_ref else {
            continue;
        };
        let config = search.config(&config.name, &format!("envFrom {of}"));
        for (key, value) in config.iter().flat_map(|c| c.data.iter().flatten()) {
            put(&mut variables, format!("{prefix}{key}"), value.clone());
        }
    }
    for variable in container.env.iter().flatten() {
        let value = match &variable.value {
            Some(value) => Some(expanded(value, &variables)),
            None => referred(search, variable, of),
        };
        match value {
            Some(value) => put(&mut variables, variable.name.clone(), value),
            // What it was before it is no more.
            None => variables.retain(|v| v.name != variable.name),
        }
    }
    variables
}

/// The value that stands elsewhere.
fn referred(search: &mut Search, variable: &EnvVar, of: &str) -> Option<String> {
    let from = variable.value_from.as_ref()?;
    let by = format!("env {} {of}", variable.name);
    if let Some(secret) = &from.secret_key_ref {
        let what = display(Kind::Secret, Some(search.namespace), &secret.name);
        search.unread(format!("{what} ({by}): values of Secrets are not read"));
    }
    let key = from.config_map_key_ref.as_ref()?;
    let config = search.config(&key.name, &by)?;
    config.data.as_ref()?.get(&key.key).cloned()
}

fn put(variables: &mut Vec<Variable>, name: String, value: String) {
    variables.retain(|v| v.name != name);
    variables.push(Variable { name, value });
}

/// A text with `$(NAME)` replaced; what is not known stays, and `$$` is a dollar.
pub(super) fn expanded(text: &str, variables: &[Variable]) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(escaped) = after.strip_prefix('$') {
            out.push('$');
            rest = escaped;
            continue;
        }
        let name = after.strip_prefix('(').and_then(|n| n.split_once(')'));
        let known = name.and_then(|(name, rest)| {
            let variable = variables.iter().find(|v| v.name == name)?;
            Some((variable, rest))
        });
        if let Some((variable, left)) = known {
            out.push_str(as_part(&variable.value));
            rest = left;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_as_the_kubelet_replaces_them() {
        let variable = |name: &str, value: &str| Variable {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let known = [
            variable("HOST", "product"),
            variable("PORT", "8080"),
            variable("DB", "tcp://db:5432"),
        ];
        for (text, expected) in [
            ("http://$(HOST):$(PORT)/", "http://product:8080/"),
            ("postgres://$(DB)/x", "postgres://db:5432/x"),
            ("$(MISSING):1", "$(MISSING):1"),
            ("$$(HOST)", "$(HOST)"),
            ("$HOST $", "$HOST $"),
            ("$(HOST", "$(HOST"),
        ] {
            assert_eq!(expanded(text, &known), expected);
        }
    }
}
