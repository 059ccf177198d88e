//! What the edges answer. Network answers are data in any case: a refused connection is an answer, not an error.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::client::ClientAnswer;
use super::decoded::Decoded;
use super::exchange::{Connect, HttpAnswer};
use super::pod_dns::PodDnsAnswer;
use super::question::Question;
use super::record::DnsRecord;

/// The answer to a [`Question`](super::Question).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// To a get: the object as JSON, or none when the API server said 404.
    Object {
        /// The object.
        #[serde(default)]
        object: Option<serde_json::Value>,
    },
    /// To a list: the objects as JSON.
    Objects {
        /// The objects.
        objects: Vec<serde_json::Value>,
    },
    /// To a list, by who decodes its pages as they come. It is not written down.
    #[serde(skip)]
    Decoded(Decoded),
    /// To a search for a name: the namespaces that have it.
    Namespaces {
        /// In order, each once.
        namespaces: Vec<String>,
    },
    /// To the question for the API groups.
    ApiGroups {
        /// The name of each but the core group.
        groups: Vec<String>,
    },
    /// To a DNS question.
    Dns(DnsAnswer),
    /// To a TCP question.
    Tcp(TcpAnswer),
    /// To a TLS question.
    Tls(TlsAnswer),
    /// To an HTTP question, from whatever vantage.
    Http(HttpAnswer),
    /// To the question what an ordinary client gets.
    Client(Box<ClientAnswer>),
    /// To a question for the authoritative servers.
    Authority(Authority),
    /// To a question for TXT records.
    Text {
        /// The records; none when there is none.
        texts: Vec<String>,
    },
    /// To DNS queries inside a pod.
    PodDns(PodDnsAnswer),
}

impl Answer {
    /// Whether it is of the sort that a question asks for.
    pub fn answers(&self, question: &Question) -> bool {
        if let Self::Decoded(decoded) = self {
            let is_list = matches!(question, Question::List { .. });
            return is_list && question.kind() == Some(decoded.kind());
        }
        if let (Question::PodDns { queries, .. }, Self::PodDns(answer)) = (question, self) {
            return answer.replies.len() == queries.len();
        }
        matches!(
            (question, self),
            (Question::Get { .. }, Self::Object { .. })
                | (Question::List { .. }, Self::Objects { .. })
                | (Question::Find { .. }, Self::Namespaces { .. })
                | (Question::ApiGroups, Self::ApiGroups { .. })
                | (Question::Dns { .. }, Self::Dns(_))
                | (Question::Client(_), Self::Client(_))
                | (Question::DnsAuthority { .. }, Self::Authority(_))
                | (Question::DnsText { .. }, Self::Text { .. })
                | (Question::Tcp { .. }, Self::Tcp(_))
                | (Question::Tls { .. } | Question::PodTls { .. }, Self::Tls(_))
                | (
                    Question::Http { .. } | Question::PodHttp { .. } | Question::Proxy { .. },
                    Self::Http(_)
                )
        )
    }
}

/// How a lookup ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsOutcome {
    /// Addresses were found.
    Found,
    /// The name does not exist.
    NxDomain,
    /// The name exists and has no address.
    NoData,
    /// A server failed (SERVFAIL, REFUSED).
    ServFail,
    /// No server answered.
    TimedOut,
}

/// What a lookup found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DnsAnswer {
    /// How it ended.
    pub outcome: DnsOutcome,
    /// The addresses, as this machine's programs see them, without repeats.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// CNAME, A, AAAA and HTTPS records where a DNS server was asked directly; may be empty.
    #[serde(default)]
    pub records: Vec<DnsRecord>,
    /// Who was asked: `10.0.0.2:53`, or `the system resolver`.
    #[serde(default)]
    pub server: String,
    /// What DNS servers said, where this machine's programs get something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns: Option<DnsOutcome>,
    /// Lines of this machine's hosts file that name it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts_file: Vec<HostsLine>,
    /// For how many seconds resolvers remember that there is no record, as the answer says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_ttl: Option<u32>,
    /// DNS servers of this machine that say nothing, and that its programs ask before the one that answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<SocketAddr>,
    /// What DNS servers said first, where they have the name when they are asked once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsteady: Option<DnsOutcome>,
    /// More words where the outcome alone does not say enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Milliseconds it took.
    #[serde(default)]
    pub ms: u64,
}

/// A line of a hosts file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostsLine {
    /// `/etc/hosts`.
    pub file: String,
    /// Its number, from 1.
    pub line: usize,
    /// The address that it gives.
    pub address: IpAddr,
}

/// What the authoritative servers of a name's zone say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The zone that the name belongs to, without a trailing dot; empty when none was found.
    #[serde(default)]
    pub zone: String,
    /// Each server that was asked.
    #[serde(default)]
    pub servers: Vec<AuthorityServer>,
    /// For how many seconds resolvers may remember that a name does not exist (RFC 2308): from the zone's SOA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_ttl: Option<u32>,
    /// A name below the zone that nobody made up before gets the same addresses: there is a wildcard record.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wildcard: bool,
    /// Why there is less than one would like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Milliseconds it took.
    #[serde(default)]
    pub ms: u64,
}

/// What one authoritative server says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityServer {
    /// Its name.
    pub name: String,
    /// Where it was asked.
    pub address: SocketAddr,
    /// How it ended.
    pub outcome: DnsOutcome,
    /// The addresses of the name; those at the end of its aliases too.
    #[serde(default)]
    pub addresses: Vec<IpAddr>,
    /// CNAME, A and AAAA records with their full times to live.
    #[serde(default)]
    pub records: Vec<DnsRecord>,
    /// More words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What a TCP connection attempt found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcpAnswer {
    /// How it ended.
    pub connect: Connect,
    /// Milliseconds it took.
    #[serde(default)]
    pub ms: u64,
}

/// How a handshake ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// Completed.
    Done,
    /// The TCP connection did not come about.
    NoConnection(Connect),
    /// The server sent an alert; its name.
    Alert(String),
    /// The other side speaks something else than TLS; its first bytes, printable.
    NotTls(String),
    /// Connected, and then silence.
    TimedOut,
    /// The connection was closed or reset during the handshake.
    Closed,
    /// Something else.
    Other(String),
}

impl Handshake {
    /// [`Other`](Self::Other): more than this program's TLS takes in one message. Only a chain is ever so large; other clients take more.
    pub const TOO_LARGE: &str =
        "a message of the handshake is larger than 64 KiB, most likely the certificate chain";

    /// Whether it is that.
    pub fn is_too_large(&self) -> bool {
        matches!(self, Self::Other(why) if why == Self::TOO_LARGE)
    }
}

/// What a TLS handshake showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsAnswer {
    /// How it ended.
    pub handshake: Handshake,
    /// The served chain, leaf first.
    #[serde(default)]
    pub chain: Vec<Certificate>,
    /// Why a client with this machine's roots (or `--cacert`) does not accept the chain for that name; none when it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// `TLSv1.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// `h2`, `http/1.1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn: Option<String>,
    /// What the other end of a tunnel said when it could not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tunnel: Option<String>,
    /// Milliseconds it took.
    #[serde(default)]
    pub ms: u64,
}
