//! Draws the state. Reads the report and what the screen remembers; decides nothing.

use ratatui::Frame;

use super::state::{Drawn, State};

/// One frame.
pub fn draw(_frame: &mut Frame<'_>, _state: &State) -> Drawn {
    Drawn::default()
}
