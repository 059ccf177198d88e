//! The keys: one table. Dispatch, the footer and `?` all come from it.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The path of a request.
    Path,
    /// The hosts of the cluster.
    Hosts,
    /// Text to read: YAML, an explanation, questions, help.
    Text,
    /// A list to pick from; letters filter it.
    Pick,
    /// A line being typed: a command or a filter.
    Prompt,
    /// One key decides: the format to write.
    Menu,
}

/// What the list of hosts can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortBy {
    /// What is broken first.
    State,
    /// Host.
    Name,
    /// Namespace.
    Namespace,
}

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the table says what each does
pub enum Command {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    NextPane,
    Open,
    Back,
    Quit,
    QuitNow,
    Help,
    Filter,
    Prompt,
    NextFinding,
    PreviousFinding,
    Hosts,
    NextWay,
    Called,
    Contexts,
    Namespaces,
    Recent,
    Again,
    Pause,
    Slower,
    Faster,
    OnlyProblems,
    Wide,
    Yaml,
    Explain,
    Findings,
    Questions,
    Messages,
    CopyFix,
    Save,
    Theme,
    Mouse,
    Hop(u8),
    CheckAll,
    Sort(SortBy),
    Suspend,
    Complete,
}

/// A key, as far as the table tells keys apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character, shift included.
    Char(char),
    /// A letter with Ctrl.
    Ctrl(char),
    /// Any other.
    Code(KeyCode),
}

impl Key {
    /// The key of an event; none with modifiers that no binding has.
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let held = event.modifiers - KeyModifiers::SHIFT;
        match event.code {
            KeyCode::Char(c) if held == KeyModifiers::CONTROL => {
                Some(Self::Ctrl(c.to_ascii_lowercase()))
            }
            KeyCode::Char(c) if held.is_empty() => Some(Self::Char(c)),
            KeyCode::Char(_) => None,
            code => Some(Self::Code(code)),
        }
    }

    /// As help writes it.
    pub fn label(self) -> String {
        match self {
            Self::Char(' ') => "Space".to_owned(),
            Self::Char(c) => c.to_string(),
            Self::Ctrl(c) => format!("Ctrl-{c}"),
            Self::Code(code) => match code {
                KeyCode::Enter => "Enter".to_owned(),
                KeyCode::Esc => "Esc".to_owned(),
                KeyCode::Tab => "Tab".to_owned(),
                KeyCode::BackTab => "Shift-Tab".to_owned(),
                KeyCode::Up => "Up".to_owned(),
                KeyCode::Down => "Down".to_owned(),
                KeyCode::Left => "Left".to_owned(),
                KeyCode::Right => "Right".to_owned(),
                KeyCode::Home => "Home".to_owned(),
                KeyCode::End => "End".to_owned(),
                KeyCode::PageUp => "PgUp".to_owned(),
                KeyCode::PageDown => "PgDn".to_owned(),
                KeyCode::F(n) => format!("F{n}"),
                other => format!("{other:?}"),
            },
        }
    }
}

/// A line of the table.
pub struct Binding {
    /// Keys that do the same.
    pub keys: &'static [Key],
    /// What they ask for.
    pub command: Command,
    /// Where they do.
    pub modes: &'static [Mode],
    /// For help, a few words.
    pub help: &'static str,
    /// For the footer, one word; empty for keys that it leaves out.
    pub hint: &'static str,
}

const fn bind(
    keys: &'static [Key],
    command: Command,
    modes: &'static [Mode],
    help: &'static str,
    hint: &'static str,
) -> Binding {
    Binding {
        keys,
        command,
        modes,
        help,
        hint,
    }
}

use Key::{Char, Code, Ctrl};
use Mode::{Hosts, Menu, Path, Pick, Prompt, Text};

