//! What a hop gets: what may be read, and the target's request as questions.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;

use crate::diagnosis::ask::reads::Reads;
use crate::facts::Question;
use crate::report::Hop;
use crate::target::Target;
use crate::target::request::authority;

/// Reads for one target. [`Cx::at`] gives the same for another hop.
#[derive(Clone, Copy)]
pub struct Cx<'a> {
    /// What was asked.
    pub target: &'a Target,
    reads: Reads<'a>,
}

impl<'a> Deref for Cx<'a> {
    type Target = Reads<'a>;

    fn deref(&self) -> &Self::Target {
        &self.reads
    }
}

impl<'a> Cx<'a> {
    pub(in crate::diagnosis) const fn new(target: &'a Target, reads: Reads<'a>) -> Self {
        Self { target, reads }
    }

    /// The same, for reads of this hop.
    #[must_use]
    pub const fn at(self, hop: Hop) -> Self {
        Self {
            reads: self.reads.at(hop),
            ..self
        }
    }

    /// The same, for reads that only help.
    #[must_use]
    pub const fn aside(self) -> Self {
        Self {
            reads: self.reads.aside(),
            ..self
        }
    }

    /// The handshake with one address, as a question.
    pub fn tls_question(&self, to: SocketAddr) -> Question {
        Question::Tls {
            to,
            sni: self.target.host.clone(),
        }
    }

    /// The user's request to one address, as a question.
    pub fn http_question(&self, to: SocketAddr, tls: bool) -> Question {
        Question::Http {
            to,
            tls,
            host: self.host_header(to.port(), tls),
            method: self.settings.method.clone(),
            path: self.target.path.clone(),
            headers: self.settings.headers.clone(),
        }
    }

    /// The `Host` header of the user's request.
    pub fn host_header(&self, port: u16, tls: bool) -> String {
        authority(tls, &self.target.host, port)
    }

    /// The address of `--resolve` for this target, if given.
    pub fn resolve_override(&self, port: u16) -> Option<IpAddr> {
        self.settings
            .resolve
            .iter()
            .find(|r| r.host == self.target.host && r.to.port() == port)
            .map(|r| r.to.ip())
    }
}
