//! Which texts a filter leaves, best first, and where they match. A word counts where a text has it as typed, or but for separators
//! (`team3` in `team-3`); its letters far apart count only where no text has it so. `!` in front turns a word round.

use std::cmp::Reverse;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// What parts the words of a name.
const SEPARATORS: &str = "-._/:";

/// A filter that was typed.
pub(super) struct Filter {
    words: Vec<Word>,
    matcher: Matcher,
    buffer: Vec<char>,
}

struct Word {
    atom: Atom,
    /// Of a word without signs: the same as typed, and its characters without separators.
    plain: Option<(Atom, Vec<char>)>,
}

/// How well a text has a word.
enum Fit {
    Whole(u16),
    Near(u16),
    Loose(u16),
}

/// How well a text has all of them.
struct Found {
    loose: usize,
    near: usize,
    score: u32,
    at: usize,
}

impl Word {
    fn of(atom: Atom) -> Self {
        let plain = (atom.kind == AtomKind::Fuzzy && !atom.negative).then(|| {
            let needle = atom.needle_text().to_string();
            let (case, normal) = (CaseMatching::Ignore, Normalization::Smart);
            let whole = Atom::new(&needle, case, normal, AtomKind::Substring, false);
            let letters = needle.chars().filter(|c| !SEPARATORS.contains(*c));
            (whole, letters.collect())
        });
        Self { atom, plain }
    }

    fn fit(&self, text: Utf32Str<'_>, matcher: &mut Matcher) -> Option<Fit> {
        let Some((whole, letters)) = &self.plain else {
            return self.atom.score(text, matcher).map(Fit::Whole);
        };
        if let Some(score) = whole.score(text, matcher) {
            return Some(Fit::Whole(score));
        }
        let score = self.atom.score(text, matcher);
        match near(letters, text) {
            Some(_) => Some(Fit::Near(score.unwrap_or_default())),
            None => score.map(Fit::Loose),
        }
    }
}

impl Filter {
    pub fn parse(filter: &str) -> Self {
        let pattern = Pattern::parse(filter, CaseMatching::Ignore, Normalization::Smart);
        Self {
            words: pattern.atoms.into_iter().map(Word::of).collect(),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }

    fn find(&mut self, text: &str, at: usize) -> Option<Found> {
        let text = Utf32Str::new(text, &mut self.buffer);
        let mut found = Found {
            loose: 0,
            near: 0,
            score: 0,
            at,
        };
        for word in &self.words {
            let score = match word.fit(text, &mut self.matcher)? {
                Fit::Whole(score) => score,
                Fit::Near(score) => {
                    found.near += 1;
                    score
                }
                Fit::Loose(score) => {
                    found.loose += 1;
                    score
                }
            };
            found.score += u32::from(score);
        }
        Some(found)
    }

    /// Where a row's cells match, as indices of characters, a cell each. The text is all that the filter looked at, cells and what is not
    /// shown: a word that is there as typed has its letters marked nowhere else.
    pub fn places(&mut self, cells: &[&str], text: &str) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); cells.len()];
        let mut indices = Vec::new();
        for word in self.words.iter().filter(|w| !w.atom.negative) {
            let mut seen = false;
            for (cell, places) in cells.iter().zip(&mut places) {
                let Some((whole, letters)) = &word.plain else {
                    break;
                };
                let text = Utf32Str::new(cell, &mut self.buffer);
                indices.clear();
                if whole
                    .indices(text, &mut self.matcher, &mut indices)
                    .is_none()
                {
                    indices.extend(near(letters, text).into_iter().flatten());
                }
                seen |= !indices.is_empty();
                places.extend(indices.iter().map(|i| *i as usize));
            }
            let whole = Utf32Str::new(text, &mut self.buffer);
            let fit = word.fit(whole, &mut self.matcher);
            let is_hidden = word.plain.is_some() && !matches!(fit, Some(Fit::Loose(_)));
            if seen || is_hidden {
                continue;
            }
            // Letters here and there, or a sign that is about the whole row.
            let row = cells.join(" ");
            let text = Utf32Str::new(&row, &mut self.buffer);
            indices.clear();
            if word
                .atom
                .indices(text, &mut self.matcher, &mut indices)
                .is_none()
            {
                continue;
            }
            let mut begin = 0;
            for (cell, places) in cells.iter().zip(&mut places) {
                let end = begin + cell.chars().count();
                let here = indices.iter().map(|i| *i as usize);
                places.extend(here.filter(|i| (begin..end).contains(i)).map(|i| i - begin));
                begin = end + 1;
            }
        }
        places
    }
}

