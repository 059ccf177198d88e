//! What a controller answers by itself, before any backend is asked: a redirect that the objects or its command line tell.

/// A redirect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Its status.
    pub status: u16,
    /// Where it leads.
    pub to: String,
    /// What says so: an annotation's key, an argument, a path's final slash.
    pub by: String,
    /// It leads to a fixed place, whatever the backend: that one is never asked for this page.
    pub leaves: bool,
}
