//! What several ways in of a host make of the same requests. Its JSON form is a public contract.

use serde::Serialize;

/// All of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The host.
    pub host: String,
    /// The ways in.
    pub entrances: Vec<Side>,
    /// Each request with the answers.
    pub requests: Vec<Compared>,
    /// Requests that all answer alike.
    pub same: usize,
    /// Requests that are answered differently.
    pub different: usize,
    /// Requests that are answered alike, by backends that see different requests or for other users.
    pub different_effects: usize,
    /// Requests of which some answer is not known.
    pub unknown: usize,
}

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Its name.
    pub id: String,
    /// The objects that declare it.
    pub via: Vec<String>,
}

/// A request with the answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The request.
    pub request: Asking,
    /// One a way in, in their order.
    pub answers: Vec<Answered>,
    /// Whether they are alike; none where one of them is not known.
    pub same: Option<bool>,
    /// Why they are not, in a few words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'static str>,
    /// What in a route would make them alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<&'static str>,
}

/// A request.
#[derive(Clone, Debug, Serialize)]
pub struct Asking {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The method.
    pub method: String,
    /// The host.
    pub host: String,
    /// Path and query, as given.
    pub path: String,
    /// Headers; what may be secret is not shown.
    pub headers: Vec<String>,
}

/// What a way in answers.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answered {
    /// The way in.
    pub entrance: String,
    /// `backend`, `redirect`, `error`, `none` or `unknown`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Who answers.
    pub backends: Vec<Share>,
    /// The status, where it is known.
    pub status: Option<u16>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// What the backend sees of the request, and who may pass.
    pub effects: Vec<String>,
    /// The rule that takes it.
    pub rule: Option<String>,
    /// What makes the answer what it is, where that is no rule; or why it is not known.
    pub by: Option<String>,
    /// What was answered when it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<u16>,
}

/// A Service with its part of the requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Share {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub service: String,
    /// Its port.
    pub port: Option<i32>,
    /// Percent.
    pub weight: u32,
}

impl Comparison {
    /// The requests that are not answered alike, by cause, the most of them first.
    pub fn causes(&self) -> Vec<(&'static str, Vec<&Compared>)> {
        let mut all: Vec<(&'static str, Vec<&Compared>)> = Vec::new();
        for one in &self.requests {
            let Some(cause) = one.cause else { continue };
            match all.iter_mut().find(|(known, _)| *known == cause) {
                Some((_, requests)) => requests.push(one),
                None => all.push((cause, vec![one])),
            }
        }
        all.sort_by_key(|(_, requests)| std::cmp::Reverse(requests.len()));
        all
    }
}

impl Asking {
    /// `GET https://shop.example.com/cart`.
    pub fn words(&self) -> String {
        let headers = self.headers.iter().map(|h| format!(" -H '{h}'"));
        let headers = headers.collect::<Vec<_>>().concat();
        format!(
            "{} {}://{}{}{headers}",
            self.method, self.scheme, self.host, self.path
        )
    }
}

impl Answered {
    /// `301 to http://…`, `shop/web:80`, `404, no rule`.
    pub fn words(&self) -> String {
        let mut text = match (self.kind, self.status, &self.location) {
            ("redirect", Some(status), Some(to)) => format!("{status} to {to}"),
            ("backend", ..) => {
                let one = |s: &Share| {
                    let port = s.port.map(|p| format!(":{p}")).unwrap_or_default();
                    let name = format!("{}/{}{port}", s.namespace, s.service);
                    if self.backends.len() == 1 {
                        name
                    } else {
                        format!("{name} {} %", s.weight)
                    }
                };
                self.backends.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            ("none", Some(status), _) => format!("{status}, no rule"),
            ("none", None, _) => "takes no such connection".to_owned(),
            ("error", Some(status), _) => format!("{status}, nobody behind the rule"),
            _ => "unknown".to_owned(),
        };
        if !self.effects.is_empty() {
            text = format!("{text} [{}]", self.effects.join(", "));
        }
        let why = self.by.as_ref().or(self.rule.as_ref());
        if let Some(why) = why {
            text = format!("{text} ({why})");
        }
        if let Some(seen) = self.seen {
            text = format!("{text}; answered {seen} when asked");
        }
        text
    }
}
