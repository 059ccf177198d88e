//! The law of ok, over everything that hops is known to say: a good answer is called well only where it is known to be of the backend that
//! the objects decide. An oracle reads the objects by the specification alone; then every good case is spoilt in several ways, while the
//! answer from outside stays as good as it was.

mod oracle;
mod spoil;

use std::collections::BTreeSet;

use hops::facts::Kind;
use hops::output::{FailOn, exit_code};
use hops::report::{Report, Severity, Verdict};
use serde_json::{Value, json};

use crate::support::corpus;
use crate::support::fixture::Fixture;
use oracle::{Decided, decided};
use spoil::{Spoilt, WAYS, spoil};

fn led_to(report: &Report) -> BTreeSet<(String, String)> {
    let backends = report.backends.iter();
    backends
        .map(|b| (b.namespace.clone(), b.service.clone()))
        .collect()
}

/// Whether a comparison shows whose answer it is.
fn is_compared(report: &Report) -> bool {
    let known = report.answer.known_by.as_deref().unwrap_or_default();
    known.starts_with("Pod ")
}

fn is_green(report: &Report) -> bool {
    report.verdict == Verdict::Ok && report.answer.status.is_some()
}

/// Cases in which a make's own reading decides, and not the specification's; what of it the oracle does not know.
const BY_DIALECT: &[&str] = &[
    // Names and paths that cover the page by an annotation, by characters or as an expression.
    "pitfalls/ingress-path-no-match/near-miss-path-matcher",
    "pitfalls/ingress-path-no-match/near-miss-regular-expression",
    "pitfalls/ingress-path-no-match/near-miss-traefik-goes-by-characters",
    "pitfalls/ingress-regex-spillover/near-miss-meant",
    "scenarios/nginx-takes-an-alias",
    // The request carries the header that the rule wants.
    "pitfalls/route-no-match/near-miss",
    // The path is cleaned before it matches.
    "scenarios/nginx-decodes-the-path",
    "scenarios/nginx-merges-slashes",
    // The backend is the load balancer's own action.
    "pitfalls/ingress-backend-port-missing/near-miss-action",
    "pitfalls/ingress-backend-service-missing/near-miss-action",
    // The controller sends the user to another site, whatever stands behind the rule.
    "pitfalls/ingress-annotation-foreign/near-miss-prefix",
    "pitfalls/traefik-middleware-missing/near-miss-redirect",
    // Each Ingress has a load balancer of its own.
    "pitfalls/ingress-class-missing/near-miss-gke",
];
/// Whoever may see so little passes for what can be seen, but not strictly.
const FEW_RIGHTS: &str = "scenarios/least-privilege";
/// There the controller looks at some namespaces only, and the rival's is none of them.
const OTHER_NAMESPACES: &str = "pitfalls/ctl-watch-scope/near-miss";

/// Whether something of what the oracle reads may not be read.
fn is_unread(fixture: &Fixture) -> bool {
    fixture.report();
    let kinds = [Kind::Ingress, Kind::Service, Kind::EndpointSlice].map(Some);
    let asked = fixture.asked.lock().expect("no panic before");
    asked
        .iter()
        .any(|(q, refused)| *refused && kinds.contains(&q.kind()))
}

/// The fixtures whose verdict is ok, with what hops says of each.
fn green() -> Vec<(String, Fixture, &'static Report)> {
    let files = corpus::files().into_iter();
    let known = files.filter_map(|(name, path)| {
        let known = corpus::all().iter().find(|k| k.name == name)?;
        let report = Some(&known.report).filter(|r| is_green(r))?;
        Some((name, Fixture::load(&path), report))
    });
    known.collect()
}

#[test]
fn a_good_answer_is_of_the_backend_that_the_objects_decide() {
    let mut faults = Vec::new();
    let green = green();
    for (name, fixture, report) in &green {
        if BY_DIALECT.contains(&name.as_str()) || is_compared(report) {
            continue;
        }
        let Some(decided) = decided(&fixture.objects, report) else {
            faults.push(format!("{name}: no rule covers the page"));
            continue;
        };
        let led = led_to(report);
        if !led.is_empty() && !led.contains(&decided.best.service) {
            faults.push(format!(
                "{name}: led to {led:?}, meant {:?}",
                decided.best.service
            ));
        }
        if !decided.sound && decided.others {
            faults.push(format!("{name}: undecided, {:?}", report.answer.known_by));
        }
    }
    assert!(green.len() > 100, "only {} good answers", green.len());
    assert!(
        faults.is_empty(),
        "{} of {}\n{}",
        faults.len(),
        green.len(),
        faults.join("\n")
    );
}

/// Who should have answered is one of the backends: where nobody carries a rule out, both are silent of it.
#[test]
fn whoever_should_have_answered_is_a_backend() {
    let mut told = 0;
    for known in corpus::all() {
        let report = &known.report;
        let Some(expected) = &report.answer.expected else {
            continue;
        };
        told += 1;
        let led = led_to(report).into_iter();
        let led: Vec<String> = led
            .map(|(ns, name)| format!("Service {ns}/{name}"))
            .collect();
        for one in expected.split(" or ") {
            assert!(
                led.contains(&one.to_owned()),
                "{}: {one}, {led:?}",
                known.name
            );
        }
    }
    assert!(told > 300, "only {told}");
}

