//! Faults of the certificate that only a handshake shows.

use crate::bench::{Bench, SHOP};
use crate::browser::Seen;
use crate::verdicts::Broken;
use crate::world::At;

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn entry_point_without_tls() {
    let bench = Bench::healthy();
    bench.traefik_args(&["--entrypoints.websecure.http.tls=true"], &[]);
    bench.sees(SHOP, |seen| seen.status() == 404); // and the right certificate
    assert_eq!(bench.curl("http://shop.example.com/hostname").status(), 200);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "route",
            roots: &["tls-traefik-router-without-tls"],
            folded: &[],
        },
    );
    bench.change("Ingress", "shop", |ingress| {
        ingress["metadata"]["annotations"]["traefik.ingress.kubernetes.io/router.tls"] =
            "true".into()
    });
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn certificate_without_its_intermediate() {
    let bench = Bench::healthy();
    let file = bench.certificate_of_intermediate("shop.example.com");
    bench.secret("shop", "shop-tls", &file);
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 200);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "tls",
            roots: &["tls-chain-incomplete"],
            folded: &[],
        },
    );
    let read = |name: &str| std::fs::read_to_string(file.with_file_name(name)).unwrap();
    std::fs::write(
        file.with_extension("crt"),
        read("other.crt") + &read("intermediate.crt"),
    )
    .unwrap();
    bench.secret("shop", "shop-tls", &file);
    bench.sees(SHOP, |seen| seen.status() == 200);
    bench.approves(SHOP);
}

#[test]
#[ignore = "needs the cluster: tests/cluster/run"]
fn controller_serves_the_certificate_of_before() {
    let bench = Bench::healthy();
    bench.secret(
        "shop",
        "shop-tls",
        &bench.certificate("shop.example.com", "30 days ago", "1 day ago"),
    );
    bench.sees(SHOP, |seen| *seen == Seen::BadCertificate);
    // Nothing that the API server says reaches Traefik any more: it goes on with what it knows.
    let from_api = ["INPUT", "-s", "10.96.0.1", "-j", "DROP"];
    bench.firewall(&At::PodOf("traefik"), &from_api);
    bench.secret("shop", "shop-tls", &bench.run.join("shop/shop"));
    std::thread::sleep(std::time::Duration::from_secs(2)); // longer than Traefik needs for a change
    assert_eq!(
        bench.curl(SHOP),
        Seen::BadCertificate,
        "the renewed one is not served"
    );
    assert_eq!(bench.curl_with(&["-k"], SHOP).status(), 200);
    bench.diagnoses(
        SHOP,
        &Broken {
            at: "tls",
            roots: &["tls-served-differs"],
            folded: &["tls-cert-expired"],
        },
    );
}
