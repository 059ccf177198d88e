//! Whose answer it is: generated clusters, in which rules compete, are not claimed, are dropped, and whose applications answer like
//! proxies, against an oracle that knows who answers. No wrong green, no wrong author.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::BoxFuture;
use hops::answer::Answerer;
use hops::answer::recording::{Recording, Replay};
use hops::diagnosis::Settings;
use hops::engine::{Limits, check};
use hops::facts::{Answer, Exchange, Facts, Gap, HttpAnswer, Question};
use hops::report::{Report, Verdict};
use hops::target::Target;
use serde_json::{Value, json};

use crate::support::fixture::{Fixture, base, forbidden};
use crate::support::shop;

const CLUSTERS: usize = 200;
const HOST: &str = "shop.example.com";
const PATHS: [&str; 4] = ["/", "/a", "/a/b", "/a/c"];

/// splitmix64: the same clusters on every run, others with HOPS_SEED.
struct Dice(Cell<u64>);

impl Dice {
    fn below(&self, limit: usize) -> usize {
        let next = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(next);
        let mut z = next;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit as u64).expect("small")
    }

    fn one<T: Copy>(&self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    Traefik,
    Nginx,
}

/// How an application answers.
#[derive(Clone, Copy, Debug)]
enum App {
    Plain,
    /// With something new in every answer.
    Varying,
    /// 404 in nginx's words.
    Nginx,
    /// 404 in the words of Go, which are Traefik's.
    Go,
    /// 500 in Traefik's words.
    Traefik,
    /// 503 in Envoy's words.
    Envoy,
}

/// What stands behind a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    Pods(usize),
    /// It selects nothing.
    Nothing,
    /// There is no Service of that name.
    Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Ours,
    None,
    Unknown,
    AnotherControllers,
}

#[derive(Clone, Debug)]
struct Rule {
    class: Class,
    host: &'static str,
    path: &'static str,
    exact: bool,
    service: usize,
    /// It names a middleware that does not exist.
    dropped: bool,
}

#[derive(Debug)]
struct Cluster {
    make: Make,
    rules: Vec<Rule>,
    services: Vec<(App, Behind)>,
    tunnel: bool,
    /// Of equal routers Traefik takes this one.
    tie: usize,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Service(usize),
    Controller(u16),
}

impl Cluster {
    fn thrown(dice: &Dice) -> Self {
        use App::{Envoy, Go, Nginx, Plain, Traefik, Varying};
        let app = || {
            dice.one(&[
                Plain, Plain, Plain, Plain, Varying, Varying, Nginx, Go, Traefik, Envoy,
            ])
        };
        let behind = || match dice.below(8) {
            0 => Behind::Nothing,
            1 => Behind::Missing,
            n => Behind::Pods(1 + n % 2),
        };
        let class = || match dice.below(8) {
            0 => Class::None,
            1 => Class::Unknown,
            2 => Class::AnotherControllers,
            _ => Class::Ours,
        };
        let services: Vec<_> = (0..4).map(|_| (app(), behind())).collect();
        let rules = (0..=dice.below(4)).map(|_| Rule {
            class: class(),
            host: dice.one(&[HOST, HOST, HOST, "*.example.com", ""]),
            path: dice.one(&["/", "/", "/a", "/a/b"]),
            exact: dice.below(4) == 0,
            service: dice.below(services.len()),
            dropped: dice.below(6) == 0,
        });
        Self {
            make: dice.one(&[Make::Traefik, Make::Nginx]),
            rules: rules.collect(),
            services,
            tunnel: dice.below(4) > 0,
            tie: dice.below(6),
        }
    }

    fn alive(&self, rule: &Rule) -> bool {
        matches!(self.services[rule.service].1, Behind::Pods(_))
    }

