//! Label and field selectors in the API's string form, evaluated on JSON objects.

use serde_json::Value;

/// A parsed selector: all of its requirements have to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: Key,
    test: Test,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Key {
    Label(String),
    /// A dotted path into the object.
    Field(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Test {
    Exists,
    Absent,
    In(Vec<String>),
    NotIn(Vec<String>),
    Greater(i64),
    Less(i64),
}

impl Selector {
    /// Reads a label selector: `app=web,tier!=db,env in (a,b),track notin (c),gpu,!spot`. An empty one selects everything.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn labels(text: &str) -> Result<Self, String> {
        let mut all = Vec::new();
        for part in split_outside_parentheses(text) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let (key, test) =
                label_requirement(part).ok_or_else(|| format!("{part:?} is no label selector"))?;
            all.push(Requirement {
                key: Key::Label(key.to_owned()),
                test,
            });
        }
        Ok(Self(all))
    }

    /// Reads a field selector: `spec.type=LoadBalancer,metadata.name!=web`. Any dotted path may be asked for.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn fields(text: &str) -> Result<Self, String> {
        let mut all = Vec::new();
        for part in split_unescaped(text) {
            if part.trim().is_empty() {
                continue;
            }
            let at = part
                .find('=')
                .ok_or_else(|| format!("{part:?} is no field selector"))?;
            let (path, value) = (&part[..at], &part[at + 1..]);
            let (path, negated) = path
                .strip_suffix('!')
                .map_or((path, false), |path| (path, true));
            let value = unescape(value.strip_prefix('=').unwrap_or(value));
            if path.trim().is_empty() {
                return Err(format!("{part:?} is no field selector"));
            }
            all.push(Requirement {
                key: Key::Field(path.trim().to_owned()),
                test: if negated {
                    Test::NotIn(vec![value])
                } else {
                    Test::In(vec![value])
                },
            });
        }
        Ok(Self(all))
    }

    /// Reads both selectors of a list into one.
    ///
    /// # Errors
    /// One sentence that says what is wrong with one of them.
    pub fn of(labels: Option<&str>, fields: Option<&str>) -> Result<Self, String> {
        let mut all = Self::labels(labels.unwrap_or_default())?;
        all.0.extend(Self::fields(fields.unwrap_or_default())?.0);
        Ok(all)
    }

    /// Whether it selects the object.
    pub fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|requirement| requirement.holds(object))
    }

    /// Whether everything that `narrower` selects is also selected by this one, as far as their text shows it.
    pub fn covers(&self, narrower: &Self) -> bool {
        self.0.iter().all(|r| narrower.0.contains(r))
    }
}

impl Requirement {
    fn holds(&self, object: &Value) -> bool {
        let found = match &self.key {
            Key::Label(key) => object
                .get("metadata")
                .and_then(|m| m.get("labels")?.get(key)?.as_str())
                .map(str::to_owned),
            Key::Field(path) => Some(field(object, path)),
        };
        match (&self.test, found) {
            (Test::Exists, found) => found.is_some(),
            (Test::Absent, found) => found.is_none(),
            (Test::In(values), found) => found.is_some_and(|v| values.contains(&v)),
            (Test::NotIn(values), found) => found.is_none_or(|v| !values.contains(&v)),
            (Test::Greater(than), found) => number(found).is_some_and(|n| n > *than),
            (Test::Less(than), found) => number(found).is_some_and(|n| n < *than),
        }
    }
}

fn number(text: Option<String>) -> Option<i64> {
    text?.parse().ok()
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

fn label_requirement(part: &str) -> Option<(&str, Test)> {
    if let Some(key) = part.strip_prefix('!') {
        return is_key(key.trim()).then_some((key.trim(), Test::Absent));
    }
    let end = part
        .find(|c: char| c.is_whitespace() || "=!<>(".contains(c))
        .unwrap_or(part.len());
    let (key, rest) = (&part[..end], part[end..].trim_start());
    if !is_key(key) {
        return None;
    }
    if rest.is_empty() {
        return Some((key, Test::Exists));
    }
    let single = |value: &str| {
        let value = value.trim();
        (!value.contains(|c: char| c.is_whitespace() || "=!<>()".contains(c)))
            .then(|| vec![value.to_owned()])
    };
    let test = if let Some(value) = rest.strip_prefix("!=") {
        Test::NotIn(single(value)?)
    } else if let Some(value) = rest.strip_prefix("==").or_else(|| rest.strip_prefix('=')) {
        Test::In(single(value)?)
    } else if let Some(value) = rest.strip_prefix('>') {
        Test::Greater(value.trim().parse().ok()?)
    } else if let Some(value) = rest.strip_prefix('<') {
        Test::Less(value.trim().parse().ok()?)
    } else if let Some(values) = rest.strip_prefix("notin") {
        Test::NotIn(set(values)?)
    } else if let Some(values) = rest.strip_prefix("in") {
        Test::In(set(values)?)
    } else {
        return None;
    };
    Some((key, test))
}

fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(&b))
}

fn set(text: &str) -> Option<Vec<String>> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some(inside.split(',').map(|v| v.trim().to_owned()).collect())
}

fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
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
    fn label_selectors_match_as_the_api_server_does() {
        let object = json!({"metadata": {"labels": {
            "app": "web", "empty": "", "app.kubernetes.io/name": "shop", "weight": "7",
        }}});
        for (selector, expected) in [
            ("", true),
            ("app=web", true),
            ("app==web", true),
            ("app = web", true),
            ("app=db", false),
            ("app=we", false),
            ("App=web", false),
            ("app!=db", true),
            ("app!=web", false),
            ("other!=x", true),
            ("other=", false),
            ("empty=", true),
            ("app", true),
            ("other", false),
            ("!other", true),
            ("! app", false),
            ("app in (db,web)", true),
            ("app in ( db , web )", true),
            ("app in(web)", true),
            ("app in (db)", false),
            ("other in (x)", false),
            ("app notin (db)", true),
            ("app notin (db,web)", false),
            ("other notin (x)", true),
            ("empty in (x,)", true),
            ("app.kubernetes.io/name=shop,app=web", true),
            ("app.kubernetes.io/name=shop,app=db", false),
            ("app in (db,web),!other,weight", true),
            ("weight>6", true),
            ("weight>7", false),
            ("weight<8", true),
            ("app>6", false),
        ] {
            let parsed = Selector::labels(selector).expect(selector);
            assert_eq!(parsed.matches(&object), expected, "{selector}");
        }
        assert!(
            !Selector::labels("app=web")
                .expect("valid")
                .matches(&json!({}))
        );
        assert!(
            Selector::labels("!app")
                .expect("valid")
                .matches(&json!(null))
        );
    }

    #[test]
    fn what_is_no_label_selector_is_refused() {
        for text in [
            "=web",
            "app in web",
            "app in (web",
            "app web",
            "app=web db",
            "!",
            "app>x",
            "a b=c",
        ] {
            let why = Selector::labels(text).expect_err(text);
            assert!(why.contains("is no label selector"), "{why}");
        }
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
            let parsed = Selector::fields(selector).expect(selector);
            assert_eq!(parsed.matches(&object), expected, "{selector}");
        }
        assert!(Selector::fields("metadata.name").is_err());
        assert!(Selector::fields("=x").is_err());
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
