//! What the answers say of a rule that the controller drops.

use super::Case;
use crate::diagnosis::request::attempt::Attempt;
use crate::report::Severity;

impl Case<'_, '_> {
    /// Whether every answer is another than the one without a route.
    pub fn is_answered_otherwise(&self) -> bool {
        let responses = self.attempts().iter().filter_map(Attempt::response);
        let mut responses = responses.peekable();
        responses.peek().is_some() && responses.all(|r| r.status != 404)
    }

    /// How bad it is that a rule is dropped. While the request is answered well, it is an error only where the answer is known to be that
    /// of the rule which takes its place: objects may be older than the answer.
    pub fn severity_of_drop(&self) -> Severity {
        let author = &self.entrance.inside.author;
        let contradicted = match self.entrance.rule() {
            None => self.is_answered_otherwise(),
            Some(rule) => self.answered_well() && !author.is_of_rule(rule),
        };
        if contradicted {
            Severity::Warning
        } else {
            Severity::Error
        }
    }
}
