//! What several test files share. Each takes its part, so that none uses all of it.
#![allow(dead_code, clippy::panic)]

pub mod servers;
