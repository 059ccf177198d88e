//! The journey, and one folder a hop: `mod.rs` resolves it, `checks/` judge it.

pub mod backend;
pub mod client;
pub mod cluster_dns;
pub mod controller;
pub mod dns;
pub mod endpoints;
pub mod entrance_id;
pub mod journey;
pub mod load_balancer;
pub mod network_policy;
pub mod pod;
pub mod route;
pub mod service;
pub mod tls;
pub mod user;
