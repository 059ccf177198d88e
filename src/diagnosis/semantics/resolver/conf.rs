//! A `/etc/resolv.conf`: read (resolv.conf(5)), written, and what each library takes out of it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Libc;

/// The most dots that `ndots` may ask for (`RES_MAXNDOTS`); the three agree.
const MOST_DOTS: u8 = 15;
/// The most servers that are asked (`MAXNS`); the three agree.
const MOST_SERVERS: usize = 3;
/// musl ignores a line that does not fit its buffer of 256 bytes, the line's end and a zero among them (`resolvconf.c`).
const LONGEST_LINE: usize = 254;

/// What stands in a `/etc/resolv.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The lines `nameserver`, in order. See [`Self::servers`] for who is asked.
    pub nameservers: Vec<IpAddr>,
    /// The domains of the line `search`, in order, as they are written.
    pub searches: Vec<String>,
    /// So many dots make a name be asked as it is, before any search.
    pub ndots: u8,
    /// Seconds to wait for a reply.
    pub timeout: u32,
    /// How often the servers are asked.
    pub attempts: u32,
    /// The other options, as they are written.
    pub options: Vec<String>,
    /// The domain of the host's own name, where it has one: glibc and Go search it where no line `search` is. The file does not tell it.
    pub host_domain: Option<String>,
}

impl Default for ResolvConf {
    /// What an empty file means.
    fn default() -> Self {
        Self {
            nameservers: Vec::new(),
            searches: Vec::new(),
            ndots: 1,
            timeout: 5,
            attempts: 2,
            options: Vec::new(),
            host_domain: None,
        }
    }
}

/// Reads a file. A later line `search` replaces an earlier one, as does a later option one of its name.
pub fn parse(text: &str) -> ResolvConf {
    let mut conf = ResolvConf::default();
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        // A line that begins with a space is none to the C libraries.
        let keyword = words.next().filter(|w| line.starts_with(w));
        match keyword {
            Some("nameserver") => {
                let first = words.next().unwrap_or_default();
                let (address, _zone) = first.split_once('%').unwrap_or((first, ""));
                conf.nameservers.extend(address.parse::<IpAddr>());
            }
            Some("search") => conf.searches = words.map(str::to_owned).collect(),
            Some("domain") => conf.searches = words.take(1).map(str::to_owned).collect(),
            Some("options") => words.for_each(|option| conf.set(option)),
            _ => {}
        }
    }
    conf
}

impl ResolvConf {
    /// Whom a library asks, in order: the first three, or the machine itself where the file names nobody.
    pub fn servers(&self, libc: Libc) -> Vec<IpAddr> {
        let own = [
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ];
        match (self.nameservers.is_empty(), libc) {
            (true, Libc::Go) => own.to_vec(),
            (true, _) => own.into_iter().take(1).collect(),
            (false, _) => self
                .nameservers
                .iter()
                .take(MOST_SERVERS)
                .copied()
                .collect(),
        }
    }

    /// The domains that a library searches, in order.
    pub fn domains(&self, libc: Libc) -> Vec<&str> {
        let written = self.searches.iter().map(String::as_str);
        let own = self.host_domain.as_deref();
        let found: Vec<&str> = match libc {
            Libc::Glibc => written.collect(),
            Libc::Musl if self.search_line().len() > LONGEST_LINE => return Vec::new(),
            Libc::Musl => return written.collect(),
            // `dnsconfig_unix.go`: the root is left out.
            Libc::Go => written.filter(|d| *d != ".").collect(),
        };
        if found.is_empty() {
            return own.into_iter().collect();
        }
        found
    }

    /// Whether an option without a value is set; glibc takes one that is set with a dash in front of it back.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut options = self.options.iter().rev();
        let decides = |o: &&String| o.trim_start_matches('-') == name;
        options.find(decides).is_some_and(|o| o == name)
    }

    /// Takes an option as it is written. Of a value that is no number, nothing is left.
    pub(super) fn set(&mut self, option: &str) {
        match option.split_once(':') {
            Some(("ndots", value)) => self.ndots = dots(value),
            Some(("timeout", value)) => self.timeout = number(value),
            Some(("attempts", value)) => self.attempts = number(value),
            _ => self.options.push(option.to_owned()),
        }
    }

    /// Takes an option back.
    pub(super) fn unset(&mut self, name: &str) {
        let unset = Self::default();
        match name {
            "ndots" => self.ndots = unset.ndots,
            "timeout" => self.timeout = unset.timeout,
            "attempts" => self.attempts = unset.attempts,
            _ => self.options.retain(|o| o.split(':').next() != Some(name)),
        }
    }

    fn search_line(&self) -> String {
        format!("search {}", self.searches.join(" "))
    }
}

impl fmt::Display for ResolvConf {
    /// The file. What is not said is the default.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for address in &self.nameservers {
            writeln!(f, "nameserver {address}")?;
        }
        if !self.searches.is_empty() {
            writeln!(f, "{}", self.search_line())?;
        }
        let unset = Self::default();
        let numbers = [
            ("ndots", u32::from(self.ndots), u32::from(unset.ndots)),
            ("timeout", self.timeout, unset.timeout),
            ("attempts", self.attempts, unset.attempts),
        ];
        let said = numbers.iter().filter(|(_, is, unset)| is != unset);
        let said = said.map(|(name, is, _)| format!("{name}:{is}"));
        let options: Vec<String> = said.chain(self.options.iter().cloned()).collect();
        if !options.is_empty() {
            writeln!(f, "options {}", options.join(" "))?;
        }
        Ok(())
    }
}

