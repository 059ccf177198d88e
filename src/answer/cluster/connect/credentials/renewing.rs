//! A client that shows the credentials of the moment. New ones are got shortly before the old ones expire, and when the API server does
//! not take them any more, so that a screen open for hours goes on.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use kube::{Client, Config};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, timeout};
use tower_service::Service;

use super::{Credential, CredentialError, Origin};

/// New credentials are got so long before the old ones expire, or sooner where they do not last long.
const EARLY: SignedDuration = SignedDuration::from_secs(60);
/// A file is read again after this, as client-go does.
const REREAD: Duration = Duration::from_secs(60);
/// A plugin that is run again may take so long. The questions that wait for it may give up sooner.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two tries while the old credentials may still be good.
const PAUSE: Duration = Duration::from_secs(30);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why there is no client.
pub(in crate::answer::cluster::connect) enum NoClient {
    Credential(CredentialError),
    Client(kube::Error),
}

/// A client with credentials from there.
pub(in crate::answer::cluster::connect) async fn client(
    config: Config,
    origin: Origin,
) -> Result<Client, NoClient> {
    let credential = origin.first().await.map_err(NoClient::Credential)?;
    let header = credential.header().map_err(NoClient::Credential)?;
    let made = made(&config, &credential).await?;
    let current = Current {
        ready: Ready {
            client: made,
            header,
            number: 0,
        },
        credential,
        got: Timestamp::now(),
        tried: Instant::now(),
        failed: None,
        refused: None,
    };
    let namespace = config.default_namespace.clone();
    let renewing = Renewing(Arc::new(Renewer {
        origin,
        config,
        current: Arc::new(Mutex::new(current)),
    }));
    Ok(Client::new(renewing, namespace))
}

/// The client library's own, which knows the certificate and no token. It may read this machine's roots.
async fn made(config: &Config, credential: &Credential) -> Result<Client, NoClient> {
    let mut config = config.clone();
    if let Some((certificate, key)) = &credential.certificate {
        config.auth_info.client_certificate_data = Some(STANDARD.encode(certificate));
        config.auth_info.client_key_data = Some(STANDARD.encode(key).into());
    }
    let made = tokio::task::spawn_blocking(move || Client::try_from(config)).await;
    let made = made.map_err(|bug| NoClient::Credential(CredentialError(bug.to_string())))?;
    made.map_err(NoClient::Client)
}

#[derive(Clone)]
struct Renewing(Arc<Renewer>);

struct Renewer {
    origin: Origin,
    config: Config,
    current: Arc<Mutex<Current>>,
}

/// What a request needs.
#[derive(Clone)]
struct Ready {
    client: Client,
    header: Option<HeaderValue>,
    /// Which credentials these are, counted from the first.
    number: usize,
}

struct Current {
    ready: Ready,
    credential: Credential,
    got: Timestamp,
    /// When new ones were last asked for.
    tried: Instant,
    /// Why that brought none.
    failed: Option<CredentialError>,
    /// When new ones were last asked for because of a refusal.
    refused: Option<Instant>,
}

impl Current {
    fn has_expired(&self, now: Timestamp) -> bool {
        self.credential.expires.is_some_and(|end| now >= end)
    }

    fn is_due(&self, now: Timestamp, is_file: bool) -> bool {
        let waited = self.tried.elapsed();
        match self.credential.expires {
            None => is_file && waited >= REREAD,
            Some(end) => {
                let early = EARLY.min(end.duration_since(self.got) / 4);
                let is_near = now.duration_until(end) <= early;
                self.has_expired(now) || (is_near && (self.failed.is_none() || waited >= PAUSE))
            }
        }
    }
}

impl Renewer {
    /// What a request that comes now goes with.
    async fn ready(self: &Arc<Self>) -> Result<Ready, CredentialError> {
        let asked = Instant::now();
        let current = Arc::clone(&self.current).lock_owned().await;
        if current.tried >= asked {
            // Somebody else has just asked for new ones.
            return match &current.failed {
                Some(why) if current.has_expired(Timestamp::now()) => Err(why.clone()),
                _ => Ok(current.ready.clone()),
            };
        }
        if !current.is_due(Timestamp::now(), matches!(self.origin, Origin::File(_))) {
            return Ok(current.ready.clone());
        }
        self.renew(current).await
    }

    /// Others than those of this number, which were refused; none where there are none.
    async fn others(self: &Arc<Self>, number: usize) -> Option<Ready> {
        let mut current = Arc::clone(&self.current).lock_owned().await;
        if current.ready.number == number {
            if current.refused.is_some_and(|at| at.elapsed() < PAUSE) {
                return None;
            }
            current.refused = Some(Instant::now());
            let renewed = self.renew(current).await;
            return renewed.ok().filter(|ready| ready.number != number);
        }
        Some(current.ready.clone())
    }

    /// Goes on when the question that asked for it is given up: the next one needs them, too.
    async fn renew(
        self: &Arc<Self>,
        mut current: OwnedMutexGuard<Current>,
    ) -> Result<Ready, CredentialError> {
        let this = Arc::clone(self);
        let task = tokio::spawn(async move {
            let renewed = timeout(PATIENCE, this.renewed(&current)).await;
            let renewed = renewed.unwrap_or_else(|_| {
                let seconds = PATIENCE.as_secs();
                Err(CredentialError(format!(
                    "the credential plugin does not end within {seconds} s"
                )))
            });
            current.tried = Instant::now();
            current.failed = renewed.as_ref().err().cloned();
            match renewed {
                Ok(renewed) => {
                    if let Some((ready, credential)) = renewed {
                        current.ready = ready;
                        current.credential = credential;
                    }
                    current.got = Timestamp::now();
                }
                Err(why) if current.has_expired(Timestamp::now()) => return Err(why),
                Err(why) => tracing::debug!(%why, "no new credentials; the old ones go on"),
            }
            Ok(current.ready.clone())
        });
        task.await
            .unwrap_or_else(|bug| Err(CredentialError(bug.to_string())))
    }

    /// None where they are the same as before.
    async fn renewed(
        &self,
        current: &Current,
    ) -> Result<Option<(Ready, Credential)>, CredentialError> {
        let credential = self.origin.again().await?;
        if credential == current.credential {
            return Ok(None);
        }
        let client = if credential.certificate == current.credential.certificate {
            current.ready.client.clone()
        } else {
            let made = made(&self.config, &credential).await;
            made.map_err(|why| match why {
                NoClient::Credential(why) => why,
                NoClient::Client(why) => CredentialError(why.to_string()),
            })?
        };
        let ready = Ready {
            client,
            header: credential.header()?,
            number: current.ready.number + 1,
        };
        Ok(Some((ready, credential)))
    }

    async fn send(self: Arc<Self>, request: Request<Body>) -> Result<Response<Body>, Failure> {
        let again = copy(&request);
        let ready = self.ready().await?;
        let number = ready.number;
        let response = ready.send(request).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        match (again, self.others(number).await) {
            (Some(again), Some(ready)) => Ok(ready.send(again).await?),
            _ => Ok(response),
        }
    }
}

impl Ready {
    async fn send(self, mut request: Request<Body>) -> Result<Response<Body>, kube::Error> {
        if let Some(header) = self.header {
            request.headers_mut().insert(AUTHORIZATION, header);
        }
        self.client.send(request).await
    }
}

/// The same request once more; none where its body can be sent only once.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

impl Service<Request<Body>> for Renewing {
    type Response = Response<Body>;
    type Error = Failure;
    type Future = BoxFuture<'static, Result<Response<Body>, Failure>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(Arc::clone(&self.0).send(request))
    }
}
