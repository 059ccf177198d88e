//! What several tests share.

pub mod apiserver;
#[allow(dead_code)] // for what is to hold of all of them
pub mod corpus;
pub mod fake_api;
#[allow(dead_code)] // for what is to hold of all cases
pub mod faulted;
#[allow(dead_code)] // for what goes wrong on the way to the API server
pub mod faulty;
#[allow(dead_code)] // the pitfalls have all of it
pub mod fixture;
pub mod imports;
pub mod replayed;
pub mod reports;
pub mod schema;
pub mod screens;
#[allow(dead_code)] // the probes have them all
pub mod servers;
pub mod shop;
pub mod shown;
