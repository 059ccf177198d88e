//! `kubectl` as the user's context wants it, for lines to paste.

use super::quote;
use crate::diagnosis::Settings;
use crate::report::changes;

impl Settings {
    /// `kubectl`, with the context spelled out.
    pub fn kubectl(&self) -> String {
        match &self.context {
            Some(context) => format!("kubectl --context {}", quote(context)),
            None => "kubectl".to_owned(),
        }
    }

    /// The same for a line that only looks: without the context where that is the current one. What changes something always names it,
    /// for such a line is kept, and pasted where another one is current.
    pub fn kubectl_to_look(&self) -> String {
        if self.context_is_current {
            "kubectl".to_owned()
        } else {
            self.kubectl()
        }
    }

    /// A line that was written with the context, as it is to be shown.
    pub fn shown(&self, line: &str) -> String {
        if changes(line) {
            line.to_owned()
        } else {
            line.replace(&self.kubectl(), &self.kubectl_to_look())
        }
    }

    /// `kubectl` in a namespace.
    pub fn kubectl_in(&self, namespace: &str) -> String {
        format!("{} -n {}", self.kubectl(), quote(namespace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_something_has_to_name_the_current_context() {
        let mut settings = Settings {
            context: Some("prod".to_owned()),
            context_is_current: true,
            ..Settings::default()
        };
        let look = "kubectl --context prod -n shop get pods; kubectl --context prod get nodes";
        let change = "kubectl --context prod -n shop scale deployment/web --replicas=1";
        assert_eq!(
            settings.shown(look),
            "kubectl -n shop get pods; kubectl get nodes"
        );
        assert_eq!(settings.shown(change), change);
        assert_eq!(settings.kubectl_to_look(), "kubectl");
        settings.context_is_current = false;
        assert_eq!(settings.shown(look), look);
        assert_eq!(settings.kubectl_to_look(), "kubectl --context prod");
    }
}
