//! What hops has to say, and that it says it.

use serde_json::Value;

use crate::bench::{Bench, findings, roots};

/// What hops has to say about a broken request.
pub struct Broken<'a> {
    pub at: &'a str,
    /// Exactly these codes are errors without a cause of their own.
    pub roots: &'a [&'a str],
    /// These are there too, as consequences.
    pub folded: &'a [&'a str],
}

impl Bench {
    /// hops finds nothing wrong.
    pub fn approves(&self, url: &str) -> Value {
        self.approves_of(&[url])
    }

    pub fn approves_of(&self, args: &[&str]) -> Value {
        let hops = self.hops(args);
        let report = hops.json();
        assert_eq!(report["verdict"], "ok", "{args:?}: {report:#}");
        assert_eq!(hops.exit, 0, "{args:?}: {report:#}");
        report
    }

    /// hops names this hop and exactly these root causes, and exits 1.
    pub fn diagnoses(&self, url: &str, expected: &Broken) -> Value {
        self.diagnoses_of(&[url], expected)
    }

    pub fn diagnoses_of(&self, args: &[&str], expected: &Broken) -> Value {
        let hops = self.hops(args);
        let report = hops.json();
        let found = format!(
            "hops says of {args:?}:\n{}\nexit {}\nstderr: {}",
            serde_json::to_string_pretty(&report).unwrap(),
            hops.exit,
            hops.stderr
        );
        assert_eq!(
            roots(&report),
            expected.roots.iter().map(ToString::to_string).collect(),
            "root causes. {found}"
        );
        assert_eq!(report["verdict"], "broken", "{found}");
        assert_eq!(report["brokenAt"], expected.at, "{found}");
        assert_eq!(hops.exit, 1, "{found}");
        for code in expected.folded {
            let finding = findings(&report).find(|finding| finding["code"] == *code);
            assert!(
                finding.is_some_and(|finding| !finding["causedBy"].is_null()),
                "{code} is no consequence. {found}"
            );
        }
        report
    }
}

impl Bench {
    /// hops calls the request degraded, for this one root at this hop, and exits 0.
    pub fn warns(&self, url: &str, at: &str, code: &str) {
        let hops = self.hops(&[url]);
        let report = hops.json();
        let found = format!("hops says of {url}:\n{report:#}\nexit {}", hops.exit);
        let warnings: Vec<&Value> = findings(&report)
            .filter(|f| f["causedBy"].is_null() && f["severity"] == "warning")
            .collect();
        assert_eq!(warnings.len(), 1, "{found}");
        assert_eq!(warnings[0]["code"], code, "{found}");
        assert_eq!(warnings[0]["hop"], at, "{found}");
        assert_eq!(report["verdict"], "degraded", "{found}");
        assert_eq!(hops.exit, 0, "{found}");
    }
}
