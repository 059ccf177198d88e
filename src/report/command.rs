//! What a shell line does: some change something, others only look.

/// Verbs of kubectl that change a cluster; `rollout` is told by the word after it.
const CHANGES: [&str; 19] = [
    "annotate",
    "apply",
    "autoscale",
    "cordon",
    "create",
    "delete",
    "drain",
    "edit",
    "expose",
    "label",
    "patch",
    "replace",
    "run",
    "scale",
    "set",
    "taint",
    "uncordon",
    "rollout restart",
    "rollout undo",
];
/// Flags before the verb that take a value as a word of its own.
const WITH_VALUE: [&str; 8] = [
    "--context",
    "-n",
    "--namespace",
    "--cluster",
    "--user",
    "--kubeconfig",
    "--as",
    "--as-group",
];
/// Of other programs: the program and the words that make it one that changes something.
const OTHERS: [(&str, &[&str]); 6] = [
    ("export", &[]),
    ("helm", &["install", "upgrade", "rollback", "uninstall"]),
    ("sudo", &[]),
    ("sed", &["-i"]),
    ("aws", &["modify", "create", "delete", "update", "set"]),
    ("gcloud", &["create", "delete", "update", "patch"]),
];

/// Whether a shell line changes something: the cluster, or this machine.
pub fn changes(command: &str) -> bool {
    parts(command).iter().any(|part| changes_one(part))
}

/// The words of each command of a line; what stands in quotes is one word.
fn parts(line: &str) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut word = String::new();
    let mut quote = None;
    let end = |word: &mut String, parts: &mut Vec<Vec<String>>| {
        if !word.is_empty()
            && let Some(part) = parts.last_mut()
        {
            part.push(std::mem::take(word));
        }
    };
    for c in line.chars() {
        match (quote, c) {
            (Some(q), _) if q == c => quote = None,
            (Some(_), _) => word.push(c),
            (None, '\'' | '"') => quote = Some(c),
            (None, ';' | '|' | '&') => {
                end(&mut word, &mut parts);
                parts.push(Vec::new());
            }
            (None, '#') if word.is_empty() => break,
            (None, ' ') => end(&mut word, &mut parts),
            _ => word.push(c),
        }
    }
    end(&mut word, &mut parts);
    parts
}

fn changes_one(words: &[String]) -> bool {
    let Some((program, rest)) = words.split_first() else {
        return false;
    };
    if program != "kubectl" {
        let other = OTHERS.iter().find(|(name, _)| name == program);
        return other.is_some_and(|(_, verbs)| {
            let is_verb = |w: &String| verbs.iter().any(|v| w.starts_with(v));
            verbs.is_empty() || rest.iter().any(is_verb)
        });
    }
    // What the server only tries is a look.
    if rest.iter().any(|w| w.starts_with("--dry-run")) {
        return false;
    }
    let mut rest = rest.iter().map(String::as_str);
    while let Some(word) = rest.next() {
        if WITH_VALUE.contains(&word) {
            rest.next();
        } else if !word.starts_with('-') {
            let two = format!("{word} {}", rest.next().unwrap_or_default());
            return CHANGES.contains(&word) || CHANGES.contains(&two.as_str());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_is_told_from_what_looks() {
        for command in [
            "kubectl --context prod -n shop patch service web --type merge -p '{}'",
            "kubectl scale deployment/web --replicas=1",
            "kubectl -n shop annotate ingress web a=b --overwrite",
            "kubectl -n shop rollout restart deployment/web",
            "kubectl -n a get secret x -o yaml | kubectl -n b apply -f -",
            "sudo resolvectl flush-caches",
            "export NO_PROXY=\"$NO_PROXY,shop.example.com\"",
            "helm upgrade web ./chart",
            "kubectl create secret tls web --cert=FILE --key=FILE",
        ] {
            assert!(changes(command), "{command}");
        }
        for command in [
            "kubectl --context prod -n patch get pods --show-labels",
            "kubectl --context=delete describe pod web",
            "kubectl -n shop logs web --tail=50 | grep 'delete'",
            "kubectl apply --dry-run=server -f shop.yaml",
            "kubectl -n shop rollout status deployment/web",
            "kubectl get service web # then delete it",
            "kubectl port-forward pod/web 8080:80 & sleep 2; curl -v http://localhost:8080/",
            "dig +cd shop.example.com",
            "date -u",
            "",
        ] {
            assert!(!changes(command), "{command}");
        }
    }
}
