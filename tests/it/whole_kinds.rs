//! Where many targets are walked, objects are read as a part of all of their kind: what hops says is the same, and what it costs the API
//! server does not grow with the hosts.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt;
use hops::answer::cluster::Cluster;
use hops::answer::{Answerer, NoProbes, Sources};
use hops::diagnosis::{Breadth, Settings, walk};
use hops::engine::{Limits, check};
use hops::facts::{Answer, Facts, Gap, Kind, Question};
use hops::report::{Report, Verdict};
use hops::target::Target;

use crate::faulty::{differences, essence};
use crate::support::corpus;
use crate::support::fake_api::{FakeApi, Fault};
use crate::support::fixture::{Answers, Fixture, forbidden};

use crate::many_hosts;

/// How wide a list may be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum May {
    List,
    ListInNamespaces,
}

/// What hops says of a fixture by lists of all of a kind, as far as these are allowed; with the questions that it asked, and whether each
/// such list had an answer.
fn by_lists(fixture: &Fixture, may: May) -> (Report, BTreeSet<Question>, bool) {
    let answers = Answers::of(fixture);
    let settings = Settings {
        breadth: Breadth::WholeKinds,
        ..fixture.settings().clone()
    };
    // Who may not read some objects of a kind may not list all of it.
    let (hidden, single) = by_single_reads(fixture);
    let (mut facts, mut asked, mut whole) = (Facts::new(), BTreeSet::new(), true);
    loop {
        let walk = walk(fixture.target(), &facts, &settings);
        if walk.questions.is_empty() {
            return (walk.report, asked, whole);
        }
        for question in walk.questions {
            let refused = match &question {
                Question::List {
                    kind,
                    namespace,
                    labels: None,
                    ..
                } if WIDE.contains(kind) => match namespace {
                    None => may != May::List || hidden.contains(kind),
                    Some(_) => hidden.contains(kind) && !single.contains(&question),
                },
                _ => false,
            };
            let answer = if refused {
                Err(forbidden(&question).expect("a list needs a right"))
            } else {
                let said = answers.answer(&question).now_or_never();
                said.expect("a fixture answers at once")
            };
            let all = matches!(&question, Question::List { kind, namespace: None, .. } if WIDE.contains(kind));
            whole &= !all || answer.is_ok();
            facts.insert(question.clone(), answer);
            asked.insert(question);
        }
    }
}

/// Kinds of which every host has an object of its own, and those of which all of a namespace are read for each.
const WIDE: [Kind; 6] = [
    Kind::Service,
    Kind::EndpointSlice,
    Kind::Pod,
    Kind::Secret,
    Kind::Namespace,
    Kind::NetworkPolicy,
];

/// Kinds of which a fixture does not show something, and all that is asked of it by single reads.
fn by_single_reads(fixture: &Fixture) -> (BTreeSet<Kind>, BTreeSet<Question>) {
    let answers = Answers::of(fixture);
    let (mut facts, mut hidden, mut asked) = (Facts::new(), BTreeSet::new(), BTreeSet::new());
    loop {
        let open = walk(fixture.target(), &facts, fixture.settings()).questions;
        if open.is_empty() {
            return (hidden, asked);
        }
        for question in open {
            let said = answers.answer(&question).now_or_never().expect("at once");
            if said.is_err() {
                hidden.extend(question.kind());
            }
            facts.insert(question.clone(), said);
            asked.insert(question);
        }
    }
}

