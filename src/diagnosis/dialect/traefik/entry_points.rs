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

/// The name of the one with this port. None where it is not on the command line: then it is in a file or in the environment.
pub fn of_port(args: &Args, port: u16) -> Option<String> {
    let mut all = all(args).into_iter();
    all.find(|(_, own)| *own == Some(port))
        .map(|(name, _)| name)
}

/// Those of routers that name none: the ones marked as such, else all but that of the dashboard (`getDefaultsEntrypoints`).
pub fn defaults(args: &Args) -> Vec<String> {
    let marked = |name: &str| args.is_on(&format!("entrypoints.{name}.asdefault"));
    let all: Vec<String> = all(args).into_iter().map(|(name, _)| name).collect();
    let any = all.iter().any(|name| marked(name));
    let counts = |name: &String| if any { marked(name) } else { name != "traefik" };
    all.into_iter().filter(counts).collect()
}

/// Where it redirects every request, whatever the routers say: the entry point that is named, or a port.
pub fn redirects<'a>(args: &'a Args, name: &str) -> Option<&'a str> {
    let key = format!("entrypoints.{name}.http.redirections.entrypoint.to");
    args.value(&key).filter(|to| !to.is_empty())
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
        assert_eq!(of_port(&args, 8443).as_deref(), Some("secure"));
        assert_eq!(of_port(&args, 1), None);
        assert_eq!(defaults(&args), ["metrics", "web", "secure"]);
    }
}
