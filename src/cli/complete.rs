//! What the last word of a command line may become, as far as the command line itself tells. Pure; the live part (hosts,
//! contexts, namespaces) is a mode.

use clap::{Arg, Command, ValueHint};

/// What is to be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A flag's name.
    Flag,
    /// The name of a command, or a target.
    CommandOrTarget,
    /// A host or URL.
    Target,
    /// A kubeconfig context.
    Context,
    /// A namespace.
    Namespace,
    /// A check's code.
    Code,
    /// A demo scenario.
    Scenario,
    /// One of a few words, listed by the flag or argument itself.
    Listed,
    /// A file.
    File,
    /// Something that cannot be guessed.
    Free,
}

/// The last word, taken apart.
#[derive(Debug)]
pub struct LastWord<'a> {
    /// What it may become.
    pub wanted: Wanted,
    /// What stays in front of each candidate: `--context=`.
    pub before: &'a str,
    /// What was typed of it.
    pub typed: &'a str,
    /// Candidates that need no cluster: value and description.
    pub known: Vec<(String, String)>,
}

/// Looks at the words after the program's name, the last of them being the one under the cursor.
pub fn last_word<'a>(root: &Command, words: &'a [String]) -> LastWord<'a> {
    let (typed, earlier) = words
        .split_last()
        .map_or(("", words), |(last, earlier)| (last.as_str(), earlier));
    let place = place(root, earlier);
    if let Some(arg) = place.value_of {
        return value(arg, "", typed);
    }
    if !place.only_words && typed.starts_with('-') {
        if let Some((name, rest)) = typed.split_once('=')
            && let Some(arg) = long(place.command, name)
        {
            return value(arg, &typed[..=name.len()], rest);
        }
        return LastWord {
            wanted: Wanted::Flag,
            before: "",
            typed,
            known: flags(place.command),
        };
    }
    let mut last = match place.command.get_positionals().next() {
        Some(arg) if place.words == 0 || takes_many(arg) => value(arg, "", typed),
        _ => LastWord {
            wanted: Wanted::Free,
            before: "",
            typed,
            known: Vec::new(),
        },
    };
    // A command only stands before the first target.
    if std::ptr::eq(place.command, root) && place.words == 0 && !place.only_words {
        last.wanted = Wanted::CommandOrTarget;
        last.known = commands(root);
    }
    last
}

/// Where on the command line the last word stands.
struct Place<'a> {
    command: &'a Command,
    value_of: Option<&'a Arg>,
    words: usize,
    only_words: bool,
}

fn place<'a>(root: &'a Command, earlier: &[String]) -> Place<'a> {
    let mut place = Place {
        command: root,
        value_of: None,
        words: 0,
        only_words: false,
    };
    for word in earlier {
        if place.value_of.take().is_some() {
            continue;
        }
        if place.only_words || !word.starts_with('-') || word == "-" {
            match root.find_subcommand(word) {
                Some(sub)
                    if !place.only_words
                        && place.words == 0
                        && std::ptr::eq(place.command, root) =>
                {
                    place.command = sub;
                }
                _ => place.words += 1,
            }
        } else if word == "--" {
            place.only_words = true;
        } else {
            place.value_of = waiting_for_value(place.command, word);
        }
    }
    place
}

/// The flag of a word that takes its value from the next one.
fn waiting_for_value<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let arg = if word.starts_with("--") {
        long(command, word)
    } else {
        // Of `-vn` the last letter; of `-nshop` none, since the value has begun.
        let mut letters = word.chars().skip(1);
        let arg = letters.find_map(|c| {
            let arg = command.get_arguments().find(|a| a.get_short() == Some(c))?;
            arg.get_action().takes_values().then_some(arg)
        });
        if letters.next().is_some() { None } else { arg }
    };
    arg.filter(|a| a.get_action().takes_values())
}

fn long<'a>(command: &'a Command, word: &str) -> Option<&'a Arg> {
    let name = word.strip_prefix("--")?;
    command.get_arguments().find(|a| a.get_long() == Some(name))
}

