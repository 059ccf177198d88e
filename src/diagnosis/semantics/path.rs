//! Paths against patterns, by the Ingress rules (networking/v1 `HTTPIngressPath.pathType`).

use std::borrow::Cow;

/// Prefix by the specification: element by element, a final slash of the pattern counts for nothing.
pub fn prefix_matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_end_matches('/');
    path.strip_prefix(pattern)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A path with those of its escaped bytes written out that are to be (RFC 3986 §2.1).
pub fn decoded(path: &str, wanted: impl Fn(u8) -> bool) -> Cow<'_, str> {
    if !path.contains('%') {
        return path.into();
    }
    let mut out = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%');
        let hex = hex.and_then(|h| std::str::from_utf8(h).ok());
        let byte = hex.and_then(|h| u8::from_str_radix(h, 16).ok());
        let byte = byte.filter(|b| wanted(*b));
        out.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&out).into_owned().into()
}

/// Letters that mean the same escaped (RFC 3986 §2.3).
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Letters that may mean something else escaped (RFC 3986 §2.2), and the percent sign itself.
pub fn is_reserved(byte: u8) -> bool {
    b":/?#[]@!$&'()*+,;=%".contains(&byte)
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

    #[test]
    fn bytes_are_written_out_that_are_wanted() {
        for (path, unreserved, unless_reserved) in [
            ("/a%20b", "/a%20b", "/a b"),
            ("/%61%2Fb", "/a%2Fb", "/a%2Fb"),
            ("/100%25", "/100%25", "/100%25"),
            ("/%c3%bc%7", "/%c3%bc%7", "/ü%7"),
            ("/plain", "/plain", "/plain"),
        ] {
            assert_eq!(decoded(path, is_unreserved), unreserved);
            assert_eq!(decoded(path, |b| !is_reserved(b)), unless_reserved);
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
