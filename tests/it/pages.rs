//! The pages of the pitfalls: one beside each check, under the same headings; what shows them shows all of them.

use hops::diagnosis::checks::table::ALL;
use hops::output::rules;
use hops::output::text::Style;

use crate::tidy::{files, root};

/// The headings of every check's page.
const HEADINGS: [&str; 4] = ["What it sees", "Why traffic breaks", "How to fix", "Source"];

#[test]
fn every_check_has_a_page_under_the_same_headings() {
    let mut faults = Vec::new();
    for check in ALL {
        let mut say = |fault: String| faults.push(format!("{}: {fault}", check.code));
        if check.explain.lines().next() != Some(&format!("# {}", check.code)) {
            say("its page does not begin with its code".to_owned());
        }
        if let Some(c) = check.explain.chars().find(|c| !c.is_ascii()) {
            say(format!("a terminal may have no {c:?}"));
        }
        if check.explain.contains("FIXME") {
            say("its page is not written yet".to_owned());
        }
        let (sections, strange) = sections(check.explain);
        let headings: Vec<&str> = sections.iter().map(|(h, _)| h.as_str()).collect();
        if headings != HEADINGS {
            say(format!("the headings are {headings:?}"));
        }
        for (heading, words) in sections {
            if words < 4 {
                say(format!("{heading}: {words} words"));
            }
        }
        if !strange.is_empty() {
            say(format!("explain does not show {strange:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The second-level headings of a page with how many words are under each, and what in it is lost in a terminal.
fn sections(page: &str) -> (Vec<(String, usize)>, Vec<String>) {
    use pulldown_cmark::{Event, HeadingLevel, Parser, Tag, TagEnd};
    let mut sections: Vec<(String, usize)> = Vec::new();
    let mut strange = Vec::new();
    let (mut heading, mut depth) = (None, 0);
    for event in Parser::new(page) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => heading = Some(level),
            Event::End(TagEnd::Heading(_)) => heading = None,
            Event::Text(text) | Event::Code(text) => match (heading, sections.last_mut()) {
                (Some(HeadingLevel::H2), _) => sections.push((text.to_string(), 0)),
                (Some(HeadingLevel::H1), None) => {}
                (None, Some((_, words))) => *words += text.split_whitespace().count(),
                _ => strange.push(text.to_string()),
            },
            Event::Start(Tag::List(None)) if depth == 0 => depth = 1,
            Event::End(TagEnd::List(_)) => depth = 0,
            Event::SoftBreak
            | Event::Start(Tag::Paragraph | Tag::Item | Tag::CodeBlock(_))
            | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::CodeBlock) => {}
            other => strange.push(format!("{other:?}")),
        }
    }
    (sections, strange)
}

#[test]
fn every_page_is_a_check_s() {
    let mut pages = Vec::new();
    files(&root().join("src"), "md", &mut pages);
    assert_eq!(pages.len(), ALL.len());
    for page in pages {
        assert!(page.with_extension("rs").exists(), "{}", page.display());
    }
}

/// `UPDATE_README=1 cargo test --test it readme` writes it.
#[test]
fn the_readme_has_the_table_of_the_checks() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).expect("README.md");
    let table = rules::markdown(ALL);
    let from = readme
        .find("| code | hop |")
        .expect("the table of README.md");
    let length = readme[from..].find("\n\n").expect("an end of the table") + 1;
    let there = &readme[from..from + length];
    if there == table {
        return;
    }
    if std::env::var_os("UPDATE_README").is_some() {
        let whole = readme.replacen(there, &table, 1);
        std::fs::write(path, whole).expect("README.md is written");
        return;
    }
    let mut rows = table
        .lines()
        .zip(there.lines().chain(std::iter::repeat("")));
    let (wanted, found) = rows.find(|(a, b)| a != b).unwrap_or(("an end", "more"));
    panic!(
        "the table of README.md is not that of the checks: UPDATE_README=1 cargo test --test it readme\nfirst {wanted}\n  not {found}"
    );
}

#[test]
fn explain_shows_every_heading_with_what_is_below_it() {
    for check in ALL {
        let text = rules::explain(check, &Style::default());
        for heading in HEADINGS {
            let shown = format!("\n\n  {heading}\n    ");
            assert!(text.contains(&shown), "{heading} in {text}");
        }
    }
}
