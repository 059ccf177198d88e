//! What ingress-nginx keeps from its backends, and what its administrator keeps from Ingresses.
//!
//! Source: internal/ingress/annotations (a snippet's risk is Critical; `CheckAnnotationRisk`, whose failure leaves the whole Ingress out)
//! and internal/ingress/controller (`dropSnippetDirectives`) of kubernetes/ingress-nginx.

use k8s_openapi::api::networking::v1::Ingress;

use super::{annotation, is_true};
use crate::diagnosis::dialect::questions::{Settings, Snippet, Turning};
use crate::diagnosis::routing::{Declared, Rule};
use crate::facts::config::{ALLOW_SNIPPETS, RISK_LEVEL};

/// The first version in which snippets are more than what is allowed by itself.
const STRICT: (u32, u32) = (1, 12);
/// The first version that does not take snippets by itself, and that knows risks.
const CAREFUL: (u32, u32) = (1, 9);

/// Their names behind the prefix, and their keys.
const SNIPPETS: &[(&str, &str)] = &[
    (
        "configuration-snippet",
        "nginx.ingress.kubernetes.io/configuration-snippet",
    ),
    (
        "server-snippet",
        "nginx.ingress.kubernetes.io/server-snippet",
    ),
    (
        "stream-snippet",
        "nginx.ingress.kubernetes.io/stream-snippet",
    ),
    ("auth-snippet", "nginx.ingress.kubernetes.io/auth-snippet"),
    (
        "modsecurity-snippet",
        "nginx.ingress.kubernetes.io/modsecurity-snippet",
    ),
];

const fn by_address(key: &'static str) -> Turning {
    Turning {
        key,
        by_address: true,
    }
}

const fn by_proof(key: &'static str) -> Turning {
    Turning {
        key,
        by_address: false,
    }
}

/// Annotations by which requests are turned away.
pub const TURNING: &[Turning] = &[
    by_address("nginx.ingress.kubernetes.io/whitelist-source-range"),
    by_address("nginx.ingress.kubernetes.io/allowlist-source-range"),
    by_proof("nginx.ingress.kubernetes.io/denylist-source-range"),
    by_proof("nginx.ingress.kubernetes.io/auth-type"),
    by_proof("nginx.ingress.kubernetes.io/auth-url"),
    by_proof("nginx.ingress.kubernetes.io/auth-tls-secret"),
];

/// Whether an Ingress has one.
pub fn has_snippet(ingress: &Ingress) -> bool {
    SNIPPETS
        .iter()
        .any(|(name, _)| annotation(ingress, name).is_some())
}

/// What becomes of a rule's. Without a version it is taken to be a current one.
pub fn snippet(rule: &Rule, version: Option<(u32, u32)>, config: &Settings) -> Option<Snippet> {
    let Declared::Ingress(ingress) = &rule.place.declared;
    let has = |(name, _): &&(&str, &str)| annotation(ingress, name).is_some();
    let (_, key) = SNIPPETS.iter().find(has)?;
    let since = |first| version.is_none_or(|v| v >= first);
    let usual = if since(STRICT) { "High" } else { "Critical" };
    let level = config.get(RISK_LEVEL).map_or(usual, String::as_str);
    if since(CAREFUL) && level != "Critical" {
        return Some(Snippet {
            key,
            refuses: true,
            setting: (RISK_LEVEL, "Critical"),
            usual,
        });
    }
    let usual = if since(CAREFUL) { "false" } else { "true" };
    let allowed = config.get(ALLOW_SNIPPETS).map_or(usual, String::as_str);
    (!is_true(allowed)).then_some(Snippet {
        key,
        refuses: false,
        setting: (ALLOW_SNIPPETS, "true"),
        usual,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::dialect::nginx::PREFIX;
    use crate::diagnosis::dialect::tests::ingress;
    use crate::diagnosis::routing::ingress::rules;
    use std::sync::Arc;

    #[test]
    fn later_versions_are_stricter() {
        let mut object = (*ingress("n/i", 1, &["a.com / P web"])).clone();
        let note = (
            format!("{PREFIX}configuration-snippet"),
            "deny all;".to_owned(),
        );
        object.metadata.annotations = Some([note].into());
        let rule = rules(&[Arc::new(object)], |_| true).remove(0);
        let ask = |version, settings: &[(&str, &str)]| {
            let config = settings.iter();
            let config = config
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect();
            snippet(&rule, version, &config).map(|s| (s.refuses, s.setting.0))
        };
        let allowed = (ALLOW_SNIPPETS, "true");
        assert_eq!(ask(Some((1, 8)), &[]), None);
        assert_eq!(ask(Some((1, 11)), &[]), Some((false, ALLOW_SNIPPETS)));
        assert_eq!(ask(Some((1, 11)), &[allowed]), None);
        assert_eq!(ask(Some((1, 12)), &[allowed]), Some((true, RISK_LEVEL)));
        assert_eq!(ask(None, &[allowed, (RISK_LEVEL, "Critical")]), None);
        let both = [(RISK_LEVEL, "Critical")];
        assert_eq!(ask(None, &both), Some((false, ALLOW_SNIPPETS)));
    }
}
