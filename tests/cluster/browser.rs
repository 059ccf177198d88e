//! What a browser on the laptop meets, by curl.

use std::collections::BTreeSet;
use std::path::Path;

use crate::bench::{Bench, text};

/// What a browser would meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Answer { status: u16, body: String },
    Refused,
    TimedOut,
    NoSuchName,
    BadCertificate,
    Other { exit: i32, message: String },
}

impl Seen {
    pub fn status(&self) -> u16 {
        if let Seen::Answer { status, .. } = self {
            *status
        } else {
            0
        }
    }
}

impl Bench {
    pub fn curl(&self, url: &str) -> Seen {
        self.curl_with(&[], url)
    }

    pub fn curl_with(&self, args: &[&str], url: &str) -> Seen {
        let mut command = self.laptop(Path::new("curl"));
        command
            .args([
                "-sS",
                "--path-as-is",
                "--max-time",
                "4",
                "-w",
                "\n%{http_code}",
                "--cacert",
            ])
            .arg(self.run.join("ca.crt"));
        let output = command.args(args).arg(url).output().unwrap();
        let (body, status) = text(&output.stdout)
            .rsplit_once('\n')
            .map(|(body, status)| (body.to_owned(), status.parse()))
            .unwrap();
        match output.status.code().unwrap_or(-1) {
            0 => Seen::Answer {
                status: status.unwrap(),
                body,
            },
            6 => Seen::NoSuchName,
            7 => Seen::Refused,
            28 => Seen::TimedOut,
            60 => Seen::BadCertificate,
            exit => Seen::Other {
                exit,
                message: text(&output.stderr),
            },
        }
    }

    /// Who answers, over several requests.
    pub fn answering(&self, url: &str, requests: usize) -> BTreeSet<String> {
        (0..requests)
            .map(|_| match self.curl(url) {
                Seen::Answer { status: 200, body } => body,
                other => format!("{other:?}"),
            })
            .collect()
    }

    /// Asks until the browser sees this, and tells what it saw instead.
    pub fn sees(&self, url: &str, expected: impl Fn(&Seen) -> bool) -> Seen {
        self.until(url, || self.curl(url), expected)
    }
}
