//! Objects at rest: files, and what files and recordings share. What an object loses when it arrives, and why, is in `arrival`.

pub(super) mod arrival;
pub mod files;
mod older;
pub(super) mod pem;
pub mod secret;
pub mod selector;
pub mod set;
pub(super) mod yaml;
