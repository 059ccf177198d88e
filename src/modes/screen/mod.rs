//! On a terminal: the screen. What it asks for is done here, with the same sources and the same engine as `--check`.

mod lists;
mod origin;
mod recent;
mod runtime;
mod save;

use std::io::IsTerminal as _;

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::scenarios::Scenario;
use super::{check, print, reports, source};
use crate::answer::cluster::connect::kubeconfig::Plugin;
use crate::answer::veil::Veil;
use crate::cli::Cli;
use crate::output::text::{self, Style};
use crate::tui::action::{Action, Effect};
use crate::tui::state::{Opening, Overlay, Pick, Picking, State};
use crate::tui::theme::Theme;
use crate::tui::{self, Left};
use runtime::LiveRuntime;

/// Whether the flags and the terminal ask for it: a script, another format and a log all want plain text.
pub(super) fn is_wanted(cli: &Cli) -> bool {
    // Windows has no TERM.
    let term = std::env::var_os("TERM");
    let dumb = term.map_or(cfg!(unix), |term| term == "dumb" || term.is_empty());
    std::io::stdout().is_terminal()
        && !dumb
        && !cli.check
        && !cli.all
        && cli.report.output.is_none()
        && cli.display.verbose == 0
        && cli.targets.len() <= 1
}

/// The mode; the number is the exit code, that of the report which is left in the scrollback.
pub(super) async fn run(
    cli: &Cli,
    demo: Option<&'static Scenario>,
    style: Style,
    veil: &Veil,
) -> Result<u8> {
    // A wrong target is told in one line, not on a screen.
    check::parse(&cli.targets, veil)?;
    let target = cli.targets.first().map(|t| veil.hide(t));
    let (actions, mut inbox) = mpsc::unbounded_channel();
    if demo.is_some() {
        let hint = "c shows the ways in which the shop can break".to_owned();
        let _ = actions.send(Action::Say(hint));
    }
    let mut runtime = LiveRuntime::new(cli.clone(), demo, actions, veil.clone());
    // A plugin that always asks a person does so before the screen hides it.
    if demo.is_none() && source::plugin(cli) == Some(Plugin::Asks) {
        runtime.open_first().await?;
    }
    let mut state = State::new(target, Timestamp::now(), theme(style), style.ascii);
    state.mouse = cli.display.mouse;
    state.recent = recent::read();
    if demo.is_some() || cli.replay.is_some() {
        state.screen = tui::state::Screen::Path;
        state.root = tui::state::Screen::Path;
    }
    if let Some(from) = cli.probes.from.as_ref().filter(|_| cli.targets.is_empty()) {
        let what = Pick::Called(from.to_string());
        state.overlays.push(Overlay::Pick(Picking::of(what)));
    }
    let begin = Effect::Open {
        context: None,
        namespace: None,
    };
    let (state, left) = tui::run(state, begin, &mut runtime, &mut inbox)
        .await
        .context("the terminal cannot be used; --check prints the report")?;
    runtime.close();
    if let Left::Killed(signal) = left {
        return Ok(128 + signal);
    }
    if let Some(why) = state.path.failed {
        bail!("{why}");
    }
    let settled = state.path.update.as_ref().filter(|u| u.rounds > 0);
    if let Some(update) = settled {
        print(&text::render(&update.report, &style))?;
        return Ok(reports::code(
            std::slice::from_ref(&update.report),
            cli.report,
        ));
    }
    match state.opening {
        Opening::Failed(why) => bail!("{why}"),
        _ => Ok(0),
    }
}

fn theme(style: Style) -> Theme {
    if style.color {
        return Theme::Ansi;
    }
    // With NO_COLOR in the environment crossterm writes an empty colour sequence, which takes bold and reversed away with it.
    crossterm::style::force_color_output(true);
    Theme::Mono
}
