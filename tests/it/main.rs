//! What needs no cluster, no terminal and no process of its own. It is one binary, for each one links all of hops;
//! `cargo test --test it views::` runs a module of it.
#![allow(clippy::panic)] // helpers are not seen as tests

mod all_hosts;
mod assets;
mod authors;
mod budget;
mod called_names;
#[cfg(target_os = "linux")] // which has /dev/zero and a limit on memory
mod caps;
mod cli;
mod cluster_edge;
mod compare;
#[cfg(unix)]
mod completion;
mod conformance;
mod demo;
mod faulty;
mod faulty_sessions;
mod files_edge;
mod fixture_format;
mod formats;
mod frame_rules;
mod frames;
mod fuzz;
mod keys;
mod kubeconfig_edge;
mod law;
mod law_of_rights;
mod live;
mod manifests;
#[path = "../bench/many_hosts.rs"]
mod many_hosts;
mod misfits;
mod new_pitfall;
mod no_api_server;
mod one_clock;
mod pages;
#[cfg(target_os = "linux")] // which tells in /proc what runs
mod plugins;
mod pod_dns_edge;
mod policies;
mod policy_oracle;
mod query_values;
mod recording_edge;
mod redact_edge;
mod rights;
mod strange_files;
#[path = "../support/mod.rs"]
mod support;
mod tidy;
mod tunnel_edge;
mod views;
mod watch_edge;
mod ways;
mod whole_kinds;
