//! What several test files share.
#![allow(dead_code, clippy::panic)] // each test binary uses its own part

pub mod fixture;
pub mod servers;
