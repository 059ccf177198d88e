//! Objects at rest: files, and what files and recordings share. What an object loses when it arrives, and why, is in `arrival`.

pub(super) mod arrival;
pub mod files;
mod folder;
mod json;
mod mirror;
mod older;
mod once;
pub(super) mod pem;
mod place;
mod refused;
pub mod remote;
pub mod secret;
pub mod selector;
pub mod set;
mod stream;
mod told;
pub(super) mod yaml;
