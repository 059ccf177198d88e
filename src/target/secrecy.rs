//! What looks like a secret by its name or by itself. Rather too much than too little: what is taken for one is only not shown and
//! not written down.

/// What is part of the names of things that prove who one is.
const NAMES: &[&str] = &[
    "apikey",
    "assertion",
    "auth",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "key",
    "passw",
    "private",
    "secret",
    "session",
    "signature",
    "token",
    "xsrf",
];

/// How values begin that do.
const SCHEMES: &[&str] = &[
    "apikey",
    "basic",
    "bearer",
    "digest",
    "dpop",
    "negotiate",
    "ntlm",
    "token",
];

/// From this length on a mix of letters and digits is taken for a key.
const KEY_LENGTH: usize = 20;

/// What stands for a hidden value begins so, and then has a number: `(hidden-1)`.
pub const HIDDEN: &str = "(hidden-";

/// Whether it stands for a value that nobody may see.
pub fn is_hidden(value: &str) -> bool {
    let number = value.strip_prefix(HIDDEN).and_then(|v| v.strip_suffix(')'));
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether what is called so is secret, whatever its value.
pub fn is_secret_name(name: &str) -> bool {
    has_part(name, NAMES)
}

/// Whether the letters of a text, whatever stands between them, hold one of some words.
pub fn has_part(text: &str, parts: &[&str]) -> bool {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    parts.iter().any(|part| letters.contains(part))
}

/// Whether a value looks like a credential, whatever its name: it begins with a scheme, has a password in a URL, or a long word of
/// letters and digits.
pub fn is_credential(value: &str) -> bool {
    let scheme = value.split_whitespace().next().unwrap_or_default();
    let has_scheme = scheme != value && SCHEMES.contains(&scheme.to_ascii_lowercase().as_str());
    let has_password = value
        .split_once("://")
        .and_then(|(_, rest)| rest.split('/').next())
        .is_some_and(|authority| authority.contains('@'));
    let is_key = |word: &str| {
        word.len() >= KEY_LENGTH
            && word.bytes().any(|b| b.is_ascii_digit())
            && word.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let inside = |c: char| c.is_ascii_alphanumeric() || "-_+/=".contains(c);
    has_scheme || has_password || value.split(|c| !inside(c)).any(is_key)
}
