//! Why two ways in answer a request differently, in a few words, and what would make them alike.

use super::requests::{Trial, Tries};
use super::{Answer, Predicted};
use crate::target::Scheme;

/// A reason that explains several requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The objects of one do not tell.
    Unknown,
    /// Only one knows another name of the host.
    Alias,
    /// Only one knows the host with `www.`, or without.
    Www,
    /// They read differently what a wildcard host covers.
    Below,
    /// One sends http to https.
    Upgrade,
    /// One sends a path to the same with a final slash.
    Slash,
    /// One sends elsewhere.
    Redirect,
    /// One has nobody who takes the connection.
    Listener,
    /// Only one has a default backend.
    Default,
    /// They read the case of letters differently.
    Case,
    /// They read slashes in a row differently.
    DoubleSlash,
    /// They read percent signs differently.
    Encoded,
    /// One goes by characters, the other by elements of the path.
    Characters,
    /// Only one asks for a password or an address.
    Guard,
    /// The backends see different requests.
    Rewrite,
    /// They share the requests among their backends differently.
    Weights,
    /// One leads to something that is not there.
    Broken,
    /// Only one has a rule for it.
    NoRule,
    /// They lead elsewhere.
    Elsewhere,
}

impl Cause {
    /// In a few words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Unknown => "not told by the objects",
            Self::Alias => "another name of the host on one side only",
            Self::Www => "the host with or without www. on one side only",
            Self::Below => "names below a wildcard host",
            Self::Upgrade => "http is sent to https on one side only",
            Self::Slash => "a final slash is added on one side only",
            Self::Redirect => "one side sends the user elsewhere",
            Self::Listener => "one side takes no such connections",
            Self::Default => "a default backend on one side only",
            Self::Case => "letter case",
            Self::DoubleSlash => "slashes in a row",
            Self::Encoded => "percent-encoded letters",
            Self::Characters => "a path that goes on with more characters",
            Self::Guard => "a password or an allow list on one side only",
            Self::Rewrite => "the backend sees another request",
            Self::Weights => "shares of the requests",
            Self::Broken => "one side leads to something that is not there",
            Self::NoRule => "a rule on one side only",
            Self::Elsewhere => "another Service",
        }
    }

    /// What would make them alike, where something in a route would.
    pub const fn remedy(self) -> Option<&'static str> {
        match self {
            Self::Upgrade => Some(
                "a route on the HTTP listener alone (sectionName) with filter RequestRedirect {scheme: https, statusCode: 301}",
            ),
            Self::Alias => Some(
                "the name among the hostnames of the route, and a listener that covers it with a certificate for it",
            ),
            Self::Www => Some(
                "a route for that name with filter RequestRedirect {hostname: the other one, statusCode: 308}, and a listener that covers it",
            ),
            Self::Below => Some("the names one by one in place of the wildcard"),
            Self::Slash => Some(
                "a rule with path Exact without the slash and filter RequestRedirect {path: {type: ReplaceFullPath, replaceFullPath: with it}, statusCode: 301}",
            ),
            Self::Redirect => Some("filter RequestRedirect"),
            Self::Listener => Some("a listener of that protocol that covers the host"),
            Self::Default => Some("a rule without matches"),
            Self::Case => Some("a match of type RegularExpression with (?i)"),
            Self::Characters => Some("a match of type RegularExpression, such as /foo.*"),
            Self::Rewrite => Some("filter URLRewrite"),
            Self::Weights => Some("weights of backendRefs"),
            Self::NoRule => Some("a rule with such a match"),
            Self::Unknown
            | Self::DoubleSlash
            | Self::Encoded
            | Self::Guard
            | Self::Broken
            | Self::Elsewhere => None,
        }
    }
}

/// Whether they answer alike; none where one of them is not known.
pub fn alike(a: &Predicted, b: &Predicted) -> Option<bool> {
    let unknown = |p: &Predicted| matches!(p.answer, Answer::Unknown(_));
    (!unknown(a) && !unknown(b)).then(|| a.answer == b.answer)
}

/// Why they do not.
pub fn cause(trial: &Trial, a: &Predicted, b: &Predicted) -> Cause {
    let redirect = [a, b].into_iter().find_map(|p| match &p.answer {
        Answer::Redirect { location, .. } => Some(location.as_str()),
        _ => None,
    });
    let is = |wanted: fn(&Answer) -> bool| wanted(&a.answer) || wanted(&b.answer);
    let by_default = |p: &Predicted| {
        p.rule
            .as_deref()
            .is_some_and(|r| r.ends_with(": default backend"))
    };
    if is(|answer| matches!(answer, Answer::Unknown(_))) {
        return Cause::Unknown;
    }
    let misses = is(|answer| matches!(answer, Answer::NoRule | Answer::Nobody));
    match trial.tries {
        Tries::Alias if misses => return Cause::Alias,
        Tries::Www if misses => return Cause::Www,
        Tries::Below if misses => return Cause::Below,
        _ => {}
    }
    if let Some(location) = redirect {
        return redirected(trial, location);
    }
    if a.answer == b.answer {
        let guard = |e: &&String| *e == "auth" || e.starts_with("sources ");
        let of = |p: &Predicted| p.effects.iter().filter(guard).cloned().collect::<Vec<_>>();
        return if of(a) == of(b) {
            Cause::Rewrite
        } else {
            Cause::Guard
        };
    }
    if is(|answer| *answer == Answer::Nobody) {
        return Cause::Listener;
    }
    if is(|answer| matches!(answer, Answer::Error(_))) {
        return Cause::Broken;
    }
    if by_default(a) != by_default(b) {
        return Cause::Default;
    }
    match trial.tries {
        Tries::Case => Cause::Case,
        Tries::DoubleSlash => Cause::DoubleSlash,
        Tries::Encoded => Cause::Encoded,
        Tries::Longer => Cause::Characters,
        _ if is(|answer| *answer == Answer::NoRule) => Cause::NoRule,
        _ if same_services(a, b) => Cause::Weights,
        _ => Cause::Elsewhere,
    }
}

fn redirected(trial: &Trial, location: &str) -> Cause {
    let host = &trial.target.host;
    let path = trial.target.path_only();
    let there = |scheme: &str, path: &str| {
        let url = format!("{scheme}://{host}{path}");
        location.split('?').next() == Some(url.as_str())
    };
    let plain = trial.target.scheme == Scheme::Http;
    let scheme = if plain { "http" } else { "https" };
    // ingress-nginx takes a final slash away as it does so.
    let bare = path.strip_suffix('/').unwrap_or(path);
    if plain && (there("https", path) || there("https", bare)) {
        Cause::Upgrade
    } else if there(scheme, &format!("{path}/")) {
        Cause::Slash
    } else {
        Cause::Redirect
    }
}

/// Whether the same Services answer, be it with other shares.
fn same_services(a: &Predicted, b: &Predicted) -> bool {
    let services = |p: &Predicted| match &p.answer {
        Answer::Backends(all) => {
            let mut names: Vec<_> = all
                .iter()
                .map(|l| (l.namespace.clone(), l.service.clone()))
                .collect();
            names.sort();
            names
        }
        _ => Vec::new(),
    };
    services(a) == services(b)
}
