//! Requests to the API server that tunnels are made of: counted, bounded, their failures in words.

use bytes::Bytes;
use http::header::ACCEPT;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use kube::client::{Body, Client};

use crate::answer::RequestCount;
use crate::answer::cluster::cause;
use crate::answer::cluster::connect::kubeconfig::Connection;

/// The most bytes of an answer that is no probe's.
const MOST: usize = 64 * 1024;

/// The API server.
pub(super) struct Api {
    client: Client,
    server: String,
    pub requests: RequestCount,
}

impl Api {
    /// Over a connection.
    pub fn new(connection: &Connection) -> Self {
        Self {
            client: connection.client.clone(),
            server: connection.server.clone(),
            requests: RequestCount::default(),
        }
    }

    /// Sends a request; why it got no response, otherwise.
    pub async fn send(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        self.requests.add();
        let sent = self.client.send(request).await;
        sent.map_err(|error| cause::of(&error, &self.server))
    }

    /// A GET, or a POST where there is something to send, with its whole answer; none when there is none of use.
    pub async fn ask(&self, path: &str, body: Option<String>) -> Option<(StatusCode, Bytes)> {
        let request = Request::builder()
            .uri(path)
            .header(ACCEPT, "application/json");
        let request = match body {
            None => request.body(Body::empty()),
            Some(text) => request
                .method("POST")
                .header("content-type", "application/json")
                .body(Body::from(text.into_bytes())),
        };
        let response = self.send(request.ok()?).await.ok()?;
        let status = response.status();
        Some((status, whole(response).await?))
    }
}

/// The whole body, unless it breaks off or has no end.
pub(super) async fn whole(response: Response<Body>) -> Option<Bytes> {
    let body = Limited::new(response.into_body(), MOST).collect().await;
    body.ok().map(|body| body.to_bytes())
}
