//! Bytes that come in from a file, standard input or the web, as text; and why they cannot be used.

use std::io::Read;

use thiserror::Error;

/// Bytes of one file or stream; a dump of a large cluster has less.
const MOST_BYTES: u64 = 1 << 30;

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
    let mut bytes = Vec::new();
    from.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(name, &e))?;
    text(name, bytes)
}

/// Bytes that came from somewhere, as text.
pub(super) fn text(name: &str, bytes: Vec<u8>) -> Result<String, FilesError> {
    let refuse = |why: &str| FilesError::Unreadable {
        path: name.to_owned(),
        why: why.to_owned(),
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(refuse("it is larger than 1 GiB"));
    }
    String::from_utf8(bytes).map_err(|_| refuse("it is no text in UTF-8"))
}

pub(super) fn unreadable(path: &str, why: &std::io::Error) -> FilesError {
    FilesError::Unreadable {
        path: path.to_owned(),
        why: why.to_string(),
    }
}
