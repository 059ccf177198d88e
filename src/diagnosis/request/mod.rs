//! The user's request, tried: at the addresses it goes to, through redirects, and put straight into pods; and where it dies.

pub mod attempt;
pub mod author;
pub mod bisect;
pub mod inside;
pub mod outcome;
pub mod redirects;
