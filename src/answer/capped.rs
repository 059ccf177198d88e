//! Everything that is read at the start has a most: a file, a pipe or a device may be endless, and memory is not.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How much is read of one kind of thing.
#[derive(Clone, Copy, Debug)]
pub struct Cap {
    /// The most bytes.
    pub bytes: u64,
    /// What it is, with its article.
    pub what: &'static str,
    /// What to do about one that is larger; may be empty.
    pub remedy: &'static str,
}

/// A kubeconfig.
pub const KUBECONFIG: Cap = Cap {
    bytes: 16 << 20,
    what: "a kubeconfig",
    remedy: "",
};
/// Certificates or a key in PEM. All the roots of a machine have less than one.
pub const PEM: Cap = Cap {
    bytes: 16 << 20,
    what: "a PEM file",
    remedy: "",
};
/// A bearer token, or another word that stands in a file of its own.
pub const TOKEN: Cap = Cap {
    bytes: 1 << 20,
    what: "a token file",
    remedy: "",
};
/// Manifests of one file or stream. Read, they take several times that.
pub const MANIFESTS: Cap = Cap {
    bytes: 256 << 20,
    what: "manifests",
    remedy: "give the namespaces that the host needs alone",
};
/// A recording of one or several walks.
pub const RECORDING: Cap = Cap {
    bytes: 256 << 20,
    what: "a recording",
    remedy: "record fewer hosts at once",
};

/// Why there is nothing.
#[derive(Debug)]
pub enum Unread {
    /// The operating system's reason.
    Io(io::Error),
    /// It is larger than it may be.
    TooLarge(Cap),
    /// A text was wanted.
    NotText,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(why) => why.fmt(f),
            Self::TooLarge(cap) => {
                let mib = cap.bytes >> 20;
                write!(f, "it is larger than {mib} MiB, the most for {}", cap.what)?;
                if cap.remedy.is_empty() {
                    return Ok(());
                }
                write!(f, "; {}", cap.remedy)
            }
            Self::NotText => f.write_str("it is no text in UTF-8"),
        }
    }
}

impl std::error::Error for Unread {}

impl Cap {
    /// All of a stream. It may block for as long as the stream does.
    ///
    /// # Errors
    /// Why not.
    pub fn stream(self, from: impl Read) -> Result<Vec<u8>, Unread> {
        let mut bytes = Vec::new();
        let mut limited = from.take(self.bytes + 1);
        limited.read_to_end(&mut bytes).map_err(Unread::Io)?;
        if bytes.len() as u64 > self.bytes {
            return Err(Unread::TooLarge(self));
        }
        Ok(bytes)
    }

    /// All of a file, a pipe or a device.
    ///
    /// # Errors
    /// Why not.
    pub fn file(self, path: &Path) -> Result<Vec<u8>, Unread> {
        let file = File::open(path).map_err(Unread::Io)?;
        // A plain file says how large it is; the others have to be read.
        let size = file.metadata().map_or(0, |is| is.len());
        if size > self.bytes {
            return Err(Unread::TooLarge(self));
        }
        self.stream(file)
    }

    /// The same as text.
    ///
    /// # Errors
    /// Why not.
    pub fn text(self, path: &Path) -> Result<String, Unread> {
        String::from_utf8(self.file(path)?).map_err(|_| Unread::NotText)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Cap = Cap {
        bytes: 1 << 20,
        what: "a test",
        remedy: "",
    };

    #[test]
    fn what_fits_is_read_and_what_does_not_is_told_with_its_most() {
        let just = vec![b'x'; 1 << 20];
        assert_eq!(SMALL.stream(&*just).expect("it fits").len(), 1 << 20);
        let why = SMALL.stream(io::repeat(b'x')).expect_err("it is endless");
        assert_eq!(
            why.to_string(),
            "it is larger than 1 MiB, the most for a test"
        );
        let cap = Cap {
            remedy: "give less",
            ..SMALL
        };
        let why = cap.stream(io::repeat(b'x')).expect_err("it is endless");
        assert!(why.to_string().ends_with("for a test; give less"), "{why}");
    }

    #[test]
    fn a_large_file_is_refused_by_its_size() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("large");
        let file = File::create(&path).expect("made");
        file.set_len((1 << 20) + 1).expect("it has holes");
        assert!(matches!(SMALL.file(&path), Err(Unread::TooLarge(_))));
        file.set_len(3).expect("shorter");
        assert_eq!(SMALL.file(&path).expect("it fits"), [0; 3]);
        std::fs::write(&path, [0xff]).expect("written");
        assert!(matches!(SMALL.text(&path), Err(Unread::NotText)));
    }
}
