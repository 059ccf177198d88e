//! The law of ok, over everything that hops is known to say: a good answer is called well only where it is known to be of the backend that
//! the objects decide. An oracle reads the objects by the specification alone; then every good case is spoilt in several ways, while the
//! answer from outside stays as good as it was.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use hops::facts::{Kind, Question};
use hops::output::{FailOn, exit_code};
use hops::report::{Report, Severity, Verdict};
use serde_json::{Value, json};

use crate::support::corpus;
use crate::support::fixture::{Fixture, forbidden};

/// A rule that covers the page.
#[derive(Clone, Debug)]
struct Rule {
    ingress: Value,
    /// The kind of its host, the length of its path, whether it is Exact: the best first. A default backend is the last of all.
    rank: (u8, Reverse<usize>, bool),
    /// Namespace and name.
    service: (String, String),
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn all(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn of<'o>(objects: &'o [Value], kind: &'o str) -> impl Iterator<Item = &'o Value> {
    objects.iter().filter(move |o| o["kind"] == kind)
}

fn elements(path: &str) -> Vec<&str> {
    path.split('/').filter(|e| !e.is_empty()).collect()
}

/// The rules for a page, by the specification, whoever takes them.
fn rules(objects: &[Value], host: &str, path: &str) -> Vec<Rule> {
    let path = path.split('?').next().unwrap_or_default();
    let mut found = Vec::new();
    for ingress in of(objects, "Ingress") {
        let mut add = |rank, backend: &Value| {
            let namespace = text(&ingress["metadata"]["namespace"]).to_owned();
            found.push(Rule {
                ingress: ingress.clone(),
                rank,
                service: (namespace, text(&backend["service"]["name"]).to_owned()),
            });
        };
        for rule in all(&ingress["spec"]["rules"]) {
            let declared = text(&rule["host"]).to_ascii_lowercase();
            let wild = declared.strip_prefix('*').is_some_and(|rest| {
                let label = host.strip_suffix(rest);
                label.is_some_and(|l| !l.is_empty() && !l.contains('.'))
            });
            let kind = match declared.as_str() {
                "" => 2,
                _ if wild => 1,
                exact if exact == host => 0,
                _ => continue,
            };
            for way in all(&rule["http"]["paths"]) {
                let own = text(&way["path"]);
                let exact = way["pathType"] == "Exact";
                let covers = if exact {
                    own == path
                } else {
                    elements(path).starts_with(&elements(own))
                };
                if covers {
                    let length = own.trim_end_matches('/').len();
                    add((kind, Reverse(length), !exact), &way["backend"]);
                }
            }
        }
        if !ingress["spec"]["defaultBackend"].is_null() {
            add((9, Reverse(0), true), &ingress["spec"]["defaultBackend"]);
        }
    }
    found
}

/// Whether somebody stands behind a Service who could answer.
fn is_alive(objects: &[Value], service: &(String, String)) -> bool {
    let own = |o: &&Value| {
        o["metadata"]["namespace"] == service.0.as_str()
            && o["metadata"]["name"] == service.1.as_str()
    };
    let Some(object) = of(objects, "Service").find(own) else {
        return false;
    };
    let slices = of(objects, "EndpointSlice").filter(|s| {
        s["metadata"]["namespace"] == service.0.as_str()
            && s["metadata"]["labels"]["kubernetes.io/service-name"] == service.1.as_str()
    });
    let mut endpoints = slices.flat_map(|s| all(&s["endpoints"]));
    object["spec"]["type"] == "ExternalName"
        || endpoints.any(|e| e["conditions"]["ready"] != json!(false))
}

fn class(ingress: &Value) -> &str {
    let own = &ingress["spec"]["ingressClassName"];
    let old = &ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"];
    text(if own.is_null() { old } else { own })
}

fn led_to(report: &Report) -> BTreeSet<(String, String)> {
    let backends = report.backends.iter();
    backends
        .map(|b| (b.namespace.clone(), b.service.clone()))
        .collect()
}

/// What the objects decide, by the oracle.
#[derive(Debug)]
struct Decided {
    best: Rule,
    /// All rules that are as good lead to the same Service, which is alive.
    sound: bool,
    /// Some other rule covers the page.
    others: bool,
}

fn decided(objects: &[Value], report: &Report) -> Option<Decided> {
    let mut rules = rules(objects, &report.target.host, &report.target.path);
    // A canary shares the place of its primary.
    rules.retain(|r| {
        let notes = &r.ingress["metadata"]["annotations"];
        notes["nginx.ingress.kubernetes.io/canary"] != "true"
    });
    let led = led_to(report);
    let best = rules
        .iter()
        .min_by_key(|r| (r.rank, !led.contains(&r.service)))?
        .clone();
    // One of another class is no match for it: this controller does not take it.
    let equal = rules
        .iter()
        .filter(|r| r.rank == best.rank && class(&r.ingress) == class(&best.ingress));
    let services: BTreeSet<_> = equal.map(|r| &r.service).collect();
    Some(Decided {
        sound: services.len() == 1 && is_alive(objects, &best.service),
        others: rules.iter().any(|r| r.service != best.service),
        best,
    })
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

/// Another application in a namespace of its own, alive.
fn rival(host: &str, path: &str, exact: bool, class: &Value, annotations: Value) -> Vec<Value> {
    let mut rule = json!({"http": {"paths": [{"path": path, "pathType": if exact { "Exact" } else { "Prefix" },
        "backend": {"service": {"name": "rival", "port": {"number": 80}}}}]}});
    if !host.is_empty() {
        rule["host"] = host.into();
    }
    let mut ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": "rival", "namespace": "rivals", "creationTimestamp": "2026-11-10T00:00:00Z"}, "spec": {"rules": [rule]}});
    if !class.is_null() {
        ingress["spec"]["ingressClassName"] = class.clone();
    }
    if !annotations.is_null() {
        ingress["metadata"]["annotations"] = annotations;
    }
    vec![
        ingress,
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rival", "namespace": "rivals"},
            "spec": {"clusterIP": "10.96.0.66", "selector": {"app": "rival"}, "ports": [{"port": 80, "targetPort": 8080}]}}),
        json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": {"name": "rival-abc", "namespace": "rivals", "labels": {"kubernetes.io/service-name": "rival"}},
            "endpoints": [{"addresses": ["10.244.6.6"], "conditions": {"ready": true, "serving": true}}],
            "ports": [{"name": "", "port": 8080, "protocol": "TCP"}]}),
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "rivals"}}),
    ]
}

