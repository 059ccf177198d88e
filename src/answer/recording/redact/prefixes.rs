//! What a controller's command line says that its annotations begin with: what bears it is kept like the usual ones.

use serde_json::Value;

const FLAG: &str = "--annotations-prefix";

/// The prefixes that stand in an object's command lines.
pub(super) fn told(object: &Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(object, &mut found);
    found
}

fn visit(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            let mut words = items.iter().filter_map(Value::as_str);
            while let Some(word) = words.next() {
                let said = match word.strip_prefix(FLAG) {
                    Some("") => words.next(),
                    Some(rest) => rest.strip_prefix('='),
                    None => None,
                };
                found.extend(said.filter(|p| !p.is_empty()).map(str::to_owned));
            }
            for item in items {
                visit(item, found);
            }
        }
        Value::Object(fields) => {
            for value in fields.values() {
                visit(value, found);
            }
        }
        _ => {}
    }
}

/// The prefix and the name of a key that bears one of them.
pub(super) fn split<'k>(key: &'k str, told: &[String]) -> Option<(&'k str, &'k str)> {
    let (prefix, name) = key.split_once('/')?;
    told.iter().any(|t| t == prefix).then_some((prefix, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_prefix_is_told_in_either_form() {
        let object = json!({"spec": {"containers": [
            {"args": ["/controller", "--annotations-prefix=a.example"]},
            {"args": ["--annotations-prefix", "b.example", "--annotations-prefix="]}]}});
        assert_eq!(told(&object), ["a.example", "b.example"]);
        let split = |key| split(key, &told(&object)).map(|(_, name)| name);
        assert_eq!(split("a.example/canary"), Some("canary"));
        assert_eq!(split("a.example.com/canary"), None);
    }
}