fn takes_many(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
}

fn value<'a>(arg: &Arg, before: &'a str, typed: &'a str) -> LastWord<'a> {
    let known: Vec<(String, String)> = arg
        .get_possible_values()
        .iter()
        .map(|v| {
            let help = v.get_help().map(ToString::to_string).unwrap_or_default();
            (v.get_name().to_owned(), help)
        })
        .collect();
    let wanted = match arg.get_id().as_str() {
        "targets" => Wanted::Target,
        "context" => Wanted::Context,
        "namespace" => Wanted::Namespace,
        "code" => Wanted::Code,
        "scenario" => Wanted::Scenario,
        _ if !known.is_empty() => Wanted::Listed,
        _ if matches!(
            arg.get_value_hint(),
            ValueHint::FilePath | ValueHint::AnyPath
        ) =>
        {
            Wanted::File
        }
        _ => Wanted::Free,
    };
    LastWord {
        wanted,
        before,
        typed,
        known,
    }
}

fn flags(command: &Command) -> Vec<(String, String)> {
    command
        .get_arguments()
        .filter(|a| !a.is_hide_set())
        .filter_map(|a| {
            let help = a.get_help().map(ToString::to_string).unwrap_or_default();
            Some((format!("--{}", a.get_long()?), help))
        })
        .collect()
}

fn commands(root: &Command) -> Vec<(String, String)> {
    root.get_subcommands()
        .filter(|c| !c.is_hide_set())
        .map(|c| {
            let about = c.get_about().map(ToString::to_string).unwrap_or_default();
            (c.get_name().to_owned(), about)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_is_understood() {
        let root = crate::cli::command();
        for (line, wanted, before, typed) in [
            ("", Wanted::CommandOrTarget, "", ""),
            ("de", Wanted::CommandOrTarget, "", "de"),
            ("--check sh", Wanted::CommandOrTarget, "", "sh"),
            ("shop.example.com de", Wanted::Target, "", "de"),
            ("-- de", Wanted::Target, "", "de"),
            ("-- --co", Wanted::Target, "", "--co"),
            ("--co", Wanted::Flag, "", "--co"),
            ("--context ", Wanted::Context, "", ""),
            ("--context=pr", Wanted::Context, "--context=", "pr"),
            ("-n ", Wanted::Namespace, "", ""),
            ("-vn sh", Wanted::Namespace, "", "sh"),
            ("-nshop ", Wanted::CommandOrTarget, "", ""),
            ("-o ", Wanted::Listed, "", ""),
            ("--kubeconfig ~/", Wanted::File, "", "~/"),
            ("--timeout 5s --timeout ", Wanted::Free, "", ""),
            ("explain tls", Wanted::Code, "", "tls"),
            ("explain tls-cert-expired ", Wanted::Free, "", ""),
            ("--context prod demo ", Wanted::Scenario, "", ""),
            ("record -o ", Wanted::File, "", ""),
            ("record -o f ", Wanted::Target, "", ""),
            ("record -o f --context ", Wanted::Context, "", ""),
            ("rules -o ", Wanted::Listed, "", ""),
            ("completion ", Wanted::Listed, "", ""),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let last = last_word(&root, &words);
            assert_eq!(
                (last.wanted, last.before, last.typed),
                (wanted, before, typed),
                "{line:?}"
            );
        }
    }

    #[test]
    fn hidden_things_are_not_offered() {
        let root = crate::cli::command();
        let last = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let known = last_word(&root, &words).known;
            known
                .into_iter()
                .map(|(value, _)| value)
                .collect::<Vec<_>>()
        };
        assert!(!last("").contains(&"__complete".to_owned()));
        assert!(last("--").contains(&"--context".to_owned()));
        assert!(!last("rules --").contains(&"--context".to_owned()));
        assert_eq!(last("-o "), ["text", "json", "yaml", "junit", "markdown"]);
    }
}
