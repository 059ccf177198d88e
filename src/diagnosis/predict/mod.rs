//! What each way in of a host makes of a request, by the objects alone: the answer that it gives and what its backends see.

pub mod causes;
pub mod compare;
pub mod requests;
mod strangers;
mod upgrade;

use super::Settings;
use super::ask::cx::Cx;
use super::ask::reads::{Log, Reads};
use super::ask::stage::Progress;
use super::dialect::redirect::Redirect;
use super::hops::controller::Controller;
use super::hops::controller::loading::unloadable;
use super::hops::endpoints::Endpoints;
use super::hops::journey::{Backend, Entrance, Journey};
use super::hops::route::Route;
use super::routing::{Granted, Rule};
use crate::facts::{Facts, Question, Unknown};

use crate::target::Target;

pub use strangers::Known;
use strangers::listens;
use upgrade::upgrade;

/// What a way in makes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicted {
    /// Its name.
    pub entrance: String,
    /// The objects that declare it.
    pub via: Vec<String>,
    /// What it answers.
    pub answer: Answer,
    /// What the backend sees of the request, and who may pass: `auth`, `sources 10.0.0.0/8`, `path by rewrite-target /$1`.
    pub effects: Vec<String>,
    /// The rule that takes the request: `HTTPRoute shop/web: /cart (PathPrefix)`.
    pub rule: Option<String>,
    /// What makes the answer what it is, where that is no rule: a filter, an annotation, a path's final slash.
    pub by: Option<String>,
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These answer, each with its share.
    Backends(Vec<Led>),
    /// It sends the user elsewhere.
    Redirect {
        /// With this status.
        status: u16,
        /// To this URL.
        location: String,
    },
    /// An error of the proxy, for what stands behind the rule is not there.
    Error(u16),
    /// The proxy knows no rule for it: 404.
    NoRule,
    /// Nobody takes the connection.
    Nobody,
    /// The objects do not tell, and why.
    Unknown(String),
}

/// A Service that answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Led {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub service: String,
    /// Its port; none where it has none that is meant.
    pub port: Option<i32>,
    /// Its share of all, in percent.
    pub weight: u32,
}

/// What is told of a request.
pub struct Told {
    /// What each way in makes of it.
    pub predicted: Vec<Predicted>,
    /// The ways in.
    pub known: Vec<Known>,
    /// Their rules for the host.
    pub rules: Vec<Rule>,
    /// What is still to be asked.
    pub open: Vec<Question>,
}

/// What each way in makes of the request. Each is looked at as if the name led there.
pub fn predict(target: &Target, facts: &Facts, settings: &Settings) -> Told {
    let log = Log::default();
    let cx = Cx::new(target, Reads::new(facts, settings, &log));
    let journey = super::journey(&cx);
    let known = || {
        let all = journey.entrances.iter();
        all.filter(|e| !e.declared.glance().is_empty())
    };
    let rules = journey.entrances.iter().filter_map(|e| e.route.found());
    Told {
        predicted: known().map(|e| of(&cx, &journey, e)).collect(),
        known: known().map(Known::of).collect(),
        rules: rules.flat_map(Route::rules).cloned().collect(),
        open: cx.take_open().0,
    }
}

fn of(cx: &Cx, journey: &Journey, entrance: &Entrance) -> Predicted {
    let mut predicted = Predicted {
        entrance: entrance.id.0.to_string(),
        via: entrance
            .declared
            .glance()
            .iter()
            .map(|d| d.label())
            .collect(),
        answer: Answer::Nobody,
        effects: Vec::new(),
        rule: entrance.rule().map(Rule::display),
        by: None,
    };
    let (Some(controller), Some(route), Some(request)) = (
        entrance.controller.found(),
        entrance.route.found(),
        journey.request.as_ref(),
    ) else {
        predicted.answer = unseen(entrance);
        return predicted;
    };
    let resolution = &route.resolution;
    if let (Some(way), None) = (&entrance.way, &route.listener) {
        if listens(way, request.https, i32::from(request.port), |_| {
            !request.https
        }) {
            predicted.answer = Answer::NoRule;
        }
        return predicted;
    }
    let redirect = match &resolution.redirect {
        Some(own) => Ok(Some(own.clone())),
        None => upgrade(cx, entrance, controller, request),
    };
    match redirect {
        Ok(None) => {}
        Ok(Some(Redirect { status, to, by, .. })) => {
            predicted.by = Some(by);
            predicted.answer = Answer::Redirect {
                status,
                location: to,
            };
            return predicted;
        }
        Err(why) => {
            predicted.answer = Answer::Unknown(why);
            return predicted;
        }
    }
    if let Some(found) = unloadable(cx, controller) {
        predicted.answer = Answer::Unknown(format!(
            "{} loads nothing new as long as {} and {} are both location {}",
            controller.make.title(),
            found.declared[0],
            found.declared[1],
            found.location
        ));
        return predicted;
    }
    predicted.effects = effects(entrance, route);
    predicted.answer = match entrance.rule() {
        _ if resolution.doubt.is_some() => {
            Answer::Unknown(resolution.doubt.clone().unwrap_or_default())
        }
        _ if resolution.undecided() => {
            Answer::Unknown("rules of equal rank lead to several Services".to_owned())
        }
        None => match (&resolution.approximate, entrance.route.progress()) {
            (Some(why), _) => Answer::Unknown(why.clone()),
            (None, Progress::Unknown(gap)) => Answer::Unknown(gap.to_string()),
            (None, _) => Answer::NoRule,
        },
        Some(_) => behind(journey, entrance, controller),
    };
    predicted
}