    /// The oracle: who answers a request.
    fn truth(&self, host: &str, path: &str) -> Truth {
        let ours = self.rules.iter().enumerate().filter(|(_, r)| self.takes(r));
        let covers = |r: &&(usize, &Rule)| r.1.covers(path);
        match self.make {
            Make::Traefik => {
                let mut routers: Vec<(usize, &Rule)> = ours
                    .filter(|(_, r)| !r.dropped && self.alive(r) && host_covers(r.host, host))
                    .filter(|r| covers(&r))
                    .collect();
                let best = routers.iter().map(|(_, r)| r.text().len()).max();
                routers.retain(|(_, r)| Some(r.text().len()) == best);
                match routers.len() {
                    0 => Truth::Controller(404),
                    n => Truth::Service(routers[self.tie % n].1.service),
                }
            }
            Make::Nginx => {
                let ours: Vec<(usize, &Rule)> = ours.collect();
                let servers = ["exact", "wildcard", "none"].map(|kind| {
                    let of = |r: &str| match kind {
                        "exact" => r == host,
                        "wildcard" => r.starts_with('*') && host_covers(r, host),
                        _ => r.is_empty(),
                    };
                    ours.iter()
                        .filter(|(_, r)| of(r.host))
                        .copied()
                        .collect::<Vec<_>>()
                });
                let Some(server) = servers.into_iter().find(|s| !s.is_empty()) else {
                    return Truth::Controller(404);
                };
                // The first is the oldest.
                let location = server.iter().filter(covers).min_by_key(|(age, r)| {
                    (
                        usize::MAX - r.path.trim_end_matches('/').len(),
                        !r.exact,
                        *age,
                    )
                });
                match location {
                    None => Truth::Controller(404),
                    Some((_, r)) if self.alive(r) => Truth::Service(r.service),
                    Some(_) => Truth::Controller(503),
                }
            }
        }
    }

    /// The Services that the best rules for the page mean, whoever takes them.
    fn meant(&self, path: &str) -> BTreeSet<usize> {
        let rank = |r: &Rule| {
            let host = match r.host {
                "" => 2,
                h if h.starts_with('*') => 1,
                _ => 0,
            };
            (
                host,
                usize::MAX - r.path.trim_end_matches('/').len(),
                !r.exact,
            )
        };
        let covering = || {
            self.rules
                .iter()
                .filter(|r| host_covers(r.host, HOST) && r.covers(path))
        };
        // A rule for every host that nobody serves is meant for nobody in particular.
        let named = covering().filter(|r| !r.host.is_empty() || self.takes(r));
        let best = named.clone().map(rank).min();
        let best: Vec<&Rule> = named.filter(|r| Some(rank(r)) == best).collect();
        // One that nobody serves is no match for its equal.
        let served = best.iter().any(|r| self.takes(r));
        let best = best.into_iter().filter(|r| !served || self.takes(r));
        best.map(|r| r.service).collect()
    }

    /// Whether the controller takes it. The bench's Traefik has no class of its own to filter by.
    fn takes(&self, rule: &Rule) -> bool {
        rule.class == Class::Ours || rule.class == Class::None && self.make == Make::Traefik
    }

