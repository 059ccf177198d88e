//! May we? The API server is asked before the first tunnel into a namespace, so that nothing forbidden is even tried.
//!
//! A tunnel is opened with a GET, which needs `get` on `pods/portforward`. Kubernetes 1.35 and later want `create` as well, for
//! what passes through a WebSocket is not only reading.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::api::Api;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
/// The first minor version of Kubernetes 1 that wants `create`.
const WANTS_CREATE: u32 = 35;

/// What was said so far, by namespace.
#[derive(Default)]
pub(super) struct Rights {
    namespaces: Mutex<HashMap<String, Arc<OnceCell<bool>>>>,
    wants_create: OnceCell<bool>,
}

impl Rights {
    /// Whether tunnels into a namespace are worth trying. Questions at the same time share the review; where the review
    /// itself is not to be had, the tunnel will tell.
    pub async fn tunnels(&self, api: &Api, namespace: &str) -> bool {
        let cell = {
            let mut all = self
                .namespaces
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(namespace.to_owned()).or_default())
        };
        let reviewed = cell.get_or_init(|| async {
            let (get, create) = futures::join!(
                review(api, namespace, "get"),
                review(api, namespace, "create")
            );
            match (get, create) {
                (Some(false), _) => false,
                (_, Some(false)) => !self.wants_create(api).await,
                _ => true,
            }
        });
        *reviewed.await
    }

    async fn wants_create(&self, api: &Api) -> bool {
        let version = self.wants_create.get_or_init(|| async {
            // Who does not know the version does not try.
            minor(api).await.is_none_or(|minor| minor >= WANTS_CREATE)
        });
        *version.await
    }
}

/// Whether the API server would allow it; none when it does not say.
async fn review(api: &Api, namespace: &str, verb: &str) -> Option<bool> {
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {
            "namespace": namespace, "verb": verb, "resource": "pods", "subresource": "portforward",
        }},
    });
    let (status, body) = api.ask(REVIEWS, Some(review.to_string())).await?;
    let review: Value = serde_json::from_slice(&body).ok()?;
    let allowed = review["status"]["allowed"].as_bool();
    // An authorizer that fails denies; that is no word about rights.
    let failed = review["status"]["evaluationError"]
        .as_str()
        .is_some_and(|e| !e.is_empty());
    allowed.filter(|allowed| status.is_success() && (*allowed || !failed))
}

/// The minor version of the API server. Some write `35+`.
async fn minor(api: &Api) -> Option<u32> {
    let (_, body) = api.ask("/version", None).await?;
    let version: Value = serde_json::from_slice(&body).ok()?;
    let minor = version["minor"].as_str()?;
    let end = minor
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(minor.len());
    minor[..end].parse().ok()
}