/// Why a case may stay green all the same.
fn is_excused(
    name: &str,
    before: &Decided,
    fixture: &Fixture,
    report: &Report,
    way: Spoilt,
) -> bool {
    // Where the backend is dead, ingress-nginx says so itself, and goes on to no other rule.
    let says_so = || {
        let objects = fixture.objects.iter().map(Value::to_string);
        objects
            .into_iter()
            .any(|o| o.contains("ingress-nginx/controller"))
    };
    match way {
        Spoilt::Equal => [FEW_RIGHTS, OTHER_NAMESPACES].contains(&name),
        Spoilt::BetterUnclaimed => name == FEW_RIGHTS,
        Spoilt::UnreadBesideAnother | Spoilt::ServiceForbiddenBesideAnother => {
            says_so() || is_compared(report) && led_to(report).contains(&before.best.service)
        }
        _ => is_compared(report) && led_to(report).contains(&before.best.service),
    }
}

/// Whether routes of Gateway API lead to the page: what else Ingresses say is another way in.
fn is_by_gateway(fixture: &Fixture) -> bool {
    fixture.objects.iter().any(is_route)
}

fn is_route(object: &Value) -> bool {
    object["kind"] == "HTTPRoute" || object["kind"] == "GRPCRoute"
}

type Spoil = fn(&mut Vec<Value>);

/// Whether an object has listeners.
fn listens(object: &&mut Value) -> bool {
    object["kind"] == "Gateway" || object["kind"] == "ListenerSet"
}

/// A route that goes before the one that serves leads to somebody else, the listener takes nobody any more, and nothing may lead to the
/// Service: each with the same good answer.
#[test]
fn no_spoilt_gateway_stays_green() {
    let mut tried = 0;
    for (name, mut fixture, _) in green() {
        let ingresses = || fixture.objects.iter().any(|o| o["kind"] == "Ingress");
        if !is_by_gateway(&fixture) || ingresses() {
            continue;
        }
        let whole = fixture.objects.clone();
        let ways: [(&str, Spoil); 3] = [
            (
                "an older route for the same page leads nowhere",
                |objects| {
                    let route = objects.iter().find(|o| is_route(o)).cloned();
                    let mut older = route.expect("a route");
                    older["metadata"]["name"] = json!("older");
                    older["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
                    for rule in older["spec"]["rules"].as_array_mut().expect("rules") {
                        rule["backendRefs"] =
                            json!([{"name": "gone", "namespace": "gone", "port": 80}]);
                    }
                    objects.push(older);
                },
            ),
            ("no listener takes routes of other namespaces", |objects| {
                let gateways = objects.iter_mut().filter(listens);
                for gateway in gateways {
                    // A ListenerSet may lie beside the route.
                    let none = match gateway["kind"].as_str() {
                        Some("Gateway") => json!(null),
                        _ => json!({"namespaces": {"from": "None"}}),
                    };
                    for listener in gateway["spec"]["listeners"]
                        .as_array_mut()
                        .expect("listeners")
                    {
                        listener["allowedRoutes"] = none.clone();
                    }
                }
            }),
            ("the listeners are for another host", |objects| {
                let gateways = objects.iter_mut().filter(listens);
                for gateway in gateways {
                    for listener in gateway["spec"]["listeners"]
                        .as_array_mut()
                        .expect("listeners")
                    {
                        listener["hostname"] = json!("another.test");
                    }
                }
            }),
        ];
        for (what, spoil) in ways {
            fixture.objects.clone_from(&whole);
            spoil(&mut fixture.objects);
            let spoilt = fixture.report();
            assert_ne!(spoilt.verdict, Verdict::Ok, "{name}: {what}: {spoilt:#?}");
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried}");
}

#[test]
fn no_spoilt_case_stays_green() {
    let mut faults = Vec::new();
    let mut tried = [0; WAYS.len()];
    for (name, mut fixture, report) in green() {
        let Some(decided) = decided(&fixture.objects, report) else {
            continue;
        };
        if !decided.sound
            || is_by_gateway(&fixture)
            || is_unread(&fixture) && name != FEW_RIGHTS
            || BY_DIALECT.contains(&name.as_str())
        {
            continue;
        }
        let whole = fixture.objects.clone();
        for (i, way) in WAYS.into_iter().enumerate() {
            fixture.objects.clone_from(&whole);
            fixture.withhold = Box::new(|_| None);
            if spoil(&mut fixture, report, &decided, way).is_none() {
                continue;
            }
            tried[i] += 1;
            let spoilt = fixture.report();
            let told: Vec<_> = spoilt
                .findings
                .iter()
                .map(|f| (f.code, f.severity))
                .collect();
            let line = |what: &str| {
                format!(
                    "{name} {way:?}: {what}; {:?} {:?} {told:?} {:?}",
                    spoilt.verdict,
                    spoilt.answer.known_by,
                    spoilt
                        .gaps
                        .iter()
                        .map(|g| format!("{}: {}", g.what, g.why))
                        .collect::<Vec<_>>()
                )
            };
            if way == Spoilt::Shorter {
                if spoilt.verdict != Verdict::Ok {
                    faults.push(line("a shorter rule is no doubt"));
                }
                continue;
            }
            match spoilt.verdict {
                Verdict::Ok if !is_excused(&name, &decided, &fixture, &spoilt, way) => {
                    faults.push(line("green"));
                }
                Verdict::Waiting => faults.push(line("waits")),
                Verdict::Degraded | Verdict::Broken if !spoilt.has_at_least(Severity::Warning) => {
                    faults.push(line("no finding"));
                }
                Verdict::Unknown => {
                    let codes = [false, true].map(|strict| {
                        exit_code(std::slice::from_ref(&spoilt), FailOn::Error, strict)
                    });
                    if spoilt.gaps.is_empty() {
                        faults.push(line("no named gap"));
                    }
                    if codes != [0, 3] {
                        faults.push(line(&format!("exit codes {codes:?}")));
                    }
                }
                _ => {}
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults of {tried:?}\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(tried.iter().all(|n| *n > 50), "{tried:?} cases");
}
