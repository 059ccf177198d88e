//! external-dns: the program that makes records from annotations, where it runs. Read only when something is odd.

use k8s_openapi::api::apps::v1::Deployment;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::hops::load_balancer::Published;
use crate::diagnosis::routing::Declared;
use crate::diagnosis::semantics::meta::label_of;
use crate::report::Evidence;

const LABEL: &str = "app.kubernetes.io/name=external-dns";
/// The prefix of its annotations until version 0.21, and since.
const PREFIXES: [&str; 2] = [
    "external-dns.alpha.kubernetes.io/",
    "external-dns.kubernetes.io/",
];
/// Names of the records beside the host's that say whose it is.
const REGISTRY: [&str; 3] = ["", "a-", "cname-"];

/// What was found of it.
#[derive(Clone, Debug, Default)]
pub struct ExternalDns {
    /// Which owner keeps the record, for which object; or that it runs, and no owner is known.
    pub owners: Vec<Evidence>,
}

/// What Ingresses and Gateways want the record to say, in place of their own status.
pub fn targets(cx: &Cx, declared: &[Declared]) -> Vec<Published> {
    let mut targets: Vec<Published> = Vec::new();
    for declared in declared {
        for (_, value) in annotations(declared, &["target"]) {
            for value in value.split(',').map(str::trim).filter(|v| !v.is_empty()) {
                if targets.iter().any(|t| t.value == value) || value == cx.target.host {
                    continue;
                }
                let addresses = match value.parse() {
                    Ok(address) => vec![address],
                    Err(_) => cx
                        .dns(value)
                        .map(|a| a.addresses.clone())
                        .unwrap_or_default(),
                };
                targets.push(Published {
                    value: value.to_owned(),
                    addresses,
                    from: declared.label(),
                    by_service: false,
                });
            }
        }
    }
    targets
}

/// Looks whether it runs, and whose the host's records are.
pub fn read(cx: &Cx) -> ExternalDns {
    let Ok(listed) = cx.list_widely::<Deployment>(Some(LABEL)) else {
        return ExternalDns::default();
    };
    let deployments: Vec<String> = listed.items.iter().map(|d| label_of(&**d)).collect();
    // Without it nobody wrote such records.
    if deployments.is_empty() {
        return ExternalDns::default();
    }
    let names = REGISTRY.map(|prefix| format!("{prefix}{}", cx.target.host));
    let mut owners = Vec::new();
    let mut known = true;
    // All are asked before one is looked at.
    for (name, texts) in names.each_ref().map(|name| (name, cx.texts(name))) {
        known &= texts.is_ok();
        for words in texts
            .unwrap_or_default()
            .iter()
            .filter_map(|t| ownership(t))
        {
            owners.push(cx.evidence(&cx.text_question(name), words));
        }
    }
    if known && owners.is_empty() {
        owners.push(Evidence::Absent {
            what: format!("an owner that external-dns noted for {}", cx.target.host),
            looked: format!(
                "{} is here; TXT {}",
                deployments.join(", "),
                names.join(", ")
            ),
        });
    }
    ExternalDns { owners }
}

/// `heritage=external-dns,external-dns/owner=prod,external-dns/resource=ingress/shop/shop`
fn ownership(text: &str) -> Option<String> {
    let text = text.trim_matches('"');
    let value = |key: &str| {
        let mut parts = text.split(',').filter_map(|part| part.split_once('='));
        parts.find(|(k, _)| *k == key).map(|(_, v)| v)
    };
    if value("heritage") != Some("external-dns") {
        return None;
    }
    let owner = value("external-dns/owner").unwrap_or("unknown");
    let resource = value("external-dns/resource")
        .map(|r| format!(" for {r}"))
        .unwrap_or_default();
    Some(format!("kept by external-dns as owner {owner}{resource}"))
}

fn annotations<'i>(
    declared: &'i Declared,
    names: &'static [&'static str],
) -> impl Iterator<Item = (&'i str, &'i str)> {
    let all = declared.metadata().annotations.iter().flatten();
    all.filter_map(|(key, value)| {
        let name = PREFIXES.iter().find_map(|p| key.strip_prefix(p))?;
        names
            .contains(&name)
            .then_some((key.as_str(), value.as_str()))
    })
}

/// The annotations by which the Ingresses steer it, as evidence.
pub fn annotation_lines(declared: &[Declared]) -> Vec<Evidence> {
    let lines = declared.iter().flat_map(|declared| {
        annotations(declared, &["hostname", "target", "ttl"]).map(|(key, value)| {
            let path = format!(".metadata.annotations[\"{key}\"]");
            Evidence::field(declared.label(), path, value)
        })
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::ownership;

    #[test]
    fn reads_the_registry() {
        for (text, expected) in [
            (
                "heritage=external-dns,external-dns/owner=prod,external-dns/resource=ingress/shop/shop",
                Some("kept by external-dns as owner prod for ingress/shop/shop"),
            ),
            (
                "\"heritage=external-dns,external-dns/owner=prod\"",
                Some("kept by external-dns as owner prod"),
            ),
            ("v=spf1 -all", None),
            ("heritage=other,external-dns/owner=prod", None),
        ] {
            assert_eq!(ownership(text).as_deref(), expected, "{text}");
        }
    }
}
