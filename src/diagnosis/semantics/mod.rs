//! What objects mean, by the rules of Kubernetes alone: one pure function a question, no controller, no reading.

pub mod host;
pub mod port;
pub mod selector;
