//! The selectors of a list, for labels and for fields, evaluated on JSON objects.

use serde_json::Value;

use crate::diagnosis::semantics::selector::{Selector as Labels, Test};

/// Both selectors of a list: all of it has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    labels: Labels,
    fields: Vec<Field>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Field {
    /// A dotted path into the object.
    path: String,
    test: Test,
}

impl Selector {
    /// Reads both selectors of a list: `app=web,tier!=db` and `spec.type=LoadBalancer,metadata.name!=web`. Any dotted path may be asked for.
    ///
    /// # Errors
    /// One sentence that says what is wrong with one of them.
    pub fn of(labels: Option<&str>, fields: Option<&str>) -> Result<Self, String> {
        Ok(Self {
            labels: Labels::parse(labels.unwrap_or_default())?,
            fields: read(fields.unwrap_or_default())?,
        })
    }

    /// Whether it selects the object.
    pub fn matches(&self, object: &Value) -> bool {
        let labels = object.get("metadata").and_then(|m| m.get("labels"));
        let label = |key: &str| labels.and_then(|l| l.get(key)?.as_str());
        let fields = || self.fields.iter();
        self.labels.holds(label) && fields().all(|f| f.test.holds(Some(&field(object, &f.path))))
    }

    /// Whether everything that `narrower` selects is also selected by this one, as far as their text shows it.
    pub fn covers(&self, narrower: &Self) -> bool {
        self.labels.covers(&narrower.labels)
            && self.fields.iter().all(|f| narrower.fields.contains(f))
    }
}

/// The requirements of a field selector.
fn read(text: &str) -> Result<Vec<Field>, String> {
    let mut all = Vec::new();
    for part in split_unescaped(text) {
        if part.trim().is_empty() {
            continue;
        }
        let bad = || format!("{part:?} is no field selector");
        let (path, value) = part.split_once('=').ok_or_else(bad)?;
        let (path, negated) = match path.strip_suffix('!') {
            Some(path) => (path, true),
            None => (path, false),
        };
        let values = vec![unescape(value.strip_prefix('=').unwrap_or(value))];
        if path.trim().is_empty() {
            return Err(bad());
        }
        all.push(Field {
            path: path.trim().to_owned(),
            test: if negated {
                Test::NotIn(values)
            } else {
                Test::In(values)
            },
        });
    }
    Ok(all)
}

/// A field as the API server compares it: text, and empty where there is none.
fn field(object: &Value, path: &str) -> String {
    let found = path
        .split('.')
        .try_fold(object, |at, step| at.get(step))
        .unwrap_or(&Value::Null);
    match found {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn split_unescaped(text: &str) -> Vec<&str> {
    let mut escaped = false;
    text.split(move |c: char| {
        let splits = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        splits
    })
    .collect()
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut escaped = false;
    for c in text.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_are_read_from_the_object() {
        let object = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let web = |object: &Value| {
            Selector::of(Some("app=web,tier"), None)
                .expect("valid")
                .matches(object)
        };
        assert!(web(&object));
        assert!(!web(&json!({"metadata": {"labels": {"app": "web"}}})));
        assert!(!web(&json!({})));
        let other = Selector::of(Some("!app"), None).expect("valid");
        assert!(!other.matches(&object) && other.matches(&json!(null)));
        assert!(Selector::of(Some("app web"), None).is_err());
    }

    #[test]
    fn field_selectors_follow_any_path() {
        let object = json!({
            "metadata": {"name": "web-1", "namespace": "shop"},
            "spec": {"nodeName": "n1", "hostNetwork": true, "replicas": 3},
            "involvedObject": {"name": "a,b=c"},
        });
        for (selector, expected) in [
            ("metadata.name=web-1", true),
            ("metadata.name==web-1", true),
            ("metadata.name=web", false),
            ("metadata.name!=web", true),
            ("metadata.name!=web-1", false),
            ("metadata.namespace=shop,spec.nodeName=n1", true),
            ("metadata.namespace=shop,spec.nodeName=n2", false),
            ("spec.hostNetwork=true", true),
            ("spec.replicas=3", true),
            ("status.phase=Running", false),
            ("status.phase!=Running", true),
            ("status.phase=", true),
            ("spec.nodeName.deeper=x", false),
            (r"involvedObject.name=a\,b\=c", true),
        ] {
            let parsed = Selector::of(None, Some(selector)).expect(selector);
            assert_eq!(parsed.matches(&object), expected, "{selector}");
        }
        assert!(Selector::of(None, Some("metadata.name")).is_err());
        assert!(Selector::of(None, Some("=x")).is_err());
    }

    #[test]
    fn a_wider_selector_covers_a_narrower_one() {
        let of = |labels, fields| Selector::of(labels, fields).expect("valid");
        let all = of(None, None);
        let web = of(Some("app=web"), None);
        let narrow = of(Some("tier=x,app=web"), Some("spec.type=NodePort"));
        assert!(all.covers(&web) && all.covers(&narrow) && web.covers(&narrow));
        assert!(web.covers(&web));
        assert!(!web.covers(&all) && !narrow.covers(&web));
        assert!(!of(Some("app=db"), None).covers(&web));
    }
}
