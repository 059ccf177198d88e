//! Whose certificate is served: a handshake for a name that no rule has shows the default one of whoever answers at the address. Names
//! that controllers give to the certificates they make up speak only where that could not be seen.

use super::Tls;
use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::dialect::make::is_made_up;
use crate::diagnosis::request::author::NOBODY;
use crate::diagnosis::request::inside::Asked;
use crate::facts::{Certificate, Question, TlsAnswer};

/// How a certificate is known to be the default one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A name that no rule has gets it too.
    Compared,
    /// It bears the name of one that a controller makes up; what another name gets was not seen.
    ByName,
}

/// Asks where it matters: the certificate is not the Secret's, and not for the host or another than the one that there is for it.
pub(super) fn ask<'a>(cx: &Cx<'a>, tls: &Tls) -> Vec<Asked<'a, TlsAnswer>> {
    let unread = tls.entries.iter().any(|e| e.secret.is_err());
    let matters = |leaf: &Certificate| {
        let other = !unread && !leaf.serial.is_empty() && tls.stored().next().is_some();
        !tls.is_stored(leaf) && (!leaf.covers(&tls.host) || other)
    };
    if tls.is_waiting_for_secrets() {
        return Vec::new();
    }
    let handshakes = tls.handshakes.iter();
    handshakes
        .filter(|(_, t)| t.chain.first().is_some_and(matters))
        .map(|(to, _)| {
            let question = Question::Tls {
                to: *to,
                sni: NOBODY.to_owned(),
            };
            Asked {
                answer: cx.seen(|| cx.tls_if_asked(&question)),
                question,
            }
        })
        .collect()
}

impl<'a> Tls<'a> {
    /// Whether the host is served with the default certificate for want of one of its own. One that is right for the host is no
    /// fault, whoever gets it besides, and neither is the Secret's own.
    pub fn fallback(&self, leaf: &Certificate) -> Option<Told> {
        if leaf.covers(&self.host) || self.is_stored(leaf) {
            return None;
        }
        if self.default_like(leaf).is_some() {
            return Some(Told::Compared);
        }
        let seen =
            |asked: &Asked<TlsAnswer>| asked.answer.as_ref().is_ok_and(|t| !t.chain.is_empty());
        let compared = !self.controls.is_empty() && self.controls.iter().all(seen);
        (!compared && !self.may_be_the_pods() && is_made_up(leaf)).then_some(Told::ByName)
    }

    /// The handshake for another name that showed this certificate, or another one that is made up: some controllers make a new one
    /// in every pod and at every reload.
    pub fn default_like(&self, leaf: &Certificate) -> Option<&Asked<'a, TlsAnswer>> {
        let alike = |other: &Certificate| is_made_up(leaf) && is_made_up(other);
        let same = |other: &Certificate| other == leaf || !self.may_be_the_pods() && alike(other);
        let shows = |t: &&TlsAnswer| t.chain.first().is_some_and(same);
        let mut controls = self.controls.iter();
        controls.find(|asked| asked.answer.as_ref().is_ok_and(shows))
    }
}
