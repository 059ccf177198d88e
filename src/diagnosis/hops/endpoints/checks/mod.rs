//! Pitfalls of endpoints, and the failing request that nothing else explains.

pub mod endpoints_all_not_ready;
pub mod endpoints_empty;
pub mod endpoints_scaled_to_zero;
pub mod request_fails;
