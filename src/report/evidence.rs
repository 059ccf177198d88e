//! Evidence: lines that a person can check by hand.

use serde::Serialize;
use serde::ser::SerializeStruct;

/// One quotable line of proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A field of an object.
    Field {
        /// `Service shop/frontend`.
        object: String,
        /// `.spec.selector.app`.
        path: String,
        /// Its value as written; `"fronted"`.
        value: String,
    },
    /// A probe and what it got: `GET https://… via 203.0.113.80: 404 by Traefik, 12 ms`.
    Probe {
        /// From where, what, and what came of it.
        text: String,
        /// The shell line that shows the same, where there is one.
        reproduce: Option<String>,
    },
    /// An Event's reason and message.
    Event(String),
    /// A line of a file, and what is wrong there: `shop.yaml:14: .spec.type is "Loadbalancer": …`.
    File(String),
    /// Something that is not there.
    Absent {
        /// `Secret shop/shop-tls`.
        what: String,
        /// Where it was looked for.
        looked: String,
    },
}

impl Evidence {
    /// A field, with the value as JSON would write a string.
    pub fn field(object: impl Into<String>, path: impl Into<String>, value: &str) -> Self {
        Self::Field {
            object: object.into(),
            path: path.into(),
            value: format!("{value:?}"),
        }
    }

    /// A field whose value is a number, a list or a word, written as it is.
    pub fn raw(object: impl Into<String>, path: impl Into<String>, value: impl ToString) -> Self {
        Self::Field {
            object: object.into(),
            path: path.into(),
            value: value.to_string(),
        }
    }

    /// A probe, with the shell line that repeats it.
    pub fn probe(text: impl Into<String>, reproduce: Option<String>) -> Self {
        Self::Probe {
            text: text.into(),
            reproduce,
        }
    }

    /// The shell line that shows the same.
    pub fn reproduce(&self) -> Option<&str> {
        match self {
            Self::Probe { reproduce, .. } => reproduce.as_deref(),
            _ => None,
        }
    }

    /// The word for JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Field { .. } => "field",
            Self::Probe { .. } => "probe",
            Self::Event(_) => "event",
            Self::File(_) => "file",
            Self::Absent { .. } => "absent",
        }
    }

    /// The line itself.
    pub fn text(&self) -> String {
        match self {
            Self::Field {
                object,
                path,
                value,
            } => format!("{object} {path} = {value}"),
            Self::Probe { text, .. } | Self::Event(text) | Self::File(text) => text.clone(),
            Self::Absent { what, looked } => format!("{what}: not found ({looked})"),
        }
    }
}

impl Serialize for Evidence {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let reproduce = self.reproduce();
        let fields = if reproduce.is_some() { 3 } else { 2 };
        let mut s = serializer.serialize_struct("Evidence", fields)?;
        s.serialize_field("type", self.kind())?;
        s.serialize_field("text", &self.text())?;
        if let Some(command) = reproduce {
            s.serialize_field("reproduce", command)?;
        }
        s.end()
    }
}
