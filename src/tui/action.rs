//! What can happen to the screen, and what it asks of the runtime.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyEvent, MouseEvent};
use jiff::Timestamp;
use serde_json::Value;

use super::state::{Checked, HostRow, Origin, Pick, SaveFormat};
use crate::report::{ObjectRef, Update};

/// Stands among the namespaces for none of them in particular; no namespace can be called so.
pub const ALL_NAMESPACES: &str = "all namespaces";

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Action {
    /// A key.
    Key(KeyEvent),
    /// Text that was pasted.
    Paste(String),
    /// The mouse, where it is on.
    Mouse(MouseEvent),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Time goes by.
    Tick(Timestamp),
    /// The cluster, files or recording are open, or cannot be.
    Opened(Result<Origin, String>),
    /// News of the target that is watched; the number is that of the watch.
    Update(u64, Arc<Update>),
    /// The target cannot be walked at all; the sentence says why.
    Failed(u64, String),
    /// The hosts of the cluster.
    Hosts(Result<Vec<HostRow>, String>),
    /// A host of the picker was checked.
    Checked(String, Checked),
    /// No host is left to check.
    ChecksEnded,
    /// What a list to pick from holds.
    Choices(Pick, Result<Vec<String>, String>),
    /// An object for its YAML view.
    Object(ObjectRef, Result<Value, String>),
    /// A file was written, or could not be.
    Saved(Result<String, String>),
    /// Something to tell for a moment.
    Say(String),
    /// A credential plugin wants to ask a person: it gets the terminal for a while.
    NeedsTerminal,
    /// The program goes on after it was suspended.
    Resumed,
}

/// What the screen wants done. Each ends in an action, if in anything.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open the cluster of a context, or in the demo a scenario.
    Open {
        /// The context or scenario; none for the one that was open, or that of the flags.
        context: Option<String>,
        /// The namespace, where one was chosen, or [`ALL_NAMESPACES`].
        namespace: Option<String>,
    },
    /// Watch a target, in place of the one before.
    Watch {
        /// As typed.
        target: String,
        /// Goes into the updates.
        watch: u64,
        /// Time between two rounds.
        every: Duration,
    },
    /// Ask everything again.
    Again,
    /// Stop or go on.
    Pause(bool),
    /// Time between two rounds.
    Every(Duration),
    /// Walk another way in, by its name.
    Entrance(String),
    /// List the hosts.
    ListHosts,
    /// Check these hosts.
    Check(Vec<String>),
    /// Check no further.
    StopChecks,
    /// List what can be picked.
    Choices(Pick),
    /// Read an object for its YAML view.
    Object(ObjectRef),
    /// Put text on the clipboard.
    Copy(String),
    /// Write the report.
    Save(SaveFormat),
    /// Mouse on or off.
    Mouse(bool),
    /// Give the terminal back to the shell until resumed.
    Suspend,
    /// Leave.
    Quit,
}
