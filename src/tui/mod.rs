//! The terminal interface: one task owns the state, [`update`] changes it, [`view`] draws it.

pub mod action;
pub mod keymap;
pub mod state;
pub mod theme;
pub mod view;
pub mod yaml;