/// The digits that a text begins with, as a number; too many are as many as can be, none are zero.
fn number(text: &str) -> u32 {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    match text.get(..end) {
        Some("") | None => 0,
        Some(digits) => digits.parse().unwrap_or(u32::MAX),
    }
}

fn dots(text: &str) -> u8 {
    u8::try_from(number(text)).map_or(MOST_DOTS, |n| n.min(MOST_DOTS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = "\
# a comment
; another one
search old.example
nameserver 10.96.77.10
nameserver fe80::1%eth0
nameserver none
  search indented.example
domain example.com
search shop.svc.cluster.local svc.cluster.local\tcluster.local
options ndots:5 timeout:2 single-request-reopen
options attempts:3 ndots:2 rotate
";

    #[test]
    fn a_file_is_read() {
        let conf = parse(FILE);
        let nameservers: Vec<String> = conf.nameservers.iter().map(ToString::to_string).collect();
        assert_eq!(nameservers, ["10.96.77.10", "fe80::1"]);
        assert_eq!(
            conf.searches,
            [
                "shop.svc.cluster.local",
                "svc.cluster.local",
                "cluster.local"
            ]
        );
        assert_eq!((conf.ndots, conf.timeout, conf.attempts), (2, 2, 3));
        assert_eq!(conf.options, ["single-request-reopen", "rotate"]);
        assert_eq!(parse(""), ResolvConf::default());
        assert_eq!(parse("search a\ndomain b c\n").searches, ["b"]);
        assert!(parse("search a\nsearch\n").searches.is_empty());
    }

    #[test]
    fn numbers_are_read_as_the_libraries_do() {
        for (options, ndots) in [
            ("ndots:5", 5),
            ("ndots:16", 15),
            ("ndots:99999999999", 15),
            ("ndots:3x", 3),
            ("ndots:x", 0),
            ("ndots:", 0),
            ("ndots", 1),
            ("ndots:0", 0),
        ] {
            assert_eq!(
                parse(&format!("options {options}")).ndots,
                ndots,
                "{options}"
            );
        }
    }

    #[test]
    fn an_option_is_taken_back() {
        let mut conf = parse("options ndots:5 single-request no-tld-query -no-tld-query");
        assert!(conf.has("single-request") && !conf.has("no-tld-query"));
        for name in ["ndots", "single-request", "no-tld-query", "-no-tld-query"] {
            conf.unset(name);
        }
        assert_eq!(conf, ResolvConf::default());
    }

    #[test]
    fn servers_are_three_or_the_machine_itself() {
        let servers = |text: &str, libc| {
            let servers = parse(text).servers(libc);
            let words: Vec<String> = servers.iter().map(ToString::to_string).collect();
            words.join(" ")
        };
        assert_eq!(servers("", Libc::Glibc), "127.0.0.1");
        assert_eq!(servers("", Libc::Musl), "127.0.0.1");
        assert_eq!(servers("", Libc::Go), "127.0.0.1 ::1");
        let four = ["1", "2", "3", "4"].map(|n| format!("nameserver 10.0.0.{n}"));
        for libc in Libc::ALL {
            assert_eq!(
                servers(&four.join("\n"), libc),
                "10.0.0.1 10.0.0.2 10.0.0.3"
            );
        }
    }

    #[test]
    fn domains_are_not_the_same_for_all() {
        let root = parse("search .");
        assert_eq!(root.domains(Libc::Glibc), ["."]);
        assert_eq!(root.domains(Libc::Musl), ["."]);
        assert!(root.domains(Libc::Go).is_empty());
        let host_domain = Some("db.shop.svc.cluster.local".to_owned());
        let own = ResolvConf {
            host_domain,
            ..ResolvConf::default()
        };
        assert_eq!(own.domains(Libc::Glibc), ["db.shop.svc.cluster.local"]);
        assert!(own.domains(Libc::Musl).is_empty());
        assert_eq!(own.domains(Libc::Go), ["db.shop.svc.cluster.local"]);
        for (length, searched) in [(247, true), (248, false)] {
            let long = parse(&format!("search {}", "d".repeat(length)));
            assert_eq!(!long.domains(Libc::Musl).is_empty(), searched, "{length}");
            assert_eq!(long.domains(Libc::Glibc).len(), 1);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            nameservers in prop::collection::vec(any::<IpAddr>(), 0..4),
            searches in prop::collection::vec("[a-z.]{1,9}", 0..4),
            ndots in 0..16_u8,
            timeout in 0..99_u32,
            attempts in 0..9_u32,
            options in prop::collection::vec("[a-z-]{1,9}", 0..3),
        ) {
            let conf = ResolvConf { nameservers, searches, ndots, timeout, attempts, options, host_domain: None };
            prop_assert_eq!(parse(&conf.to_string()), conf);
        }

        #[test]
        fn nothing_that_is_read_panics(text in "\\PC*") {
            let conf = parse(&text);
            for libc in Libc::ALL {
                prop_assert!(!conf.servers(libc).is_empty());
            }
        }
    }
}
