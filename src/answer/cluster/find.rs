//! Where in the cluster an object of a name is. Only metadata is asked for: of a Secret no data crosses the wire.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Cluster, url};
use crate::facts::{Gap, Kind};

impl Cluster {
    /// The namespaces that have an object of a name, in order.
    pub(super) async fn find(
        &self,
        kind: Kind,
        version: &'static str,
        name: &str,
    ) -> Result<Vec<String>, Gap> {
        if !url::is_segment(name) {
            return Ok(Vec::new()); // no object can have such a name
        }
        let fields = format!("metadata.name={name}");
        let query = url::Query {
            metadata_only: true,
            ..url::Query::of(None, Some(&fields))
        };
        let (gathered, _) = self
            .list(kind, version, None, &query)
            .await
            .map_err(|gap| named(gap, name))?;
        let objects = gathered.json();
        let meta = |object: &Value, field: &str| {
            let text = object.get("metadata")?.get(field)?.as_str()?;
            Some(text.to_owned())
        };
        // Whatever a server makes of the selector.
        let hits = objects
            .iter()
            .filter(|object| meta(object, "name").is_some_and(|n| n == name));
        let namespaces: BTreeSet<String> = hits.filter_map(|o| meta(o, "namespace")).collect();
        Ok(namespaces.into_iter().collect())
    }
}

/// RBAC takes a list of one name for a request for that name: the right to that one would be enough.
fn named(gap: Gap, asked: &str) -> Gap {
    match gap {
        Gap::Forbidden {
            verb,
            resource,
            namespace,
            ..
        } => Gap::Forbidden {
            verb,
            resource,
            namespace,
            name: Some(asked.to_owned()),
        },
        other => other,
    }
}
