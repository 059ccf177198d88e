//! `help`, `help COMMAND`, `version`: words that people try first.

use anyhow::{Result, bail};

use super::print;
use crate::cli;
use crate::output::rules::nearest;

/// The help of the program, or of one of its commands.
pub(super) fn help(command: Option<&str>) -> Result<u8> {
    let mut all = cli::command();
    let Some(name) = command else {
        print(&all.render_help().to_string())?;
        return Ok(0);
    };
    if let Some(found) = all.find_subcommand_mut(name) {
        print(&found.render_help().to_string())?;
        return Ok(0);
    }
    let names = all.get_subcommands().filter(|c| !c.is_hide_set());
    let names: Vec<&str> = names.map(clap::Command::get_name).collect();
    match nearest(name, names.iter().copied()).first() {
        Some(near) => bail!("there is no command {name:?}; did you mean {near}?"),
        None => bail!(
            "there is no command {name:?}: there are {}",
            names.join(", ")
        ),
    }
}

/// The version, as `--version` says it.
pub(super) fn version() -> Result<u8> {
    print(&cli::command().render_version())?;
    Ok(0)
}