/// What is done to a good case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spoilt {
    /// A rule of equal rank in another namespace leads to another Service.
    Equal,
    /// A better rule, whose class nobody has.
    BetterUnclaimed,
    /// The endpoints are gone.
    Empty,
    /// The same, and a shorter rule of another Service covers the page.
    EmptyBesideAnother,
    /// The endpoints may not be read, and a shorter rule of another Service covers the page.
    UnreadBesideAnother,
    /// The same of the Service.
    ServiceForbiddenBesideAnother,
    /// No Ingress may be read.
    RulesForbidden,
    /// Only a shorter rule beside a sound one: no doubt.
    Shorter,
}

impl Spoilt {
    /// A rule for all hosts and pages.
    fn adds_a_shorter_rule(self) -> bool {
        matches!(
            self,
            Self::EmptyBesideAnother
                | Self::UnreadBesideAnother
                | Self::ServiceForbiddenBesideAnother
                | Self::Shorter
        )
    }
}

const WAYS: [Spoilt; 8] = [
    Spoilt::Equal,
    Spoilt::BetterUnclaimed,
    Spoilt::Empty,
    Spoilt::EmptyBesideAnother,
    Spoilt::UnreadBesideAnother,
    Spoilt::ServiceForbiddenBesideAnother,
    Spoilt::RulesForbidden,
    Spoilt::Shorter,
];

