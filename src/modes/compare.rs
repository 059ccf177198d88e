//! `kubectl hops compare HOST`: the requests that the ways in of a host answer differently.

use anyhow::{Error, Result, bail};

use super::given::{decided, given};
use super::source::{self, Source};
use super::{Run, check, print};
use crate::answer::Answerer;
use crate::answer::veil::Veil;
use crate::cli::{Cli, CompareArgs, Format, ReportArgs};
use crate::diagnosis::predict::addresses;
use crate::diagnosis::predict::compare::{compare, rules};
use crate::diagnosis::predict::requests::{Trial, of_rules};
use crate::facts::{Answer, Facts, Question};
use crate::output::text::Style;
use crate::output::{compare as shown, json};
use crate::report::comparison::{Compared, Comparison};
use crate::target::request::{authority, is_repeatable};
use crate::target::{Scheme, Target};

/// Times that the rules are read again for rules which they lead to.
const ROUNDS: usize = 3;

/// The mode.
pub(super) async fn run(cli: &Cli, wanted: &CompareArgs, style: Style, run: &Run) -> Result<u8> {
    let host = decided(check::one(&wanted.host, &run.veil).map_err(Error::msg)?);
    let mut quiet = cli.clone();
    quiet.probes.no_probes = !wanted.probe;
    quiet.files.extend(wanted.files.iter().cloned());
    quiet.recursive |= wanted.recursive;
    quiet.replay = wanted.replay.clone().or(quiet.replay);
    let source = source::open(&quiet, run).await?;
    let mut facts = Facts::new();
    let given = given(wanted, &host, &source.settings, &run.veil)?;
    let is_given = !given.is_empty();
    let all = asked(&source, &*source.answerer, &host, given, &mut facts).await?;
    let mut comparison = compared(&source, &host, &all, &facts)?;
    if is_given {
        veiled(&mut comparison, &run.veil);
    }
    if wanted.probe {
        ask_all(&source, &mut comparison, &facts).await;
    }
    let whole = cli.display.verbose > 0;
    tell(&comparison, wanted.report.or(cli.report), style, whole)
}

/// Asks what the ways in of a host hang on: for the requests that were given, else for those at the boundaries of their rules. These
/// requests.
pub(super) async fn asked(
    source: &Source,
    answerer: &dyn Answerer,
    host: &Target,
    given: Vec<Trial>,
    facts: &mut Facts,
) -> Result<Vec<Trial>> {
    let trials = trials(host, given, (source, answerer), facts).await?;
    let open = |facts: &Facts| compare(&host.host, &trials, facts, &source.settings).1;
    source.settle(answerer, facts, open).await?;
    Ok(trials)
}

/// What the ways in make of these requests.
pub(super) fn compared(
    source: &Source,
    host: &Target,
    trials: &[Trial],
    facts: &Facts,
) -> Result<Comparison> {
    let (comparison, _) = compare(&host.host, trials, facts, &source.settings);
    match comparison.entrances.as_slice() {
        [] => bail!("no way in to {} could be seen", host.host),
        [one] => bail!(
            "{} has one way in, {}: there is nothing to compare it with",
            host.host,
            one.id
        ),
        _ => Ok(comparison),
    }
}

/// Prints it; the number is the exit code. `whole`: every request of each cause.
pub(super) fn tell(
    comparison: &Comparison,
    args: ReportArgs,
    style: Style,
    whole: bool,
) -> Result<u8> {
    print(&match args.output.unwrap_or_default() {
        Format::Text => shown::text(comparison, &style, whole),
        Format::Markdown => shown::markdown(comparison, whole),
        Format::Json => shown::json(comparison)?,
        Format::Yaml => json::as_yaml(&shown::json(comparison)?).map_err(Error::msg)?,
        Format::Junit => bail!("compare writes text, json, yaml and markdown"),
    })?;
    let differ = comparison.different + comparison.different_effects > 0;
    Ok(match (differ, comparison.unknown > 0 && args.strict) {
        (true, _) => 1,
        (false, true) => 3,
        (false, false) => 0,
    })
}

/// Requests that somebody gave are shown without what their queries say.
fn veiled(comparison: &mut Comparison, veil: &Veil) {
    for one in &mut comparison.requests {
        one.request.path = veil.hide(&one.request.path);
        for answer in &mut one.answers {
            answer.location = answer.location.as_deref().map(|to| veil.hide(to));
            for text in [&mut answer.rule, &mut answer.by].into_iter().flatten() {
                veil.clean(text);
            }
        }
    }
}

/// Those that were given, else those at the boundaries of the rules.
async fn trials(
    host: &Target,
    given: Vec<Trial>,
    (source, answerer): (&Source, &dyn Answerer),
    facts: &mut Facts,
) -> Result<Vec<Trial>> {
    if !given.is_empty() {
        return Ok(given);
    }
    let both = [Scheme::Http, Scheme::Https].map(|scheme| {
        let target = Target {
            scheme,
            ..host.clone()
        };
        Trial::given(target, &source.settings)
    });
    let mut trials = both.to_vec();
    for _ in 0..ROUNDS {
        let open = |facts: &Facts| -> Vec<Question> {
            let each = trials
                .iter()
                .flat_map(|t| rules(t, facts, &source.settings).1);
            each.collect()
        };
        source.settle(answerer, facts, open).await?;
        let mut all = Vec::new();
        for rule in both
            .iter()
            .flat_map(|t| rules(t, facts, &source.settings).0)
        {
            if !all.contains(&rule) {
                all.push(rule);
            }
        }
        let next = of_rules(&host.host, &all, &source.settings);
        if next == trials {
            break;
        }
        trials = next;
    }
    Ok(trials)
}

/// Puts the requests that change nothing to each way in, and notes what they get.
async fn ask_all(source: &Source, comparison: &mut Comparison, facts: &Facts) {
    let settings = &source.settings;
    let any = Target {
        host: comparison.host.clone(),
        scheme: Scheme::Https,
        port: None,
        path: "/".to_owned(),
        call: None,
    };
    let places = addresses(&any, facts, settings);
    let mut changed = Vec::new();
    for (at, one) in comparison.requests.iter_mut().enumerate() {
        if !is_repeatable(&one.request.method) {
            continue;
        }
        for answer in &mut one.answers {
            let address = places.iter().find(|(id, _)| *id == answer.entrance);
            let Some((_, address)) = address else {
                continue;
            };
            let tls = one.request.scheme == "https";
            let port = crate::target::request::default_port(tls);
            let question = Question::Http {
                to: std::net::SocketAddr::new(*address, port),
                tls,
                host: authority(tls, &one.request.host, port),
                method: one.request.method.clone(),
                path: one.request.path.clone(),
                headers: settings.headers.clone(),
            };
            if let Ok(Answer::Http(got)) = source.answerer.answer(&question).await {
                answer.seen = (got.status > 0).then_some(got.status);
            }
        }
        changed.push(at);
    }
    for at in changed {
        recount(comparison, at);
    }
}

/// Two that were told alike and answer with different codes are not.
fn recount(comparison: &mut Comparison, at: usize) {
    let one: &mut Compared = &mut comparison.requests[at];
    let mut seen = one.answers.iter().map(|a| a.seen);
    let first = seen.next().flatten();
    if one.same == Some(true) && seen.any(|s| s != first) {
        one.same = Some(false);
        one.cause = Some("they answer differently when they are asked");
        comparison.same -= 1;
        comparison.different += 1;
    }
}