    fn objects(&self) -> Vec<Value> {
        let name = if self.make == Make::Traefik {
            "shop"
        } else {
            "nginx"
        };
        let mut objects = Fixture::load(&base(name)).objects;
        let own = |o: &Value| o["metadata"]["namespace"] == "shop";
        objects.retain(|o| !own(o));
        let other = match self.make {
            Make::Traefik => ("other", "k8s.io/ingress-nginx"),
            Make::Nginx => ("other", "traefik.io/ingress-controller"),
        };
        objects.push(json!({"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": other.0},
            "spec": {"controller": other.1}}));
        for (i, rule) in self.rules.iter().enumerate() {
            objects.push(self.ingress(i, rule));
        }
        for (i, (_, behind)) in self.services.iter().enumerate() {
            let pods = match behind {
                Behind::Missing => continue,
                Behind::Nothing => 0,
                Behind::Pods(n) => *n,
            };
            let name = format!("s{i}");
            objects.push(json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
                "spec": {"clusterIP": "10.96.1.1", "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}}));
            let address = |n: usize| format!("10.244.{i}.{n}");
            let endpoints: Vec<Value> = (0..pods)
                .map(|n| json!({"addresses": [address(n)], "conditions": {"ready": true, "serving": true, "terminating": false},
                    "targetRef": {"kind": "Pod", "namespace": "shop", "name": format!("{name}-{n}")}}))
                .collect();
            objects.push(json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": format!("{name}-x"), "namespace": "shop", "labels": {"kubernetes.io/service-name": name}},
                "endpoints": endpoints, "ports": if pods > 0 { json!([{"name": "", "port": 8080, "protocol": "TCP"}]) } else { Value::Null }}));
            for n in 0..pods {
                objects.push(json!({"apiVersion": "v1", "kind": "Pod",
                    "metadata": {"name": format!("{name}-{n}"), "namespace": "shop", "labels": {"app": name}},
                    "spec": {"containers": [{"name": "web", "image": "example.com/web:1", "ports": [{"containerPort": 8080}]}]},
                    "status": {"phase": "Running", "podIP": address(n), "conditions": [{"type": "Ready", "status": "True"}]}}));
            }
        }
        objects
    }

    fn ingress(&self, age: usize, rule: &Rule) -> Value {
        let path = json!({"path": rule.path, "pathType": if rule.exact { "Exact" } else { "Prefix" },
            "backend": {"service": {"name": format!("s{}", rule.service), "port": {"number": 80}}}});
        let mut of_host = json!({"http": {"paths": [path]}});
        if !rule.host.is_empty() {
            of_host["host"] = rule.host.into();
        }
        let mut ingress = json!({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
            "metadata": {"name": format!("i{age}"), "namespace": "shop", "creationTimestamp": format!("2026-11-01T00:00:{age:02}Z"), "annotations": {}},
            "spec": {"rules": [of_host]}});
        if self.takes(rule) {
            ingress["status"] = json!({"loadBalancer": {"ingress": [{"ip": "203.0.113.80"}]}});
        }
        let class = match (rule.class, self.make) {
            (Class::None, _) => None,
            (Class::Unknown, _) => Some("nobodys"),
            (Class::AnotherControllers, _) => Some("other"),
            (Class::Ours, Make::Traefik) => Some("traefik"),
            (Class::Ours, Make::Nginx) => Some("nginx"),
        };
        if let Some(class) = class {
            ingress["spec"]["ingressClassName"] = class.into();
        }
        if rule.dropped {
            ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"] =
                "strip".into();
        }
        ingress
    }

    /// What a pod answers.
    fn page(&self, service: usize, count: usize) -> HttpAnswer {
        let html = ("content-type", "text/html");
        let plain = ("content-type", "text/plain; charset=utf-8");
        match self.services[service].0 {
            App::Plain => page(200, &[html], &format!("<h1>Page of s{service}</h1>")),
            App::Varying => page(
                200,
                &[html],
                &format!("<h1>Page of s{service}</h1>\n<i>request r{count}x at {count}</i>"),
            ),
            App::Nginx => page(404, &[html, ("server", "nginx")], NGINX_404),
            App::Go => page(404, &[plain, NOSNIFF], "404 page not found\n"),
            App::Traefik => page(500, &[], "Internal Server Error"),
            App::Envoy => page(503, &[("server", "envoy"), plain], "no healthy upstream"),
        }
    }

    fn through(&self, truth: Truth, count: usize) -> HttpAnswer {
        match truth {
            Truth::Service(service) => {
                let mut answer = self.page(service, count);
                answer.headers.retain(|(name, _)| name != "server");
                answer.other_headers = vec!["x-request-id".to_owned()];
                answer
            }
            Truth::Controller(status) => match (self.make, status) {
                (Make::Traefik, _) => page(
                    404,
                    &[("content-type", "text/plain; charset=utf-8"), NOSNIFF],
                    "404 page not found\n",
                ),
                (Make::Nginx, 503) => page(503, &[("content-type", "text/html")], NGINX_503),
                (Make::Nginx, _) => page(404, &[("content-type", "text/html")], NGINX_404),
            },
        }
    }
}

const NOSNIFF: (&str, &str) = ("x-content-type-options", "nosniff");
const NGINX_404: &str =
    "<html><body><center><h1>404 Not Found</h1></center><hr><center>nginx</center></body></html>";
const NGINX_503: &str = "<html><body><center><h1>503 Service Temporarily Unavailable</h1></center><hr><center>nginx</center></body></html>";

fn page(status: u16, headers: &[(&str, &str)], body: &str) -> HttpAnswer {
    HttpAnswer {
        exchange: Exchange::Response,
        status,
        headers: headers
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect(),
        other_headers: Vec::new(),
        body: body.to_owned(),
        tunnel: None,
        phases: None,
        ms: 1,
    }
}

fn host_covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(_, r)| r == rest),
        None => pattern.is_empty() || pattern == host,
    }
}

