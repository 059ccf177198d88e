//! A page of Markdown in the lines of a terminal, as a manual is set: headings at the margin, everything else below them set in.

use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};

use super::wrap;

/// How a piece of a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Prose.
    Text,
    /// A heading.
    Heading,
    /// A field, a flag, a command.
    Code,
}

/// One line, in pieces.
pub type Line = Vec<(Part, String)>;

/// Columns before headings, and before what is below them.
const MARGIN: usize = 2;
const INSET: usize = 4;

/// The page in lines of at most `width` columns; a word of a command that is longer is left whole, to be copied. The heading of the page
/// itself is left out: who shows a page has named it.
pub fn lines(page: &str, width: usize) -> Vec<Line> {
    let mut setter = Setter {
        width,
        ..Setter::default()
    };
    for event in Parser::new(page) {
        setter.take(event);
    }
    setter.lines
}

#[derive(Default)]
struct Setter {
    width: usize,
    lines: Vec<Line>,
    /// The block that is being read.
    text: String,
    /// An entry of a list is being read.
    entry: bool,
    /// The next block is parted from the last by an empty line.
    gap: bool,
}

impl Setter {
    fn take(&mut self, event: Event) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::Paragraph) => self.text.clear(),
            // Commands are set in: they stand close to what introduces them, as entries do.
            Event::Start(Tag::CodeBlock(_)) => {
                self.text.clear();
                self.gap = false;
            }
            Event::Start(Tag::Item) => {
                self.text.clear();
                self.entry = true;
            }
            Event::Text(text) => self.text.push_str(&text),
            Event::Code(code) => {
                self.text.push('`');
                self.text.push_str(&code);
                self.text.push('`');
            }
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            Event::End(TagEnd::Heading(HeadingLevel::H1)) => self.text.clear(),
            Event::End(TagEnd::Heading(_)) => self.heading(),
            Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                self.prose();
                self.gap = !self.entry;
                self.entry = false;
            }
            Event::Start(Tag::List(_)) => self.gap = false,
            Event::End(TagEnd::List(_)) => self.gap = true,
            Event::End(TagEnd::CodeBlock) => self.code(),
            _ => {}
        }
    }

    fn part(&mut self) {
        if self.gap {
            self.lines.push(Vec::new());
        }
        self.gap = false;
    }

    fn heading(&mut self) {
        self.lines.push(Vec::new());
        let text = format!("{:MARGIN$}{}", "", self.text);
        self.lines.push(vec![(Part::Heading, text)]);
        self.gap = false;
    }

    fn prose(&mut self) {
        if self.text.is_empty() {
            return;
        }
        self.part();
        let (mark, hang) = if self.entry { ("- ", 2) } else { ("", 0) };
        let room = self.width.saturating_sub(INSET);
        let text = format!("{mark}{}", self.text);
        let mut is_code = false;
        for (i, text) in wrap::words(&text, room, room.saturating_sub(hang))
            .iter()
            .enumerate()
        {
            let inset = if i == 0 { INSET } else { INSET + hang };
            let mut line = vec![(Part::Text, " ".repeat(inset))];
            spans(text, &mut is_code, &mut line);
            self.lines.push(line);
        }
        self.text.clear();
    }

    fn code(&mut self) {
        self.part();
        let room = self.width.saturating_sub(INSET + 2);
        let commands = self.text.lines().flat_map(|l| wrap::command(l, room));
        let set_in = commands.map(|l| vec![(Part::Code, format!("{:1$}{l}", "", INSET + 2))]);
        self.lines.extend(set_in);
        self.text.clear();
        self.gap = true;
    }
}

/// Parts a line at its backticks, which stay: no meaning hangs on a colour. What they enclose may go on in the next line.
fn spans(text: &str, is_code: &mut bool, line: &mut Line) {
    let mut rest = text;
    while !rest.is_empty() {
        let mut from = 0;
        if !*is_code {
            let end = rest.find('`').unwrap_or(rest.len());
            if end > 0 {
                line.push((Part::Text, rest[..end].to_owned()));
            }
            rest = &rest[end..];
            if rest.is_empty() {
                return;
            }
            (*is_code, from) = (true, 1);
        }
        let end = match rest[from..].find('`') {
            Some(at) => {
                *is_code = false;
                from + at + 1
            }
            None => rest.len(),
        };
        line.push((Part::Code, rest[..end].to_owned()));
        rest = &rest[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: &str, width: usize) -> Vec<String> {
        let line = |l: Line| l.into_iter().map(|(_, text)| text).collect();
        lines(page, width).into_iter().map(line).collect()
    }

    #[test]
    fn a_page_is_set_like_a_manual() {
        let page = "# a-code\n\n## What it sees\n\nOne line\nand another.\n\nA second\n\n- a `b`\n  c\n- d\n\nAfter.\n\n## How to fix\n\n```\nkubectl get x\nkubectl get y\n```\n";
        assert_eq!(
            plain(page, 40),
            [
                "",
                "  What it sees",
                "    One line and another.",
                "",
                "    A second",
                "    - a `b` c",
                "    - d",
                "",
                "    After.",
                "",
                "  How to fix",
                "      kubectl get x",
                "      kubectl get y",
            ]
        );
    }

    #[test]
    fn lines_are_wrapped_and_entries_hang() {
        assert_eq!(
            plain("- one two three\n\n```\nkubectl get pods -n shop\n```", 16),
            [
                "    - one two",
                "      three",
                "      kubectl \\",
                "        get \\",
                "        pods \\",
                "        -n shop",
            ]
        );
    }

    #[test]
    fn code_that_is_wrapped_stays_code() {
        let set = lines("see `a b` and c", 10);
        let parts = |line: &Line| {
            let of = |(part, text): &(Part, String)| (*part, text.trim_start().to_owned());
            line.iter().skip(1).map(of).collect::<Vec<_>>()
        };
        let all: Vec<_> = set.iter().map(parts).collect();
        assert_eq!(
            all,
            [
                vec![
                    (Part::Text, String::from("see ")),
                    (Part::Code, "`a".to_owned())
                ],
                vec![
                    (Part::Code, "b`".to_owned()),
                    (Part::Text, "and".to_owned())
                ],
                vec![(Part::Text, "c".to_owned())],
            ]
        );
    }
}
