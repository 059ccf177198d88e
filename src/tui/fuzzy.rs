//! Which texts a filter leaves: fuzzy, best first, `!` in front turns a word round.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// Indices of the texts that match, best first; all in their order for an empty filter.
pub(super) fn matching<T: AsRef<str>>(filter: &str, texts: impl Iterator<Item = T>) -> Vec<usize> {
    if filter.trim().is_empty() {
        return texts.enumerate().map(|(at, _)| at).collect();
    }
    let pattern = Pattern::parse(filter, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut found: Vec<(u32, usize)> = texts
        .enumerate()
        .filter_map(|(at, text)| {
            let score = pattern.score(Utf32Str::new(text.as_ref(), &mut buffer), &mut matcher)?;
            Some((score, at))
        })
        .collect();
    found.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
    found.into_iter().map(|(_, at)| at).collect()
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
        assert_eq!(found("shpcom")[0], 1);
        assert_eq!(found("!shop"), [0]);
        assert_eq!(found("shop org"), [2]);
        assert!(found("nothing").is_empty());
    }
}
