//! What objects mean, by the rules of Kubernetes alone: one pure function a question, no controller, no reading.

pub mod address;
pub mod endpoints;
pub mod host;
pub mod meta;
pub mod path;
pub mod pod;
pub mod port;
pub mod selector;
pub mod service;
pub mod words;
