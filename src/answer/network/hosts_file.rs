//! The hosts file: names that this machine's programs find before they ask DNS.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::answer::capped::Cap;
use crate::facts::HostsLine;

/// Block lists make hosts files long; this is far beyond the longest.
const MOST: Cap = Cap {
    bytes: 64 << 20,
    what: "a hosts file",
    remedy: "",
};

/// Where this machine has it.
#[cfg(not(windows))]
pub(super) fn path() -> PathBuf {
    PathBuf::from("/etc/hosts")
}

/// Where this machine has it.
#[cfg(windows)]
pub(super) fn path() -> PathBuf {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
    PathBuf::from(root).join("System32\\drivers\\etc\\hosts")
}

/// The lines that give the name an address. A file that cannot be read has none: programs cannot read it either.
pub(super) fn lines(path: &Path, name: &str) -> Vec<HostsLine> {
    let Ok(bytes) = MOST.file(path) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(&bytes);
    let numbered = text.trim_start_matches('\u{feff}').lines().zip(1..);
    numbered
        .filter_map(|(line, number)| {
            Some(HostsLine {
                file: path.display().to_string(),
                line: number,
                address: named(line, name)?,
            })
        })
        .collect()
}

/// The address of a line that names it: `203.0.113.80 shop.example.com shop # comment`.
fn named(line: &str, name: &str) -> Option<IpAddr> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let address = words.next()?;
    // An address may carry its interface: `fe80::1%lo0`.
    let address = address.split('%').next().unwrap_or_default().parse().ok()?;
    words
        .any(|w| w.trim_end_matches('.').eq_ignore_ascii_case(name))
        .then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_as_programs_do() {
        let name = "shop.example.com";
        for (line, address) in [
            ("203.0.113.80 shop.example.com", Some("203.0.113.80")),
            (
                "\t203.0.113.80\twww.example.com  Shop.Example.COM. # the shop\r",
                Some("203.0.113.80"),
            ),
            ("fe80::1%lo0 shop.example.com", Some("fe80::1")),
            ("# 203.0.113.80 shop.example.com", None),
            ("203.0.113.80 www.example.com # shop.example.com", None),
            ("203.0.113.80 eu.shop.example.com", None),
            ("shop.example.com 203.0.113.80", None),
            ("203.0.113 shop.example.com", None),
            ("", None),
        ] {
            let expected = address.map(|a| a.parse().expect("an address"));
            assert_eq!(named(line, name), expected, "{line:?}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_names_nothing() {
        assert!(lines(Path::new("/nowhere/hosts"), "localhost").is_empty());
    }
}
