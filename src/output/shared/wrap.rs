//! Fitting text into a width: words, and shell commands that must stay pasteable.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes on a terminal.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// Breaks text into lines of at most `first` columns for the first and `rest` for the others. Breaks at spaces; a word that
/// is longer than a line is cut.
pub fn words(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    let mut room = first.max(1);
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if columns(&line) + gap + columns(word) <= room {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            room = rest.max(1);
        }
        for c in word.chars() {
            if columns(&line) + c.width().unwrap_or(0) > room && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                room = rest.max(1);
            }
            line.push(c);
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text in at most `width` columns, with an ellipsis where its end was cut off.
pub fn cut(text: &str, width: usize, ellipsis: &str) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(columns(ellipsis));
    let mut kept = String::new();
    for c in text.chars() {
        if columns(&kept) + c.width().unwrap_or(0) > room {
            break;
        }
        kept.push(c);
    }
    kept.push_str(ellipsis);
    kept
}

/// A shell command in lines of at most `width` columns where that is possible, joined by ` \`. Never breaks inside quotes
/// or a word, nor between a flag and its value.
pub fn command(text: &str, width: usize) -> Vec<String> {
    if columns(text) <= width {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        let indent = if lines.is_empty() { 0 } else { 2 };
        if !line.is_empty() && indent + columns(&line) + 1 + columns(&piece) + 2 > width {
            lines.push(format!("{:indent$}{line} \\", ""));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&piece);
    }
    let indent = if lines.is_empty() { 0 } else { 2 };
    lines.push(format!("{:indent$}{line}", ""));
    lines
}

/// The parts of a command between which a line may be broken: shell words, a flag together with its value, and a comment
/// up to the end, since a backslash does not continue it.
fn pieces(command: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut glue = false;
    let mut rest = command.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with('#') {
            rest.len()
        } else {
            word_end(rest)
        };
        let (word, tail) = rest.split_at(end);
        let flag = word.starts_with('-') && word != "-" && !word.contains('=');
        match pieces.last_mut() {
            Some(last) if glue && !flag => {
                last.push(' ');
                last.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
        glue = flag && word != "--";
        rest = tail.trim_start();
    }
    pieces
}

/// Where the first shell word ends: quotes and backslashes keep spaces inside it.
fn word_end(text: &str) -> usize {
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_fill_lines_and_long_ones_are_cut() {
        assert_eq!(words("one two three", 7, 5), ["one two", "three"]);
        assert_eq!(words("abcdefgh ij", 3, 4), ["abc", "defg", "h ij"]);
        assert_eq!(words("", 10, 10), [""]);
        assert_eq!(words("図書 図書", 4, 4), ["図書", "図書"]);
    }

    #[test]
    fn cut_says_so() {
        assert_eq!(cut("abcdef", 6, "…"), "abcdef");
        assert_eq!(cut("abcdef", 4, "..."), "a...");
        assert_eq!(cut("図書館", 5, "…"), "図書…");
    }

    #[test]
    fn commands_break_outside_quotes_and_keep_flags_with_values() {
        let lines = command(
            r#"kubectl --context prod -n shop patch service frontend --type merge -p '{"spec": {"selector":{"app":"frontend"}}}'"#,
            60,
        );
        assert_eq!(
            lines,
            [
                r"kubectl --context prod -n shop patch service frontend \",
                r"  --type merge \",
                r#"  -p '{"spec": {"selector":{"app":"frontend"}}}'"#,
            ]
        );
        assert_eq!(command("kubectl get pods", 40), ["kubectl get pods"]);
        assert_eq!(
            command("kubectl get pods # or look at the events first", 30),
            ["kubectl get pods \\", "  # or look at the events first"]
        );
    }
}
