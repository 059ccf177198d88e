//! The files of CoreDNS's pod that are known: ConfigMaps that are mounted into it.

use std::collections::BTreeMap;

/// Folders of which every file is known.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Where a volume is mounted, and its files: an empty one for an optional ConfigMap that does not exist.
    pub folders: BTreeMap<String, BTreeMap<String, String>>,
}

impl Files {
    /// The files that a path names, with at most one asterisk in its last part; none: that is not known.
    pub(super) fn find(&self, pattern: &str) -> Option<Vec<(String, &str)>> {
        let (folder, last) = pattern.rsplit_once('/')?;
        let known = |path: &&String| path.trim_end_matches('/') == folder;
        let files = self.folders.iter().find(|(path, _)| known(path))?.1;
        let named = files.iter().filter(|(name, _)| matches(last, name));
        Some(
            named
                .map(|(name, text)| (format!("{folder}/{name}"), text.as_str()))
                .collect(),
        )
    }

    /// One file; none: not known.
    pub(super) fn read(&self, path: &str) -> Option<&str> {
        self.find(path)?.pop().map(|(_, text)| text)
    }
}

/// Whether a name is of a pattern with at most one `*` and one `?` (Go's `filepath.Match`, as far as Caddy lets it be used).
fn matches(pattern: &str, name: &str) -> bool {
    let same = |pattern: &str, name: &str| {
        let (pattern, name) = (pattern.chars(), name.chars());
        pattern.clone().count() == name.clone().count()
            && pattern.zip(name).all(|(p, n)| p == n || p == '?')
    };
    let Some((before, after)) = pattern.split_once('*') else {
        return same(pattern, name);
    };
    let count = name.chars().count();
    let (first, last) = (before.chars().count(), after.chars().count());
    let start: String = name.chars().take(first).collect();
    let end: String = name.chars().skip(count.saturating_sub(last)).collect();
    count >= first + last && same(before, &start) && same(after, &end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, same) in [
            ("*.override", "a.override", true),
            ("*.override", ".override", true),
            ("*.override", "a.server", false),
            ("*", "anything", true),
            ("a*b", "ab", true),
            ("a*a", "a", false),
            ("?.conf", "a.conf", true),
            ("?.conf", "ab.conf", false),
            ("NodeHosts", "NodeHosts", true),
        ] {
            assert_eq!(matches(pattern, name), same, "{pattern} {name}");
        }
    }

    #[test]
    fn folders_that_are_known() {
        let file = ("a.server".to_owned(), "x".to_owned());
        let folder = ("/etc/coredns/custom/".to_owned(), [file].into());
        let files = Files {
            folders: [folder].into(),
        };
        let found = files.find("/etc/coredns/custom/*.server");
        let expected = vec![("/etc/coredns/custom/a.server".to_owned(), "x")];
        assert_eq!(found, Some(expected));
        assert_eq!(files.find("/etc/coredns/custom/*.override"), Some(vec![]));
        assert_eq!(files.find("/etc/coredns/a.server"), None);
        assert_eq!(files.read("/etc/coredns/custom/a.server"), Some("x"));
    }
}
