//! The tokens of a Corefile, as Caddy's lexer cuts them (coredns/caddy, caddyfile/lexer.go).

use std::str::Chars;
use std::sync::Arc;

/// Where something is written: evidence for whatever is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The imported file; none: the Corefile itself.
    pub file: Option<Arc<str>>,
    /// The line, from 1.
    pub line: usize,
    /// That line as it is written, without the spaces around it.
    pub text: Arc<str>,
}

impl Place {
    /// The start of a text.
    pub(super) fn start() -> Self {
        Self {
            file: None,
            line: 1,
            text: Arc::default(),
        }
    }
}

/// One word, or one text in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) at: Place,
}

impl Token {
    /// The line on which it ends: a text in quotes may be long.
    pub(super) fn last_line(&self) -> usize {
        self.at.line + self.text.matches('\n').count()
    }

    /// Whether the other one starts on the line where this one ends.
    pub(super) fn is_followed_by(&self, next: &Self) -> bool {
        self.at.file == next.at.file && self.last_line() == next.at.line
    }

    /// Whether the other one starts on a later line, or in another file.
    pub(super) fn is_broken_from(&self, next: &Self) -> bool {
        self.at.file != next.at.file || self.last_line() < next.at.line
    }
}

/// All tokens of a text.
pub(super) fn tokens(text: &str, file: Option<&Arc<str>>) -> Vec<Token> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<Arc<str>> = text.split('\n').map(|l| l.trim().into()).collect();
    let (mut rest, mut line, mut out) = (text.chars(), 1, Vec::new());
    while let Some((line, text)) = next(&mut rest, &mut line) {
        let written = lines.get(line - 1).cloned().unwrap_or_default();
        let at = Place {
            file: file.cloned(),
            line,
            text: written,
        };
        out.push(Token { text, at });
    }
    out
}

/// The next token and the line it starts on. A comment that cuts a word short ends with the next space: what follows on the line is
/// read again. A carriage return counts for nothing.
fn next(rest: &mut Chars, line: &mut usize) -> Option<(usize, String)> {
    let (mut word, mut start, mut comment) = (String::new(), *line, false);
    for c in rest.by_ref() {
        if c == '\r' {
            continue;
        }
        if c.is_whitespace() {
            let found = !word.is_empty();
            if c == '\n' {
                *line += 1;
                comment = false;
            }
            if found {
                return Some((start, word));
            }
            continue;
        }
        comment |= c == '#';
        if comment {
            continue;
        }
        if word.is_empty() {
            start = *line;
            if c == '"' {
                return quoted(rest, line).map(|text| (start, text));
            }
        }
        word.push(c);
    }
    (!word.is_empty()).then_some((start, word))
}

/// What stands in quotes: a backslash escapes a quote and nothing else.
fn quoted(rest: &mut Chars, line: &mut usize) -> Option<String> {
    let (mut text, mut escaped) = (String::new(), false);
    for c in rest.by_ref() {
        match (escaped, c) {
            (false, '\\') => {
                escaped = true;
                continue;
            }
            (false, '"') => return Some(text),
            (true, '"') | (false, _) => {}
            (true, _) => text.push('\\'),
        }
        *line += usize::from(c == '\n');
        text.push(c);
        escaped = false;
    }
    (!text.is_empty()).then_some(text)
}

/// Whether a text names a variable of the environment: `{$NAME}` or `{%NAME%}` (caddyfile/parse.go, `replaceEnvVars`).
pub(super) fn has_variable(text: &str) -> bool {
    let named = |open: &str, close: &str| {
        let (_, rest) = text.split_once(open)?;
        rest.find(close).filter(|end| *end > 0)
    };
    named("{$", "}").or_else(|| named("{%", "%}")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(usize, String)> {
        let all = tokens(text, None).into_iter();
        all.map(|t| (t.at.line, t.text)).collect()
    }

    #[test]
    fn words_and_lines() {
        for (text, expected) in [
            ("", vec![]),
            (" \n\t\n", vec![]),
            ("a b\nc", vec![(1, "a"), (1, "b"), (2, "c")]),
            ("a\r\nb\r\n", vec![(1, "a"), (2, "b")]),
            ("# note\na # note\nb", vec![(2, "a"), (3, "b")]),
            ("a#b c\nd", vec![(1, "a"), (1, "c"), (2, "d")]),
            ("#a b c\nd", vec![(2, "d")]),
            ("\"a b\" c", vec![(1, "a b"), (1, "c")]),
            ("\"\" c", vec![(1, ""), (1, "c")]),
            (r#""a \" b \n" c"#, vec![(1, r#"a " b \n"#), (1, "c")]),
            ("\"a\nb\" c\nd", vec![(1, "a\nb"), (2, "c"), (3, "d")]),
            ("a\"b c", vec![(1, "a\"b"), (1, "c")]),
            ("\"a\"b", vec![(1, "a"), (1, "b")]),
            ("\"open", vec![(1, "open")]),
            ("\"", vec![]),
            ("\u{feff}a", vec![(1, "a")]),
            ("a{ b", vec![(1, "a{"), (1, "b")]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(l, w): (usize, &str)| (l, w.to_owned()))
                .collect();
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_ends_on_its_last_line() {
        let all = tokens("\"a\nb\" c\nd", None);
        assert!(all[0].is_followed_by(&all[1]));
        assert!(!all[0].is_broken_from(&all[1]));
        assert!(all[1].is_broken_from(&all[2]));
        assert_eq!(&*all[1].at.text, "b\" c");
    }

    #[test]
    fn variables_of_the_environment() {
        for (text, named) in [
            ("{$A}", true),
            ("x{%A%}y", true),
            ("{$}", false),
            ("{$A", false),
            ("{{ .Name }}", false),
            ("{1}.a", false),
        ] {
            assert_eq!(has_variable(text), named, "{text}");
        }
    }
}
