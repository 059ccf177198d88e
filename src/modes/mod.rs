//! What the program does, one file each; all of them end in an exit code.

mod api_health;
mod check;
mod complete;
mod demo;
mod hosts;
mod record;
mod scenarios;
mod screen;
mod source;

use std::io::{ErrorKind, IsTerminal, Write};

use anyhow::{Context, Result, bail};

use crate::cli::{Cli, ColorWhen, Command, DisplayArgs, RulesFormat, Shell};
use crate::diagnosis::checks::table;
use crate::output::rules;
use crate::output::text::Style;

/// Does what the command line says; the number is the exit code.
///
/// # Errors
/// When hops could not do its job (exit code 2).
pub async fn run(cli: Cli) -> Result<u8> {
    if cli.command.is_some() && !cli.targets.is_empty() {
        bail!(
            "{:?} is followed by a command: put the command first, or -- before hosts that are called like one",
            cli.targets[0]
        );
    }
    let style = style(cli.display);
    match &cli.command {
        None if screen::is_wanted(&cli) => screen::run(&cli, None, style).await,
        None if !cli.targets.is_empty() || cli.all || cli.replay.is_some() => {
            check::run(&cli, style).await
        }
        None if cli.check => {
            bail!(
                "--check needs to know what to check: give a TARGET, or --all; see kubectl hops --help"
            )
        }
        None => hosts::run(&cli).await,
        Some(Command::Demo {
            scenario,
            list,
            report,
        }) => {
            demo::run(
                &cli,
                scenario.as_deref(),
                *list,
                report.or(cli.report),
                style,
            )
            .await
        }
        Some(Command::Rules { output }) => {
            print(&match output {
                Some(RulesFormat::Json) => rules::json(table::ALL)?,
                Some(RulesFormat::Markdown) => rules::markdown(table::ALL),
                Some(RulesFormat::Text) | None => rules::table(table::ALL, &style),
            })?;
            Ok(0)
        }
        Some(Command::Explain { code }) => explain(code, &style),
        Some(Command::Record {
            output,
            redact,
            targets,
        }) => record::run(&cli, output, *redact, targets).await,
        Some(Command::Completion { shell }) => {
            print(match shell {
                Shell::Bash => include_str!("../../assets/completions/kubectl-hops.bash"),
                Shell::Zsh => include_str!("../../assets/completions/kubectl-hops.zsh"),
                Shell::Fish => include_str!("../../assets/completions/kubectl-hops.fish"),
            })?;
            Ok(0)
        }
        Some(Command::Complete { words }) => complete::run(words).await,
    }
}

fn explain(code: &str, style: &Style) -> Result<u8> {
    if let Some(check) = table::ALL.iter().find(|c| c.code == code) {
        print(&rules::explain(check, style))?;
        return Ok(0);
    }
    let near = rules::nearest(code, table::ALL.iter().map(|c| c.code));
    if near.is_empty() {
        bail!("{code:?} is no code that hops knows; kubectl hops rules lists them");
    }
    bail!(
        "{code:?} is no code that hops knows; did you mean {}?",
        near.join(", ")
    );
}

/// Writes to stdout. A reader that has gone away, as with `| head`, wants no more: that is no error.
fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to stdout"),
    }
}

/// What stdout and the flags allow.
fn style(display: DisplayArgs) -> Style {
    let stdout = std::io::stdout();
    let color = match display.color {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never,
    };
    let terminal = stdout.is_terminal().then(terminal_size::terminal_size);
    let width = terminal
        .flatten()
        .map_or(80, |(columns, _)| usize::from(columns.0));
    Style {
        width: width.clamp(40, 100),
        ascii: display.ascii || std::env::var_os("TERM").is_some_and(|t| t == "linux"),
        color,
    }
}