/// Where a text has these characters one after the other, separators in between left out.
fn near(letters: &[char], text: Utf32Str<'_>) -> Option<Vec<u32>> {
    let first = *letters.first()?;
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let from = |start: usize| {
        let mut places = Vec::with_capacity(letters.len());
        for (at, c) in text.chars().enumerate().skip(start) {
            match letters.get(places.len()) {
                None => break,
                Some(wanted) if lower(c) == *wanted => places.push(u32::try_from(at).ok()?),
                Some(_) if SEPARATORS.contains(c) => {}
                Some(_) => break,
            }
        }
        (places.len() == letters.len()).then_some(places)
    };
    let starts = text.chars().enumerate().filter(|(_, c)| lower(*c) == first);
    starts.map(|(start, _)| start).find_map(from)
}

/// Indices of the texts that match, best first; all in their order for an empty filter.
pub(super) fn matching<T: AsRef<str>>(filter: &str, texts: impl Iterator<Item = T>) -> Vec<usize> {
    let mut filter = Filter::parse(filter);
    if filter.words.is_empty() {
        return texts.enumerate().map(|(at, _)| at).collect();
    }
    let mut found: Vec<Found> = texts
        .enumerate()
        .filter_map(|(at, text)| filter.find(text.as_ref(), at))
        .collect();
    let fewest = found.iter().map(|f| f.loose).min().unwrap_or_default();
    found.retain(|f| f.loose == fewest);
    if fewest > 0 {
        // None is good: those that are not much worse than the best.
        let best = found.iter().map(|f| f.score).max().unwrap_or_default();
        found.retain(|f| f.score >= best - best / 4);
    }
    found.sort_by_key(|f| (f.near, Reverse(f.score), f.at));
    found.into_iter().map(|f| f.at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_first_and_turned_round() {
        let hosts = [
            "api.example.com",
            "shop.example.com",
            "shop-admin.example.org",
        ];
        let found = |filter| matching(filter, hosts.iter());
        assert_eq!(found(""), [0, 1, 2]);
        assert_eq!(found(" "), [0, 1, 2]);
        assert_eq!(found("shpcom"), [1]);
        assert_eq!(found("!shop"), [0]);
        assert_eq!(found("shop org"), [2]);
        assert!(found("nothing").is_empty());
    }

    /// Sixty hosts of seven teams: all have the letters of `team3` somewhere, nine have the word.
    #[test]
    fn a_word_that_is_there_hides_its_letters_far_apart() {
        let host = |i: usize| format!("app-{i}.team{}.example.com team{} web-{i}", i % 7, i % 7);
        let hosts: Vec<String> = (0..60).map(host).collect();
        let having: Vec<usize> = (0..60).filter(|i| i % 7 == 3).collect();
        assert_eq!(having.len(), 9);
        let mut found = matching("team3", hosts.iter());
        found.sort_unstable();
        assert_eq!(found, having);
        // Where no host has the word, those that come near it are still found.
        let without = hosts.iter().filter(|h| !h.contains("team3"));
        let without: Vec<&String> = without.collect();
        assert!(!matching("team3", without.iter()).is_empty());
        // A second word, mistyped, does not bring the first one's letters back.
        let found = matching("team3 exmple", hosts.iter());
        assert_eq!(found.len(), having.len());
    }

    #[test]
    fn separators_may_be_left_out_but_other_letters_not() {
        let hosts = [
            "x.team-13.example",
            "x.team-3.example",
            "x.team3.example",
            "x.team.x3",
        ];
        assert_eq!(matching("team3", hosts.iter()), [2, 1]);
        assert_eq!(matching("team-3", hosts.iter()), [1, 2]);
        assert_eq!(matching("TEAM3", hosts[..2].iter()), [1]);
        assert_eq!(matching("'team3", hosts.iter()), [2], "as typed");
        assert_eq!(matching("-", hosts.iter()), [0, 1]);
    }

    #[test]
    fn a_match_at_the_begin_of_a_word_goes_first() {
        let hosts = ["myshop.example", "api.shop.example"];
        assert_eq!(matching("shop", hosts.iter()), [1, 0]);
    }

    #[test]
    fn places_are_those_of_the_word() {
        const NONE: Vec<usize> = Vec::new();
        let places =
            |filter: &str, cells: &[&str]| Filter::parse(filter).places(cells, &cells.join(" "));
        assert_eq!(
            places("team3", &["a.team-3", "team3"]),
            [vec![2, 3, 4, 5, 7], vec![0, 1, 2, 3, 4]]
        );
        assert_eq!(places("!team3", &["a.team-3", "team3"]), [NONE, NONE]);
        assert_eq!(
            places("spx", &["shop", "x"]),
            [vec![0, 3], vec![0]],
            "over cells"
        );
        assert_eq!(places("^sh", &["shop", "sh"]), [vec![0, 1], NONE]);
        assert_eq!(places("zzz", &["shop", "x"]), [NONE, NONE]);
        assert_eq!(places("", &["shop"]), [NONE]);
        let hidden = Filter::parse("spx").places(&["shop", "x"], "shop spx x");
        assert_eq!(hidden, [NONE, NONE]);
        assert_eq!(places("店", &["図書店"]), [vec![2]]);
    }
}
