//! Pitfalls of DNS.

pub mod dns_no_address;
pub mod dns_nxdomain;
pub mod dns_points_elsewhere;

use crate::checks::Ctx;
use crate::hops::load_balancer::Published;
use crate::report::Evidence;

/// What the cluster publishes for the host, as lines of evidence.
fn published_lines(published: &[Published]) -> Vec<Evidence> {
    published
        .iter()
        .map(|p| {
            let key = if p.value.parse::<std::net::IpAddr>().is_ok() {
                "ip"
            } else {
                "hostname"
            };
            Evidence::field(
                &p.from,
                format!(".status.loadBalancer.ingress[].{key}"),
                &p.value,
            )
        })
        .collect()
}

/// `A 203.0.113.80` or `CNAME lb.example.net`: the record that the name should have.
fn wanted_record(ctx: &Ctx, published: &[Published]) -> Option<String> {
    let best = published
        .iter()
        .find(|p| p.by_service)
        .or(published.first())?;
    let rtype = match best.value.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.is_ipv4() => "A",
        Ok(_) => "AAAA",
        Err(_) => "CNAME",
    };
    Some(format!("{} {rtype} {}", ctx.cx.target.host, best.value))
}

/// A curl line that goes to a published address, whatever DNS says.
fn curl_past_dns(ctx: &Ctx, published: &[Published]) -> Option<String> {
    let way = ctx.journey.way?;
    let address = published.iter().flat_map(|p| &p.addresses).next()?;
    let host = &ctx.cx.target.host;
    let url = way.url(host, &ctx.cx.target.path);
    Some(format!(
        "curl -v --resolve {host}:{}:{address} {}",
        way.port,
        crate::hops::shell::quote(&url)
    ))
}
