//! Values of flags, read strictly: a typo is an error with a sentence.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::Method;

/// A duration as kubectl reads it: a bare number is seconds, otherwise Go's form, such as `5s`, `1m30s`, `1.5h`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is no duration: use 5, 5s, 1m30s or 0");
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let mut total = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(bad)?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(bad()),
        };
        total += number.parse::<f64>().map_err(|_| bad())? * seconds;
        rest = tail;
    }
    if text.is_empty() {
        return Err(bad());
    }
    Duration::try_from_secs_f64(total).map_err(|_| bad())
}

/// A duration that is not zero.
pub fn some_duration(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err("it must be longer than 0".to_owned()),
        some => Ok(some),
    }
}

/// A namespace name.
pub fn name(text: &str) -> Result<String, String> {
    let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > 63 || !text.chars().all(inside) {
        return Err("a namespace has up to 63 lower-case letters, digits and '-'".to_owned());
    }
    Ok(text.to_owned())
}

/// An HTTP method.
pub fn method(text: &str) -> Result<String, String> {
    let upper = text.to_ascii_uppercase();
    match Method::from_bytes(upper.as_bytes()) {
        Ok(Method::CONNECT) => Err("CONNECT asks a proxy, not a host".to_owned()),
        Ok(method) => Ok(method.as_str().to_owned()),
        Err(_) => Err("it is no HTTP method".to_owned()),
    }
}

/// An address with or without a port; 53 without.
pub fn dns_server(text: &str) -> Result<SocketAddr, String> {
    if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, 53));
    }
    match text.parse::<SocketAddr>() {
        Ok(to) if to.port() != 0 => Ok(to),
        _ => {
            Err("expected an IP address, with or without a port, such as 10.96.0.10:53".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_kubectls() {
        for (text, ms) in [
            ("0", 0),
            ("5", 5000),
            ("5s", 5000),
            ("1m", 60_000),
            ("1m30s", 90_000),
            ("1.5h", 5_400_000),
            ("250ms", 250),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "s", "5x", "-1s", "1..5s", "5s5", "soon", "1e9999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(some_duration("0s").is_err());
    }

    #[test]
    fn methods_are_checked() {
        assert_eq!(method("head"), Ok("HEAD".to_owned()));
        assert!(method("GET /").is_err());
        assert!(method("connect").is_err());
    }

    #[test]
    fn dns_servers_have_a_port() {
        assert_eq!(
            dns_server("10.0.0.2"),
            Ok("10.0.0.2:53".parse().expect("an address"))
        );
        assert_eq!(
            dns_server("[::1]:5353"),
            Ok("[::1]:5353".parse().expect("an address"))
        );
        assert_eq!(
            dns_server("::1"),
            Ok("[::1]:53".parse().expect("an address"))
        );
        assert!(dns_server("dns.example.com").is_err());
        assert!(dns_server("10.0.0.2:0").is_err());
    }
}
