//! The questions that are put to the server's Corefile.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::ConfigMap;

use crate::diagnosis::semantics::cluster_names::{Options, PodNames};
use crate::diagnosis::semantics::corefile::{
    self, Around, Corefile, Fate, Fault, Files, HOME, Kind, Kubernetes, Place, Pods, fate,
};
use crate::diagnosis::semantics::selector::Selector;
use crate::facts::config::COREFILE;

/// What CoreDNS's environment stands for.
fn is_variable(zone: &str) -> bool {
    zone.contains(['{', '%'])
}

/// The port on which the server's pods take queries, as far as blocks tell them apart: that of the block of all names.
const USUAL_PORT: u16 = 53;

/// A Corefile that CoreDNS takes.
#[derive(Clone, Debug)]
pub struct Config {
    corefile: Corefile,
    port: u16,
}

/// A line of it that does something with a name.
#[derive(Clone, Debug)]
pub struct Line<'c> {
    /// Where it stands.
    pub at: &'c Place,
    /// The plugin, or what stands where one could be.
    pub plugin: &'c str,
}

/// Where queries may come back to the server.
#[derive(Clone, Debug)]
pub struct Loop<'c> {
    /// The line.
    pub at: &'c Place,
    /// What it forwards to.
    pub to: &'c str,
    /// It is one of the server's own addresses.
    pub certain: bool,
}

impl Config {
    /// Reads the one in a ConfigMap; none where it has none. Its other keys are files beside it.
    pub fn read(map: &ConfigMap) -> Option<Result<Self, Fault>> {
        let data = map.data.as_ref()?;
        let text = data.get(COREFILE)?;
        let mut files = Files::default();
        files.folders.insert(HOME.to_owned(), data.clone());
        let around = Around {
            home: HOME,
            files: &files,
            plugins: &[],
        };
        Some(corefile::parse_with(text, around).map(|corefile| {
            let mut ports = corefile.blocks.iter().flat_map(|b| &b.keys);
            let root = ports.find(|k| k.zones.iter().any(|z| z == "."));
            let port = root.and_then(|k| k.port).unwrap_or(USUAL_PORT);
            Self { corefile, port }
        }))
    }

    /// What the plugin `kubernetes` was told.
    pub fn kubernetes(&self) -> Option<&Kubernetes> {
        let mut blocks = self.corefile.blocks.iter();
        blocks.find_map(|b| b.kubernetes.as_ref())
    }

    /// The domains that it serves as the cluster's: its zones that are no reverse zones, of which a variable may be one.
    pub fn domains(&self) -> Vec<&str> {
        let zones = self.kubernetes().into_iter().flat_map(|k| &k.zones);
        let forward = zones.filter(|z| !z.ends_with(".arpa.") && *z != ".");
        forward.map(|z| z.trim_end_matches('.')).collect()
    }

    /// The cluster's domain, where it is told: the first of them.
    pub fn domain(&self) -> Option<String> {
        let mut all = self.domains().into_iter();
        all.find(|d| !is_variable(d)).map(str::to_owned)
    }

    /// Whether it certainly does not serve a domain as the cluster's.
    pub fn lacks(&self, domain: &str) -> bool {
        let all = self.domains();
        let serves = |d: &&str| is_variable(d) || d.eq_ignore_ascii_case(domain);
        self.kubernetes().is_some() && !all.iter().any(serves)
    }

    /// What of it changes the answers for names of the cluster.
    pub fn options(&self) -> Options {
        let Some(told) = self.kubernetes() else {
            return Options::default();
        };
        let selector = |text: &Option<String>| Selector::parse(text.as_deref()?).ok();
        Options {
            pods: match told.pods {
                Pods::Disabled => PodNames::Disabled,
                Pods::Insecure => PodNames::Insecure,
                Pods::Verified => PodNames::Verified,
            },
            namespaces: told.namespaces.clone(),
            labels: selector(&told.labels),
            namespace_labels: selector(&told.namespace_labels),
            endpoint_pod_names: told.endpoint_pod_names,
            ignore_empty_service: told.ignore_empty_service,
            noendpoints: told.noendpoints,
            zonal: false,
        }
    }

    /// The line that limits which Services the server sees.
    pub fn filter(&self) -> Option<&Place> {
        const LIMITS: [&str; 3] = ["namespaces", "labels", "namespace_labels"];
        let mut blocks = self.corefile.blocks.iter();
        let told = blocks.find_map(|b| b.directive("kubernetes"))?;
        let limits = |p: &&Place| {
            let first = p.text.split_whitespace().next();
            first.is_some_and(|word| LIMITS.contains(&word))
        };
        told.lines.iter().find(limits)
    }

    /// What answers for a name, or changes it, before the cluster's objects or a forward do.
    pub fn touched(&self, name: &str) -> Option<Line<'_>> {
        let course = fate(&self.corefile, name, self.port, Kind::A);
        let rewritten = course.rewritten.first().map(|r| r.at);
        let decides = |fate: &Fate| {
            matches!(
                fate,
                Fate::Hosts(_)
                    | Fate::Template(_)
                    | Fate::Access(_)
                    | Fate::Authority(_)
                    | Fate::Local
                    | Fate::Failed
                    | Fate::Open(_)
            )
        };
        let mut steps = course.steps.iter().filter(|s| decides(&s.fate));
        let at = rewritten.or_else(|| steps.find_map(|s| s.at))?;
        let plugin = at.text.split_whitespace().next().unwrap_or_default();
        Some(Line { at, plugin })
    }

    /// Whether it is certain that nobody answers for a name.
    pub fn has_nobody_for(&self, name: &str) -> bool {
        let course = fate(&self.corefile, name, self.port, Kind::A);
        let open = |f: &Fate| matches!(f, Fate::Open(_));
        let nobody = |f: &Fate| matches!(f, Fate::NoBlock | Fate::NoPlugin | Fate::Nobody);
        let steps = || course.steps.iter().map(|s| &s.fate);
        !steps().any(open) && steps().next_back().is_some_and(nobody)
    }

    /// The line that forwards a name, and to whom.
    pub fn forward_of(&self, name: &str) -> Option<(&Place, String)> {
        let course = fate(&self.corefile, name, self.port, Kind::A);
        let forward = course.steps.iter().find_map(|s| match s.fate {
            Fate::Forward(forward) => Some(forward),
            _ => None,
        })?;
        Some((&forward.at, forward.to.join(" ")))
    }

    /// A forward of all names that leads back to the server, by which the plugin `loop` ends it.
    pub fn loop_of(&self, own: &[IpAddr]) -> Option<Loop<'_>> {
        let blocks = self.corefile.blocks.iter().filter(|b| b.has("loop"));
        let mut all = blocks.flat_map(|b| &b.forwards).filter(|f| f.from == ".");
        all.find_map(|forward| {
            let certain = |to: &&String| {
                let bare = to.trim_start_matches("dns://");
                let socket = bare.parse::<std::net::SocketAddr>().ok().map(|s| s.ip());
                let address = bare.parse::<IpAddr>().ok().or(socket);
                address.is_some_and(|a| a.is_loopback() || own.contains(&a))
            };
            let back = forward.to.iter().find(certain);
            let file = forward.to.iter().find(|to| to.starts_with('/'));
            Some(Loop {
                at: &forward.at,
                to: back.or(file)?,
                certain: back.is_some(),
            })
        })
    }
}
