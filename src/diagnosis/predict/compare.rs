//! Requests, and what each way in makes of them, side by side.

use super::causes::{alike, cause};
use super::requests::Trial;
use super::{Answer, Known, Predicted, predict};
use crate::diagnosis::Settings;
use crate::diagnosis::routing::Rule;
use crate::facts::{Facts, Question};
use crate::report::comparison::{Answered, Asking, Compared, Comparison, Share, Side};
use crate::target::{Scheme, Target};

/// What is known of all requests, and what is still to be asked for it.
pub fn compare(
    host: &str,
    trials: &[Trial],
    facts: &Facts,
    settings: &Settings,
) -> (Comparison, Vec<Question>) {
    let mut open: Vec<Question> = Vec::new();
    let mut comparison = Comparison {
        host: host.to_owned(),
        entrances: Vec::new(),
        requests: Vec::new(),
        same: 0,
        different: 0,
        different_effects: 0,
        unknown: 0,
    };
    // What is compared are the ways in of the host itself, for each other name, too.
    let known = ways_in(host, facts, settings, &mut open);
    for trial in trials {
        let told = predict(&trial.target, facts, &trial.settings(settings));
        open.extend(told.open.into_iter().filter(Question::is_api));
        let mut predicted = told.predicted;
        if trial.target.host != host {
            predicted.retain(|p| known.iter().any(|k| k.entrance == p.entrance));
            let told = |k: &&Known| predicted.iter().all(|p| p.entrance != k.entrance);
            let strangers = known.iter().filter(told);
            let strangers: Vec<_> = strangers.map(|k| k.of_a_stranger(&trial.target)).collect();
            predicted.extend(strangers);
        }
        for one in &predicted {
            let side = Side {
                id: one.entrance.clone(),
                via: one.via.clone(),
            };
            if !comparison.entrances.iter().any(|known| known.id == side.id) {
                comparison.entrances.push(side);
            }
        }
        add(&mut comparison, trial, predicted);
    }
    (comparison, open)
}

/// The ways in of a host, be it over http or over https.
fn ways_in(host: &str, facts: &Facts, settings: &Settings, open: &mut Vec<Question>) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    for scheme in [Scheme::Https, Scheme::Http] {
        let target = Target {
            host: host.to_owned(),
            scheme,
            port: None,
            path: "/".to_owned(),
            call: None,
        };
        let told = predict(&target, facts, settings);
        open.extend(told.open.into_iter().filter(Question::is_api));
        for one in told.known {
            if all.iter().all(|known| known.entrance != one.entrance) {
                all.push(one);
            }
        }
    }
    all
}

/// The rules of all ways in for a host, with what is still to be asked.
pub fn rules(trial: &Trial, facts: &Facts, settings: &Settings) -> (Vec<Rule>, Vec<Question>) {
    let told = predict(&trial.target, facts, &trial.settings(settings));
    let open = told.open.into_iter().filter(Question::is_api);
    (told.rules, open.collect())
}

fn add(comparison: &mut Comparison, trial: &Trial, mut predicted: Vec<Predicted>) {
    predicted.sort_by(|a, b| a.entrance.cmp(&b.entrance));
    let Some((first, others)) = predicted.split_first() else {
        return;
    };
    let other = others.iter().find(|o| alike(first, o) != Some(true));
    let effects = others.iter().find(|o| o.effects != first.effects);
    let same = match (other, effects) {
        (Some(other), _) if alike(first, other).is_none() => {
            comparison.unknown += 1;
            None
        }
        (Some(_), _) => {
            comparison.different += 1;
            Some(false)
        }
        (None, Some(_)) => {
            comparison.different_effects += 1;
            Some(false)
        }
        (None, None) => {
            comparison.same += 1;
            Some(true)
        }
    };
    let why = other.or(effects).map(|other| cause(trial, first, other));
    comparison.requests.push(Compared {
        request: asking(trial),
        answers: predicted.iter().map(answered).collect(),
        same,
        cause: why.map(super::causes::Cause::title),
        remedy: why.and_then(super::causes::Cause::remedy),
    });
}

fn asking(trial: &Trial) -> Asking {
    Asking {
        scheme: if trial.target.scheme == Scheme::Http {
            "http"
        } else {
            "https"
        },
        method: trial.method.clone(),
        host: trial.target.host.clone(),
        path: trial.target.path.clone(),
        headers: trial.headers.iter().map(ToString::to_string).collect(),
    }
}

fn answered(predicted: &Predicted) -> Answered {
    let (kind, status, location, backends, why) = match &predicted.answer {
        Answer::Backends(all) => {
            let shares = all.iter().map(|led| Share {
                namespace: led.namespace.clone(),
                service: led.service.clone(),
                port: led.port,
                weight: led.weight,
            });
            ("backend", None, None, shares.collect(), None)
        }
        Answer::Redirect { status, location } => (
            "redirect",
            Some(*status),
            Some(location.clone()),
            Vec::new(),
            None,
        ),
        Answer::Error(status) => ("error", Some(*status), None, Vec::new(), None),
        Answer::NoRule => ("none", Some(404), None, Vec::new(), None),
        Answer::Nobody => ("none", None, None, Vec::new(), None),
        Answer::Unknown(why) => ("unknown", None, None, Vec::new(), Some(why.clone())),
    };
    Answered {
        entrance: predicted.entrance.clone(),
        kind,
        backends,
        status,
        location,
        effects: predicted.effects.clone(),
        rule: predicted.rule.clone(),
        by: predicted.by.clone().or(why),
        seen: None,
    }
}
