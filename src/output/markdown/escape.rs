//! Text from a cluster inside Markdown: whatever could be read as markup, HTML, a link, a mention or the end of a table cell
//! stands in code, where nothing is.

use std::fmt::Write as _;

use crate::output::shared::sanitize;

/// What prose may hold besides letters and digits. A word with anything else becomes code.
const PLAIN: &str = ".,:;/=-+%?!'\"()";
/// What a word that becomes code leaves outside.
const OPENING: &[char] = &['(', '"', '\''];
const CLOSING: &[char] = &['.', ',', ':', ';', '?', '!', ')', '"', '\''];

/// A sentence, for anywhere but the beginning of a line.
pub(super) fn prose(text: &str) -> String {
    words(text, code)
}

/// A sentence for a cell of a table.
pub(in crate::output) fn cell(text: &str) -> String {
    words(text, |word| {
        if !word.contains('|') {
            return code(word);
        }
        // A bar ends a cell even in a code span; how a backslash before it is read differs.
        let mut html = "<code>".to_owned();
        for c in word.chars() {
            if c.is_ascii_punctuation() {
                let _ = write!(html, "&#{};", u32::from(c));
            } else {
                html.push(c);
            }
        }
        html + "</code>"
    })
}

/// The text with each word that is not plain as `quoted` writes it.
fn words(text: &str, quoted: impl Fn(&str) -> String) -> String {
    let text = sanitize::line(text);
    let words = text.split(' ').filter(|w| !w.is_empty());
    let words = words.map(|word| {
        if plain(word) {
            return word.to_owned();
        }
        let rest = word.trim_start_matches(OPENING);
        let mut core = rest.trim_end_matches(CLOSING);
        if core.contains('(')
            && let Some(end) = rest.rfind(')')
        {
            core = &rest[..core.len().max(end + 1)];
        }
        if core.is_empty() {
            return word.to_owned();
        }
        let before = &word[..word.len() - rest.len()];
        format!("{before}{}{}", quoted(core), &rest[core.len()..])
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether nothing makes anything else of a word than the word: no markup, no address that becomes a link, no `:name:`.
fn plain(word: &str) -> bool {
    word.chars()
        .all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || PLAIN.contains(c))
        && !word.contains("://")
        && word.matches(':').count() < 2
        && !word.to_ascii_lowercase().contains("www.")
}

/// One line of safe text as a code span, with more backticks around than any in it.
pub(super) fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    // One blank on each side is taken away again where it is needed.
    let blank = match text.chars().next() {
        None | Some('`' | ' ') => " ",
        _ if text.ends_with(['`', ' ']) => " ",
        _ => "",
    };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// Lines of safe text as a block of code, between more backticks than any in it.
pub(super) fn fenced(language: &str, lines: &[String]) -> String {
    let longest = lines.iter().map(|l| longest_run(l)).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

/// Of backticks in a row.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    #[test]
    fn words_of_a_sentence_stay_as_they_are() {
        for text in [
            "Service shop/frontend selects app=fronted, no pod has that label",
            "Ingress shop/shop: / (Prefix) → frontend:http",
            "203.0.113.80 (ttl 60), 100 % in 3 ms; isn't it?",
            "bücher 図書",
        ] {
            assert_eq!(prose(text), text);
            assert_eq!(cell(text), text);
        }
    }

    #[test]
    fn what_could_be_markup_becomes_code() {
        for (text, safe) in [
            ("the label a_b, and *c*.", "the label `a_b`, and `*c*`."),
            (
                "see https://x.example/a (www.x.example)",
                "see `https://x.example/a` (`www.x.example`)",
            ),
            (
                "ask @team, #12 or me@x.example",
                "ask `@team`, `#12` or `me@x.example`",
            ),
            ("<img src=x> [a](b) &lt;", "`<img` `src=x>` `[a](b)` `&lt`;"),
            ("a`b ``` c\\", "``a`b`` ```` ``` ```` `c\\`"),
            (":tada: $x$ ~~y~~ ^", "`:tada`: `$x$` `~~y~~` `^`"),
            ("two\nlines\u{202e}", "`two\\nlines\\u{202e}`"),
        ] {
            assert_eq!(prose(text), safe, "{text}");
        }
    }

    #[test]
    fn a_cell_ends_where_it_should() {
        assert_eq!(cell("a | b"), "a <code>&#124;</code> b");
        assert_eq!(
            cell("x\\|<b>`"),
            "<code>x&#92;&#124;&#60;b&#62;&#96;</code>"
        );
        assert_eq!(cell("a_b"), "`a_b`");
        assert!(!cell("|\\||`|`\\|").contains('|'));
    }

    /// What a reader gets to see, cell by cell, and whether anything else than text and code came out.
    fn read(markdown: &str) -> (Vec<String>, bool) {
        let (mut cells, mut clean) = (Vec::new(), true);
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Start(Tag::TableCell | Tag::Paragraph | Tag::Heading { .. } | Tag::Item) => {
                    cells.push(String::new());
                }
                Event::Start(Tag::CodeBlock(_)) => cells.push(String::new()),
                Event::Start(Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::List(_)) => {}
                Event::Text(text) | Event::Code(text) => match cells.last_mut() {
                    Some(cell) => cell.push_str(&text),
                    None => clean = false,
                },
                Event::InlineHtml(tag) if *tag == *"<code>" || *tag == *"</code>" => {}
                Event::End(_) => {}
                _ => clean = false,
            }
        }
        (cells, clean)
    }

    fn squeezed(text: &str) -> String {
        let text = sanitize::line(text);
        let words: Vec<&str> = text.split(' ').filter(|w| !w.is_empty()).collect();
        words.join(" ")
    }

    proptest! {
        #[test]
        fn any_text_is_read_as_itself(
            text in r#"([a-z .:;/()!?'"=%+]|[|`\\<>&*_~\[\]#@$^{}\n\t-]|www\.|://|\PC){0,40}"#
        ) {
            let wanted = squeezed(&text);
            let (cells, clean) = read(&format!("x {}\n", prose(&text)));
            prop_assert!(clean, "{cells:?}");
            prop_assert_eq!(cells, [format!("x {wanted}").trim_end_matches(' ').to_owned()]);

            let table = format!("| a | b |\n|---|---|\n| {} | end |\n", cell(&text));
            let (cells, clean) = read(&table);
            prop_assert!(clean, "{cells:?}");
            prop_assert_eq!(cells, ["a", "b", wanted.as_str(), "end"]);

            let safe = sanitize::line(&text);
            if !safe.trim().is_empty() {
                let (cells, clean) = read(&format!("- {}\n", code(&safe)));
                prop_assert!(clean, "{cells:?}");
                prop_assert_eq!(cells, [safe.clone().into_owned()]);
            }
            let block = fenced("sh", &[safe.clone().into_owned()]);
            let (cells, clean) = read(&format!("x\n\n{block}\nend\n"));
            prop_assert!(clean, "{cells:?}");
            prop_assert_eq!(cells, ["x".to_owned(), format!("{safe}\n"), "end".to_owned()]);
        }
    }

    #[test]
    fn code_cannot_be_closed_from_inside() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code(" a "), "`  a  `");
        assert_eq!(
            fenced("sh", &["echo ```".into(), "```".into()]),
            "````sh\necho ```\n```\n````\n"
        );
    }
}
