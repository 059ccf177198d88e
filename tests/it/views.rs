//! What each view makes of the same reports.

use hops::output::shared::sanitize;
use hops::output::text::{Style, render, render_many};
use hops::output::{FailOn, exit_code, json, junit, markdown};
use hops::report::{AnswerType, Evidence, Hop, Report, Scope, Severity, State, Verdict};
use insta::assert_snapshot;

use crate::support::reports;
use crate::support::schema;

const PLAIN: Style = Style {
    width: 80,
    ascii: false,
    color: false,
};

fn text(report: &Report) -> String {
    let text = render(report, &PLAIN);
    for line in text.lines() {
        assert!(!line.ends_with(' '), "blanks at the end of {line:?}");
    }
    text
}

#[test]
fn healthy() {
    assert_snapshot!(text(&reports::shop().build()));
}

#[test]
fn broken() {
    assert_snapshot!(text(&reports::broken()));
}

#[test]
fn degraded() {
    assert_snapshot!(text(&reports::degraded()));
}

#[test]
fn unknown() {
    assert_snapshot!(text(&reports::unknown()));
}

#[test]
fn hostile() {
    let report = reports::hostile();
    let shown = text(&report);
    assert_snapshot!(shown);
    let many = render_many(&[report.clone(), report.clone()], &PLAIN, |_| true);
    let xml = junit::render(std::slice::from_ref(&report), FailOn::Error).unwrap();
    let page = markdown::render(std::slice::from_ref(&report));
    let document = json::render(&[report], false).unwrap();
    for output in [shown, many, xml, page, document] {
        let raw: Vec<char> = output
            .chars()
            .filter(|c| *c != '\n' && sanitize::acts(*c))
            .collect();
        assert!(raw.is_empty(), "{raw:?} in {output}");
    }
}

#[test]
fn ascii() {
    let style = Style {
        ascii: true,
        ..PLAIN
    };
    let report = reports::shop()
        .hop(Hop::Route, State::Ok, "Ingress shop/shop: / (Prefix)")
        .hop(Hop::Service, State::Unknown, "")
        .hop(Hop::Endpoints, State::Skipped, "")
        .hop(Hop::Pod, State::Broken, "crashes")
        .build();
    let shown = render(&report, &style);
    assert!(shown.is_ascii(), "{shown}");
    assert_snapshot!(shown);
}

#[test]
fn narrow() {
    let style = Style { width: 44, ..PLAIN };
    let shown = render(&reports::broken(), &style);
    assert_snapshot!(shown);
}

#[test]
fn lines_stay_within_the_width() {
    for width in [40, 60, 80, 100] {
        let style = Style { width, ..PLAIN };
        for report in [reports::broken(), reports::degraded(), reports::unknown()] {
            for line in render(&report, &style).lines() {
                let columns = hops::output::shared::wrap::columns(line);
                // A quoted argument is never broken, however long.
                assert!(
                    columns <= width || line.contains("-p '"),
                    "{columns} > {width}: {line}"
                );
            }
        }
    }
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let style = Style {
        color: true,
        ..PLAIN
    };
    for report in [reports::broken(), reports::degraded(), reports::unknown()] {
        let coloured = render(&report, &style);
        assert!(coloured.contains('\u{1b}'));
        assert_eq!(
            anstream::adapter::strip_str(&coloured).to_string(),
            render(&report, &PLAIN)
        );
    }
}

#[test]
fn several() {
    let mut same = reports::broken();
    same.target.url = "https://shop.example.com/".into();
    let all = [
        reports::shop().url("https://admin.example.com/").build(),
        reports::broken(),
        reports::degraded(),
        reports::shop()
            .url("http://a-rather-long-name.of-a-tenant.apps.example.com/some/path")
            .answer(AnswerType::Redirect, Some(308))
            .build(),
        reports::unknown(),
        same,
    ];
    assert_snapshot!(render_many(&all, &PLAIN, |r| r.verdict == Verdict::Broken));
}

/// Whoever hides a finding under a cause that is not printed hides it altogether.
#[test]
fn a_symptom_stands_under_the_cause_that_is_about_the_same() {
    let of = |code, severity, hop, backend: &str| {
        let mut finding = reports::finding(code, severity, hop, "a title");
        finding.scope = Scope::Backend(backend.into());
        finding
    };
    let cause = |backend| of("pod-crashloop", Severity::Error, Hop::Pod, backend);
    let symptom = |code, backend| {
        let mut finding = of(code, Severity::Error, Hop::Endpoints, backend);
        finding.caused_by = Some("pod-crashloop");
        finding
    };
    let mut report = reports::shop().build();
    report.findings = vec![
        cause("shop/web:80"),
        cause("shop/canary:80"),
        symptom("endpoints-all-not-ready", "shop/canary:80"),
        symptom("endpoints-empty", "shop/web:80"),
        symptom("request-fails", "shop/web:80"),
        symptom("request-fails", "shop/web:80"),
    ];
    let roots = report.roots();
    let told: Vec<(&str, Vec<&str>)> = roots
        .iter()
        .map(|root| (root.finding.scope.words(), root.codes()))
        .collect();
    assert_eq!(
        told,
        [
            ("shop/web:80", vec!["endpoints-empty", "request-fails"]),
            ("shop/canary:80", vec!["endpoints-all-not-ready"]),
        ]
    );
    // Where nothing is about the same, what is about all; else any, so that nothing is told twice.
    report.findings[1].scope = Scope::Request;
    assert_eq!(report.roots()[1].codes(), ["endpoints-all-not-ready"]);
    report.findings[1].scope = Scope::Entrance("traefik".into());
    assert_eq!(report.roots()[0].symptoms.len(), 4);
}

