//! What ingress-nginx keeps from its backends, and what its administrator keeps from Ingresses.
//!
//! Source: internal/ingress/annotations (a snippet's risk is Critical; `CheckAnnotationRisk`, whose failure leaves the whole Ingress out)
//! and internal/ingress/controller (`dropSnippetDirectives`) of kubernetes/ingress-nginx.

use k8s_openapi::api::networking::v1::Ingress;

use super::notes::{Notes, is_true};
use crate::diagnosis::dialect::questions::{Settings, Snippet, Turning};
use crate::diagnosis::routing::Rule;
use crate::facts::config::{ALLOW_SNIPPETS, RISK_LEVEL};

/// The first version in which snippets are more than what is allowed by itself.
const STRICT: (u32, u32) = (1, 12);
/// The first version that does not take snippets by itself, and that knows risks.
const CAREFUL: (u32, u32) = (1, 9);

/// Their names.
const SNIPPETS: &[&str] = &[
    "configuration-snippet",
    "server-snippet",
    "stream-snippet",
    "auth-snippet",
    "modsecurity-snippet",
];

/// Annotations by which requests are turned away: their names, and whether they list addresses that may pass.
const TURNING: &[(&str, bool)] = &[
    ("whitelist-source-range", true),
    ("allowlist-source-range", true),
    ("denylist-source-range", false),
    ("auth-type", false),
    ("auth-url", false),
    ("auth-tls-secret", false),
];

/// Annotations by which requests are turned away.
pub fn turning(notes: &Notes) -> Vec<Turning> {
    let of = |(name, by_address): &(&str, bool)| Turning {
        key: notes.key(name),
        by_address: *by_address,
    };
    TURNING.iter().map(of).collect()
}

/// Whether an Ingress has one.
pub fn has_snippet(notes: &Notes, ingress: &Ingress) -> bool {
    SNIPPETS
        .iter()
        .any(|name| notes.of(ingress, name).is_some())
}

/// What becomes of a rule's. Without a version it is taken to be a current one.
pub fn snippet(
    notes: &Notes,
    rule: &Rule,
    version: Option<(u32, u32)>,
    config: &Settings,
) -> Option<Snippet> {
    let has = |name: &&&str| notes.on(rule, name).is_some();
    let key = notes.key(SNIPPETS.iter().find(has)?);
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
    use crate::diagnosis::dialect::tests::ingress;
    use crate::diagnosis::routing::ingress::rules;
    use std::sync::Arc;

    #[test]
    fn later_versions_are_stricter() {
        let mut object = (*ingress("n/i", 1, &["a.com / P web"])).clone();
        let note = (
            Notes::USUAL.key("configuration-snippet"),
            "deny all;".to_owned(),
        );
        object.metadata.annotations = Some([note].into());
        let rule = rules(&[Arc::new(object)], |_| true).remove(0);
        let ask = |version, settings: &[(&str, &str)]| {
            let config = settings.iter();
            let config = config
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect();
            snippet(&Notes::USUAL, &rule, version, &config).map(|s| (s.refuses, s.setting.0))
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
