//! Label selectors. Written as an object (`metav1.LabelSelector`) or as text (`app=web,tier!=db`), they are read into one form and judged
//! in one place.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

type Labels = BTreeMap<String, String>;

/// A selector: all of its requirements have to hold; without any it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

/// What a value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// Whatever it is.
    Exists,
    /// There must be none.
    Absent,
    /// One of these.
    In(Vec<String>),
    /// None of these; no value at all is fine.
    NotIn(Vec<String>),
    /// A number above this one.
    Greater(i64),
    /// A number below this one.
    Less(i64),
}

impl Test {
    /// Whether it holds for a value, or for there being none.
    pub fn holds(&self, found: Option<&str>) -> bool {
        let among = |values: &[String]| found.is_some_and(|v| values.iter().any(|c| c == v));
        let number = || found.and_then(|v| v.parse::<i64>().ok());
        match self {
            Self::Exists => found.is_some(),
            Self::Absent => found.is_none(),
            Self::In(values) => among(values),
            Self::NotIn(values) => !among(values),
            Self::Greater(than) => number().is_some_and(|n| n > *than),
            Self::Less(than) => number().is_some_and(|n| n < *than),
        }
    }
}

impl Selector {
    /// Reads the text form: `app=web,tier!=db,env in (a,b),track notin (c),gpu,!spot`.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = Vec::new();
        for part in split_outside_parentheses(text) {
            let part = part.trim();
            if part.is_empty() {
                continue;
            }
            let (key, test) =
                requirement(part).ok_or_else(|| format!("{part:?} is no label selector"))?;
            all.push(Requirement {
                key: key.to_owned(),
                test,
            });
        }
        Ok(Self(all))
    }

    /// Whether it selects these labels.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.holds(|key| labels.get(key).map(String::as_str))
    }

    /// The same for labels that stand somewhere else.
    pub fn holds<'l>(&self, label: impl Fn(&str) -> Option<&'l str>) -> bool {
        self.0.iter().all(|r| r.test.holds(label(&r.key)))
    }

    /// The labels that have to have one value each.
    pub fn equal(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|r| match &r.test {
            Test::In(values) if values.len() == 1 => Some((r.key.as_str(), values[0].as_str())),
            _ => None,
        })
    }

    /// Its requirements: labels, and what each has to be.
    pub fn requirements(&self) -> impl Iterator<Item = (&str, &Test)> {
        self.0.iter().map(|r| (r.key.as_str(), &r.test))
    }

    /// Whether it looks at no other label than these.
    pub fn reads_only(&self, known: &Labels) -> bool {
        self.0.iter().all(|r| known.contains_key(&r.key))
    }

    /// Whether everything that `narrower` selects is also selected by this one, as far as what is written shows it.
    pub fn covers(&self, narrower: &Self) -> bool {
        self.0.iter().all(|r| narrower.0.contains(r))
    }
}

impl From<&LabelSelector> for Selector {
    fn from(selector: &LabelSelector) -> Self {
        let labels = selector.match_labels.iter().flatten();
        let equal = labels.map(|(key, value)| Requirement {
            key: key.clone(),
            test: Test::In(vec![value.clone()]),
        });
        let expressions = selector.match_expressions.iter().flatten();
        let others = expressions.map(|e| {
            let values = || e.values.clone().unwrap_or_default();
            let test = match e.operator.as_str() {
                "In" => Test::In(values()),
                "NotIn" => Test::NotIn(values()),
                "Exists" => Test::Exists,
                _ => Test::Absent,
            };
            let key = e.key.clone();
            Requirement { key, test }
        });
        Self(equal.chain(others).collect())
    }
}

/// The text form.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Requirement { key, test }) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match test {
                Test::Exists => write!(f, "{key}"),
                Test::Absent => write!(f, "!{key}"),
                Test::In(values) if values.len() == 1 => write!(f, "{key}={}", values[0]),
                Test::In(values) => write!(f, "{key} in ({})", values.join(",")),
                Test::NotIn(values) => write!(f, "{key} notin ({})", values.join(",")),
                Test::Greater(than) => write!(f, "{key}>{than}"),
                Test::Less(than) => write!(f, "{key}<{than}"),
            }?;
        }
        Ok(())
    }
}

