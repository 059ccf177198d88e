//! What an object loses before it is written down: values that may be secret and that no verdict reads.

use serde_json::Value;

/// Words in a flag's name that announce a secret value.
const SECRET_FLAGS: [&str; 5] = ["token", "password", "passwd", "api-key", "apikey"];
const HIDDEN: &str = "(hidden)";

/// Drops the values of containers' environment variables, and hides those of arguments that are named like secrets.
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
        if let Some(fields) = variable.as_object_mut() {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn environment_values_go_and_references_stay() {
        let container = json!({
            "name": "app",
            "env": [
                {"name": "DB_PASSWORD", "value": "hunter2"},
                {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            ],
            "envFrom": [{"secretRef": {"name": "db"}}],
            "ports": [{"name": "http", "containerPort": 80}],
        });
        let expected = json!({
            "name": "app",
            "env": [
                {"name": "DB_PASSWORD"},
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
