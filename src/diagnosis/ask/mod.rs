//! How a hop reads: facts by typed questions, what it found so far, and what a walk asked. Only this folder touches [`crate::facts::Facts`].

mod asked;
pub mod cx;
mod listed;
pub mod reads;
pub mod stage;