/// Whatever the rights, what is said is what single reads say; and where everything may be listed, nothing else is read of these kinds.
#[test]
fn what_is_said_is_the_same_by_lists_of_all() {
    let mut faults = Vec::new();
    let mut compared = 0;
    for (name, path) in corpus::files() {
        let fixture = Fixture::load(&path);
        let alone = essence(&fixture.report());
        for may in [May::List, May::ListInNamespaces] {
            let run = catch_unwind(AssertUnwindSafe(|| by_lists(&fixture, may)));
            let Ok((report, asked, whole)) = run else {
                faults.push(format!("{name} {may:?}: panicked"));
                continue;
            };
            let is = essence(&report);
            if is != alone {
                faults.push(format!("{name} {may:?}: {}", differences(&alone, &is)));
            }
            let single = asked.iter().filter(|q| is_single(q));
            if whole {
                for question in single {
                    faults.push(format!("{name}: asks to {question}"));
                }
            }
            compared += 1;
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults
            .iter()
            .take(10)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(compared > 1_300, "{compared}");
}

/// A question about single objects of a kind of which there is one for every host. Secrets of another type than TLS are none.
fn is_single(question: &Question) -> bool {
    match question {
        Question::Get { kind, .. } => *kind == Kind::Service,
        Question::List {
            kind, namespace, ..
        } => {
            let own = [Kind::Service, Kind::EndpointSlice, Kind::Pod];
            own.contains(kind) && namespace.is_some()
        }
        _ => false,
    }
}

/// A whole run over so many hosts.
struct Cost {
    broken: usize,
    /// Requests about the whole cluster.
    wide: usize,
    /// Requests about one namespace.
    narrow: usize,
}

async fn cost(hosts: usize, may_list: bool) -> Cost {
    let mut builder = FakeApi::builder().objects(many_hosts::objects(hosts));
    if !may_list {
        for list in [
            "/api/v1/services",
            "/api/v1/pods",
            "/apis/discovery.k8s.io/v1/endpointslices",
            "/apis/networking.k8s.io/v1/networkpolicies",
        ] {
            builder = builder.fault(list, Fault::Forbidden);
        }
    }
    let api = builder.start().await;
    let connection = api.connection().await;
    let answerer = Sources {
        objects: Box::new(Cluster::new(&connection)),
        network: Box::new(NoProbes("a test asks no network")),
        tunnel: Box::new(NoProbes("a test asks no network")),
    };
    let settings = Settings {
        now: "2026-11-23T12:00:00Z".parse().expect("a moment"),
        breadth: Breadth::WholeKinds,
        ..Settings::default()
    };
    let names = (0..hosts).map(|i| Target::parse(&many_hosts::host(i)));
    let targets: Vec<Target> = names.collect::<Result<_, _>>().expect("targets");
    api.forget();
    let mut facts = Facts::new();
    let limits = Limits::default();
    let reports = check(&targets, &mut facts, &answerer, &settings, limits).await;
    let broken = reports.iter().filter(|r| r.verdict == Verdict::Broken);
    let seen = api.seen();
    let (narrow, wide): (Vec<_>, Vec<_>) =
        seen.iter().partition(|s| s.path.contains("/namespaces/"));
    Cost {
        broken: broken.count(),
        wide: wide.len(),
        narrow: narrow.len(),
    }
}

/// One list a kind, whatever the number of hosts; a page of it has 500 objects. Beside these, for each host that is broken, the Events of
/// its pod and what its namespace runs.
#[tokio::test(flavor = "multi_thread")]
async fn requests_do_not_grow_with_the_hosts() {
    let (few, many) = (cost(100, true).await, cost(400, true).await);
    assert_eq!((few.broken, many.broken), (1, 4));
    assert_eq!((few.wide, many.wide), (10, 10));
    // Two of the four broken ones lie in the same namespace as another one.
    assert_eq!((few.narrow, many.narrow), (4 + 1, 2 * 4 + 4));
}

/// Who may not list a kind everywhere is asked a list a namespace at most: there are 200 of them and the controller's, whatever the number
/// of hosts.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_list_all_it_is_one_list_a_namespace() {
    let (few, many) = (cost(200, false).await, cost(400, false).await);
    assert_eq!((few.broken, many.broken), (2, 4));
    assert_eq!((few.wide, many.wide), (10, 10));
    let of_broken = |cost: &Cost| 2 * 4 + cost.broken;
    assert_eq!(few.narrow - of_broken(&few), many.narrow - of_broken(&many));
    assert!(many.narrow < 4 * 201 + 20, "{}", many.narrow);
}

/// An answer of another sort than asked for is a gap there, too.
#[test]
fn an_answer_to_something_else_is_no_object() {
    let list = Question::list_all(Kind::Service);
    let mut facts = Facts::new();
    facts.insert(list.clone(), Ok(Answer::Text { texts: Vec::new() }));
    assert!(matches!(facts.gap(&list), Some(Gap::Malformed { .. })));
}