/// The case, spoilt; none where it cannot be in this way.
fn spoil(fixture: &mut Fixture, report: &Report, decided: &Decided, way: Spoilt) -> Option<()> {
    let best = &decided.best;
    let class = best.ingress["spec"]["ingressClassName"].clone();
    let own = best.ingress["metadata"]["annotations"]["kubernetes.io/ingress.class"].clone();
    let annotations = if own.is_null() {
        Value::Null
    } else {
        json!({"kubernetes.io/ingress.class": own})
    };
    let path = report.target.path.split('?').next().unwrap_or_default();
    let host = report.target.host.as_str();
    let (kind, Reverse(length), prefix) = best.rank;
    if kind > 2 {
        return None;
    }
    let (namespace, name) = best.service.clone();
    let host_of_kind = match kind {
        0 => host.to_owned(),
        1 => format!("*.{}", host.split_once('.')?.1),
        _ => String::new(),
    };
    if kind == 2 && way.adds_a_shorter_rule() {
        return None;
    }
    let shorter = || rival("", "/", false, &class, annotations.clone());
    match way {
        Spoilt::Equal => {
            // As the rule stands there: all but its Service.
            let own = if prefix { path.get(..length)? } else { path };
            let own = if own.is_empty() { "/" } else { own };
            let added = rival(&host_of_kind, own, !prefix, &class, annotations);
            fixture.objects.extend(added);
        }
        Spoilt::BetterUnclaimed => {
            if kind == 0 && !prefix || host.parse::<std::net::IpAddr>().is_ok() {
                return None;
            }
            let added = rival(host, path, true, &json!("nobodys"), Value::Null);
            fixture.objects.extend(added);
        }
        Spoilt::Empty | Spoilt::EmptyBesideAnother => {
            let mut emptied = false;
            for slice in fixture.objects.iter_mut().filter(|o| {
                o["kind"] == "EndpointSlice"
                    && o["metadata"]["namespace"] == namespace.as_str()
                    && o["metadata"]["labels"]["kubernetes.io/service-name"] == name.as_str()
            }) {
                slice["endpoints"] = json!([]);
                emptied = true;
            }
            if !emptied {
                return None;
            }
            if way == Spoilt::EmptyBesideAnother {
                fixture.objects.extend(shorter());
            }
        }
        Spoilt::UnreadBesideAnother => {
            // What is a name for something outside has no endpoints to be read.
            let text = |o: &Value| (o["kind"].clone(), o["metadata"]["name"].clone());
            let outside = fixture.objects.iter().any(|o| {
                text(o) == (json!("Service"), json!(name)) && o["spec"]["type"] == "ExternalName"
            });
            if outside {
                return None;
            }
            fixture.objects.extend(shorter());
            fixture.withhold = Box::new(|q| {
                let hit = q.kind() == Some(Kind::EndpointSlice);
                if hit { forbidden(q) } else { None }
            });
        }
        Spoilt::ServiceForbiddenBesideAnother => {
            fixture.objects.extend(shorter());
            fixture.withhold = Box::new(move |q| match q {
                Question::Get {
                    kind: Kind::Service,
                    namespace: ns,
                    name: n,
                } if ns.as_deref() == Some(&*namespace) && *n == name => forbidden(q),
                _ => None,
            });
        }
        Spoilt::RulesForbidden => {
            fixture.withhold = Box::new(|q| {
                let hit = q.kind() == Some(Kind::Ingress);
                if hit { forbidden(q) } else { None }
            });
        }
        Spoilt::Shorter => fixture.objects.extend(shorter()),
    }
    Some(())
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

#[test]
fn no_spoilt_case_stays_green() {
    let mut faults = Vec::new();
    let mut tried = [0; WAYS.len()];
    for (name, mut fixture, report) in green() {
        let Some(decided) = decided(&fixture.objects, report) else {
            continue;
        };
        if !decided.sound
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
