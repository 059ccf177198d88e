//! Paths and queries of the Kubernetes API (API Concepts, "Resource URIs").

use crate::facts::{Kind, group_of};

/// The path of one object in a version; none when no object can have that name.
pub(super) fn object(
    kind: Kind,
    version: &str,
    namespace: Option<&str>,
    name: &str,
) -> Option<String> {
    // A get in no namespace would ask for something else than was meant.
    if kind.namespaced() && namespace.is_none() {
        return None;
    }
    let collection = collection(kind, version, namespace)?;
    is_segment(name).then(|| format!("{collection}/{name}"))
}

/// The path of a list in a version; none when no namespace can have that name.
pub(super) fn collection(kind: Kind, version: &str, namespace: Option<&str>) -> Option<String> {
    let plural = kind.plural();
    let root = if group_of(version).is_empty() {
        "api"
    } else {
        "apis"
    };
    match namespace.filter(|_| kind.namespaced()) {
        None => Some(format!("/{root}/{version}/{plural}")),
        Some(ns) => is_segment(ns).then(|| format!("/{root}/{version}/namespaces/{ns}/{plural}")),
    }
}

/// The query of a watch from a version on, or from now on where there is none.
pub(super) fn watch(path: &str, query: &Query<'_>, version: Option<&str>, seconds: u64) -> String {
    let path = query.on(path, None, None);
    let mark = if path.contains('?') { '&' } else { '?' };
    let mut path = format!("{path}{mark}watch=1&allowWatchBookmarks=true&timeoutSeconds={seconds}");
    if let Some(version) = version {
        let version: String = ::url::form_urlencoded::byte_serialize(version.as_bytes()).collect();
        path.push_str("&resourceVersion=");
        path.push_str(&version);
    }
    path
}

/// Names come out of objects that anybody may have written. What could reach another path is no name.
pub(in crate::answer) fn is_segment(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name != "."
        && name != ".."
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':'))
}

/// What is accepted: whole objects.
pub(super) const JSON: &str = "application/json";
/// The metadata of objects and nothing else (API Concepts, "Metadata-only fetches").
const METADATA: &str = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io";

/// What narrows a list.
pub(super) struct Query<'a> {
    pub labels: Option<&'a str>,
    pub fields: Option<&'a str>,
    /// Nothing else of the objects is to cross the wire.
    pub metadata_only: bool,
}

impl<'a> Query<'a> {
    /// Whole objects.
    pub const fn of(labels: Option<&'a str>, fields: Option<&'a str>) -> Self {
        Self {
            labels,
            fields,
            metadata_only: false,
        }
    }

    /// The form in which the answer is wanted.
    pub const fn accept(&self) -> &'static str {
        if self.metadata_only { METADATA } else { JSON }
    }

    /// Whether what came says that it is a list of this kind. That of another one, or none, must not pass for it: empty, it would
    /// say that nothing is there.
    pub fn is_list(&self, says: &str, of: Kind) -> bool {
        let item = says.strip_suffix("List");
        item == Some(of.name()) || (self.metadata_only && item == Some("PartialObjectMetadata"))
    }

    /// The path with its query for one page.
    pub fn on(&self, path: &str, limit: Option<usize>, next: Option<&str>) -> String {
        let mut query = ::url::form_urlencoded::Serializer::new(String::new());
        let limit = limit.map(|n| n.to_string());
        for (name, value) in [
            ("labelSelector", self.labels),
            ("fieldSelector", self.fields),
            ("limit", limit.as_deref()),
            ("continue", next),
        ] {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if query.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{query}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_group_and_namespace() {
        for (kind, namespace, name, expected) in [
            (
                Kind::Pod,
                Some("shop"),
                "web-1",
                "/api/v1/namespaces/shop/pods/web-1",
            ),
            (
                Kind::Ingress,
                Some("shop"),
                "web",
                "/apis/networking.k8s.io/v1/namespaces/shop/ingresses/web",
            ),
            (Kind::Namespace, None, "shop", "/api/v1/namespaces/shop"),
            (
                Kind::IngressClass,
                Some("shop"),
                "nginx",
                "/apis/networking.k8s.io/v1/ingressclasses/nginx",
            ),
        ] {
            assert_eq!(
                object(kind, kind.api_version(), namespace, name).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(
            collection(Kind::EndpointSlice, "discovery.k8s.io/v1beta1", None).as_deref(),
            Some("/apis/discovery.k8s.io/v1beta1/endpointslices")
        );
    }

    #[test]
    fn no_name_reaches_another_path() {
        for name in [
            "",
            ".",
            "..",
            "a/b",
            "a%2fb",
            "a?b",
            "a#b",
            "a b",
            "ü",
            &"a".repeat(254),
        ] {
            assert_eq!(
                object(Kind::Pod, "v1", Some("shop"), name),
                None,
                "{name:?}"
            );
            assert_eq!(collection(Kind::Pod, "v1", Some(name)), None, "{name:?}");
        }
        assert_eq!(object(Kind::Pod, "v1", None, "web"), None);
        assert!(object(Kind::Pod, "v1", Some("shop"), "web..1").is_some());
    }

    #[test]
    fn selectors_are_encoded() {
        let query = Query::of(Some("app in (a,b),!x&y"), None);
        assert_eq!(
            query.on("/api/v1/pods", Some(500), Some("t=&+")),
            "/api/v1/pods?labelSelector=app+in+%28a%2Cb%29%2C%21x%26y&limit=500&continue=t%3D%26%2B"
        );
        let none = Query::of(None, None);
        assert_eq!(none.on("/api/v1/pods", None, None), "/api/v1/pods");
        assert_eq!(
            watch("/api/v1/pods", &none, Some("7&x"), 9),
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=9&resourceVersion=7%26x"
        );
        assert!(watch("/p", &query, None, 9).contains("&watch=1"));
    }
}