const EVERYWHERE: &[Mode] = &[Path, Hosts, Text, Pick, Prompt, Menu];
const LETTERS_FREE: &[Mode] = &[Path, Hosts, Text];
const SCREENS: &[Mode] = &[Path, Hosts];
const DIGITS: &[Key] = &[
    Char('1'),
    Char('2'),
    Char('3'),
    Char('4'),
    Char('5'),
    Char('6'),
    Char('7'),
    Char('8'),
    Char('9'),
    Char('0'),
];

/// Every key. The order is that of help, and of the footer as far as there is room.
#[rustfmt::skip] // a line each: it is read as a table
pub const BINDINGS: &[Binding] = &[
    bind(&[Char('?'), Code(KeyCode::F(1))], Command::Help, EVERYWHERE, "all keys of this place", "help"),
    bind(&[Char('t')], Command::Hosts, SCREENS, "hosts that the cluster serves", "hosts"),
    bind(&[Char('i')], Command::NextWay, &[Path], "walk the host's next way in, as --entrance does", "way in"),
    bind(&[Char('a')], Command::CheckAll, &[Hosts], "check all hosts shown; again to stop", "check all"),
    bind(&[Char('/')], Command::Filter, LETTERS_FREE, "filter, ! in front turns it round, Esc clears", "filter"),
    bind(&[Char('n')], Command::NextFinding, &[Path], "next finding", "next"),
    bind(&[Char('N')], Command::PreviousFinding, &[Path], "previous finding", ""),
    bind(&[Char('e')], Command::Explain, &[Path], "explain the finding", "explain"),
    bind(&[Char('y')], Command::Yaml, &[Path], "YAML of the selected thing, or of what the finding is about", "yaml"),
    bind(&[Char('Y')], Command::CopyFix, &[Path], "copy the fix, and show it to be selected", "copy fix"),
    bind(&[Char('F')], Command::Findings, &[Path], "all findings", ""),
    bind(&[Char('a')], Command::Questions, &[Path], "all that was asked, with answers and times", "asked"),
    bind(&[Char('o')], Command::Save, &[Path], "write the report to a file", "save"),
    bind(&[Char('>')], Command::Called, &[Path], "whom the selected pod calls: walk from there, as --from does", "calls"),
    bind(&[Char('r')], Command::Again, SCREENS, "ask everything again", ""),
    bind(&[Char(' '), Char('p')], Command::Pause, &[Path], "pause and go on", "pause"),
    bind(&[Char('-')], Command::Slower, &[Path], "probe less often", ""),
    bind(&[Char('+'), Char('=')], Command::Faster, &[Path], "probe more often", ""),
    bind(&[Char('j'), Code(KeyCode::Down)], Command::Down, LETTERS_FREE, "down", ""),
    bind(&[Char('k'), Code(KeyCode::Up)], Command::Up, LETTERS_FREE, "up", ""),
    bind(&[Code(KeyCode::Down), Ctrl('n')], Command::Down, &[Pick, Prompt], "down", ""),
    bind(&[Code(KeyCode::Up), Ctrl('p')], Command::Up, &[Pick, Prompt], "up", ""),
    bind(&[Char('g'), Code(KeyCode::Home)], Command::Top, LETTERS_FREE, "to the top", ""),
    bind(&[Char('G'), Code(KeyCode::End)], Command::Bottom, LETTERS_FREE, "to the end", ""),
    bind(&[Ctrl('d'), Code(KeyCode::PageDown)], Command::PageDown, &[Path, Hosts, Text, Pick], "a page down", ""),
    bind(&[Ctrl('u'), Code(KeyCode::PageUp)], Command::PageUp, &[Path, Hosts, Text, Pick], "a page up", ""),
    bind(&[Char('h'), Code(KeyCode::Left)], Command::Left, &[Path], "previous thing at this hop", ""),
    bind(&[Char('l'), Code(KeyCode::Right)], Command::Right, &[Path], "next thing at this hop", ""),
    bind(&[Code(KeyCode::Tab)], Command::NextPane, &[Path], "other pane", ""),
    bind(&[Code(KeyCode::Tab)], Command::Complete, &[Prompt], "complete", "complete"),
    bind(&[Code(KeyCode::Enter)], Command::Open, &[Path, Hosts, Text, Pick, Prompt], "open, choose", ""),
    bind(DIGITS, Command::Hop(0), &[Path], "to that hop of the path, 0 the tenth", ""),
    bind(&[Char('f')], Command::OnlyProblems, SCREENS, "problems only", ""),
    bind(&[Char('w')], Command::Wide, &[Path], "details over the whole width", ""),
    bind(&[Char('c')], Command::Contexts, SCREENS, "choose a context", "context"),
    bind(&[Char('S')], Command::Sort(SortBy::State), &[Hosts], "sort by state, broken first; again turns it round", "by state"),
    bind(&[Char('N')], Command::Sort(SortBy::Name), &[Hosts], "sort by name; again turns it round", "by name"),
    bind(&[Char('P')], Command::Sort(SortBy::Namespace), &[Hosts], "sort by namespace; again turns it round", "by namespace"),
    bind(&[Char('s')], Command::Namespaces, SCREENS, "choose a namespace", ""),
    bind(&[Char('R')], Command::Recent, SCREENS, "recent targets", ""),
    bind(&[Char(':')], Command::Prompt, SCREENS, "a command; Tab completes", ""),
    bind(&[Char('M')], Command::Messages, SCREENS, "earlier messages", ""),
    bind(&[Char('T')], Command::Theme, SCREENS, "next theme", ""),
    bind(&[Char('m')], Command::Mouse, SCREENS, "mouse on and off", ""),
    bind(&[Code(KeyCode::Esc)], Command::Back, EVERYWHERE, "close, clear; never quits", ""),
    bind(&[Char('q')], Command::Quit, &[Path, Hosts, Text, Menu], "back; at the first screen quit", "quit"),
    bind(&[Ctrl('z')], Command::Suspend, EVERYWHERE, "suspend", ""),
    bind(&[Ctrl('c')], Command::QuitNow, EVERYWHERE, "quit", ""),
];

