//! The clipboard by OSC 52: the terminal that a person sits at fills it, over SSH too.

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

/// The bytes that ask the terminal to take a text. tmux passes on only what is wrapped for it (where `allow-passthrough` is on), and
/// fills its own buffer from what is not (where `set-clipboard` is on), so it gets both.
pub fn sequence(text: &str, in_tmux: bool) -> String {
    let mut plain = String::new();
    // Writing to a String does not fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut plain);
    if !in_tmux {
        return plain;
    }
    let wrapped = plain.replace('\u{1b}', "\u{1b}\u{1b}");
    format!("{plain}\u{1b}Ptmux;{wrapped}\u{1b}\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_travels_in_base64() {
        let plain = sequence("kubectl get pods", false);
        assert!(plain.starts_with("\u{1b}]52;c;a3ViZWN0bCBnZXQgcG9kcw=="));
        let both = sequence("x", true);
        assert!(
            both.starts_with("\u{1b}]52;c;") && both.contains("\u{1b}Ptmux;\u{1b}\u{1b}]52;c;")
        );
        assert!(both.ends_with("\u{1b}\\"));
    }
}
