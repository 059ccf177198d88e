//! What a pod's resolver does with a name: which names it asks Cluster DNS for, in which order, and what it makes of the replies.
//!
//! Three libraries resolve names in containers, and they differ: glibc, musl and Go. What each does is taken from its source: glibc's
//! `resolv/res_query.c`, musl's `src/network/lookup_name.c`, Go's `net/dnsclient_unix.go`. What the kubelet writes for them to read is
//! taken from `pkg/kubelet/network/dns/dns.go` and `pkg/kubelet/kubelet_pods.go`.
//!
//! [`resolv_conf`] derives a pod's `/etc/resolv.conf` and [`hosts`] its `/etc/hosts`; [`alias`] looks into the latter, which comes first;
//! [`queries`] lists what is asked; [`resolve`] plays that against replies that are known.

mod aliases;
mod conf;
mod derived;
mod literal;
mod outcome;
mod policy;
mod queries;
#[cfg(test)]
mod tests;

pub use aliases::{Hosts, Line, Origin, alias, hosts};
pub use conf::{ResolvConf, parse};
pub use derived::{ClusterDns, Cut, Derived, Fallback, resolv_conf};
pub use outcome::{End, Reply, Resolution, resolve, silence};
pub use policy::{DnsPolicy, effective};
pub use queries::{Query, queries};

/// A library that resolves names for the programs that are linked to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Libc {
    /// The GNU C library: Debian, Ubuntu, Red Hat, and what is made on them.
    Glibc,
    /// musl: Alpine.
    Musl,
    /// Go's own resolver, which static Go programs have.
    Go,
}

impl Libc {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Glibc, Self::Musl, Self::Go];

    /// Its name as it is written.
    pub fn slug(self) -> &'static str {
        match self {
            Self::Glibc => "glibc",
            Self::Musl => "musl",
            Self::Go => "go",
        }
    }
}
