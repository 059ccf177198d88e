//! The values of queries, for rules that go by them: everywhere else placeholders stand for them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

type Reveal = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Knows the values behind placeholders. By default it knows none.
#[derive(Clone, Default)]
pub struct Queries(Option<Arc<Reveal>>);

impl Queries {
    /// From what gives a path with its values, where it has placeholders that are known.
    pub fn new(reveal: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(reveal)))
    }

    /// A path with its values. It is to be compared, and not to be shown.
    pub fn reveal<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let revealed = self.0.as_ref().and_then(|reveal| reveal(path));
        revealed.map_or(Cow::Borrowed(path), Cow::Owned)
    }
}

impl fmt::Debug for Queries {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("Queries")
    }
}
