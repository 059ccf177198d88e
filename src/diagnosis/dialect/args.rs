//! A controller's command line, as its Deployment spells it.

/// The arguments of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Args(Vec<(String, Option<String>)>);

/// No argument at all.
pub static NO_ARGS: Args = Args(Vec::new());

impl Args {
    /// Reads `--key=value`, `--key value` and `--flag`; keys are compared without regard to case, as Traefik does.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut args: Vec<(String, Option<String>)> = Vec::new();
        for word in words {
            match word.strip_prefix('-') {
                Some(flag) => {
                    let flag = flag.trim_start_matches('-');
                    let (key, value) = match flag.split_once('=') {
                        Some((k, v)) => (k, Some(v.to_owned())),
                        None => (flag, None),
                    };
                    args.push((key.to_ascii_lowercase(), value));
                }
                None => {
                    if let Some((_, value @ None)) = args.last_mut() {
                        *value = Some(word.to_owned());
                    }
                }
            }
        }
        Self(args)
    }

    /// The last value given for a key; empty for a bare flag.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.as_deref().unwrap_or_default())
    }

    /// Every value given for a key, in order.
    pub fn values<'s>(&'s self, key: &'s str) -> impl Iterator<Item = &'s str> {
        let given = self.0.iter().filter(move |(k, _)| k == key);
        given.filter_map(|(_, value)| value.as_deref())
    }

    /// Whether a switch is on: given bare, or with a value that is not false.
    pub fn is_on(&self, key: &str) -> bool {
        self.value(key)
            .is_some_and(|v| !v.eq_ignore_ascii_case("false"))
    }

    /// What stands between a prefix and a suffix in the keys, with the values: `web` of `entrypoints.web.address`.
    pub fn matching<'s>(
        &'s self,
        prefix: &'s str,
        suffix: &'s str,
    ) -> impl Iterator<Item = (&'s str, &'s str)> {
        self.0.iter().filter_map(move |(key, value)| {
            let middle = key.strip_prefix(prefix)?.strip_suffix(suffix)?;
            Some((middle, value.as_deref().unwrap_or_default()))
        })
    }

    /// Whether some key starts so.
    pub fn any_key(&self, prefix: &str) -> bool {
        self.0.iter().any(|(k, _)| k.starts_with(prefix))
    }
}

/// A word with the variables that are known put in, as the kubelet does it: `$(NAME)`, and `$$` for a dollar sign.
pub fn expanded(word: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut done = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once('$') {
        done.push_str(before);
        let named = after.strip_prefix('(').and_then(|a| a.split_once(')'));
        let known = named.and_then(|(name, after)| Some((variable(name)?, after)));
        if let Some((value, after)) = known {
            done.push_str(&value);
            rest = after;
        } else {
            done.push('$');
            rest = after.strip_prefix('$').unwrap_or(after);
        }
    }
    done.push_str(rest);
    done
}

#[cfg(test)]
mod tests {
    use super::{Args, expanded};

    #[test]
    fn variables_are_put_in_where_they_are_known() {
        let known = |name: &str| (name == "NS").then(|| "shop".to_owned());
        for (word, done) in [
            ("--watch-namespace=$(NS)", "--watch-namespace=shop"),
            ("$(NS)/$(POD)", "shop/$(POD)"),
            ("$$(NS) costs $5 $", "$(NS) costs $5 $"),
        ] {
            assert_eq!(expanded(word, known), done);
        }
    }

    #[test]
    fn reads_the_forms_that_controllers_take() {
        let args = Args::of([
            "/bin/controller",
            "--providers.kubernetesIngress.ingressClass=traefik",
            "--ingress-class",
            "nginx",
            "--ping",
            "--providers.kubernetesingress.allowemptyservices=false",
        ]);
        assert_eq!(
            args.value("providers.kubernetesingress.ingressclass"),
            Some("traefik")
        );
        assert_eq!(args.value("ingress-class"), Some("nginx"));
        assert!(args.is_on("ping"));
        assert!(!args.is_on("providers.kubernetesingress.allowemptyservices"));
        assert!(!args.is_on("watch-ingress-without-class"));
        assert!(args.any_key("providers.kubernetesingress"));
    }
}
