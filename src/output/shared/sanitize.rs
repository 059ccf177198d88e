//! Text from a cluster is hostile: what could move a cursor, recolour a terminal or reorder a line is shown as an escape.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character may act on a terminal or hide in a line: control characters (ESC, newlines, C1), bidirectional
/// marks, zero-width and other format characters, and line separators.
pub fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text on one line, safe to print: each acting character becomes a visible `\u{202e}`.
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if acts(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Finished JSON with the acting characters inside its strings as `\uXXXX`: the same document, safe to print.
pub fn json(document: &str) -> String {
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        // Below 0x20 only the document's own line breaks are left: the serializer escapes those inside strings.
        if c < ' ' || !acts(c) {
            safe.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(safe, "\\u{unit:04x}");
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown() {
        assert_eq!(line("web\u{1b}[31m"), "web\\u{1b}[31m");
        assert_eq!(line("a\nb\rc\td"), "a\\nb\\rc\\td");
        assert_eq!(line("moc.\u{202e}live"), "moc.\\u{202e}live");
        assert_eq!(
            line("a\u{9b}2J\u{200b}\u{feff}"),
            "a\\u{9b}2J\\u{200b}\\u{feff}"
        );
        assert!(matches!(line("bücher → 図書"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_stays_the_same_document() {
        let text = "esc \u{1b} c1 \u{9b} bidi \u{202e} tag \u{e0041} del \u{7f} ü";
        let plain = serde_json::to_string_pretty(&[text]).expect("serializes");
        let safe = json(&plain);
        assert!(!safe.contains(|c: char| c != '\n' && acts(c)));
        assert!(safe.contains('ü'));
        let back: Vec<String> = serde_json::from_str(&safe).expect("still JSON");
        assert_eq!(back, [text]);
    }
}
