//! The way to the API server: kubeconfig, flags and environment, the proxies between, and the credentials.

pub mod credentials;
pub mod kubeconfig;
pub mod no_proxy;
