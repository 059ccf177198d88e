//! Reports made by hand, for tests of the views.

use hops::report::{
    AnswerInfo, AnswerType, Backend, EndpointCount, Entrance, Evidence, Finding, GapNote, Hop,
    HopLine, HopReport, Node, Remedy, Report, SCHEMA_VERSION, Severity, State, Stats, Subject,
    TargetInfo, Verdict,
};

/// A report on its way: starts healthy, is changed hop by hop.
pub struct Builder(Report);

/// The shop of the stories, healthy.
pub fn shop() -> Builder {
    let path = [
        (Hop::User, "GET /cart"),
        (
            Hop::Dns,
            "203.0.113.80 (ttl 60), as published by Ingress shop/shop",
        ),
        (
            Hop::LoadBalancer,
            "Service traefik/traefik, connects in 3 ms",
        ),
        (
            Hop::Controller,
            "Traefik 3.7, 2 of 2 pods ready, class traefik",
        ),
        (Hop::Tls, "Secret shop/shop-tls served, 29 days left"),
        (Hop::Route, "Ingress shop/shop: / (Prefix) → frontend:http"),
        (Hop::Service, "shop/frontend, port http → 8080"),
        (Hop::Endpoints, "3 ready"),
        (Hop::NetworkPolicy, "none selects the pods"),
        (Hop::Pod, "3 of Deployment shop/frontend ready"),
    ];
    Builder(Report {
        schema_version: SCHEMA_VERSION,
        hops: "0.1.0",
        target: TargetInfo {
            url: "https://shop.example.com/cart".into(),
            host: "shop.example.com".into(),
            port: 443,
            path: "/cart".into(),
            scheme_guessed: false,
            from: None,
            word: None,
            context: Some("prod".into()),
        },
        verdict: Verdict::Ok,
        broken_at: None,
        answer: AnswerInfo {
            kind: AnswerType::Backend,
            status: Some(200),
            location: None,
            answered_by: Some("app".into()),
            expected: Some("Service shop/frontend".into()),
            known_by: Some(
                "by the objects: the rule leads there and its endpoints are ready".into(),
            ),
        },
        path: path
            .into_iter()
            .map(|(hop, summary)| HopReport {
                hop,
                state: State::Ok,
                summary: summary.into(),
                ms: None,
                nodes: vec![Node {
                    kind: hop.title().into(),
                    namespace: Some("shop".into()),
                    name: "frontend".into(),
                    detail: summary.into(),
                    state: None,
                    object: None,
                }],
            })
            .collect(),
        backends: vec![Backend {
            via: "Ingress shop/shop".into(),
            namespace: "shop".into(),
            service: "frontend".into(),
            port: Some(80),
            weight: 1,
            endpoints: EndpointCount {
                ready: 3,
                not_ready: 0,
                terminating: 0,
                without_port: 0,
            },
            pods: vec![
                "frontend-1".into(),
                "frontend-2".into(),
                "frontend-3".into(),
            ],
        }],
        entrances: Vec::new(),
        findings: Vec::new(),
        gaps: Vec::new(),
        asked: Vec::new(),
        recorded_at: None,
        finished: true,
        stats: Stats {
            questions: 23,
            api_requests: 14,
            elapsed_ms: 412,
        },
    })
}

/// A finding at a hop, about `Service shop/frontend`, with one line of evidence.
pub fn finding(code: &'static str, severity: Severity, hop: Hop, title: &str) -> Finding {
    Finding {
        code,
        severity,
        hop,
        scope: hops::report::Scope::Request,
        subject: Subject {
            api_version: "v1".into(),
            kind: "Service".into(),
            namespace: Some("shop".into()),
            name: "frontend".into(),
        },
        title: title.into(),
        detail: String::new(),
        evidence: vec![Evidence::raw(
            "Service shop/frontend",
            ".spec.ports",
            "[80]",
        )],
        remedy: Remedy::default(),
        caused_by: None,
    }
}

