//! The way to the API server: kubeconfig, flags and environment, and the proxies between.

pub mod kubeconfig;
pub mod no_proxy;
