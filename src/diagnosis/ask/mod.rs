//! How a hop reads: facts by typed questions, what it found so far, and what a walk asked. Only this folder touches [`crate::facts::Facts`].
//!
//! A read that fails leaves a gap, and whoever looks at what was made of it touches the gap ([`missed`]): so a gap knows what it hides, and
//! nobody writes it down. A read that only helps a finding is made [aside](crate::diagnosis::checks::Draft::aside), when the finding stands.

mod asked;
pub mod cx;
mod listed;
pub mod missed;
mod objects;
pub mod reads;
pub mod stage;
mod whole;
