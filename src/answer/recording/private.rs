//! What an object loses before it is written down: values that may be secret and that no verdict reads.

use serde_json::Value;

use crate::target::secrecy::{has_part, is_credential, is_secret_name};

/// What else is part of the names of variables with secret values.
const SECRET_VARIABLES: [&str; 10] = [
    "connectionstring",
    "dsn",
    "hash",
    "licen",
    "pass",
    "pwd",
    "salt",
    "seed",
    "signing",
    "webhook",
];
/// What secret values speak of in themselves: `host=db password=…`, `{"token": …}`, `-----BEGIN PRIVATE KEY-----`.
const SECRET_WORDS: [&str; 5] = ["passw", "private", "pwd", "secret", "token"];
/// A longer value is no setting that a verdict could hang on.
const LONGEST: usize = 256;
/// Words in a flag's name that announce a secret value.
const SECRET_FLAGS: [&str; 5] = ["token", "password", "passwd", "api-key", "apikey"];
const HIDDEN: &str = "(hidden)";

/// Drops the values of containers' environment variables that look secret by name or by themselves, and hides those of arguments that
/// are named like secrets.
pub(super) fn strip(mut object: Value) -> Value {
    walk(&mut object);
    object
}

/// Pods are nested at different depths: in a Deployment, in a template, in a ReplicaSet. Lists of containers look alike in all.
fn walk(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "containers" | "initContainers" | "ephemeralContainers" => {
                        for container in value.as_array_mut().into_iter().flatten() {
                            strip_container(container);
                        }
                    }
                    _ => walk(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(walk),
        _ => {}
    }
}

fn strip_container(container: &mut Value) {
    let variables = container.get_mut("env").and_then(Value::as_array_mut);
    for variable in variables.into_iter().flatten() {
        let Some(fields) = variable.as_object_mut() else {
            continue;
        };
        let name = fields.get("name").and_then(Value::as_str);
        let value = fields.get("value").and_then(Value::as_str);
        if !matches!((name, value), (Some(name), Some(value)) if is_plain(name, value)) {
            fields.remove("value");
        }
    }
    for list in ["command", "args"] {
        let words = container.get_mut(list).and_then(Value::as_array_mut);
        let mut hide_next = false;
        for word in words.into_iter().flatten() {
            let Some(text) = word.as_str() else { continue };
            let (flag, value) = text
                .split_once('=')
                .map_or((text, None), |(flag, value)| (flag, Some(value)));
            let is_flag = flag.starts_with('-');
            let secret = is_flag && {
                let flag = flag.to_ascii_lowercase();
                SECRET_FLAGS.iter().any(|word| flag.contains(word))
            };
            if secret && value.is_some() {
                *word = format!("{flag}={HIDDEN}").into();
                hide_next = false;
            } else if hide_next && !is_flag {
                *word = HIDDEN.into();
                hide_next = false;
            } else {
                hide_next = secret;
            }
        }
    }
}

/// Whether a variable may be written down with its value.
fn is_plain(name: &str, value: &str) -> bool {
    value.len() <= LONGEST
        && !is_secret_name(name)
        && !has_part(name, &SECRET_VARIABLES)
        && !is_credential(value)
        && !has_part(value, &SECRET_WORDS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secret_values_go_and_names_and_references_stay() {
        let container = json!({
            "name": "app",
            "env": [
                {"name": "DB_PASSWORD", "value": "hunter2"},
                {"name": "PORT", "value": "8080"},
                {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ],
            "envFrom": [{"secretRef": {"name": "db"}}],
            "ports": [{"name": "http", "containerPort": 80}],
        });
        let expected = json!({
            "name": "app",
            "env": [
                {"name": "DB_PASSWORD"},
                {"name": "PORT", "value": "8080"},
                {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ],
            "envFrom": [{"secretRef": {"name": "db"}}],
            "ports": [{"name": "http", "containerPort": 80}],
        });
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let pod = |c: &Value| json!({"spec": {list: [c]}});
            let deployment = |c: &Value| json!({"spec": {"template": {"spec": {list: [c]}}}});
            assert_eq!(strip(pod(&container)), pod(&expected));
            assert_eq!(strip(deployment(&container)), deployment(&expected));
        }
    }

    #[test]
    fn a_value_stays_where_neither_it_nor_its_name_looks_secret() {
        for (name, value) in [
            ("PORT", "8080"),
            ("HTTP_PROXY", "http://proxy.example.com:3128"),
            ("NO_PROXY", "10.0.0.0/8,.svc,.cluster.local"),
            ("LOG_LEVEL", "debug"),
            ("EMPTY", ""),
            (
                "BACKEND_URL",
                "http://cart-v2.shop.svc.cluster.local:8080/api",
            ),
            ("DATABASE_URL", "postgres://db.shop:5432/orders"),
            ("POD_IP", "$(MY_POD_IP)"),
        ] {
            assert!(is_plain(name, value), "{name}={value}");
        }
        let long = "plain ".repeat(50);
        for (name, value) in [
            ("DB_PASSWORD", "x"),
            ("DB_PASS", "x"),
            ("MYSQL_PWD", "x"),
            ("api-key", "x"),
            ("API_TOKEN", "x"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("clientSecret", "x"),
            ("SENTRY_DSN", "x"),
            ("SLACK_WEBHOOK", "x"),
            ("HTPASSWD", "x"),
            ("CONNECTION_STRING", "x"),
            ("DATABASE_URL", "postgres://shop:hunter2@db/orders"),
            ("REDIS_URL", "redis://:hunter2@redis:6379"),
            ("SETTINGS", "host=db password=hunter2"),
            ("SETTINGS", "{\"token\": \"hunter2\"}"),
            ("FILE", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"),
            ("ID", "AKIAIOSFODNN7EXAMPLE"),
            ("ID", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
            ("ID", "7f3b1c52-9d7e-4c0a-8a53-1f0f5d2f9a11"),
            ("TEXT", &long),
        ] {
            assert!(!is_plain(name, value), "{name}={value}");
        }
    }

    #[test]
    fn arguments_stay_unless_they_are_named_like_secrets() {
        let args = |words: &[&str]| json!({"spec": {"containers": [{"args": words}]}});
        let given = args(&[
            "--providers.kubernetesingress",
            "--entrypoints.web.address=:80",
            "--default-ssl-certificate=infra/wild-tls",
            "--api-token=abc",
            "--admin.Password",
            "hunter2",
            "--token",
            "--verbose",
            "x",
        ]);
        let expected = args(&[
            "--providers.kubernetesingress",
            "--entrypoints.web.address=:80",
            "--default-ssl-certificate=infra/wild-tls",
            "--api-token=(hidden)",
            "--admin.Password",
            HIDDEN,
            "--token",
            "--verbose",
            "x",
        ]);
        assert_eq!(strip(given), expected);
        assert_eq!(strip(expected.clone()), expected);
    }

    #[test]
    fn odd_shapes_do_no_harm() {
        for odd in [
            json!(null),
            json!({"containers": 3}),
            json!({"containers": [null, {"env": {"value": "x"}, "args": "y"}]}),
        ] {
            assert_eq!(strip(odd.clone()), odd);
        }
    }
}
