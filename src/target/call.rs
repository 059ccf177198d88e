//! East-west: the pod that calls a name, and the name as its program would write it.

use std::fmt;

use super::{Scheme, Target, TargetError};

/// What calls: a pod, or a workload that stands for its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// One pod.
    Pod,
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
    /// A DaemonSet.
    DaemonSet,
}

/// What people write before the slash, as kubectl takes it.
const KINDS: [(CallerKind, &[&str]); 4] = [
    (CallerKind::Pod, &["pod", "pods", "po"]),
    (
        CallerKind::Deployment,
        &["deployment", "deployments", "deploy"],
    ),
    (
        CallerKind::StatefulSet,
        &["statefulset", "statefulsets", "sts"],
    ),
    (CallerKind::DaemonSet, &["daemonset", "daemonsets", "ds"]),
];

/// The client of `--from`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller {
    /// Its namespace, where it was given; else that of the context.
    pub namespace: Option<String>,
    /// What it is.
    pub kind: CallerKind,
    /// Its name.
    pub name: String,
}

impl Caller {
    /// Reads `POD`, `NAMESPACE/POD`, `deploy/NAME` or `NAMESPACE/deploy/NAME`. A namespace that is called like a kind needs all three
    /// parts.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "{text:?}: {why}; expected POD, NAMESPACE/POD or deploy/NAME, such as shop/frontend-7d9c"
            )
        };
        let parts: Vec<&str> = text.split('/').collect();
        let kind = |word: &str| {
            let word = word.to_ascii_lowercase();
            let mut all = KINDS.iter();
            all.find(|(_, names)| names.contains(&word.as_str()))
                .map(|(kind, _)| *kind)
        };
        let (namespace, kind, name) = match parts.as_slice() {
            [name] => (None, CallerKind::Pod, *name),
            [first, name] => match kind(first) {
                Some(kind) => (None, kind, *name),
                None => (Some(*first), CallerKind::Pod, *name),
            },
            [namespace, word, name] => {
                let kind = kind(word)
                    .ok_or_else(|| wrong("of pods, Deployments, StatefulSets and DaemonSets"))?;
                (Some(*namespace), kind, *name)
            }
            _ => return Err(wrong("too many parts")),
        };
        if !is_name(name) {
            return Err(wrong("that is no name of a pod or a workload"));
        }
        if namespace.is_some_and(|ns| !is_name(ns) || ns.contains('.')) {
            return Err(wrong("that is no name of a namespace"));
        }
        Ok(Self {
            namespace: namespace.map(str::to_owned),
            kind,
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        match self.kind {
            CallerKind::Pod => {}
            CallerKind::Deployment => f.write_str("deploy/")?,
            CallerKind::StatefulSet => f.write_str("sts/")?,
            CallerKind::DaemonSet => f.write_str("ds/")?,
        }
        f.write_str(&self.name)
    }
}

/// RFC 1123: what Kubernetes takes for a name.
fn is_name(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.len() <= 253 && text.starts_with(edge) && text.ends_with(edge) && text.chars().all(inside)
}

/// The transport of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// As Kubernetes writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// The port that is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PortCalled {
    /// By number.
    Number(u16),
    /// By the name that the Service's port has.
    Name(String),
}

/// A call from inside the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// Who calls.
    pub from: Caller,
    /// The name as it is written, with its final dot if it has one.
    pub name: String,
    /// The port, where one was given.
    pub port: Option<PortCalled>,
    /// Over what.
    pub transport: Transport,
}

/// What stands between the caller and what it calls where both are one word.
const CALLS: char = '>';
/// Before what is called over UDP.
const UDP: &str = "udp://";

/// A caller and what it calls as one word, which [`Target::parse`] takes: `shop/frontend-7d9c>web:8080`.
pub fn one_word(from: &Caller, called: &str, transport: Transport) -> String {
    let scheme = match transport {
        Transport::Udp if !called.contains("://") => UDP,
        _ => "",
    };
    format!("{from}{CALLS}{scheme}{called}")
}

/// Both, where a word is of both.
pub(super) fn of_word(word: &str) -> Option<Result<Target, TargetError>> {
    let (from, called) = word.split_once(CALLS)?;
    let from = match Caller::parse(from.trim()) {
        Ok(from) => from,
        Err(why) => return Some(Err(TargetError::Caller(why))),
    };
    let called = called.trim();
    let (called, transport) = match called.strip_prefix(UDP) {
        Some(rest) => (rest, Transport::Udp),
        None => (called, Transport::Tcp),
    };
    Some(Target::called(called, &from, transport))
}

impl Target {
    /// The word that leads to it again.
    pub fn word(&self) -> Option<String> {
        let call = self.call.as_ref()?;
        let port = match &call.port {
            Some(PortCalled::Number(number)) => format!(":{number}"),
            Some(PortCalled::Name(name)) => format!(":{name}"),
            None => String::new(),
        };
        let named = matches!(call.port, Some(PortCalled::Name(_)));
        let scheme = match (self.scheme, call.transport) {
            (Scheme::Https, Transport::Tcp) if !named => "https://",
            _ => "",
        };
        let path = match self.path.as_str() {
            "/" => "",
            path => path,
        };
        let called = format!("{scheme}{}{port}{path}", call.name);
        Some(one_word(&call.from, &called, call.transport))
    }