/// Why nothing can be said of a way in.
fn unseen(entrance: &Entrance) -> Answer {
    let why = |progress: &Progress| match progress {
        Progress::Unknown(gap) => Some(gap.to_string()),
        Progress::Skipped(why) => Some(why.clone()),
        Progress::Waiting | Progress::Known => None,
    };
    let route = why(entrance.route.progress());
    let first = why(entrance.controller.progress()).or(route);
    Answer::Unknown(first.unwrap_or_else(|| "not everything could be read".to_owned()))
}

/// What the backend sees, and who may pass.
fn effects(entrance: &Entrance, route: &Route) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for guard in &route.resolution.guards {
        all.push(match (&guard.asks, guard.by_address) {
            (_, true) => format!("sources {}", guard.value),
            _ => "auth".to_owned(),
        });
    }
    if let Some(rule) = entrance.rule().filter(|rule| entrance.rewrites(rule)) {
        all.push(format!("rewritten by {}", rule.place.declared.label()));
    }
    if route.passes_tls() {
        all.push("TLS as it comes".to_owned());
    }
    all.sort();
    all.dedup();
    all
}

/// What is answered where a rule takes the request.
fn behind(journey: &Journey, entrance: &Entrance, controller: &Controller) -> Answer {
    let own: Vec<&Backend> = journey
        .backends
        .iter()
        .filter(|b| b.entrance == entrance.id)
        .collect();
    let by_gateway = entrance.way.is_some();
    let weighted: Vec<&Backend> = own.iter().copied().filter(|b| b.share.weight > 0).collect();
    if weighted.is_empty() {
        let way = entrance.way.as_ref();
        return Answer::Error(way.map_or(503, |way| way.make.ways().unweighted));
    }
    let mut led = Vec::new();
    let (mut invalid, mut empty) = (false, false);
    for backend in &weighted {
        match stands(backend) {
            Err(why) => return Answer::Unknown(why),
            Ok(Stands::Invalid) => invalid = true,
            Ok(Stands::Empty) => empty = true,
            Ok(Stands::There(to)) => led.push(to),
        }
    }
    let all = !invalid && !empty;
    let make = &controller.make;
    match (led.is_empty(), by_gateway) {
        _ if all => {}
        (true, true) => return Answer::Error(if invalid { 500 } else { 503 }),
        (true, false) if make.drops_empty(controller.args()) => {
            return Answer::Unknown(format!("{} goes on to the next rule", make.title()));
        }
        (true, false) => return Answer::Error(503),
        // Some requests end in an error.
        (false, _) => {
            return Answer::Unknown("some of its backends are not there".to_owned());
        }
    }
    led.sort();
    Answer::Backends(led)
}

/// What stands behind a backend.
enum Stands {
    There(Led),
    /// Not there, or not to be led to.
    Invalid,
    /// There, and without endpoints.
    Empty,
}

fn stands(backend: &Backend) -> Result<Stands, String> {
    match &backend.via.granted {
        Granted::No => return Ok(Stands::Invalid),
        Granted::Unseen(Unknown::Gap(gap)) => return Err(gap.to_string()),
        Granted::Unseen(Unknown::Waiting) => return Err("not everything could be read".to_owned()),
        Granted::Yes => {}
    }
    let Some(service) = backend.service.found() else {
        return Err(match backend.service.progress() {
            Progress::Unknown(gap) => gap.to_string(),
            _ => "not everything could be read".to_owned(),
        });
    };
    let outside = service.is_external_name();
    let (Some(_), true) = (&service.service, service.port.is_some() || outside) else {
        return Ok(Stands::Invalid);
    };
    let none = |e: &Endpoints| e.usable().next().is_none() && e.all.is_empty();
    if !outside && backend.endpoints.found().is_some_and(none) {
        return Ok(Stands::Empty);
    }
    Ok(Stands::There(Led {
        namespace: service.namespace.clone(),
        service: service.name.clone(),
        port: service.port.as_ref().map(|p| p.port),
        weight: backend.share.percent(),
    }))
}

/// The first address of each way in.
pub fn addresses(
    target: &Target,
    facts: &Facts,
    settings: &Settings,
) -> Vec<(String, std::net::IpAddr)> {
    let log = Log::default();
    let cx = Cx::new(target, Reads::new(facts, settings, &log));
    let journey = super::journey(&cx);
    let each = journey.entrances.iter().filter_map(|e| {
        let lb = e.load_balancer.found()?;
        let address = lb.published_addresses().into_iter().next()?;
        Some((e.id.0.to_string(), address))
    });
    each.collect()
}
