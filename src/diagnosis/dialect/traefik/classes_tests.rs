//! Which classes Traefik takes, by which of its providers.

use super::*;
use crate::diagnosis::dialect::make::Make;

fn by<'a>(make: &'a str, controller: Option<&'a str>, class: &'a str) -> Claimed<'a> {
    Claimed {
        make,
        controller,
        class: Some(class),
    }
}

#[test]
fn classes_of_ingress_nginx_are_taken_by_a_provider_of_their_own() {
    let both = Args::of([
        "--providers.kubernetesingress.ingressclass=traefik",
        "--providers.kubernetesingressnginx",
    ]);
    let nginx = by("ingress-nginx", Some("k8s.io/ingress-nginx"), "nginx");
    assert!(TRAEFIK.implements(&both, &nginx));
    let dialect = TRAEFIK.speaks(&both, &nginx).expect("another dialect");
    assert!(!Make::speaking(dialect).drops_empty(&both));
    assert!(TRAEFIK.takes_annotation(&both, "nginx"));
    let own = by("traefik", Some("traefik.io/ingress-controller"), "traefik");
    assert!(TRAEFIK.implements(&both, &own) && TRAEFIK.speaks(&both, &own).is_none());
    assert!(TRAEFIK.drops_empty(&both));
    let plain = Args::of(["--providers.kubernetesingress"]);
    assert!(!TRAEFIK.implements(&plain, &nginx));
    assert!(!TRAEFIK.takes_annotation(&plain, "nginx"));
}

#[test]
fn a_filter_leaves_other_classes_alone() {
    let args = Args::of(["--providers.kubernetesingress.ingressclass=inner"]);
    let class = |class| by("traefik", Some("traefik.io/ingress-controller"), class);
    assert!(TRAEFIK.implements(&args, &class("inner")));
    assert!(!TRAEFIK.implements(&args, &class("outer")));
    assert!(!TRAEFIK.takes_classless(&args));
}
