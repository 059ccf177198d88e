//! A source and its hosts in the screen's words.

use super::super::scenarios::Scenario;
use super::super::source::Source;
use crate::cli::Cli;
use crate::tui::state::{HostRow, Origin};

/// What the header says of a source.
pub(super) fn origin(cli: &Cli, demo: Option<&Scenario>, source: &Source) -> Origin {
    let still = match (demo, &cli.replay) {
        (Some(demo), _) => format!("demo {}", demo.name),
        (None, Some(file)) => {
            let day = source.settings.now.strftime("%-d %b %Y");
            format!("recording {} of {day}", file.display())
        }
        (None, None) if !cli.files.is_empty() => "files".to_owned(),
        (None, None) if !is_safe(&cli.probes.method) => {
            format!("asked once, for it is {}", cli.probes.method)
        }
        (None, None) => String::new(),
    };
    Origin {
        context: source.settings.context.clone(),
        namespace: source.settings.namespace.clone(),
        still,
        target: source.targets.first().cloned(),
    }
}

impl From<crate::diagnosis::served::ServedHost> for HostRow {
    fn from(served: crate::diagnosis::served::ServedHost) -> Self {
        Self {
            path: served.first_path(),
            backend: served.first_backend(),
            host: served.host,
            by: served.by,
            class: served.class,
        }
    }
}

/// Whether a request may be sent again and again without asking (RFC 9110 §9.2.1).
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}
