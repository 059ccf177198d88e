//! The door: what happens at each address when the user's request attempts there. Shared by the hops from DNS to TLS, and by
//! the verdict.

use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::dialect::author::answer_words;
use crate::diagnosis::request::redirects::{self, Redirects};
use crate::diagnosis::semantics::words::{connect_words, exchange_words};
use crate::facts::{Connect, Exchange, Gap, HttpAnswer, Question, TcpAnswer, TlsAnswer, Unknown};
use crate::report::Evidence;
use crate::target::Request;

/// What one address answered.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The address.
    pub to: SocketAddr,
    /// The connection.
    pub tcp: Seen<Result<&'a TcpAnswer, Unknown>>,
    /// The handshake; a gap when the request is plain HTTP.
    pub tls: Seen<Result<&'a TlsAnswer, Unknown>>,
    /// The user's request.
    pub http: Seen<Result<&'a HttpAnswer, Unknown>>,
    /// Where it is redirected to.
    pub redirects: Seen<Redirects>,
    /// Whose the response is, where that was found out: `by Traefik`.
    pub author: Option<String>,
}

impl<'a> Attempt<'a> {
    /// Tries: TCP first, the rest only where something accepts, so that a dead address costs one timeout.
    pub fn at(cx: &Cx<'a>, address: IpAddr, request: &Request) -> Self {
        let to = SocketAddr::new(address, request.port);
        let https = request.https;
        let tcp = cx.seen(|| cx.tcp(to));
        let closed = || {
            Unknown::Gap(Gap::NotAsked {
                why: "no connection".to_owned(),
            })
        };
        let (tls, http) = match tcp.as_ref() {
            Ok(t) if t.connect == Connect::Connected => (
                if https {
                    cx.seen(|| cx.tls(cx.tls_question(to)))
                } else {
                    Seen::known(Err(closed()))
                },
                cx.seen(|| cx.http(cx.http_question(to, https))),
            ),
            Ok(_) => (Seen::known(Err(closed())), Seen::known(Err(closed()))),
            Err(unknown) => (
                tcp.instead(Err(unknown.clone())),
                tcp.instead(Err(unknown.clone())),
            ),
        };
        let redirects = match http.as_ref() {
            Ok(answer) => cx.seen(|| redirects::follow(cx, to, https, answer)),
            Err(_) => http.instead(Redirects::default()),
        };
        Self {
            to,
            tcp,
            tls,
            http,
            redirects,
            author: None,
        }
    }

    /// Whether some answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        let waiting = |u: &Unknown| *u == Unknown::Waiting;
        self.tcp.glance().as_ref().is_err_and(waiting)
            || self.tls.glance().as_ref().is_err_and(waiting)
            || self.http.glance().as_ref().is_err_and(waiting)
            || self.redirects.glance().waiting
    }

    /// Whether it was to be tried, and part of what came of it cannot be told.
    pub fn is_untold(&self) -> bool {
        let failed = |u: &Unknown| matches!(u, Unknown::Gap(gap) if !gap.is_on_purpose());
        self.tcp.as_ref().is_err_and(failed)
            || self.tls.as_ref().is_err_and(failed)
            || self.http.as_ref().is_err_and(failed)
            || !self.redirects.is_whole()
    }

    /// Whether the address accepts connections.
    pub fn connects(&self) -> bool {
        self.tcp
            .as_ref()
            .is_ok_and(|t| t.connect == Connect::Connected)
    }

    /// Whether it does certainly not.
    pub fn fails(&self) -> bool {
        self.tcp
            .as_ref()
            .is_ok_and(|t| t.connect != Connect::Connected)
    }

    /// Whether it is the other side that does not take connections, and not this machine that has no way there.
    pub fn is_dead(&self) -> bool {
        self.fails() && !self.has_no_way()
    }

    /// Whether this machine has no way there: that says nothing about the other side.
    pub fn has_no_way(&self) -> bool {
        let local = |t: &TcpAnswer| matches!(t.connect, Connect::NoRoute | Connect::Other(_));
        self.tcp.as_ref().is_ok_and(|t| local(t))
    }

    /// The response, if there was one.
    pub fn response(&self) -> Option<&'a HttpAnswer> {
        let answer = *self.http.as_ref().ok()?;
        (answer.exchange == Exchange::Response).then_some(answer)
    }

    /// The connection as evidence.
    pub fn tcp_line(&self, cx: &Cx) -> Option<Evidence> {
        let tcp = self.tcp.as_ref().ok()?;
        let outcome = connect_words(&tcp.connect, tcp.ms);
        Some(cx.evidence(&Question::Tcp { to: self.to }, outcome))
    }

    /// The request as evidence.
    pub fn http_line(&self, cx: &Cx, https: bool) -> Option<Evidence> {
        let answer = self.http.as_ref().ok()?;
        let question = cx.http_question(self.to, https);
        let words = match &self.author {
            Some(author) => exchange_words(answer, Some(author)),
            None => answer_words(answer),
        };
        Some(cx.evidence(&question, words))
    }
}
