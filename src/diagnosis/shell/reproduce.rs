//! The shell line that asks what a probe asked: `curl`, `dig`, `openssl` or `kubectl`, ready to paste.

use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::shell::quote;
use crate::facts::{ClientRequest, DnsQuery, PodPort, Question};
use crate::target::Header;
use crate::target::request::is_call;

/// A local port for tunnels: the pod's own where an ordinary user may open it, else one that is easy to recognise.
fn local_port(pod: &PodPort) -> u16 {
    if pod.port < 1024 {
        pod.port + 18000
    } else {
        pod.port
    }
}

/// The line that repeats a question, with `kubectl` as the context wants it; none for reads of objects.
pub fn command(question: &Question, kubectl: &str) -> Option<String> {
    Some(match question {
        Question::Get { .. }
        | Question::List { .. }
        | Question::Find { .. }
        | Question::ApiGroups => return None,
        Question::Dns { name, via: None } => {
            let name = quote(name);
            format!("getent ahosts {name}; dig {name} A {name} AAAA")
        }
        Question::Dns {
            name,
            via: Some(via),
        } => dig(name, *via, false),
        Question::DnsAuthority { name, .. } => format!("dig +trace {}", quote(name)),
        Question::DnsText { name, via } => {
            let at = via.map(at).unwrap_or_default();
            format!("dig +short{at} {} TXT", quote(name))
        }
        Question::Tcp { to } => format!("nc -vz -w 3 {} {}", to.ip(), to.port()),
        Question::Tls { to, sni } => openssl(&to.to_string(), sni),
        Question::Http {
            to,
            tls,
            host,
            method,
            path,
            headers,
        } => {
            let name = name_of(host);
            let resolve = format!(
                "--resolve {}",
                quote(&format!("{name}:{}:{}", to.port(), bracketed(to.ip())))
            );
            // An address needs no look-up.
            let literal = name.trim_matches(['[', ']']).parse() == Ok(to.ip());
            let mut options = if literal { Vec::new() } else { vec![resolve] };
            if is_call(headers) {
                let version = if *tls {
                    "--http2"
                } else {
                    "--http2-prior-knowledge"
                };
                options.push(version.to_owned());
            }
            options.extend(headers.iter().map(given));
            curl(*tls, &options, method, host, path)
        }
        Question::Client(request) => client(request),
        Question::PodTls { pod, sni } => {
            let local = local_port(pod);
            through(
                kubectl,
                pod,
                local,
                &openssl(&format!("127.0.0.1:{local}"), sni),
            )
        }
        Question::PodHttp {
            pod,
            tls,
            host,
            method,
            path,
            forwarded_https,
            again: _,
            headers,
        } => {
            let local = local_port(pod);
            let mut options = vec![format!("--connect-to ::127.0.0.1:{local}")];
            if pod.proxy_line {
                options.push("--haproxy-protocol".to_owned());
            }
            if *forwarded_https {
                options.push("-H 'X-Forwarded-Proto: https'".to_owned());
            }
            let sent = |h: &&Header| !(*forwarded_https && h.is("x-forwarded-proto"));
            options.extend(headers.iter().filter(sent).map(given));
            through(
                kubectl,
                pod,
                local,
                &curl(*tls, &options, method, host, path),
            )
        }
        Question::PodDns { pod, queries } => {
            let local = local_port(pod);
            through(kubectl, pod, local, &dig_over_tcp(local, queries))
        }
        Question::Proxy {
            kind,
            namespace,
            name,
            port,
            tls,
            path,
        } => {
            let scheme = if *tls { "https:" } else { "" };
            let within = namespace.as_ref().map(|n| format!("namespaces/{n}/"));
            let url = format!(
                "/api/v1/{}{}/{scheme}{name}:{port}/proxy{path}",
                within.unwrap_or_default(),
                kind.plural()
            );
            format!("{kubectl} get --raw {}", quote(&url))
        }
    })
}

/// One server asked directly; an authoritative one without recursion.
pub fn dig(name: &str, server: SocketAddr, authoritative: bool) -> String {
    let recurse = if authoritative { " +norecurse" } else { "" };
    let (at, name) = (at(server), quote(name));
    format!("dig{recurse}{at} {name} A {name} AAAA")
}

/// A tunnel passes TCP alone.
fn dig_over_tcp(local: u16, queries: &[DnsQuery]) -> String {
    let mut line = format!("dig +tcp @127.0.0.1 -p {local}");
    for query in queries {
        line = format!("{line} {} {}", quote(&query.name), query.rtype.name());
    }
    line
}

/// ` @192.0.2.1 -p 5353`
fn at(server: SocketAddr) -> String {
    let port = match server.port() {
        53 => String::new(),
        port => format!(" -p {port}"),
    };
    format!(" @{}{port}", server.ip())
}

fn openssl(connect: &str, sni: &str) -> String {
    format!(
        "openssl s_client -connect {connect} -servername {} -showcerts </dev/null",
        quote(sni)
    )
}

/// `-H 'X-Canary: always'`
fn given(header: &Header) -> String {
    format!("-H {}", quote(&header.to_string()))
}

