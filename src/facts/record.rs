//! A DNS record as an answer brings it.

use serde::{Deserialize, Serialize};

/// One DNS record on the way to the addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsRecord {
    /// Owner name.
    pub name: String,
    /// `A`, `AAAA`, `CNAME`, `HTTPS`, `SRV`, `TXT`.
    pub rtype: String,
    /// Time to live in seconds.
    pub ttl: u32,
    /// Address, name, or the record's text as `dig` prints it.
    pub data: String,
}
