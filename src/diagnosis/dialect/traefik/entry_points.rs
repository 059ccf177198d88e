//! Traefik's entry points, as its command line names them.

use crate::diagnosis::dialect::args::Args;
use crate::diagnosis::dialect::listen::{HTTP_NAMES, HTTPS_NAMES};

/// An entry point: its name, and its port where the command line gives one.
pub type EntryPoint = (String, Option<u16>);

/// Each of them. `:8443/tcp` and `10.0.0.1:8443` are addresses too.
pub fn all(args: &Args) -> Vec<EntryPoint> {
    args.matching("entrypoints.", ".address")
        .map(|(name, address)| {
            let port = address.split('/').next().and_then(|a| a.rsplit_once(':'));
            (name.to_owned(), port.and_then(|(_, p)| p.parse().ok()))
        })
        .collect()
}

/// Whether its routers take requests over TLS without being told to.
pub fn has_tls(args: &Args, name: &str) -> bool {
    let key = format!("entrypoints.{name}.http.tls");
    args.is_on(&key) || args.any_key(&format!("{key}."))
}

/// The one for a scheme. Which one takes https is told by its `http.tls`, else by its usual name.
pub fn of_scheme(args: &Args, https: bool) -> Option<EntryPoint> {
    let all = all(args);
    let names = if https { HTTPS_NAMES } else { HTTP_NAMES };
    let named = || all.iter().find(|(name, _)| names.contains(&name.as_str()));
    if https {
        let by_tls = all.iter().find(|(name, _)| has_tls(args, name));
        by_tls.or_else(named).cloned()
    } else {
        named()
            .or_else(|| {
                all.iter().find(|(name, _)| {
                    !has_tls(args, name) && name != "traefik" && name != "metrics"
                })
            })
            .cloned()
    }
}

/// The name of the one at which requests over TLS arrive: by its port, else by its usual name. None where no entry point is on the
/// command line: then they are in a file or in the environment.
pub fn of_port(args: &Args, port: Option<u16>) -> Option<String> {
    let found = all(args).into_iter().find(|(name, own)| match port {
        Some(_) => *own == port,
        None => HTTPS_NAMES.contains(&name.as_str()),
    });
    found.map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_says_which_takes_what() {
        let args = Args::of([
            "--entrypoints.metrics.address=:9100/tcp",
            "--entryPoints.web.address=:8000/tcp",
            "--entrypoints.secure.address=10.0.0.1:8443/tcp",
            "--entrypoints.secure.http.tls=true",
        ]);
        let port = |https| of_scheme(&args, https).and_then(|(_, port)| port);
        assert_eq!(port(true), Some(8443));
        assert_eq!(port(false), Some(8000));
        assert_eq!(of_port(&args, Some(8443)).as_deref(), Some("secure"));
        assert_eq!(of_port(&args, Some(1)), None);
        assert_eq!(of_port(&args, None), None, "none has the usual name");
    }
}
