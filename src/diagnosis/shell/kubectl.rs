//! `kubectl` as the user's context wants it, for lines to paste.

use super::quote;
use crate::diagnosis::Settings;

impl Settings {
    /// `kubectl`, with the context spelled out.
    pub fn kubectl(&self) -> String {
        match &self.context {
            Some(context) => format!("kubectl --context {}", quote(context)),
            None => "kubectl".to_owned(),
        }
    }

    /// `kubectl` in a namespace.
    pub fn kubectl_in(&self, namespace: &str) -> String {
        format!("{} -n {}", self.kubectl(), quote(namespace))
    }
}
