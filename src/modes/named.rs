//! Objects as targets, as kubectl names them: `ingress/shop` and `httproute/shop` stand for their hosts, `svc/web` for the hosts that lead there.

use anyhow::{Result, bail};

use super::source::Source;
use crate::cli::Cli;
use crate::diagnosis::served::{Led, hosts_of};
use crate::facts::{Facts, Gap, Kind, Unknown};
use crate::output::shared::sanitize;

/// What people write before the slash.
const NAMES: [(Kind, &[&str]); 3] = [
    (
        Kind::Ingress,
        &["ingress", "ingresses", "ing", "ingress.networking.k8s.io"],
    ),
    (Kind::Service, &["service", "services", "svc"]),
    (
        Kind::HTTPRoute,
        &[
            "httproute",
            "httproutes",
            "httproute.gateway.networking.k8s.io",
        ],
    ),
];

/// The object that a word names, if it does. A host that is called so is meant by its URL: `http://ingress/shop`.
fn object(word: &str) -> Option<(Kind, &str)> {
    let (kind, name) = word.split_once('/')?;
    let kind = kind.to_ascii_lowercase();
    let (kind, _) = NAMES.iter().find(|(_, all)| all.contains(&kind.as_str()))?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    (!name.is_empty() && name.chars().all(plain)).then_some((*kind, name))
}

/// Whether some target is an object.
pub(super) fn any(words: &[String]) -> bool {
    words.iter().any(|w| object(w).is_some())
}

/// The targets with the hosts of objects in the place of these.
pub(super) async fn expand(
    cli: &Cli,
    source: &Source,
    words: &[String],
    facts: &mut Facts,
) -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for word in words {
        match object(word) {
            Some(object) => targets.extend(of_object(cli, source, object, facts).await?),
            None => targets.push(word.clone()),
        }
    }
    Ok(targets)
}

async fn of_object(
    cli: &Cli,
    source: &Source,
    (kind, name): (Kind, &str),
    facts: &mut Facts,
) -> Result<Vec<String>> {
    let namespace = cli.connection.namespace.as_deref();
    let namespace = namespace.unwrap_or(&source.settings.namespace);
    let what = format!("{} {namespace}/{name}", kind.name());
    let read = |facts: &Facts| hosts_of(facts, &source.settings, namespace, kind, name);
    source
        .settle(&*source.answerer, facts, |facts| read(facts).1)
        .await?;
    let led = match read(facts).0 {
        Ok(Some(led)) => led,
        Ok(None) => bail!("there is no {what}: choose the namespace with -n"),
        Err(Unknown::Gap(gap)) => match gap.right() {
            Some(right) => bail!("cannot tell the hosts of {what}: it needs the right to {right}"),
            None if gap == Gap::NotInFiles => bail!("{what} is not in the files"),
            None if gap == Gap::NotInstalled => bail!(
                "there is no {what}: the cluster has no kind {} of {} (Gateway API is not installed); kubectl hops explain gateway-crds-missing tells more",
                kind.name(),
                kind.group()
            ),
            None => bail!("cannot tell the hosts of {what}: {gap}"),
        },
        Err(Unknown::Waiting) => {
            bail!("cannot tell the hosts of {what}: no answer in time; raise --timeout")
        }
    };
    let mut targets: Vec<String> = Vec::new();
    let mut wild = Vec::new();
    let mut hostless = false;
    for Led { host, path } in led {
        match host {
            Some(host) if host.contains('*') => wild.push(host),
            Some(host) => targets.push(format!("{host}{path}")),
            None => hostless = true,
        }
    }
    for host in &wild {
        let host = sanitize::line(host);
        eprintln!("left out: {host} stands for many names; give one of them as a TARGET");
    }
    if targets.is_empty() {
        match (kind, hostless, wild.is_empty()) {
            (_, true, _) => bail!(
                "{what} is served for every host: give one, or an address of the controller, such as http://203.0.113.80/"
            ),
            (_, _, false) => {
                bail!("{what} has wildcard hosts only: give a name that one of them covers")
            }
            (Kind::Service, ..) => bail!(
                "no Ingress or route of namespace {namespace} leads to {what}: hops starts from a host name; kubectl hops --all -n {namespace} lists them"
            ),
            _ => bail!("{what} has no rule"),
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_from_hosts() {
        assert_eq!(object("ingress/shop"), Some((Kind::Ingress, "shop")));
        assert_eq!(object("ing/shop.v2"), Some((Kind::Ingress, "shop.v2")));
        assert_eq!(object("Service/web"), Some((Kind::Service, "web")));
        assert_eq!(object("svc/web"), Some((Kind::Service, "web")));
        for host in [
            "shop.example.com/cart",
            "http://ingress/shop",
            "ingress",
            "ingress/",
            "svc/web/path",
            "svc/web?x=1",
            "deployment/web",
        ] {
            assert_eq!(object(host), None, "{host}");
        }
    }
}
