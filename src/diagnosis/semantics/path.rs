//! Paths against patterns, by the Ingress rules (networking/v1 `HTTPIngressPath.pathType`).

/// Prefix by the specification: element by element, a final slash of the pattern counts for nothing.
pub fn prefix_matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_end_matches('/');
    path.strip_prefix(pattern)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prefix_goes_element_by_element() {
        for (pattern, path, covered) in [
            ("/", "/anything", true),
            ("/foo", "/foo", true),
            ("/foo", "/foo/", true),
            ("/foo/", "/foo", true),
            ("/foo", "/foo/bar", true),
            ("/foo", "/foobar", false),
            ("/foo", "/FOO", false),
            ("/foo/bar", "/foo", false),
        ] {
            assert_eq!(prefix_matches(pattern, path), covered, "{pattern} {path}");
        }
    }

    proptest! {
        #[test]
        fn prefix_agrees_with_comparing_elements(pattern in "(/[ab]{1,2}){0,3}/?", path in "(/[ab]{1,2}){0,4}/?") {
            let path = if path.is_empty() { "/".to_owned() } else { path };
            let elements = |p: &str| p.split('/').filter(|e| !e.is_empty()).map(str::to_owned).collect::<Vec<_>>();
            let naive = elements(&path).starts_with(&elements(&pattern));
            prop_assert_eq!(prefix_matches(&pattern, &path), naive);
        }
    }
}
