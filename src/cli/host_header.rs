//! `http://203.0.113.80/ -H 'Host: shop.example.com'`, as with curl: the name is what is asked about, and the address where.

use crate::target::{ResolveOverride, Scheme, Target};

use super::Cli;

/// Puts a Host header into the target and `--resolve`.
///
/// # Errors
/// A sentence: there is no address that it goes with.
pub fn settle(mut cli: Cli) -> Result<Cli, String> {
    let probes = &mut cli.probes;
    let Some(at) = probes.headers.iter().position(|h| h.is("host")) else {
        return Ok(cli);
    };
    let header = probes.headers.remove(at);
    let address = match cli.targets.as_slice() {
        [only] => Target::parse(only).ok(),
        _ => None,
    };
    let address = address.and_then(|t| Some((t.host.parse().ok()?, t)));
    let (Some((address, target)), Some(name)) = (address, header.value().filter(|v| !v.is_empty()))
    else {
        return Err("--header: the Host header is the host that you ask about: give that as TARGET, and where to go with --resolve; beside a header the target is one address".to_owned());
    };
    let named = Target::parse(name).map_err(|e| e.to_string())?;
    let port = target.port.or(named.port);
    let ports = match (port, target.scheme) {
        (Some(port), _) => vec![port],
        (None, Scheme::Http) => vec![80],
        (None, Scheme::Https) => vec![443],
        (None, Scheme::Auto) => vec![80, 443],
    };
    let over = ports.into_iter().map(|port| ResolveOverride {
        host: named.host.clone(),
        to: std::net::SocketAddr::new(address, port),
    });
    probes.resolve.extend(over);
    let scheme = match target.scheme {
        Scheme::Http => "http://",
        Scheme::Https => "https://",
        Scheme::Auto => "",
    };
    let port = port.map(|p| format!(":{p}")).unwrap_or_default();
    cli.targets = vec![format!("{scheme}{}{port}{}", named.host, target.path)];
    Ok(cli)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    fn settled(words: &[&str]) -> Result<(String, Vec<String>), String> {
        let cli = Cli::try_parse_from(["kubectl-hops"].iter().chain(words)).expect("flags");
        let cli = settle(cli)?;
        assert!(cli.probes.headers.iter().all(|h| !h.is("host")));
        let over = cli.probes.resolve.iter();
        let over = over.map(|r| format!("{} {}", r.host, r.to)).collect();
        Ok((cli.targets.concat(), over))
    }

    #[test]
    fn an_address_with_a_name_is_the_name_at_the_address() {
        for (url, name, target, over) in [
            (
                "http://203.0.113.82/",
                "a.b",
                "http://a.b/",
                &["a.b 203.0.113.82:80"][..],
            ),
            (
                "https://203.0.113.82/x?y=1",
                "A.b.",
                "https://a.b/x?y=1",
                &["a.b 203.0.113.82:443"],
            ),
            (
                "http://203.0.113.82:8000/",
                "a.b",
                "http://a.b:8000/",
                &["a.b 203.0.113.82:8000"],
            ),
            (
                "203.0.113.82",
                "a.b",
                "a.b/",
                &["a.b 203.0.113.82:80", "a.b 203.0.113.82:443"],
            ),
            (
                "http://[2001:db8::1]/",
                "a.b",
                "http://a.b/",
                &["a.b [2001:db8::1]:80"],
            ),
        ] {
            let header = format!("Host: {name}");
            let (is, places) = settled(&[url, "-H", &header]).expect(url);
            assert_eq!(
                (is.as_str(), places.as_slice()),
                (
                    target,
                    &over.iter().map(ToString::to_string).collect::<Vec<_>>()[..]
                )
            );
        }
        for words in [
            &["a.b", "-H", "Host: c.d"][..],
            &["203.0.113.82", "203.0.113.83", "-H", "Host: c.d"],
            &["203.0.113.82", "-H", "Host:"],
            &["-H", "Host: c.d"],
        ] {
            let why = settled(words).expect_err("refused");
            assert!(why.contains("--resolve"), "{why}");
        }
    }
}
