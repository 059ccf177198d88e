//! Regular expressions of Go, where they mean the same here (Go `regexp/syntax`; both are of the RE2 family).

use regex::Regex;

/// A pattern that can be judged.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    /// None: it is not certain what Go makes of it.
    pub(super) fn new(text: &str) -> Option<Self> {
        let same = text.is_ascii() && means_the_same(text);
        Regex::new(text).ok().filter(|_| same).map(Self)
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }

    /// How many groups it has.
    pub(super) fn groups(&self) -> usize {
        self.0.captures_len() - 1
    }

    /// A replacement with its `{1}` filled in (CoreDNS plugin/rewrite/name.go); none: there is no match.
    pub(super) fn replace(&self, name: &str, replacement: &str) -> Option<String> {
        let groups = self.0.captures(name)?;
        let mut out = replacement.to_owned();
        for (at, group) in groups.iter().enumerate() {
            out = out.replace(&format!("{{{at}}}"), group.map_or("", |g| g.as_str()));
        }
        Some(out)
    }
}

/// Leaves out what one of the two reads otherwise: sets of classes, flags of their own, repetitions without a first number, and
/// what is a border of a word here and a letter there.
fn means_the_same(text: &str) -> bool {
    const OTHERWISE: [&str; 8] = ["&&", "--", "~~", "{,", "\\<", "\\>", "\\b{", "\\B{"];
    if OTHERWISE.iter().any(|o| text.contains(o)) {
        return false;
    }
    let flags = text.split("(?").skip(1).all(|after| {
        let flags = after.split([':', ')', '<', 'P']).next();
        flags.is_some_and(|f| f.chars().all(|c| "imsU-".contains(c)))
    });
    flags && !has_class_in_class(text)
}

/// `[a[b]`: a bracket of its own there, a class in a class here.
fn has_class_in_class(text: &str) -> bool {
    let (mut inside, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '[' if inside && chars.peek() != Some(&':') => return true,
            '[' if !inside => {
                inside = true;
                // A bracket that comes first closes nothing.
                chars.next_if_eq(&'^');
                chars.next_if_eq(&']');
            }
            ']' => inside = false,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, name, matches) in [
            (
                r"^(?:[^.]+\.){4,}internal\.cloudapp\.net\.$",
                "a.b.c.internal.cloudapp.net.",
                Some(false),
            ),
            (
                r"^(?:[^.]+\.){4,}internal\.cloudapp\.net\.$",
                "a.b.c.d.internal.cloudapp.net.",
                Some(true),
            ),
            (".*", "a.", Some(true)),
            ("(?i)A", "a.", Some(true)),
            ("(?P<x>a)", "a.", Some(true)),
            ("[[:alpha:]]", "a.", Some(true)),
            ("[a[b]", "a.", None),
            ("[a&&b]", "a.", None),
            ("a{,3}", "a.", None),
            ("(?x) a", "a.", None),
            ("(", "a.", None),
            (r"\Qa\E", "a.", None),
            ("ä", "a.", None),
        ] {
            assert_eq!(
                Pattern::new(text).map(|p| p.matches(name)),
                matches,
                "{text}"
            );
        }
    }

    #[test]
    fn replacements() {
        let pattern = Pattern::new(r"(.*)\.local\.dev\.(x)?").expect("a pattern");
        assert_eq!(pattern.groups(), 2);
        let replaced = pattern.replace("a.b.local.dev.", "{1}.svc.{2}end.");
        assert_eq!(replaced.as_deref(), Some("a.b.svc.end."));
        assert_eq!(pattern.replace("a.", "{1}"), None);
    }
}
