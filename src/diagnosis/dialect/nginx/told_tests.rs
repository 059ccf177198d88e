//! What the command line decides: TLS that is passed on, and the prefix of annotations.

use super::tests::{MAKE, noted, read};
use crate::diagnosis::dialect::tests::{ingress, request, service};
use crate::diagnosis::dialect::{Args, Arrival, Reader, index, resolve};
use crate::diagnosis::routing::ingress::Peers;
use crate::target::Request;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

#[test]
fn tls_that_is_passed_on_goes_to_the_root() {
    let object = ingress("n/i", 1, &["a.com /x P x", "a.com / P root"]);
    let objects = [noted(object, &[("ssl-passthrough", "true")])];
    let on = Args::of(["--enable-ssl-passthrough"]);
    let ask = |args: &Args| {
        let r = read(&objects, args, &request("a.com", "/x"));
        service(r.winner()).map(str::to_owned)
    };
    assert_eq!(ask(&on).as_deref(), Some("root"));
    assert_eq!(ask(&Args::default()).as_deref(), Some("x"));
}

#[test]
fn tls_is_passed_on_for_the_very_name_of_a_server_alone() {
    let on = Args::of(["--enable-ssl-passthrough"]);
    let passes = |line: &str, host: &str, https: bool| {
        let more = [("ssl-passthrough", "true"), ("server-alias", "b.com")];
        let objects = [noted(ingress("n/i", 1, &[line]), &more)];
        let asked = Request {
            https,
            ..request(host, "/")
        };
        let r = read(&objects, &on, &asked);
        (r.passes_tls, service(r.winner()).map(str::to_owned))
    };
    let (root, none) = (Some("root".to_owned()), None);
    assert_eq!(
        passes("a.com / P root", "a.com", true),
        (true, root.clone())
    );
    assert_eq!(
        passes("a.com / S root", "a.com", true),
        (true, root.clone())
    );
    // Plain requests are nginx's, and so are those for other names of the server.
    assert_eq!(
        passes("a.com / P root", "a.com", false),
        (false, root.clone())
    );
    assert_eq!(
        passes("a.com / P root", "b.com", true),
        (false, root.clone())
    );
    assert_eq!(passes("*.a.com / P root", "x.a.com", true), (false, root));
    // An exact root is another location than the one that counts.
    assert_eq!(passes("a.com / E root", "a.com", true), (true, none));
}

#[test]
fn the_command_line_says_what_annotations_begin_with() {
    let args = Args::of(["--annotations-prefix=web.example.com"]);
    let make = MAKE.under(&args);
    let note = |object: Arc<Ingress>, prefix: &str, pairs: &[(&str, &str)]| {
        let mut object = (*object).clone();
        let all = pairs.iter();
        let all = all.map(|(k, v)| (format!("{prefix}/{k}"), (*v).to_owned()));
        object.metadata.annotations = Some(all.collect());
        Arc::new(object)
    };
    let ask = |prefix: &str| {
        let share = [("canary", "true"), ("canary-weight", "30")];
        let objects = [
            note(
                ingress("n/i", 1, &["a.com /[a-z]+ S web"]),
                prefix,
                &[("use-regex", "true")],
            ),
            note(ingress("n/c", 2, &["a.com /[a-z]+ S new"]), prefix, &share),
        ];
        let reader = Reader {
            make: &make,
            args: &args,
            version: None,
            arrival: Arrival::default(),
            config: None,
            middlewares: None,
        };
        let seen = index(objects.to_vec());
        let peers = Peers::new(&seen, &|_| true);
        let r = resolve(reader, &objects, peers, &request("a.com", "/abc"));
        let winner = r.winner();
        winner.map(|w| w.backends.iter().map(|b| b.weight).collect::<Vec<_>>())
    };
    assert_eq!(ask("web.example.com"), Some(vec![70, 30]));
    assert_eq!(ask("nginx.ingress.kubernetes.io"), None, "nobody's");
    let usual = Args::of(["--annotations-prefix=nginx.ingress.kubernetes.io"]);
    assert_eq!(
        MAKE.under(&usual).annotation_prefixes(),
        MAKE.annotation_prefixes()
    );
}

#[test]
fn a_canary_gets_no_share_of_what_is_passed_on() {
    let on = Args::of(["--enable-ssl-passthrough"]);
    let main = noted(
        ingress("n/i", 1, &["a.com / P web"]),
        &[("ssl-passthrough", "true")],
    );
    let share = [("canary", "true"), ("canary-weight", "30")];
    let objects = [main, noted(ingress("n/c", 2, &["a.com / P new"]), &share)];
    let backends = |args: &Args| {
        let r = read(&objects, args, &request("a.com", "/"));
        r.winner().map(|w| w.backends.len())
    };
    assert_eq!(backends(&on), Some(1));
    assert_eq!(backends(&Args::default()), Some(2));
}
