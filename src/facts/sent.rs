//! What a question sends, if it is a request.

use super::Question;

impl Question {
    /// The path and query that it asks for, if it is a request.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Http { path, .. } | Self::PodHttp { path, .. } | Self::Proxy { path, .. } => {
                Some(path)
            }
            Self::Client(request) => Some(&request.path),
            _ => None,
        }
    }

    /// The same, to be written to.
    pub const fn path_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Http { path, .. } | Self::PodHttp { path, .. } | Self::Proxy { path, .. } => {
                Some(path)
            }
            Self::Client(request) => Some(&mut request.path),
            _ => None,
        }
    }
}
