//! DNS asked inside a pod: what is asked of a cluster's DNS server there, and what it answers.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::exchange::Connect;
use super::record::DnsRecord;

/// The types of records that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum DnsType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The name that it is another one for.
    Cname,
    /// Host and port of a service (RFC 2782).
    Srv,
    /// Texts.
    Txt,
}

impl DnsType {
    /// As zone files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
        }
    }
}

/// One query: an absolute name and a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DnsQuery {
    /// The name, without a trailing dot. No search domain is added.
    pub name: String,
    /// What is asked of it.
    pub rtype: DnsType,
}

impl DnsQuery {
    /// A query.
    pub fn new(name: &str, rtype: DnsType) -> Self {
        Self {
            name: name.to_owned(),
            rtype,
        }
    }
}

impl fmt::Display for DnsQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rtype.name())
    }
}

/// How one query ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsEnd {
    /// Answered: the name exists. Without records it has none of that type.
    #[serde(rename = "NOERROR")]
    NoError,
    /// Answered: the name does not exist.
    #[serde(rename = "NXDOMAIN")]
    NxDomain,
    /// Answered: the server failed.
    #[serde(rename = "SERVFAIL")]
    ServFail,
    /// Answered: the server does not speak for such names.
    #[serde(rename = "REFUSED")]
    Refused,
    /// Answered with another code, by its number (RFC 6895 §2.3).
    Code(u16),
    /// Nothing takes connections at the port.
    NoConnection(Connect),
    /// Asked, and no answer within the time allowed.
    Silent,
    /// The connection ended before an answer.
    Closed,
    /// What came is no answer to it; the text says why.
    Garbled(String),
    /// It was not sent; the text says why.
    NotSent(String),
}

impl DnsEnd {
    /// Whether the server answered, be it with an error.
    pub const fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::NoError | Self::NxDomain | Self::ServFail | Self::Refused | Self::Code(_)
        )
    }
}

/// What one query got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsReply {
    /// How it ended.
    pub end: DnsEnd,
    /// The records of the answer section, in the server's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<DnsRecord>,
    /// Milliseconds until it came.
    #[serde(default)]
    pub ms: u64,
}

impl DnsReply {
    /// The addresses among the records.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let addresses = self.records.iter();
        addresses
            .filter(|r| matches!(r.rtype.as_str(), "A" | "AAAA"))
            .filter_map(|r| r.data.parse().ok())
    }
}

/// What a server inside a pod answered to several queries over one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PodDnsAnswer {
    /// What each query got, in their order. After one that was not answered nothing more is sent.
    pub replies: Vec<DnsReply>,
    /// What the other end of the tunnel said when it could not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<String>,
    /// Milliseconds it took.
    #[serde(default)]
    pub ms: u64,
}
