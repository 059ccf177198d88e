//! Manifests from the web, as `kubectl -f https://…` takes them: by the system's resolver and proxies, with this machine's roots.

use std::path::Path;
use std::time::Duration;

use url::Url;

use crate::answer::network;
use crate::answer::objects::stream::{FilesError, text};

/// Bytes of one manifest from the web.
const MOST_BYTES: usize = 64 << 20;
/// For all of it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Redirects that are followed.
const REDIRECTS: usize = 5;

/// The URL, where a path is one.
pub fn url(path: &Path) -> Option<Url> {
    let text = path.to_str()?;
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// How it is called where people see it: without password and query, which may be secret.
pub fn name(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_fragment(None);
    if shown.query().is_some() {
        shown.set_query(None);
        return format!("{shown}?…");
    }
    shown.to_string()
}

/// Gets it.
///
/// # Errors
/// Why not, in one sentence.
pub async fn fetch(url: &Url, cacert: Option<&Path>) -> Result<String, FilesError> {
    let refuse = |why: String| FilesError::Unreadable {
        path: name(url),
        why,
    };
    let tls = network::tls_config(cacert).map_err(refuse)?;
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::limited(REDIRECTS))
        .user_agent(concat!("kubectl-hops/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|e| refuse(words(e)))?;
    let mut response = client
        .get(url.clone())
        .send()
        .await
        .map_err(|e| refuse(words(e)))?;
    if !response.status().is_success() {
        return Err(refuse(format!("the server answered {}", response.status())));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| refuse(words(e)))? {
        if bytes.len() + chunk.len() > MOST_BYTES {
            return Err(refuse(format!(
                "it is larger than {} MiB",
                MOST_BYTES >> 20
            )));
        }
        bytes.extend_from_slice(&chunk);
    }
    text(&name(url), bytes)
}

/// What went wrong: the deepest cause, for those around it only say that something did.
fn words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} seconds", PATIENCE.as_secs());
    }
    if error.is_redirect() {
        return "it redirects too often".to_owned();
    }
    let error = error.without_url();
    let mut deepest: &dyn std::error::Error = &error;
    while let Some(cause) = deepest.source() {
        deepest = cause;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_a_url() {
        for path in ["shop.yaml", "dir/https:", "-", "file:///etc/passwd", "c:/x"] {
            assert_eq!(url(Path::new(path)), None, "{path}");
        }
        assert!(url(Path::new("https://example.com/shop.yaml")).is_some());
    }

    #[test]
    fn nothing_secret_is_in_its_name() {
        let url =
            Url::parse("https://me:hunter2@example.com/a.yaml?token=hunter2#x").expect("a URL");
        assert_eq!(name(&url), "https://example.com/a.yaml?…");
    }
}
