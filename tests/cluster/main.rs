//! hops on a real Kubernetes: each test breaks the live cluster in one way, proves with a real request what a browser then
//! meets, and holds hops to it. Run by `tests/cluster/run`, which boots the cluster; plain `cargo test` skips all of it.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "no async here: waiting for the cluster is sleeping"
)]
#![allow(
    clippy::semicolon_if_nothing_returned,
    clippy::format_collect,
    clippy::unused_self
)] // a scenario reads better without

mod authors;
mod backend;
mod base_state;
mod bench;
mod browser;
mod canary;
mod clients;
mod cluster_dns;
mod dice;
mod dns;
mod east_west;
mod entrance;
mod gateways;
mod listeners;
mod loading;
mod migrations;
mod names;
mod north_south;
mod outage;
mod policies;
mod predicted_routes;
mod prediction;
#[path = "../support/pty.rs"]
mod pty;
mod reader;
mod routes;
mod screen;
mod tls;
mod verdicts;
mod world;
mod z_last;
