//! Values of query parameters, and what stands for them: `/cart?token=(hidden-1)`. One value has one placeholder, so that URLs can be
//! compared, and followed, without anybody seeing it.

use percent_encoding::percent_decode_str;

use crate::target::secrecy::HIDDEN as BEFORE;

const AFTER: char = ')';
/// Shorter ones are taken out of a text only where a parameter has them: they are parts of ordinary words.
const SHORTEST: usize = 6;
/// Parameters of the API server's lists, watches and reviews.
const KUBERNETES: [&str; 6] = [
    "labelSelector=",
    "fieldSelector=",
    "limit=",
    "watch=",
    "resourceVersion=",
    "ports=",
];
/// What is taken for a parameter's name where there is no value: `?wsdl`.
const LONGEST_NAME: usize = 16;

/// The values in the order in which they came, as they stand in a URL.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<String>);

impl Values {
    /// A path or URL without the values of its query and without a fragment.
    pub fn hide(&mut self, url: &str) -> String {
        let url = url.split('#').next().unwrap_or_default();
        let Some((path, query)) = url.split_once('?') else {
            return url.to_owned();
        };
        let pairs: Vec<String> = query.split('&').map(|pair| self.pair(pair)).collect();
        format!("{path}?{}", pairs.join("&"))
    }

    fn pair(&mut self, pair: &str) -> String {
        match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", self.placeholder(value)),
            None if is_name(pair) => pair.to_owned(),
            None => self.placeholder(pair),
        }
    }

    fn placeholder(&mut self, value: &str) -> String {
        // What was hidden before stays so.
        if value.is_empty() || value == "…" || number(value).is_some() {
            return value.to_owned();
        }
        let known = self.0.iter().position(|v| v == value);
        let index = known.unwrap_or_else(|| {
            self.0.push(value.to_owned());
            self.0.len() - 1
        });
        written(index)
    }

    /// A text in which each URL is without what its query says; what Kubernetes itself asks an API server for stays.
    pub fn urls(&mut self, text: &str) -> String {
        let ends = |c: char| c.is_whitespace() || "\"'<>\\".contains(c);
        let mut out = String::new();
        for word in text.split_inclusive(ends) {
            let kubernetes = || KUBERNETES.iter().any(|name| word.contains(name));
            match word.split_once('?') {
                Some((_, query)) if query.contains('=') && !kubernetes() => {
                    let end = word.trim_end_matches(ends).len();
                    out.push_str(&self.hide(&word[..end]));
                    out.push_str(&word[end..]);
                }
                _ => out.push_str(word),
            }
        }
        out
    }

    /// With the values in the place of their placeholders; none where there is none of them.
    pub fn reveal(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(BEFORE) {
            let end = rest[at..].find(AFTER).map(|end| at + end + 1)?;
            out.push_str(&rest[..at]);
            let written = &rest[at..end];
            let value = number(written).and_then(|n| self.0.get(n));
            out.push_str(value.map_or(written, String::as_str));
            rest = &rest[end..];
        }
        out.push_str(rest);
        (out != text).then_some(out)
    }

    /// Takes the known values out of a text in which they may stand anywhere, such as a page that shows the request.
    pub fn clean(&self, text: &mut String) {
        let mut known: Vec<(usize, &String)> = self.0.iter().enumerate().collect();
        known.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        for (index, value) in known {
            let placeholder = written(index);
            let plain = percent_decode_str(value).decode_utf8_lossy();
            for form in [value.as_str(), &plain, &plain.replace('+', " ")] {
                if form.len() >= SHORTEST {
                    replace(text, form, &placeholder);
                } else {
                    for sign in ["=", "%3D", "%3d"] {
                        let (from, to) = (format!("{sign}{form}"), format!("{sign}{placeholder}"));
                        replace(text, &from, &to);
                    }
                }
            }
        }
    }
}

fn replace(text: &mut String, from: &str, to: &str) {
    if text.contains(from) {
        *text = text.replace(from, to);
    }
}

fn written(index: usize) -> String {
    format!("{BEFORE}{}{AFTER}", index + 1)
}

/// The index that a placeholder stands for.
fn number(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    digits.parse::<usize>().ok()?.checked_sub(1)
}

fn is_name(word: &str) -> bool {
    word.len() <= LONGEST_NAME
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || "-_".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_go_and_names_stay() {
        let mut values = Values::default();
        for (url, hidden) in [
            ("/cart", "/cart"),
            ("/cart?", "/cart?"),
            ("/cart?wsdl", "/cart?wsdl"),
            (
                "/cart?token=s3cret&page=2",
                "/cart?token=(hidden-1)&page=(hidden-2)",
            ),
            (
                "https://a/b?x=2&y=&t=s3cret#frag",
                "https://a/b?x=(hidden-2)&y=&t=(hidden-1)",
            ),
            ("/?eyJhbGciOiJIUzI1NiJ9", "/?(hidden-3)"),
            ("/?a=b=c", "/?a=(hidden-4)"),
            ("/?token=(hidden-1)", "/?token=(hidden-1)"),
            ("https://login/?…", "https://login/?…"),
        ] {
            assert_eq!(values.hide(url), hidden);
        }
        let shown = values.reveal("/login?next=(hidden-1)&page=(hidden-2)&x=(hidden-9)");
        assert_eq!(
            shown.as_deref(),
            Some("/login?next=s3cret&page=2&x=(hidden-9)")
        );
        assert_eq!(values.reveal("/cart"), None);
    }

    #[test]
    fn a_page_that_shows_the_request_shows_no_value() {
        let mut values = Values::default();
        values.hide("/?token=s3cret%2Fx&page=2");
        let mut page = "You asked /?token=s3cret%2Fx&page=2 (s3cret/x), page 2 of 22".to_owned();
        values.clean(&mut page);
        let clean = "You asked /?token=(hidden-1)&page=(hidden-2) ((hidden-1)), page 2 of 22";
        assert_eq!(page, clean);
    }

    #[test]
    fn urls_are_found_in_lines_of_a_log() {
        let mut values = Values::default();
        for (line, hidden) in [
            (
                "redirect to 'http://a/b?t=1&u=2', then",
                "redirect to 'http://a/b?t=(hidden-1)&u=(hidden-2)', then",
            ),
            ("what? x=1", "what? x=1"),
            (
                "GET /api/v1/pods?labelSelector=a%3Db&limit=500",
                "GET /api/v1/pods?labelSelector=a%3Db&limit=500",
            ),
            (
                "GET /api/v1/pods/a:80/proxy/x?t=1 done",
                "GET /api/v1/pods/a:80/proxy/x?t=(hidden-1) done",
            ),
        ] {
            assert_eq!(values.urls(line), hidden);
        }
    }

    proptest! {
        #[test]
        fn what_is_hidden_comes_back(path in "/[a-z]{0,4}", pairs in proptest::collection::vec(("[a-z]{1,4}", "[A-Za-z0-9%._~-]{0,12}"), 0..5)) {
            let query: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
            let url = if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) };
            let mut values = Values::default();
            let hidden = values.hide(&url);
            for (_, value) in pairs.iter().filter(|(_, v)| v.len() > 7) {
                prop_assert!(!hidden.contains(value.as_str()));
            }
            prop_assert_eq!(values.hide(&hidden), hidden.clone());
            prop_assert_eq!(values.reveal(&hidden).unwrap_or(hidden), url);
        }
    }
}