/// A gap.
pub fn gap(what: &str, why: &str, allow: Option<&str>, hides: &[&'static str]) -> GapNote {
    GapNote {
        what: what.into(),
        why: why.into(),
        allow: allow.map(Into::into),
        hides: hides.to_vec(),
    }
}

impl Builder {
    pub fn url(mut self, url: &str) -> Self {
        self.0.target.url = url.into();
        self
    }

    pub fn verdict(mut self, verdict: Verdict, broken_at: Option<Hop>) -> Self {
        self.0.verdict = verdict;
        self.0.broken_at = broken_at;
        self
    }

    pub fn answer(mut self, kind: AnswerType, status: Option<u16>) -> Self {
        self.0.answer.kind = kind;
        self.0.answer.status = status;
        self
    }

    pub fn hop(mut self, hop: Hop, state: State, summary: &str) -> Self {
        for h in self.0.path.iter_mut().filter(|h| h.hop == hop) {
            h.state = state;
            h.summary = summary.into();
        }
        self
    }

    pub fn finding(mut self, finding: Finding) -> Self {
        self.0.findings.push(finding);
        self
    }

    pub fn gap(mut self, gap: GapNote) -> Self {
        self.0.gaps.push(gap);
        self
    }

    pub fn context(mut self, context: Option<&str>) -> Self {
        self.0.target.context = context.map(Into::into);
        self
    }

    pub fn build(self) -> Report {
        self.0
    }
}

/// The Service's selector has drifted from its pods' labels.
pub fn broken() -> Report {
    let mut root = finding(
        "service-selector-no-match",
        Severity::Error,
        Hop::Service,
        "Service shop/frontend selects no pod",
    );
    root.detail =
        "every request is answered 404 by Traefik, which drops a route without endpoints".into();
    root.evidence = vec![
        Evidence::field("Service shop/frontend", ".spec.selector.app", "fronted"),
        Evidence::raw(
            "Pod shop/frontend-d57897fc5-4d8lg",
            ".metadata.labels.app",
            "\"frontend\" (3 pods)",
        ),
        Evidence::probe(
            "GET https://shop.example.com/cart via 203.0.113.80: 404 by Traefik, 12 ms",
            None,
        ),
    ];
    root.remedy.commands = vec![
        r#"kubectl --context prod -n shop patch service frontend --type merge -p '{"spec":{"selector":{"app":"frontend"}}}'"#.into(),
    ];
    let mut empty = finding(
        "endpoints-empty",
        Severity::Error,
        Hop::Endpoints,
        "Service shop/frontend has no endpoints",
    );
    empty.caused_by = Some("service-selector-no-match");
    let mut traefik = finding(
        "traefik-empty-service-404",
        Severity::Error,
        Hop::Controller,
        "Traefik drops the route and answers 404",
    );
    traefik.caused_by = Some("endpoints-empty");
    shop()
        .verdict(Verdict::Broken, Some(Hop::Service))
        .answer(AnswerType::Error, Some(404))
        .hop(
            Hop::Service,
            State::Broken,
            "shop/frontend selects app=fronted, no pod has that label",
        )
        .hop(Hop::Endpoints, State::Broken, "none")
        .hop(Hop::NetworkPolicy, State::Skipped, "not reached")
        .hop(
            Hop::Pod,
            State::Degraded,
            "3 of Deployment shop/frontend run, none is selected",
        )
        .finding(root)
        .finding(empty)
        .finding(traefik)
        .build()
}

/// It works, with a certificate that ends soon and a label worth a note.
pub fn degraded() -> Report {
    let mut warning = finding(
        "tls-cert-expires-soon",
        Severity::Warning,
        Hop::Tls,
        "The certificate of Secret shop/shop-tls expires in 6 days, and nothing in the cluster renews it",
    );
    warning.detail = "from 2026-12-01T00:00:00Z on every browser refuses the connection".into();
    warning.remedy.text = "Renew it where it came from, and replace the Secret.".into();
    warning.remedy.commands = vec![
        "kubectl --context prod -n shop create secret tls shop-tls --cert=new.crt --key=new.key --dry-run=client -o yaml | kubectl --context prod apply -f -".into(),
    ];
    let note = finding(
        "service-nodeport-unused",
        Severity::Info,
        Hop::Service,
        "Service shop/frontend opens a node port that nothing here uses",
    );
    shop()
        .verdict(Verdict::Degraded, None)
        .hop(
            Hop::Tls,
            State::Degraded,
            "Secret shop/shop-tls served, 6 days left",
        )
        .finding(note)
        .finding(warning)
        .build()
}

/// A user who may read one namespace and no Secrets.
pub fn unknown() -> Report {
    shop()
        .verdict(Verdict::Unknown, None)
        .answer(AnswerType::None, None)
        .context(None)
        .hop(
            Hop::LoadBalancer,
            State::Unknown,
            "services in all namespaces may not be listed",
        )
        .hop(Hop::Controller, State::Unknown, "")
        .hop(
            Hop::Tls,
            State::Unknown,
            "Secret shop/shop-tls may not be read",
        )
        .hop(Hop::NetworkPolicy, State::Skipped, "")
        .gap(gap(
            "get Secret shop/shop-tls",
            "forbidden",
            Some("get secrets in namespace shop"),
            &["tls-secret-missing", "tls-cert-expired"],
        ))
        .gap(gap(
            "list services in all namespaces",
            "forbidden",
            Some("list services in all namespaces"),
            &["lb-pending"],
        ))
        .gap(gap(
            "connect to 203.0.113.80:443",
            "--no-probes",
            None,
            &["lb-refused", "lb-timeout"],
        ))
        .gap(gap(
            "look up shop.example.com",
            "--no-probes",
            None,
            &["dns-nxdomain"],
        ))
        .build()
}

/// Objects whose names and values try to reach the terminal.
pub fn hostile() -> Report {
    let mut root = finding(
        "service-selector-no-match",
        Severity::Error,
        Hop::Service,
        "Service shop/\u{1b}[2Jfront\nend selects \u{202e}dop on",
    );
    root.detail = "bell \u{7}, C1 \u{9b}31m, zero\u{200b}width, tag \u{e0041}, CR \r over".into();
    root.evidence = vec![
        Evidence::raw(
            "Service shop/\u{1b}]0;title\u{7}x",
            ".spec.selector",
            "{\"a\":\"\u{2066}b\"}",
        ),
        Evidence::Event("BackOff: \u{1b}[31mred\u{1b}[0m".into()),
    ];
    root.remedy.text = "Look \u{feff}closely.".into();
    root.remedy.commands = vec!["kubectl get svc 'a\nb'".into()];
    shop()
        .url("https://shop.example.com/\u{1b}[1A")
        .verdict(Verdict::Broken, Some(Hop::Service))
        .context(Some("prod\u{1b}[0m"))
        .hop(Hop::Service, State::Broken, "shop/\u{1b}[2Jfront\nend")
        .finding(root)
        .gap(gap(
            "get Secret shop/\u{1b}c",
            "forbidden\u{85}",
            Some("get \u{202a}secrets"),
            &[],
        ))
        .build()
}

/// A way in whose names and words try to be more than text.
pub fn entrance(id: &str, judged: bool) -> Entrance {
    let long = "図書館".repeat(60);
    let hops = [Hop::LoadBalancer, Hop::Controller, Hop::Tls, Hop::Route];
    let line = |hop| HopLine {
        hop,
        state: State::Broken,
        summary: format!("{long}\u{1b}[2J\r\n\u{9b}31m"),
    };
    Entrance {
        id: format!("{id}\u{1b}[2J\u{202e}{long}"),
        via: Vec::new(),
        controller: None,
        addresses: vec![
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"
                .parse()
                .expect("an address"),
        ],
        reached: Some(judged),
        judged,
        status: None,
        backends: Vec::new(),
        hops: hops.map(line).to_vec(),
        joins: Some(Hop::Service),
    }
}
