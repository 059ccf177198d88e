//! How a probe ended, in words.

use crate::facts::{
    ClientAnswer, ClientEnd, Connect, DnsEnd, DnsOutcome, DnsRecord, DnsReply, Exchange,
    HttpAnswer, ProxyUsed, Redirected,
};

/// How a lookup ended, as evidence writes it.
pub const fn outcome_words(outcome: DnsOutcome) -> &'static str {
    match outcome {
        DnsOutcome::Found => "found",
        DnsOutcome::NxDomain => "NXDOMAIN",
        DnsOutcome::NoData => "no A or AAAA record",
        DnsOutcome::ServFail => "SERVFAIL",
        DnsOutcome::TimedOut => "no answer",
    }
}

/// Records that are named; of more only their number is told.
const NAMED: usize = 8;

/// What a DNS query inside a pod got, in words: `10.96.77.1 (ttl 5)`, `CNAME db.example.com, 192.0.2.7 (ttl 30)`, `NXDOMAIN`.
pub fn reply_words(reply: &DnsReply) -> String {
    let code = match &reply.end {
        DnsEnd::NoError if reply.records.is_empty() => return "no record of that type".to_owned(),
        DnsEnd::NoError => None,
        DnsEnd::NxDomain => Some("NXDOMAIN".to_owned()),
        DnsEnd::ServFail => Some("SERVFAIL".to_owned()),
        DnsEnd::Refused => Some("REFUSED".to_owned()),
        DnsEnd::Code(code) => Some(format!("response code {code}")),
        DnsEnd::NoConnection(Connect::TimedOut) => return "no connection".to_owned(),
        DnsEnd::NoConnection(connect) => return connect_words(connect, reply.ms),
        DnsEnd::Silent => return format!("no answer within {}", seconds(reply.ms)),
        DnsEnd::Closed => return "the connection was closed before an answer".to_owned(),
        DnsEnd::Garbled(why) => return format!("no DNS answer: {why}"),
        DnsEnd::NotSent(why) => return format!("not sent: {why}"),
    };
    let records = record_words(&reply.records);
    match (code, records) {
        (Some(code), Some(records)) => format!("{code} after {records}"),
        (code, records) => code.or(records).unwrap_or_default(),
    }
}

/// Addresses stand for themselves, other records with their type; the shortest time to live behind all.
fn record_words(records: &[DnsRecord]) -> Option<String> {
    let ttl = records.iter().map(|r| r.ttl).min()?;
    let one = |r: &DnsRecord| match r.rtype.as_str() {
        "A" | "AAAA" => r.data.clone(),
        rtype => format!("{rtype} {}", r.data),
    };
    let named: Vec<String> = records.iter().take(NAMED).map(one).collect();
    let more = match records.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("{}{more} (ttl {ttl})", named.join(", ")))
}

/// A connection's outcome in words.
pub fn connect_words(connect: &Connect, ms: u64) -> String {
    match connect {
        Connect::Connected => format!("connected in {ms} ms"),
        Connect::Refused => "refused".to_owned(),
        Connect::TimedOut => format!("no answer within {}", seconds(ms)),
        Connect::Reset => "reset".to_owned(),
        Connect::NoRoute => "no route".to_owned(),
        Connect::Other(why) => why.clone(),
    }
}

/// How an exchange ended, in words; `author` says who wrote the response: `by Traefik`.
pub fn exchange_words(answer: &HttpAnswer, author: Option<&str>) -> String {
    let words = match &answer.exchange {
        Exchange::Response => {
            let author = author.map(|a| format!(" {a}")).unwrap_or_default();
            let call = answer.header("grpc-status");
            let call = call
                .map(|s| format!(" (grpc-status {s})"))
                .unwrap_or_default();
            format!("{}{call}{author}, {} ms", answer.status, answer.ms)
        }
        Exchange::NoConnection(connect) => connect_words(connect, answer.ms),
        Exchange::NoTls(why) => format!("no TLS: {why}"),
        Exchange::TimedOut => format!("connected, no response within {}", seconds(answer.ms)),
        Exchange::Closed => "the connection was closed before a response".to_owned(),
        Exchange::NotHttp(why) => format!("not HTTP: {why}"),
    };
    match (&answer.exchange, &answer.tunnel) {
        // The far end's words add nothing to a plain outcome.
        (Exchange::NoConnection(Connect::Other(_)), Some(said)) if !words.contains(said) => {
            format!("{words} ({said})")
        }
        _ => words,
    }
}

/// What an ordinary client got, in words: `200 over HTTP/2, through HTTPS_PROXY http://proxy.example.com:3128`.
pub fn client_words(answer: &ClientAnswer) -> String {
    let way = match &answer.proxy {
        Some(proxy) => format!("through {}", proxy_words(proxy)),
        None => "no proxy".to_owned(),
    };
    let end = client_end(answer);
    match answer.redirects.as_slice() {
        [] => format!("{end}, {way}"),
        [Redirected { status, to, .. }] => format!("{status} to {to}, there {end}, {way}"),
        [.., last] => {
            let count = answer.redirects.len();
            format!("{count} redirects to {}, there {end}, {way}", last.to)
        }
    }
}

/// A proxy, by its variable and where it is.
pub fn proxy_words(proxy: &ProxyUsed) -> String {
    format!("{} {}", proxy.variable, proxy.url)
}

/// How the last request of an ordinary client ended.
pub fn client_end(answer: &ClientAnswer) -> String {
    let status = answer.response.as_ref().map(|r| r.status);
    // Those that speak SOCKS may be given addresses.
    let named = answer.proxy.as_ref().filter(|p| p.url.starts_with("http"));
    match &answer.end {
        ClientEnd::Response => {
            let over = answer.version.iter().map(|v| format!(" over {v}"));
            format!("{}{}", status.unwrap_or_default(), over.collect::<String>())
        }
        ClientEnd::NoName if named.is_some() => "the proxy's name leads nowhere".to_owned(),
        ClientEnd::NoName => "the name leads nowhere".to_owned(),
        ClientEnd::NoConnection(why) if answer.proxy.is_some() => {
            format!(
                "no connection to the proxy: {}",
                connect_words(why, answer.ms)
            )
        }
        ClientEnd::NoConnection(why) => {
            format!("no connection: {}", connect_words(why, answer.ms))
        }
        ClientEnd::ProxyRefused => match status {
            Some(status) => format!("the proxy answers CONNECT with {status}"),
            None => "the proxy opens no way to the host".to_owned(),
        },
        ClientEnd::NotTrusted(why) => format!("a certificate that is not trusted here: {why}"),
        ClientEnd::NoTls(why) => format!("no TLS: {why}"),
        ClientEnd::Http2(why) => format!("HTTP/2 breaks: {why}"),
        ClientEnd::TimedOut => format!("no response within {}", seconds(answer.ms)),
        ClientEnd::Closed => "the connection was closed before a response".to_owned(),
        ClientEnd::Redirects => "the redirects do not end".to_owned(),
        ClientEnd::Other(why) => why.clone(),
    }
}

fn seconds(ms: u64) -> String {
    let tenths = (ms + 50) / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}
