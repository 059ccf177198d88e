//! The repository of a container's image, without tag and digest.

/// `registry.k8s.io/ingress-nginx/controller`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repository<'a>(&'a str);

impl<'a> Repository<'a> {
    /// Of an image as a container names it.
    pub fn of(image: &'a str) -> Self {
        let image = image.split('@').next().unwrap_or(image);
        // A colon before the last slash belongs to the registry's port.
        let after_slash = image.rfind('/').map_or(0, |i| i + 1);
        Self(match image[after_slash..].find(':') {
            Some(i) => &image[..after_slash + i],
            None => image,
        })
    }

    /// Whether it is this one, whatever registry or mirror it comes from.
    pub fn is(self, tail: &str) -> bool {
        let before = self.0.strip_suffix(tail);
        before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
    }

    /// Whether a word stands in it.
    pub fn contains(self, word: &str) -> bool {
        self.0.contains(word)
    }
}