/// What a key asks for in a mode.
pub fn command(mode: Mode, key: Key) -> Option<Command> {
    let binding = BINDINGS
        .iter()
        .find(|b| b.modes.contains(&mode) && b.keys.contains(&key))?;
    match (binding.command, key) {
        // The tenth hop is on 0, as on the keyboard.
        (Command::Hop(_), Key::Char(digit)) => {
            let digit = digit.to_digit(10)?;
            let index = if digit == 0 { 9 } else { digit - 1 };
            Some(Command::Hop(u8::try_from(index).ok()?))
        }
        (command, _) => Some(command),
    }
}

/// The bindings of a mode, in the order of help.
pub fn of_mode(mode: Mode) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |b| b.modes.contains(&mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for mode in EVERYWHERE {
            let mut seen: Vec<Key> = Vec::new();
            for key in of_mode(*mode).flat_map(|b| b.keys) {
                assert!(!seen.contains(key), "{} twice in {mode:?}", key.label());
                seen.push(*key);
            }
        }
    }

    #[test]
    fn help_escape_and_ctrl_c_work_everywhere() {
        for mode in EVERYWHERE {
            assert_eq!(command(*mode, Char('?')), Some(Command::Help));
            assert_eq!(command(*mode, Code(KeyCode::Esc)), Some(Command::Back));
            assert_eq!(command(*mode, Ctrl('c')), Some(Command::QuitNow));
        }
    }

    #[test]
    fn digits_name_hops() {
        assert_eq!(command(Path, Char('1')), Some(Command::Hop(0)));
        assert_eq!(command(Path, Char('0')), Some(Command::Hop(9)));
    }

    #[test]
    fn letters_can_be_typed_where_text_is_typed() {
        for c in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
            assert_eq!(command(Prompt, Char(c)), None);
            assert_eq!(command(Pick, Char(c)), None);
        }
    }
}
