//! Which rules become routers that take a request.

use super::router::{made, redirect};
use super::settings::PREFIX;
use crate::diagnosis::dialect::Arrival;
use crate::diagnosis::dialect::Reader;
use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::dropped::Cause;
use crate::diagnosis::dialect::make::Make;
use crate::diagnosis::dialect::tests::{ingress, request};
use crate::diagnosis::routing::ingress::rules;
use crate::target::Request;
use k8s_openapi::api::networking::v1::IngressTLS;
use std::sync::Arc;

static MAKE: Make = Make::known(&super::TRAEFIK);

/// What becomes of the one rule of an Ingress with these annotations: the cause and what would be better.
fn fate(
    annotations: &[(&str, &str)],
    args: &[&str],
    https: bool,
    arrival: Arrival,
) -> Option<(Cause, Option<String>)> {
    let mut object = (*ingress("shop/web", 1, &["a.com / P web"])).clone();
    let all = annotations.iter();
    object.metadata.annotations = Some(
        all.map(|(k, v)| (format!("{PREFIX}{k}"), (*v).to_owned()))
            .collect(),
    );
    let spec = object.spec.as_mut().expect("a spec");
    spec.tls = Some(vec![IngressTLS::default()]);
    let rule = rules(&[Arc::new(object)], |_| true).remove(0);
    let args = Args::of(args.iter().copied());
    let reader = Reader {
        make: &MAKE,
        args: &args,
        version: None,
        arrival,
        config: None,
        middlewares: None,
    };
    let asked = Request {
        https,
        ..request("a.com", "/")
    };
    let dropped = made(rule, reader, &asked).err()?;
    Some((dropped.cause, dropped.better.map(|(_, value)| value)))
}

const BOTH: &[&str] = &[
    "--providers.kubernetesingress",
    "--entrypoints.web.address=:8000",
    "--entrypoints.websecure.address=:8443",
    "--entrypoints.websecure.http.tls",
];
const ANY: Arrival = Arrival {
    port: None,
    unwrapped: false,
};

#[test]
fn a_middleware_needs_its_namespace_and_its_provider() {
    let with_crd = [BOTH, &["--providers.kubernetescrd"]].concat();
    let ask = |name, args: &[&str]| fate(&[("router.middlewares", name)], args, true, ANY);
    let better = |value: &str| Some((Cause::Middleware, Some(value.to_owned())));
    assert_eq!(ask("shop-strip@kubernetescrd", &with_crd), None);
    assert_eq!(
        ask("shop-strip@kubernetescrd", BOTH),
        Some((Cause::Middleware, None))
    );
    let fixed = better("auth@file,shop-strip@kubernetescrd");
    let with_file = [&with_crd[..], &["--providers.file.directory=/etc/traefik"]].concat();
    assert_eq!(ask("auth@file, strip@kubernetescrd", &with_file), fixed);
    assert_eq!(ask("auth@file", &with_crd), Some((Cause::Middleware, None)));
    assert_eq!(ask("strip", &with_crd), better("shop-strip@kubernetescrd"));
    assert_eq!(
        ask("shop-strip", &with_crd),
        better("shop-strip@kubernetescrd")
    );
    // Whose providers are in a file, is not told by its arguments.
    assert_eq!(
        ask(
            "shop-strip@kubernetescrd",
            &["--configfile=/etc/traefik.yaml"]
        ),
        None
    );
    let narrow = [BOTH, &["--providers.kubernetescrd.namespaces=auth,shop"]].concat();
    assert_eq!(ask("shop-strip@kubernetescrd", &narrow), None);
    assert_eq!(
        ask("web-strip@kubernetescrd", &narrow),
        Some((Cause::Middleware, None))
    );
}

#[test]
fn a_router_is_at_the_entry_points_that_it_names() {
    let ask = |named, https, arrival| fate(&[("router.entryPoints", named)], BOTH, https, arrival);
    let fixed = Some((Cause::EntryPoint, Some("web,websecure".to_owned())));
    assert_eq!(ask("web", true, ANY), fixed);
    assert_eq!(ask("web", false, ANY), None);
    assert_eq!(ask("web, websecure", true, ANY), None);
    let at = |port| Arrival {
        port: Some(port),
        ..ANY
    };
    assert_eq!(ask("web", true, at(8443)), fixed);
    // The load balancer leads 443 to the entry point for plain requests, where the router is.
    assert_eq!(ask("web", true, at(8000)), None);
    assert_eq!(
        ask("web", true, at(1)),
        None,
        "an entry point that is not told"
    );
    let marked = [BOTH, &["--entrypoints.web.asdefault=true"]].concat();
    assert_eq!(fate(&[], &marked, false, ANY), None);
    assert_eq!(fate(&[], &marked, true, ANY), fixed);
}

#[test]
fn an_entry_point_redirects_whatever_the_routers_say() {
    let to = "--entrypoints.web.http.redirections.entrypoint.to=websecure";
    let args = Args::of([BOTH, &[to]].concat());
    let ask = |https, path| {
        let reader = Reader {
            make: &MAKE,
            args: &args,
            version: None,
            arrival: ANY,
            config: None,
            middlewares: None,
        };
        let asked = Request {
            https,
            ..request("a.com", path)
        };
        redirect(reader, &asked).map(|r| (r.status, r.to))
    };
    assert_eq!(
        ask(false, "/x?a"),
        Some((301, "https://a.com/x?a".to_owned()))
    );
    assert_eq!(ask(true, "/x"), None);
}

#[test]
fn a_router_is_for_tls_or_for_plain_requests() {
    let plain = &BOTH[..3];
    let asked = [("router.tls", "true")];
    assert_eq!(
        fate(&[], plain, true, ANY),
        Some((Cause::NoTls, Some("true".to_owned())))
    );
    assert_eq!(fate(&asked, plain, true, ANY), None);
    assert_eq!(
        fate(&[("router.tls.certresolver", "le")], plain, true, ANY),
        None
    );
    assert_eq!(
        fate(&[("router.tls", "false")], plain, true, ANY).map(|f| f.0),
        Some(Cause::NoTls)
    );
    assert_eq!(
        fate(&asked, plain, false, ANY),
        Some((Cause::OnlyTls, None))
    );
    assert_eq!(fate(&[], BOTH, true, ANY), None);
    assert_eq!(fate(&[], BOTH, false, ANY), None);
    let unwrapped = Arrival {
        port: Some(8000),
        unwrapped: true,
    };
    assert_eq!(
        fate(&[], plain, true, unwrapped),
        None,
        "TLS ends before it"
    );
    let redirected = [
        plain,
        &["--entrypoints.web.http.redirections.entrypoint.to=websecure"],
    ]
    .concat();
    assert_eq!(fate(&asked, &redirected, false, ANY), None);
}
