//! What the program does, one file each; all of them end in an exit code.

pub mod api_health;
mod calls;
mod check;
mod compare;
mod complete;
mod demo;
mod given;
mod help;
mod hosts;
mod named;
mod progress;
mod record;
mod reports;
mod scenarios;
mod screen;
mod source;

use std::io::{ErrorKind, IsTerminal, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio_util::sync::CancellationToken;

use crate::answer::veil::Veil;
use crate::cli::{Cli, ColorWhen, Command, DisplayArgs, RulesFormat, Shell};
use crate::diagnosis::checks::table;
use crate::engine::Clock;
use crate::facts::Facts;
use crate::output::rules;
use crate::output::text::Style;
use crate::target::Transport;
use crate::target::call::one_word;

/// How long one target may take where nobody says so.
const ONE_TARGET: Duration = Duration::from_secs(30);

/// What holds for all that is done.
pub(super) struct Run {
    /// When it ends.
    clock: Clock,
    /// What it does not show.
    veil: Veil,
}

/// Does what the command line says, until `stop`, behind the veil; the number is the exit code.
///
/// # Errors
/// When hops could not do its job (exit code 2).
pub async fn run(mut cli: Cli, stop: CancellationToken, veil: Veil) -> Result<u8> {
    answer_habits(&mut cli)?;
    calls(&mut cli)?;
    let clock = Clock::new(stop).limited(limit(&cli));
    let run = Run { clock, veil };
    if cli.command.is_some() && !cli.targets.is_empty() {
        bail!(
            "{:?} is followed by a command: put the command first, or -- before hosts that are called like one",
            cli.targets[0]
        );
    }
    let style = style(cli.display);
    match &cli.command {
        None if screen::is_wanted(&cli) && named::any(&cli.targets) => {
            named_screen(cli, style, &run).await
        }
        None if screen::is_wanted(&cli) => screen::run(&cli, None, style, &run.veil).await,
        None if !cli.targets.is_empty()
            || cli.all
            || cli.replay.is_some()
            || cli.probes.from.is_some() =>
        {
            check::run(&cli, style, &run).await
        }
        None if cli.check => {
            bail!(
                "--check needs to know what to check: give a TARGET, or --all; see kubectl hops --help"
            )
        }
        None => hosts::run(&cli, &run).await,
        Some(Command::Help { command }) => help::help(command.as_deref()),
        Some(Command::Version) => help::version(),
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
                &run.veil,
            )
            .await
        }
        Some(Command::Compare(wanted)) => compare::run(&cli, wanted, style, &run).await,
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
        }) => record::run(&cli, (output, *redact), targets, &run).await,
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

/// With `--from` each target is what a pod calls.
fn calls(cli: &mut Cli) -> Result<()> {
    let Some(from) = cli.probes.from.clone() else {
        return Ok(());
    };
    let transport = cli.probes.protocol.map(Transport::from).unwrap_or_default();
    let called = |words: &mut Vec<String>| {
        for word in words.iter_mut() {
            *word = one_word(&from, word, transport);
        }
    };
    match &mut cli.command {
        None if cli.all => bail!("--from goes with the names that the pod calls, not with --all"),
        None => called(&mut cli.targets),
        Some(Command::Record { targets, .. }) => called(targets),
        Some(_) => bail!("--from goes with a check, the screen and record"),
    }
    Ok(())
}

/// How long everything together may take. What is given bounds all of it; else each target has its time, and a list of unknown length
/// has no end of its own.
fn limit(cli: &Cli) -> Option<Duration> {
    let targets = match &cli.command {
        Some(Command::Record { targets, .. }) => targets.len(),
        _ => cli.targets.len(),
    };
    let targets = u32::try_from(targets.max(1)).unwrap_or(u32::MAX);
    // How many names a pod calls is not known yet.
    let many = cli.all || cli.probes.from.is_some() && cli.targets.is_empty();
    let each = (!many).then(|| ONE_TARGET.saturating_mul(targets));
    cli.probes.timeout.or(each)
}

/// The screen for the host of an object, and the report for several.
async fn named_screen(cli: Cli, style: Style, run: &Run) -> Result<u8> {
    // What is read from standard input is there once.
    if cli.files.iter().any(|f| f.as_os_str() == "-") {
        return check::run(&cli, style, run).await;
    }
    let source = source::open(&cli, run).await?;
    let targets = named::expand(&cli, &source, &cli.targets, &mut Facts::new()).await?;
    let cli = Cli { targets, ..cli };
    if screen::is_wanted(&cli) {
        screen::run(&cli, None, style, &run.veil).await
    } else {
        check::run(&cli, style, run).await
    }
}

/// Commands of other programs, and what does the same here.
const WORDS: [(&[&str], &str); 4] = [
    (
        &["check", "test", "trace", "diagnose", "doctor"],
        "kubectl hops --check HOST checks a host",
    ),
    (
        &["hosts", "list", "ls", "get"],
        "kubectl hops lists the hosts, and --check --all checks them",
    ),
    (
        &["watch", "top"],
        "kubectl hops HOST watches it, on a terminal",
    ),
    (
        &["completions"],
        "kubectl hops completion SHELL prints a script",
    ),
];

/// Flags of curl and kubectl that are typed by habit: what they do here, in a sentence.
fn answer_habits(cli: &mut Cli) -> Result<()> {
    if cli.habits.head {
        "HEAD".clone_into(&mut cli.probes.method);
    }
    if cli.habits.insecure {
        eprintln!("-k changes nothing: hops takes any certificate, and says what is wrong with it");
    }
    if cli.habits.location {
        eprintln!(
            "-L changes nothing: hops follows redirects within the host, and says where others lead"
        );
    }
    if cli.command.is_none()
        && let [word, ..] = &cli.targets[..]
        && let Some((_, meant)) = WORDS.iter().find(|(all, _)| all.contains(&word.as_str()))
    {
        bail!("{word:?} is no command: {meant}; a host that is called so: http://{word}/");
    }
    if cli.habits.watch && !screen::is_wanted(cli) {
        bail!(
            "-w watches on the screen: leave out --check, --all and -o, and give one TARGET on a terminal"
        );
    }
    Ok(())
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