fn curl(tls: bool, options: &[String], method: &str, host: &str, path: &str) -> String {
    // As hops does: whatever the certificate, what the server answers is of interest.
    let (insecure, scheme) = if tls { ("k", "https") } else { ("", "http") };
    let method = match method {
        "GET" => String::new(),
        "HEAD" => " --head".to_owned(),
        other => format!(" -X {}", quote(other)),
    };
    let mut line = format!("curl -sSi{insecure} --path-as-is");
    for option in options {
        line = format!("{line} {option}");
    }
    format!(
        "{line}{method} {}",
        quote(&format!("{scheme}://{host}{path}"))
    )
}

/// As programs do it: by the proxies of the environment, with this machine's trust.
fn client(request: &ClientRequest) -> String {
    let method = match request.method.as_str() {
        "HEAD" => " --head",
        _ => "",
    };
    format!("curl -sSvLo /dev/null{method} {}", quote(&request.url()))
}

fn through(kubectl: &str, pod: &PodPort, local: u16, then: &str) -> String {
    format!(
        "{kubectl} -n {} port-forward pod/{} {local}:{} >/dev/null & sleep 2; {then}; kill $!",
        quote(&pod.namespace),
        quote(&pod.name),
        pod.port
    )
}

fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

fn bracketed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{DnsType, Kind};

    fn pod(port: u16, proxy_line: bool) -> PodPort {
        PodPort {
            namespace: "traefik".to_owned(),
            name: "traefik-1".to_owned(),
            port,
            proxy_line,
        }
    }

    fn header(text: &str) -> Header {
        Header::parse(text).expect("a header")
    }

    #[test]
    fn every_probe_has_a_line() {
        let to: SocketAddr = "203.0.113.80:443".parse().expect("an address");
        let six: SocketAddr = "[2001:db8::1]:8443".parse().expect("an address");
        let http = |to, host: &str, method: &str| Question::Http {
            to,
            tls: true,
            host: host.to_owned(),
            method: method.to_owned(),
            path: "/a?b=1&c".to_owned(),
            headers: Vec::new(),
        };
        for (question, expected) in [
            (
                http(to, "shop.example.com", "GET"),
                "curl -sSik --path-as-is --resolve shop.example.com:443:203.0.113.80 'https://shop.example.com/a?b=1&c'",
            ),
            (
                http(six, "shop.example.com:8443", "HEAD"),
                "curl -sSik --path-as-is --resolve 'shop.example.com:8443:[2001:db8::1]' --head 'https://shop.example.com:8443/a?b=1&c'",
            ),
            (
                Question::Http {
                    to,
                    tls: false,
                    host: "shop.example.com".to_owned(),
                    method: "GET".to_owned(),
                    path: "/".to_owned(),
                    headers: vec![header("Authorization: Bearer hunter22"), header("Accept:")],
                },
                "curl -sSi --path-as-is --resolve shop.example.com:443:203.0.113.80 -H 'Authorization: …' -H Accept: http://shop.example.com/",
            ),
            (
                Question::Tls {
                    to,
                    sni: "shop.example.com".to_owned(),
                },
                "openssl s_client -connect 203.0.113.80:443 -servername shop.example.com -showcerts </dev/null",
            ),
            (Question::Tcp { to }, "nc -vz -w 3 203.0.113.80 443"),
            (
                Question::Dns {
                    name: "shop.example.com".to_owned(),
                    via: "192.0.2.1:5353".parse().ok(),
                },
                "dig @192.0.2.1 -p 5353 shop.example.com A shop.example.com AAAA",
            ),
            (
                Question::PodHttp {
                    pod: pod(80, true),
                    tls: false,
                    host: "shop.example.com".to_owned(),
                    method: "GET".to_owned(),
                    path: "/".to_owned(),
                    forwarded_https: true,
                    again: false,
                    headers: vec![header("X-Canary: it's"), header("x-forwarded-proto: http")],
                },
                "kubectl -n traefik port-forward pod/traefik-1 18080:80 >/dev/null & sleep 2; curl -sSi --path-as-is --connect-to ::127.0.0.1:18080 \
--haproxy-protocol -H 'X-Forwarded-Proto: https' -H 'X-Canary: it'\\''s' http://shop.example.com/; kill $!",
            ),
            (
                Question::Proxy {
                    kind: Kind::Pod,
                    namespace: Some("shop".to_owned()),
                    name: "web-1".to_owned(),
                    port: "8080".to_owned(),
                    tls: true,
                    path: "/x".to_owned(),
                },
                "kubectl get --raw /api/v1/namespaces/shop/pods/https:web-1:8080/proxy/x",
            ),
            (
                Question::Proxy {
                    kind: Kind::Node,
                    namespace: None,
                    name: "node-1".to_owned(),
                    port: "10256".to_owned(),
                    tls: false,
                    path: "/healthz".to_owned(),
                },
                "kubectl get --raw /api/v1/nodes/node-1:10256/proxy/healthz",
            ),
            (
                Question::PodDns {
                    pod: PodPort {
                        namespace: "kube-system".to_owned(),
                        name: "coredns-1".to_owned(),
                        port: 53,
                        proxy_line: false,
                    },
                    queries: vec![
                        DnsQuery::new("web.shop.svc.cluster.local", DnsType::A),
                        DnsQuery::new("it's", DnsType::Srv),
                    ],
                },
                "kubectl -n kube-system port-forward pod/coredns-1 18053:53 >/dev/null & sleep 2; \
dig +tcp @127.0.0.1 -p 18053 web.shop.svc.cluster.local A 'it'\\''s' SRV; kill $!",
            ),
        ] {
            assert_eq!(command(&question, "kubectl").as_deref(), Some(expected));
        }
    }
}
