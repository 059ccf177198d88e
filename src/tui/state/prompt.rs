//! The line that is being typed.

use tui_input::Input;

/// What is typed on the last line.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// A command rather than a filter.
    pub command: bool,
    /// The line.
    pub input: Input,
    /// Overlays that lay there when it was opened: one that came later has the keyboard.
    pub over: usize,
    /// Completions of a command, best first.
    pub completions: Vec<String>,
    /// The completion that Tab chose last.
    pub completion: Option<usize>,
}

impl Prompt {
    /// A line that begins with some text, over that many overlays.
    pub fn begin(command: bool, text: &str, over: usize) -> Self {
        Self {
            command,
            input: Input::new(text.to_owned()),
            over,
            completions: Vec::new(),
            completion: None,
        }
    }
}
