//! Words for a POSIX shell: whatever an object is called, the printed command does what it says and nothing else.

mod grant;
pub mod kubectl;
pub mod patch;
pub mod reproduce;

pub use grant::{apply, grant, tls_policy};

/// The word as it is when harmless, else in single quotes.
pub fn quote(word: &str) -> String {
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn only_harmless_words_stay_bare() {
        assert_eq!(quote("shop-1.example"), "shop-1.example");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("a;rm -rf ~"), "'a;rm -rf ~'");
        assert_eq!(quote("it's"), r"'it'\''s'");
    }
}
