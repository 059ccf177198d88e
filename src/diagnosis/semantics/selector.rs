//! Label selectors against labels, by the rules of `metav1.LabelSelector`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

type Labels = BTreeMap<String, String>;

/// Whether all pairs of an equality selector are among the labels. An empty selector matches everything.
pub fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(k, v)| labels.get(k) == Some(v))
}

/// A selector in the API's string form.
pub fn to_string(selector: &LabelSelector) -> String {
    let equal = selector.match_labels.iter().flatten();
    let mut parts: Vec<String> = equal.map(|(k, v)| format!("{k}={v}")).collect();
    for e in selector.match_expressions.iter().flatten() {
        let values = e.values.clone().unwrap_or_default().join(",");
        parts.push(match e.operator.as_str() {
            "In" => format!("{} in ({values})", e.key),
            "NotIn" => format!("{} notin ({values})", e.key),
            "Exists" => e.key.clone(),
            _ => format!("!{}", e.key),
        });
    }
    parts.join(",")
}

/// An equality selector in the API's string form.
pub fn equality(selector: &Labels) -> String {
    let parts: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    parts.join(",")
}

/// Whether a full selector matches labels. An empty selector matches everything.
pub fn matches(selector: &LabelSelector, labels: &Labels) -> bool {
    let equal = selector.match_labels.as_ref();
    let expressions = selector.match_expressions.iter().flatten();
    equal.is_none_or(|s| selects(s, labels))
        && expressions.into_iter().all(|e| {
            let value = labels.get(&e.key);
            let among =
                || value.is_some_and(|v| e.values.iter().flatten().any(|candidate| candidate == v));
            match e.operator.as_str() {
                "In" => among(),
                "NotIn" => !among(),
                "Exists" => value.is_some(),
                _ => value.is_none(),
            }
        })
}

/// The pairs of a selector that labels do not satisfy: the key, what is wanted, what is there.
pub fn misses<'a>(
    selector: &'a Labels,
    labels: &'a Labels,
) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
    selector
        .iter()
        .filter(|(k, v)| labels.get(*k) != Some(v))
        .map(|(k, v)| (k.as_str(), v.as_str(), labels.get(k).map(String::as_str)))
        .collect()
}
