//! TLS that goes to the pods as it comes, told apart by the name that the client asks for: the controller ends none, and none of its
//! certificates matters.

use k8s_openapi::api::networking::v1::Ingress;

use crate::diagnosis::routing::Rule;

/// The name of the annotation behind every make's prefix.
const NAME: &str = "/ssl-passthrough";

/// How a make is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passthrough {
    /// The annotation's keys.
    pub keys: Vec<String>,
    /// The argument without which they do nothing, if there is one.
    pub switch: Option<&'static str>,
}

impl Passthrough {
    /// One that needs no argument.
    pub(super) fn by(prefixes: &[String]) -> Self {
        Self {
            keys: prefixes
                .iter()
                .map(|p| format!("{}{NAME}", p.trim_end_matches('/')))
                .collect(),
            switch: None,
        }
    }

    /// The annotation by which a rule asks for it: key and value.
    pub fn asked<'s>(&'s self, rule: &'s Rule) -> Option<(&'s str, &'s str)> {
        let mut keys = self.keys.iter();
        keys.find_map(|key| {
            let value = rule.annotation(key).filter(|v| is_true(v))?;
            Some((key.as_str(), value))
        })
    }
}

/// Whether an Ingress asks some make for it.
pub fn asks(ingress: &Ingress) -> bool {
    let mut all = ingress.metadata.annotations.iter().flatten();
    all.any(|(key, value)| key.ends_with(NAME) && is_true(value))
}

/// Go's strconv.ParseBool.
fn is_true(value: &str) -> bool {
    ["1", "t", "T", "TRUE", "true", "True"].contains(&value)
}
