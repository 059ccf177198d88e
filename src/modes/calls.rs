//! `--from POD` without a name: the names that the pod is configured to call.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use k8s_openapi::api::core::v1::Service;

use super::hosts::listed;
use super::print;
use super::source::Source;
use crate::cli::{Cli, Format};
use crate::diagnosis::called::{CalledNames, called_names};
use crate::diagnosis::hops::client;
use crate::diagnosis::semantics::meta::{name_of, namespace_of};
use crate::facts::{Facts, Kind, Question, Unknown};
use crate::output::shared::sanitize;
use crate::output::shared::wrap::columns;
use crate::target::Caller;

/// What the pod is configured to call, in its own order.
pub(super) async fn configured(
    source: &Source,
    from: &Caller,
    facts: &mut Facts,
) -> Result<CalledNames> {
    let read = |facts: &Facts| called_names(facts, &source.settings, from);
    source
        .settle(&*source.answerer, facts, |facts| read(facts).1)
        .await?;
    let what = client::called(&source.settings, from);
    match read(facts).0 {
        Ok(Some(names)) => Ok(names),
        Ok(None) => {
            bail!("{what} does not exist: choose the namespace with -n, or as NAMESPACE/POD")
        }
        Err(Unknown::Gap(gap)) => bail!("cannot tell what {what} calls: reading it: {gap}"),
        Err(Unknown::Waiting) => {
            bail!("cannot tell what {what} calls: no answer in time; raise --timeout")
        }
    }
}

/// The same as words of the command line, told where a person reads it.
pub(super) async fn names(
    cli: &Cli,
    source: &Source,
    from: &Caller,
    facts: &mut Facts,
) -> Result<Vec<String>> {
    let found = configured(source, from, facts).await?;
    if found.names.is_empty() {
        let unread = found.unread.first().map(|u| format!("; not read: {u}"));
        bail!(
            "{} names nothing to call in its environment, arguments and ConfigMaps{}: say what it calls, such as kubectl hops --from {from} web:8080",
            found.client,
            sanitize::line(&unread.unwrap_or_default())
        );
    }
    if cli.report.output.unwrap_or_default() == Format::Text {
        print(&told(&found))?;
    }
    Ok(found.names.into_iter().map(|n| n.name).collect())
}

/// The names, and where they stand.
fn told(found: &CalledNames) -> String {
    let mut out = format!("{} is configured to call\n", sanitize::line(&found.client));
    let widest = found.names.iter().map(|n| columns(&n.name)).max();
    for called in &found.names {
        let pad = widest.unwrap_or(0).saturating_sub(columns(&called.name)) + 2;
        let (name, by) = (sanitize::line(&called.name), sanitize::line(&called.by));
        let _ = writeln!(out, "  {name}{:pad$}{by}", "");
    }
    for unread in &found.unread {
        let _ = writeln!(out, "not read: {}", sanitize::line(unread));
    }
    out.push('\n');
    out
}

/// Every Service with its ports, as a pod of another namespace calls it; those of the own namespace where not all may be listed.
///
/// # Errors
/// Why there is no list, in words.
pub(super) async fn services(source: &Source) -> Result<Vec<String>, String> {
    let own = source.settings.namespace.as_str();
    let all = listed::<Service>(source, Question::list_all(Kind::Service));
    let found = if let Ok(found) = all.await {
        found
    } else {
        let few = Question::list_in(Kind::Service, own);
        listed::<Service>(source, few).await?
    };
    let mut names: Vec<String> = found.iter().flat_map(|s| ports(s)).collect();
    names.sort_unstable();
    Ok(names)
}

fn ports(service: &Service) -> Vec<String> {
    let name = format!("{}.{}", name_of(service), namespace_of(service));
    let ports = service.spec.iter().flat_map(|s| s.ports.iter().flatten());
    let tcp = ports.filter(|p| p.protocol.as_deref().unwrap_or("TCP") == "TCP");
    tcp.map(|p| format!("{name}:{}", p.port)).collect()
}
