//! The shared tail of every way: a Service, its port, and what stands behind.

use std::sync::Arc;

use super::endpoints::Endpoints;
use super::entrance_id::EntranceId;
use super::network_policy::Policies;
use super::pod::Pods;
use super::service::BackendService;
use crate::diagnosis::ask::missed::Seen;
use crate::diagnosis::ask::stage::{Progress, Stage};
use crate::diagnosis::request::inside::AtPods;
use crate::diagnosis::routing::{BackendRef, Share};

/// Names a backend: `shop/web:80`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackendId(pub Arc<str>);

/// The shared tail of the way: a Service, its port, and what stands behind.
pub struct Backend<'a> {
    /// Which.
    pub id: BackendId,
    /// The entrance from which requests come.
    pub entrance: EntranceId,
    /// Where it is said that it leads there.
    pub via: BackendRef,
    /// How much of the entrance's requests it gets.
    pub share: Share,
    /// Service.
    pub service: Stage<BackendService>,
    /// Endpoints.
    pub endpoints: Stage<Endpoints>,
    /// Network policy.
    pub policy: Stage<Policies>,
    /// Pod.
    pub pods: Stage<Pods>,
    /// The request put straight into the pods.
    pub at_pods: Seen<AtPods<'a>>,
}

impl Backend<'_> {
    /// Whether it could not be seen what stands there.
    pub fn is_unread(&self) -> bool {
        let unknown = |p: &Progress| matches!(p, Progress::Unknown(_));
        self.service.found().is_none() && unknown(self.service.progress())
            || unknown(self.endpoints.progress())
    }

    /// Whether what stands there is not known yet.
    pub fn is_waiting(&self) -> bool {
        match self.service.progress() {
            Progress::Waiting => true,
            // Of a Service that will not be known the endpoints wait for good.
            Progress::Unknown(_) => false,
            _ => *self.endpoints.progress() == Progress::Waiting,
        }
    }

    /// Whether somebody may be there to answer: not where there is certainly no endpoint.
    pub fn may_have_endpoints(&self) -> bool {
        let missing = |s: &BackendService| s.service.is_none() || s.port.is_none();
        let none = |e: &Endpoints| e.usable().next().is_none();
        !self.service.found().is_some_and(missing) && !self.endpoints.found().is_some_and(none)
    }
}
