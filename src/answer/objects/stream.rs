//! Bytes that come in from a file, standard input or the web, as text; and why they cannot be used.

use std::fmt;
use std::io::Read;

use thiserror::Error;

use crate::answer::capped::{MANIFESTS, Unread};

/// Bytes of all files and streams together; a dump of a large cluster has less.
pub(super) const MOST_BYTES: usize = 1 << 30;
/// Objects of all files and streams together, and documents that are none. The largest clusters have less.
pub(super) const MOST_OBJECTS: usize = 1_000_000;

/// Why files cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FilesError {
    /// A path that cannot be read.
    #[error("cannot read {path}: {why}")]
    Unreadable {
        /// The path, or `standard input`.
        path: String,
        /// Why not.
        why: String,
    },
    /// A directory with nothing in it to read.
    #[error("{path}: no file in it ends in .yaml, .yml or .json{hint}")]
    Empty {
        /// The directory.
        path: String,
        /// What may be meant.
        hint: &'static str,
    },
    /// More than is kept.
    #[error("cannot read all of {path}: it makes more than {most}, the most for -f; {}", MANIFESTS.remedy)]
    TooMuch {
        /// Where it was too much.
        path: String,
        /// The most.
        most: &'static str,
    },
    /// The same object stands in them twice: which, and where.
    #[error("{0}: leave one of them out")]
    Twice(String),
    /// Everything was read, and there is no object in it that says anything of a request.
    #[error("nothing to check in {paths}: {why}")]
    Nothing {
        /// What was read.
        paths: String,
        /// What is there instead.
        why: String,
    },
}

/// All of a stream, which may not be endless.
pub(super) fn text_of(name: &str, from: impl Read) -> Result<String, FilesError> {
    let bytes = MANIFESTS.stream(from).map_err(|e| unreadable(name, &e))?;
    text(name, bytes)
}

/// Bytes that came from somewhere, as text.
pub(super) fn text(name: &str, bytes: Vec<u8>) -> Result<String, FilesError> {
    String::from_utf8(bytes).map_err(|_| unreadable(name, &Unread::NotText))
}

pub(super) fn unreadable(path: &str, why: &dyn fmt::Display) -> FilesError {
    FilesError::Unreadable {
        path: path.to_owned(),
        why: why.to_string(),
    }
}
