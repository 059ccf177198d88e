//! What objects mean, by the rules of Kubernetes alone: one pure function a question, no controller, no reading.

pub mod address;
pub mod cluster_names;
pub mod corefile;
pub mod endpoints;
pub mod host;
pub mod meta;
pub mod path;
pub mod pod;
pub mod policy;
pub mod port;
pub mod resolver;
pub mod selector;
pub mod service;
pub mod words;
