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

/// A shell command in lines of at most `width` columns where that is possible. It is broken where one command ends and the next begins,
/// else between words (joined by ` \`, never between a flag and its value), and a JSON value in single quotes at its commas, where a line
/// break means nothing; never inside a word.
pub fn command(text: &str, width: usize) -> Vec<String> {
    if columns(text) <= width {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let fits =
        |line: &str, more: usize| columns(line) + usize::from(!line.is_empty()) + more <= width;
    for segment in segments(text) {
        if fits(&line, columns(&segment)) {
            add(&mut line, &segment);
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for (number, piece) in pieces(&segment).iter().enumerate() {
            // A backslash has to fit behind it.
            if number > 0 && !fits(&line, columns(piece) + 2) {
                lines.push(format!("{line} \\"));
                line = "  ".to_owned();
            }
            let room = width.saturating_sub(columns(&line));
            let mut parts = json_parts(piece, room).into_iter();
            add(&mut line, &parts.next().unwrap_or_default());
            for part in parts {
                lines.push(std::mem::replace(&mut line, format!("    {part}")));
            }
        }
    }
    lines.push(line);
    lines
}

fn add(line: &mut String, more: &str) {
    if !line.trim().is_empty() {
        line.push(' ');
    }
    line.push_str(more);
}

/// Where the first word ends; a comment goes to the end of the line.
fn piece_end(text: &str) -> usize {
    if text.starts_with('#') {
        text.len()
    } else {
        word_end(text)
    }
}

/// The commands of a line, each with the `;`, `&`, `|` behind it, after which a line may end without a backslash.
fn segments(text: &str) -> Vec<String> {
    let mut segments = vec![String::new()];
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = piece_end(rest);
        let (word, tail) = rest.split_at(end);
        let ends = word.ends_with(';') || matches!(word, "&" | "&&" | "|" | "||");
        if let Some(segment) = segments.last_mut() {
            add(segment, word);
        }
        rest = tail.trim_start();
        if ends && !rest.is_empty() {
            segments.push(String::new());
        }
    }
    segments
}

/// A piece that is too long and ends in JSON in single quotes, broken at commas between values, and where a value is too long for that,
/// behind the braces that open objects; else the piece.
fn json_parts(piece: &str, room: usize) -> Vec<String> {
    let is_json = piece.ends_with('\'')
        && piece.matches('\'').count() == 2
        && (piece.contains("'{") || piece.contains("'["));
    if columns(piece) <= room || !is_json {
        return vec![piece.to_owned()];
    }
    let mut values = Vec::new();
    for value in json_split(piece, ',') {
        if columns(&value) + 2 <= room {
            values.push(value);
        } else {
            values.extend(json_split(&value, '{'));
        }
    }
    // As few lines as there have to be.
    let mut parts: Vec<String> = Vec::new();
    for value in values {
        match parts.last_mut() {
            Some(last) if columns(last) + columns(&value) + 2 <= room => last.push_str(&value),
            _ => parts.push(value),
        }
    }
    parts
}

/// JSON behind each `seam` that is outside of its strings.
fn json_split(json: &str, seam: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in json.chars() {
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            _ if c == seam && !quoted => parts.push(String::new()),
            _ => {}
        }
    }
    parts
}

/// The parts of a command between which a line may be broken: shell words, a flag together with its value, and a comment
/// up to the end, since a backslash does not continue it.
fn pieces(command: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut glue = false;
    let mut rest = command.trim();
    while !rest.is_empty() {
        let end = piece_end(rest);
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
    fn long_json_breaks_at_its_commas_and_commands_at_their_ends() {
        let patch = r#"kubectl --context prod -n shop patch ingress shop --type json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/pathType","value":"Prefix, or so"}]'"#;
        assert_eq!(
            command(patch, 66),
            [
                r"kubectl --context prod -n shop patch ingress shop --type json \",
                r#"  -p '[{"op":"replace","#,
                r#"    "path":"/spec/rules/0/http/paths/0/pathType","#,
                r#"    "value":"Prefix, or so"}]'"#,
            ]
        );
        let policy = r#"echo '{"kind":"NetworkPolicy","spec":{"ingress":[{"from":[{"namespaceSelector":{"matchLabels":{"a{,b":"shop"}}}]}]}}'"#;
        assert_eq!(
            command(policy, 60),
            [
                r"echo \",
                r#"  '{"kind":"NetworkPolicy","spec":{"ingress":[{"from":[{"#,
                r#"    "namespaceSelector":{"matchLabels":{"#,
                r#"    "a{,b":"shop"}}}]}]}}'"#,
            ]
        );
        let forward = "kubectl --context prod -n shop port-forward pod/frontend-1 18080:8080 & sleep 2; curl -v http://localhost:18080/cart";
        assert_eq!(
            command(forward, 76),
            [
                "kubectl --context prod -n shop port-forward pod/frontend-1 18080:8080 &",
                "sleep 2; curl -v http://localhost:18080/cart",
            ]
        );
        // What has no seam stays whole.
        let word = "x".repeat(90);
        assert_eq!(
            command(&format!("curl {word}"), 40),
            ["curl \\".to_owned(), format!("  {word}")]
        );
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
