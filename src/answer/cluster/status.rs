//! What an API server says when it has no object to give: a `metav1.Status`.

use http::StatusCode;
use serde::Deserialize;

/// Bytes of an answer without a `Status` that are quoted.
const QUOTED: usize = 200;

/// The part of a `Status` that tells one refusal from another.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::answer) struct Status {
    kind: String,
    /// For a person.
    pub message: String,
    /// In one word, such as `ServiceUnavailable`.
    pub reason: String,
    /// What it is about.
    pub details: Details,
}

/// What a `Status` is about; all empty when it is about no object.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::answer) struct Details {
    /// The object's name.
    pub name: String,
    /// Its kind in the plural, such as `pods`.
    pub kind: String,
}

/// The body as a `Status`, if it is one.
pub(in crate::answer) fn status_of(body: &[u8]) -> Option<Status> {
    serde_json::from_slice::<Status>(body)
        .ok()
        .filter(|s| s.kind == "Status")
}

/// Whether a 404 is about an object, and not about what the server has at all.
pub(super) fn names_an_object(body: &[u8]) -> bool {
    status_of(body).is_some_and(|s| !s.details.name.is_empty())
}

/// Whether a 404 is the API server's own: a `Status`, or the words of its HTTP library for a path that it does not have.
pub(super) fn is_of_api_server(body: &[u8]) -> bool {
    status_of(body).is_some() || body.starts_with(b"404 page not found")
}

/// What came in place of JSON, where it is one of the usual things.
pub(in crate::answer) fn not_json(body: &[u8], error: &serde_json::Error) -> String {
    if is_html(body) {
        "it is HTML, perhaps the login page of a proxy".to_owned()
    } else if body.trim_ascii().is_empty() {
        "it is empty".to_owned()
    } else if error.is_eof() {
        "it breaks off in the middle".to_owned()
    } else if error.is_syntax() && !body.trim_ascii_start().starts_with(b"{") {
        "it is no JSON".to_owned()
    } else {
        error.to_string()
    }
}

/// Whether the body is a page for a browser.
pub(in crate::answer) fn is_html(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    let start = &start[..start.len().min(16)].to_ascii_lowercase();
    start.starts_with(b"<!doctype") || start.starts_with(b"<html")
}

/// `answered 500: etcdserver: request timed out`.
pub(in crate::answer) fn answered(code: StatusCode, body: &[u8]) -> String {
    if is_html(body) {
        let code = code.as_u16();
        return format!("answered {code} with HTML, perhaps the page of a proxy");
    }
    let said = status_of(body).map_or_else(
        || String::from_utf8_lossy(&body[..body.len().min(QUOTED)]).into_owned(),
        |status| status.message,
    );
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let reason = code.canonical_reason().unwrap_or_default();
    let said = if said.is_empty() { reason } else { &said };
    format!("answered {}: {said}", code.as_u16())
}
