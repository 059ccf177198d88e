//! Parse, choose the mode, exit code. Nothing else.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use clap::FromArgMatches as _;
use hops::answer::cluster::connect::credentials;
use hops::answer::veil::Veil;
use hops::cli::{self, Cli};
use hops::modes;
use hops::output::shared::sanitize;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// The exit code of a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;
/// How long a stopped run may take to print what it knows.
const LAST_WORDS: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let cli = match cli::command()
        .try_get_matches_from(cli::habitual(std::env::args_os()))
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => match cli::settle(cli) {
            Ok(cli) => cli,
            Err(why) => return fail(&format!("error: {why}")),
        },
        Err(asked) if !asked.use_stderr() => {
            let _ = asked.print(); // help or version; whoever closed stdout wants neither
            return ExitCode::SUCCESS;
        }
        Err(wrong) => return fail(&cli::one_line(&wrong)),
    };
    let veil = Veil::new(cli.display.show_query);
    tell(cli.display.verbose, &veil);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(e) => return fail(&format!("error: cannot start: {e}")),
    };
    // A task of its own, so that it runs even while the walk waits in a blocking lookup or for a credential plugin.
    let stop = CancellationToken::new();
    runtime.spawn(stop_at_ctrl_c(stop.clone()));
    #[cfg(unix)]
    {
        use std::io::IsTerminal as _;
        use tokio::signal::unix::SignalKind;
        runtime.spawn(end_at(SignalKind::terminate()));
        // Without a terminal, as under nohup, a hangup is not for this program.
        if std::io::stdin().is_terminal() || std::io::stderr().is_terminal() {
            runtime.spawn(end_at(SignalKind::hangup()));
        }
    }
    let done = runtime.block_on(async { tokio::spawn(modes::run(cli, stop.clone(), veil)).await });
    // What still runs is a lookup that cannot be cancelled: nobody waits for it.
    runtime.shutdown_background();
    credentials::end_all();
    match done {
        Ok(Ok(_)) if stop.is_cancelled() => ExitCode::from(INTERRUPTED),
        Ok(Err(error)) if stop.is_cancelled() => {
            fail(&format!("error: {error:#}"));
            ExitCode::from(INTERRUPTED)
        }
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(error)) => fail(&format!("error: {error:#}")),
        Err(bug) => fail(&format!("error: hops has a bug and stopped: {bug}")),
    }
}

/// Ends the run at Ctrl-C, so that what is known is printed; at once on the screen, where the second one comes, or where that takes long.
async fn stop_at_ctrl_c(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    if !hops::tui::terminal::is_taken() {
        stop.cancel();
        let again = tokio::signal::ctrl_c();
        let _ = tokio::time::timeout(LAST_WORDS, again).await;
    }
    hops::tui::terminal::restore();
    credentials::end_all();
    std::process::exit(INTERRUPTED.into());
}

/// Who ends the run from outside ends its credential plugin, too. The screen answers these signals itself.
#[cfg(unix)]
async fn end_at(kind: tokio::signal::unix::SignalKind) {
    let Ok(mut signal) = tokio::signal::unix::signal(kind) else {
        return;
    };
    while signal.recv().await.is_some() {
        if !hops::tui::terminal::is_taken() {
            credentials::end_all();
            std::process::exit(128 + kind.as_raw_value());
        }
    }
}

fn fail(line: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{}", sanitize::line(line));
    ExitCode::from(2)
}

/// `-v`: what is asked and answered; `-vv`: what the HTTP client does, too.
fn tell(verbose: u8, veil: &Veil) {
    let filter = match verbose {
        0 => return,
        1 => "hops=debug",
        2 => "hops=trace,kube=debug",
        _ => "trace",
    };
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer({
            let veil = veil.clone();
            move || Safe(std::io::stderr(), veil.clone())
        })
        .with_ansi(false)
        .with_target(verbose > 1)
        .init();
}

/// A writer that lets nothing through to the terminal that acts on it, for log lines name objects; nor what a query says, for they name URLs.
struct Safe<W>(W, Veil);

impl<W: std::io::Write> std::io::Write for Safe<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        self.1.line(&mut text);
        writeln!(self.0, "{}", sanitize::line(&text))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}