fn requirement(part: &str) -> Option<(&str, Test)> {
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

/// Whether all pairs of a Service's selector are among the labels. An empty one selects everything.
pub fn selects(selector: &Labels, labels: &Labels) -> bool {
    misses(selector, labels).is_empty()
}

/// A Service's selector in the text form.
pub fn equality(selector: &Labels) -> String {
    let parts: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    parts.join(",")
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

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelectorRequirement;
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    fn labels(all: &[(&str, &str)]) -> Labels {
        let own = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
        all.iter().map(own).collect()
    }

    #[test]
    fn text_is_read_as_the_api_server_does() {
        let labels = labels(&[
            ("app", "web"),
            ("empty", ""),
            ("app.kubernetes.io/name", "shop"),
            ("weight", "7"),
        ]);
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
            let parsed = Selector::parse(selector).expect(selector);
            assert_eq!(parsed.matches(&labels), expected, "{selector}");
        }
        let none = Labels::new();
        assert!(!Selector::parse("app=web").expect("valid").matches(&none));
        assert!(Selector::parse("!app").expect("valid").matches(&none));
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
            let why = Selector::parse(text).expect_err(text);
            assert!(why.contains("is no label selector"), "{why}");
        }
    }

    /// By the words of `metav1.LabelSelector`, as simply as they can be written down.
    fn oracle(selector: &LabelSelector, labels: &Labels) -> bool {
        for (key, value) in selector.match_labels.iter().flatten() {
            if labels.get(key) != Some(value) {
                return false;
            }
        }
        for e in selector.match_expressions.iter().flatten() {
            let values = e.values.clone().unwrap_or_default();
            let has = labels.contains_key(&e.key);
            let among = has && values.contains(&labels[&e.key]);
            let holds = match e.operator.as_str() {
                "In" => among,
                "NotIn" => !has || !among,
                "Exists" => has,
                "DoesNotExist" => !has,
                other => panic!("{other}"),
            };
            if !holds {
                return false;
            }
        }
        true
    }

    const KEYS: &str = "a|in|notin|app\\.kubernetes\\.io/name";
    const VALUES: &str = "|x|y|in";

    fn expression() -> impl Strategy<Value = LabelSelectorRequirement> {
        let set = ("In|NotIn", vec(VALUES, 1..3));
        let bare = "Exists|DoesNotExist".prop_map(|operator| (operator, Vec::new()));
        (KEYS, prop_oneof![set, bare]).prop_map(|(key, (operator, values))| {
            let values = (!values.is_empty()).then_some(values);
            LabelSelectorRequirement {
                key,
                operator,
                values,
            }
        })
    }

    fn selector() -> impl Strategy<Value = LabelSelector> {
        let parts = (btree_map(KEYS, VALUES, 0..3), vec(expression(), 0..3));
        parts.prop_map(|(labels, expressions)| LabelSelector {
            match_labels: (!labels.is_empty()).then_some(labels),
            match_expressions: (!expressions.is_empty()).then_some(expressions),
        })
    }

    proptest! {
        #[test]
        fn object_and_text_select_the_same(
            object in selector(),
            labels in btree_map(KEYS, VALUES, 0..4),
        ) {
            let read = Selector::from(&object);
            let text = read.to_string();
            let parsed = Selector::parse(&text).expect(&text);
            prop_assert_eq!(&parsed, &read, "{}", text);
            let expected = oracle(&object, &labels);
            prop_assert_eq!(read.matches(&labels), expected, "{}", text);
        }

        #[test]
        fn a_service_s_selector_is_one_of_them(
            pairs in btree_map(KEYS, VALUES, 0..3),
            labels in btree_map(KEYS, VALUES, 0..4),
        ) {
            let parsed = Selector::parse(&equality(&pairs)).expect("valid");
            prop_assert_eq!(selects(&pairs, &labels), parsed.matches(&labels));
        }
    }
}