#[test]
fn a_finding_without_its_cause_stands_alone() {
    let mut orphan = reports::finding(
        "endpoints-empty",
        Severity::Error,
        Hop::Endpoints,
        "no endpoints",
    );
    orphan.caused_by = Some("pod-crashloop");
    let mut one = reports::finding("lb-refused", Severity::Error, Hop::LoadBalancer, "refused");
    one.caused_by = Some("lb-timeout");
    let mut other = reports::finding("lb-timeout", Severity::Error, Hop::LoadBalancer, "silent");
    other.caused_by = Some("lb-refused");
    let shown = text(
        &reports::shop()
            .finding(orphan)
            .finding(one)
            .finding(other)
            .build(),
    );
    for code in [
        "✗ endpoints-empty",
        "✗ lb-refused",
        "✗ lb-timeout",
        "3 errors",
    ] {
        assert!(shown.contains(code), "{code} in {shown}");
    }
}

#[test]
fn exit_codes() {
    let (ok, broken, degraded, unknown) = (
        reports::shop().build(),
        reports::broken(),
        reports::degraded(),
        reports::unknown(),
    );
    for (report, fail_on, strict, code) in [
        (&ok, FailOn::Info, true, 0),
        (&broken, FailOn::Error, false, 1),
        (&broken, FailOn::Never, true, 0),
        (&degraded, FailOn::Error, true, 0),
        (&degraded, FailOn::Warning, false, 1),
        (&degraded, FailOn::Never, false, 0),
        (&unknown, FailOn::Info, false, 0),
        (&unknown, FailOn::Info, true, 3),
    ] {
        assert_eq!(
            exit_code(std::slice::from_ref(report), fail_on, strict),
            code,
            "{:?} {fail_on:?} {strict}",
            report.verdict
        );
    }
    assert_eq!(exit_code(&[unknown, broken], FailOn::Error, true), 1);
    assert_eq!(exit_code(&[], FailOn::Info, true), 0);
}

#[test]
fn junit_of_all_states() {
    let all = [reports::broken(), reports::degraded(), reports::unknown()];
    assert_snapshot!(
        "junit_fail_on_error",
        junit::render(&all, FailOn::Error).unwrap()
    );
    let strict = junit::render(&all[1..2], FailOn::Warning).unwrap();
    assert!(strict.contains("failures=\"1\""), "{strict}");
}

#[test]
fn markdown_of_all_states() {
    let all = [reports::broken(), reports::degraded(), reports::unknown()];
    assert_snapshot!("markdown", markdown::render(&all));
    assert_eq!(markdown::render(&[]), "**0 hosts**\n");
}

/// Names and values of a cluster that try to be more than text on the page.
#[test]
fn markdown_of_hostile_text() {
    let mut root = reports::finding(
        "service-selector-no-match",
        Severity::Error,
        Hop::Service,
        "Service shop/web](https://evil.example) <img src=x onerror=alert(1)> @everyone",
    );
    root.detail =
        "#1 `tick` | bar **bold** _it_ ~~gone~~ [a](javascript:b) &lt; \\| www.evil.example".into();
    root.evidence = vec![
        Evidence::Event("``` </code> `a` | <b>\n# heading".into()),
        Evidence::raw("`Service` shop/`x`", ".spec", "`"),
        Evidence::probe("GET: 404", Some("curl '```'".into())),
    ];
    root.remedy.text = "- [x] <script>look</script>".into();
    root.remedy.commands = vec!["kubectl get svc '\n````\n# out'".into()];
    let report = reports::shop()
        .url("https://shop.example.com/`](x)<b>")
        .verdict(Verdict::Broken, Some(Hop::Service))
        .context(Some("`prod`*_"))
        .hop(
            Hop::Service,
            State::Broken,
            "a | b \\| `c|d` <td>\n| e | f |",
        )
        .finding(root)
        .gap(reports::gap(
            "get Secret `x`|y",
            "# forbidden <b>",
            None,
            &["lb-refused"],
        ))
        .gap(reports::gap("x", "- 1. no", Some("get `secrets`"), &[]))
        .build();
    assert_snapshot!(markdown::render(&[report]));
}

#[test]
fn json_is_as_the_schema_says() {
    let text = include_str!("../../assets/report.schema.json");
    let root: serde_json::Value = serde_json::from_str(text).unwrap();
    let all = [
        reports::shop().build(),
        reports::broken(),
        reports::degraded(),
        reports::unknown(),
        reports::hostile(),
    ];
    for (reports, listed) in [(&all[..], false), (&all[..1], true), (&all[..0], false)] {
        let document = serde_json::from_str(&json::render(reports, listed).unwrap()).unwrap();
        assert_eq!(schema::problems(&root, &document), Vec::<String>::new());
        assert_eq!(document["summary"]["targets"], reports.len());
    }
    for report in &all {
        let document = json::render(std::slice::from_ref(report), false).unwrap();
        let document = serde_json::from_str(&document).unwrap();
        assert_eq!(schema::problems(&root, &document), Vec::<String>::new());
    }
    // The validator sees what is wrong.
    let mut wrong = serde_json::to_value(&all[1]).unwrap();
    wrong["verdict"] = "fine".into();
    wrong["extra"] = true.into();
    let found = format!("{:?}", schema::problems(&root, &wrong));
    assert!(found.contains("fine") && found.contains("extra"), "{found}");
}