    /// Reads `NAME`, `NAME:PORT`, `NAME:PORT-NAME` or a URL, as what a pod calls.
    ///
    /// # Errors
    /// One sentence that says what is wrong with it.
    pub fn called(text: &str, from: &Caller, transport: Transport) -> Result<Self, TargetError> {
        let text = text.trim();
        let (whole, name_of_port) = match text.rsplit_once(':') {
            Some((host, port)) if is_port_name(port) && !host.contains(['/', ':']) => {
                (host, Some(port.to_ascii_lowercase()))
            }
            _ => (text, None),
        };
        let mut target = Self::parse(whole)?;
        // The port says nothing about the scheme of a call, as it does of a request from outside.
        if !whole.contains("://") {
            target.scheme = match (name_of_port.as_deref(), target.port) {
                (Some("https"), _) | (None, Some(443)) => Scheme::Https,
                _ => Scheme::Http,
            };
        }
        let authority = super::authority(whole);
        let written = match authority.rsplit_once(':') {
            Some((host, _)) if !authority.starts_with('[') => host,
            _ => authority,
        };
        let given = whole.contains("://").then_some(match target.scheme {
            Scheme::Https => 443,
            _ => 80,
        });
        let port = match (name_of_port, target.port.or(given)) {
            (Some(name), _) => Some(PortCalled::Name(name)),
            (None, number) => number.map(PortCalled::Number),
        };
        target.call = Some(Box::new(Call {
            from: from.clone(),
            name: written.to_owned(),
            port,
            transport,
        }));
        Ok(target)
    }
}

/// RFC 6335, 5.1: letters, digits and single dashes, at most 15, with a letter among them.
fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_named_as_kubectl_names_them() {
        let from = |text: &str| Caller::parse(text).expect(text);
        let pod = from("frontend-7d9c");
        assert_eq!((pod.namespace, pod.kind), (None, CallerKind::Pod));
        let pod = from("shop/frontend-7d9c");
        assert_eq!(pod.namespace.as_deref(), Some("shop"));
        let workload = from("deploy/frontend");
        assert_eq!(workload.kind, CallerKind::Deployment);
        let workload = from("shop/statefulset/db");
        assert_eq!(
            (workload.namespace.as_deref(), workload.kind),
            (Some("shop"), CallerKind::StatefulSet)
        );
        for text in ["a", "shop/a", "shop/deploy/a", "ds/a"] {
            assert_eq!(from(text).to_string(), text);
        }
        for wrong in [
            "",
            "shop/",
            "/a",
            "a b",
            "shop/job/a",
            "a/b/c/d",
            "Shop/A",
            "a.b/pod/c",
        ] {
            assert!(Caller::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn both_as_one_word_lead_to_the_same() {
        for word in [
            "shop/a>web",
            "deploy/a>web:8080/cart?x=1",
            "a>WEB.shop.svc.cluster.local.:http",
            "shop/ds/a>udp://dns:53",
            "a>https://web:8443",
        ] {
            let target = Target::parse(word).expect(word);
            assert_eq!(target.word().as_deref(), Some(word));
            let again = target.word().expect("a call");
            assert_eq!(Target::parse(&again).as_ref(), Ok(&target), "{word}");
        }
        assert!(Target::parse("A B>web").is_err());
        assert!(Target::parse("a>").is_err());
        assert_eq!(Target::parse("web").expect("a host").word(), None);
    }

    #[test]
    fn what_is_called_keeps_its_dot_and_its_port() {
        let from = Caller::parse("shop/a").expect("a client");
        let call = |text: &str| {
            let target = Target::called(text, &from, Transport::Tcp).expect(text);
            let call = target.call.clone().expect("a call");
            (target.scheme, target.path.clone(), call.name, call.port)
        };
        let number = |n| Some(PortCalled::Number(n));
        let slash = || "/".to_owned();
        for (text, scheme, path, name, port) in [
            ("web", Scheme::Http, slash(), "web", None),
            ("web:8080", Scheme::Http, slash(), "web", number(8080)),
            (
                "web.shop.svc.cluster.local.:80",
                Scheme::Http,
                slash(),
                "web.shop.svc.cluster.local.",
                number(80),
            ),
            ("WEB", Scheme::Http, slash(), "WEB", None),
            (
                "web:http-admin",
                Scheme::Http,
                slash(),
                "web",
                Some(PortCalled::Name("http-admin".to_owned())),
            ),
            ("web:443", Scheme::Https, slash(), "web", number(443)),
            (
                "http://web.shop/cart",
                Scheme::Http,
                "/cart".to_owned(),
                "web.shop",
                number(80),
            ),
            (
                "https://web:8443/",
                Scheme::Https,
                slash(),
                "web",
                number(8443),
            ),
        ] {
            assert_eq!(call(text), (scheme, path, name.to_owned(), port), "{text}");
        }
        for wrong in ["", "web:70000", "ftp://web", "a b"] {
            assert!(
                Target::called(wrong, &from, Transport::Tcp).is_err(),
                "{wrong}"
            );
        }
    }
}
