//! What goes away with what: root causes and independent faults, each with its symptoms.

use std::cmp::Reverse;

use super::{Code, Finding, Report, Scope};

/// A finding without a cause among the others, and what goes away with it.
#[derive(Clone, Debug)]
pub struct Root<'a> {
    /// The cause, or a fault of its own.
    pub finding: &'a Finding,
    /// Its symptoms, in the report's order.
    pub symptoms: Vec<&'a Finding>,
}

impl Root<'_> {
    /// The codes of the symptoms, each once.
    pub fn codes(&self) -> Vec<Code> {
        let mut codes = Vec::new();
        for symptom in &self.symptoms {
            if !codes.contains(&symptom.code) {
                codes.push(symptom.code);
            }
        }
        codes
    }
}

impl Report {
    /// The root causes and independent faults, the worst first. Every finding stands in one of them, once.
    pub fn roots(&self) -> Vec<Root<'_>> {
        let mut roots: Vec<Root<'_>> = Vec::new();
        let mut folded = Vec::new();
        for finding in &self.findings {
            match self.root_of(finding) {
                Some(root) => folded.push((root, finding)),
                None => roots.push(Root {
                    finding,
                    symptoms: Vec::new(),
                }),
            }
        }
        for (root, symptom) in folded {
            let root = roots.iter_mut().find(|r| std::ptr::eq(r.finding, root));
            if let Some(root) = root {
                root.symptoms.push(symptom);
            }
        }
        roots.sort_by_key(|root| Reverse(root.finding.severity));
        roots
    }

    /// The finding that another one is a symptom of. Of several with the same code the one that is about the same, or about all.
    pub fn cause_of(&self, finding: &Finding) -> Option<&Finding> {
        let code = finding.caused_by?;
        let nearness = |cause: &&Finding| match &cause.scope {
            scope if *scope == finding.scope => 0,
            Scope::Request => 1,
            _ => 2,
        };
        let causes = self.findings.iter().filter(|f| f.code == code);
        causes.min_by_key(nearness)
    }

    /// The finding at the end of the chain of causes; none for a root. A cause that is not among the findings, and a circle, leave the
    /// finding standing for itself: nothing is ever hidden under something that is not told.
    fn root_of(&self, finding: &Finding) -> Option<&Finding> {
        let mut at = self.cause_of(finding)?;
        for _ in 0..self.findings.len() {
            match self.cause_of(at) {
                Some(cause) => at = cause,
                None => return Some(at),
            }
        }
        None
    }
}