impl Rule {
    fn covers(&self, path: &str) -> bool {
        if self.exact {
            return self.path == path;
        }
        let elements = |p: &str| {
            p.split('/')
                .filter(|e| !e.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        elements(path).starts_with(&elements(self.path))
    }

    /// As Traefik 3.7 writes it.
    fn text(&self) -> String {
        let path = if self.exact {
            format!("Path(`{}`)", self.path)
        } else {
            format!("PathPrefix(`{}`)", self.path)
        };
        if self.host.is_empty() {
            path
        } else {
            format!("Host(`{}`) && {path}", self.host)
        }
    }
}

struct World<'c> {
    cluster: &'c Cluster,
    objects: Replay,
    count: AtomicUsize,
}

impl World<'_> {
    fn probe(&self, question: &Question) -> Result<Answer, Gap> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let refused = || forbidden(question).unwrap_or(Gap::NotRecorded);
        match question {
            Question::Http { host, path, .. } => {
                let truth = self.cluster.truth(host, path);
                Ok(Answer::Http(self.cluster.through(truth, count)))
            }
            Question::PodHttp { .. } | Question::Proxy { .. } if !self.cluster.tunnel => {
                Err(refused())
            }
            Question::PodHttp {
                pod, host, path, ..
            } if pod.namespace == "shop" => {
                let _ = (host, path);
                let service = pod.name[1..2].parse().expect("a Service's number");
                Ok(Answer::Http(self.cluster.page(service, count)))
            }
            // In the controller's own pod.
            Question::PodHttp { host, path, .. } => {
                let truth = self.cluster.truth(host, path);
                Ok(Answer::Http(self.cluster.through(truth, count)))
            }
            Question::Proxy { .. } => Err(refused()),
            other => Ok(shop::network(other, 200)),
        }
    }
}

impl Answerer for World<'_> {
    fn answer<'a>(&'a self, question: &'a Question) -> BoxFuture<'a, Result<Answer, Gap>> {
        Box::pin(async move {
            if question.is_api() {
                return self.objects.answer(question).await;
            }
            self.probe(question)
        })
    }
}

fn report(cluster: &Cluster, path: &str) -> Report {
    let settings = Settings {
        context: Some("prod".to_owned()),
        ..shop::settings()
    };
    let world = World {
        cluster,
        objects: Replay::new(Recording::whole_cluster(cluster.objects(), settings.now)),
        count: AtomicUsize::new(0),
    };
    let target = Target::parse(&format!("http://{HOST}{path}")).expect("a target");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut facts = Facts::new();
    let run = check(
        std::slice::from_ref(&target),
        &mut facts,
        &world,
        &settings,
        Limits::default(),
    );
    runtime.block_on(run).remove(0)
}

/// What hops is sure of about who answered; none where it hedges.
fn sure(report: &Report) -> Option<Truth> {
    let known = report.answer.known_by.as_deref()?;
    let status = report.answer.status?;
    let number = |text: &str, after: &str| -> Option<usize> {
        let (_, rest) = text.split_once(after)?;
        rest[..1].parse().ok()
    };
    if known.starts_with("Pod ") {
        return number(known, "Pod shop/s").map(Truth::Service);
    }
    if known.starts_with("a name that no rule has")
        || known.contains("'s, and the pods give another answer")
        || known.contains("'s, and there is no pod that could have given it")
    {
        return Some(Truth::Controller(status));
    }
    if known.starts_with("by the objects: ") {
        return number(report.answer.expected.as_deref()?, "Service shop/s").map(Truth::Service);
    }
    None
}

#[test]
fn no_wrong_green_and_no_wrong_author() {
    let seed = std::env::var("HOPS_SEED").ok().and_then(|s| s.parse().ok());
    let dice = Dice(Cell::new(seed.unwrap_or(7)));
    let (mut green, mut told, mut answers) = (0, 0, 0);
    let mut faults = Vec::new();
    for number in 0..CLUSTERS {
        let cluster = Cluster::thrown(&dice);
        for path in PATHS {
            let truth = cluster.truth(HOST, path);
            let report = report(&cluster, path);
            let line = |what: &str| {
                format!(
                    "{number} {path}: {what}; {truth:?} answers, meant {:?}; {:?} {:?}\n  {:?}\n  {:?} {:?} tunnel {} tie {}",
                    cluster.meant(path),
                    report.verdict,
                    report.answer.known_by,
                    report
                        .findings
                        .iter()
                        .map(|f| (f.code, f.severity))
                        .collect::<Vec<_>>(),
                    cluster.make,
                    (&cluster.rules, &cluster.services),
                    cluster.tunnel,
                    cluster.tie,
                )
            };
            answers += 1;
            let by_meant =
                matches!(truth, Truth::Service(s) if cluster.meant(path) == BTreeSet::from([s]));
            match report.verdict {
                Verdict::Ok if !by_meant => faults.push(line("wrong green")),
                Verdict::Ok => green += 1,
                Verdict::Waiting => faults.push(line("waits")),
                _ => {}
            }
            match sure(&report) {
                Some(by) if by != truth => faults.push(line(&format!("wrong author {by:?}"))),
                Some(_) => told += 1,
                None => {}
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
    // Nor does it get there by saying nothing.
    assert!(green > answers / 6, "{green} of {answers} are ok");
    assert!(
        told > answers / 2,
        "the author of {told} of {answers} answers is told"
    );
}
