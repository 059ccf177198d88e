//! The finished clap command, and its errors on one line.

use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue};

use super::Cli;

/// Commands that ask a cluster and the network; the others hide the flags for that.
const ASKING: [&str; 1] = ["record"];

/// The command line as help, parsing and completion see it.
pub fn command() -> clap::Command {
    let mut command = Cli::command();
    command.build();
    let quiet: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .filter(|name| !ASKING.contains(&name.as_str()))
        .collect();
    for name in quiet {
        command = command.mut_subcommand(name, |sub| {
            sub.mut_args(|arg| {
                let elsewhere = matches!(arg.get_help_heading(), Some("Connection" | "Probes"));
                let hide = arg.is_hide_set() || elsewhere;
                arg.hide(hide)
            })
        });
    }
    command
}

/// The words of the command line, with kubectl's levels of verbosity (`-v=6`) as hops counts them: `-v`, from 8 on `-vv`.
pub fn habitual(words: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut over = false;
    words.filter_map(move |word| {
        over |= word == "--";
        let level = word
            .to_str()
            .filter(|_| !over)
            .and_then(|w| w.strip_prefix("--v=").or_else(|| w.strip_prefix("-v=")))
            .and_then(|n| n.parse::<u8>().ok());
        match level {
            None => Some(word),
            Some(0) => None,
            Some(1..=7) => Some("-v".into()),
            Some(_) => Some("-vv".into()),
        }
    })
}

/// A usage error as one line: what is wrong, the tip if there is one, where help is.
pub fn one_line(error: &clap::Error) -> String {
    let rendered = without_header(error, error.render().to_string());
    let mut said = Vec::new();
    for text in rendered.lines().map(str::trim) {
        if text.starts_with("Usage:") || text.starts_with("For more information") {
            break;
        }
        if !text.is_empty() {
            said.push(text.trim_start_matches("tip: "));
        }
    }
    let mut said = said.into_iter();
    let mut line = said.next().unwrap_or("error").to_owned();
    for more in said {
        let separator = if more.starts_with('[') || more.starts_with('<') || line.ends_with(':') {
            " "
        } else {
            "; "
        };
        line.push_str(separator);
        line.push_str(more);
    }
    format!("{line}; see kubectl hops --help")
}

/// A header that is refused may hold a password all the same.
fn without_header(error: &clap::Error, rendered: String) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match (
        text(ContextKind::InvalidArg),
        text(ContextKind::InvalidValue),
    ) {
        (Some(arg), Some(value)) if arg.starts_with("--header") => {
            rendered.replacen(&format!("'{value}'"), "'…'", 1)
        }
        _ => rendered,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn levels_of_kubectl_are_counted() {
        let words = [
            "kubectl-hops",
            "-v=6",
            "--v=9",
            "-v=0",
            "-v",
            "-v=x",
            "--",
            "-v=6",
        ];
        let told: Vec<OsString> = habitual(words.iter().map(OsString::from)).collect();
        assert_eq!(
            told,
            ["kubectl-hops", "-v", "-vv", "-v", "-v=x", "--", "-v=6"]
        );
    }

    #[test]
    fn usage_errors_take_one_line() {
        let error = |words: &[&str]| {
            one_line(
                &command()
                    .try_get_matches_from(words)
                    .expect_err("a usage error"),
            )
        };
        assert_eq!(
            error(&["kubectl-hops", "--chek"]),
            "error: unexpected argument '--chek' found; a similar argument exists: '--check'; see kubectl hops --help"
        );
        assert_eq!(
            error(&["kubectl-hops", "-o", "xml"]),
            "error: invalid value 'xml' for '--output <FORMAT>' [possible values: text, json, yaml, junit, markdown]; a similar value exists: 'yaml'; see kubectl hops --help"
        );
        assert_eq!(
            error(&["kubectl-hops", "-H", "Authorization Bearer\nhunter22"]),
            "error: invalid value '…' for '--header <NAME: VALUE>': expected \"Name: value\"; see kubectl hops --help"
        );
        assert!(!error(&["kubectl-hops", "record"]).contains('\n'));
    }
}
