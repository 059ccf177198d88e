//! The user's own hop: what the request gets when it is made as any program on this machine would make it. The other hops are looked
//! at directly, past proxies and whatever the certificate; [`apart`] tells where the two end differently.

pub mod apart;
pub mod checks;

use crate::diagnosis::ask::cx::Cx;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::semantics::words::client_words;
use crate::facts::{ClientAnswer, ClientRequest, Question, Unknown};
use crate::report::{Evidence, Node};
use crate::target::Request;

/// What an ordinary client gets.
pub struct User<'a> {
    /// The request; none where it would not be the user's.
    question: Option<Question>,
    /// What it got; none where nobody asked.
    client: Seen<Result<Option<&'a ClientAnswer>, Unknown>>,
}

impl<'a> User<'a> {
    /// Of what no ordinary client of this machine would ask.
    pub fn nobody() -> Self {
        Self {
            question: None,
            client: Seen::known(Ok(None)),
        }
    }

    /// What it got, once that is known.
    pub fn client(&self) -> Option<&'a ClientAnswer> {
        self.client.as_ref().ok().copied().flatten()
    }

    /// Whether the answer is still on its way.
    pub fn is_waiting(&self) -> bool {
        *self.client.glance() == Err(Unknown::Waiting)
    }

    /// What it got, as evidence.
    pub fn line(&self, cx: &Cx) -> Option<Evidence> {
        let (question, client) = (self.question.as_ref()?, self.client()?);
        let outcome = format!("{}, {} ms", client_words(client), client.ms);
        Some(cx.evidence(question, outcome))
    }

    /// What it got, as a thing at the user's hop.
    pub fn node(&self) -> Option<Node> {
        Some(Node {
            kind: "Client".to_owned(),
            namespace: None,
            name: "an ordinary client here".to_owned(),
            detail: client_words(self.client()?),
            state: None,
            object: None,
        })
    }
}

/// Asks, where an ordinary client would send the user's request, too: not with headers of the user's, and not to an address that the
/// user gave.
pub fn resolve<'a>(cx: &Cx<'a>, request: Option<&Request>) -> User<'a> {
    let settings = cx.settings;
    let wanted = |r: &&Request| {
        settings.as_client
            && r.is_repeatable()
            && r.headers.is_empty()
            && settings.dns_server.is_none()
            && cx.resolve_override(r.port).is_none()
    };
    let Some(request) = request.filter(wanted) else {
        return User {
            question: None,
            client: Seen::known(Ok(None)),
        };
    };
    let question = Question::Client(ClientRequest {
        tls: request.https,
        host: cx.host_header(request.port, request.https),
        method: request.method.clone(),
        path: request.path.clone(),
    });
    User {
        client: cx.seen(|| cx.client(question.clone())),
        question: Some(question),
    }
}
