//! glibc and Go find the name by the search list, musl does not search it.

use super::View;
use crate::diagnosis::checks::{Case, Check, Run, Sink, subject};
use crate::diagnosis::semantics::resolver::Libc;
use crate::report::{Evidence, Hop, Severity};

/// The pitfall.
pub const CHECK: Check = Check {
    code: "cluster-dns-musl-no-search",
    hop: Hop::ClusterDns,
    severity: Severity::Warning,
    title: "programs with musl do not find the name, others do",
    explain: include_str!("cluster_dns_musl_no_search.md"),
    symptom_of: &[],
    run: Run::Request(run),
};

fn run(case: &Case, sink: &mut Sink) {
    let Some(view) = View::of(case) else { return };
    let found = |libc| view.lookup.end(libc).and_then(|e| e.found.as_ref());
    let musl = view.lookup.end(Libc::Musl);
    let fails = musl.is_some_and(|e| e.found.is_none() && e.resolution.is_some());
    let (Some((name, _)), Some(musl)) = (found(Libc::Glibc).filter(|_| fails), musl) else {
        return;
    };
    let conf = &view.lookup.conf.conf;
    let called = &view.call.name;
    let dots = called.matches('.').count();
    let why = if dots >= usize::from(conf.ndots) {
        format!(
            "the name has {dots} dots and ndots is {}: musl then asks for it as it is, and for nothing else",
            conf.ndots
        )
    } else {
        "musl stops at the first answer that is not NXDOMAIN, and at a name that exists without an address".to_owned()
    };
    let (kind, object) = view.client.object();
    sink.find(
        &CHECK,
        subject(kind, Some(&view.client.namespace), object),
        format!(
            "{called} is found with glibc and Go, and not with musl ({})",
            musl.words()
        ),
    )
    .why(why)
    .see_all(view.lines(case))
    .see(Evidence::raw("resolv.conf", "ndots", conf.ndots))
    .fix(format!(
        "call {name}, should the image be one of Alpine or have musl otherwise"
    ))
    .done();
}
