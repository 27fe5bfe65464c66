//! What is delivered, as far as names need it.

/// A file that is to be delivered, as far as names need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source<'s> {
    /// Its local name. Of a path with `/`, the last part counts.
    pub name: &'s str,
    /// SHA-256 of its content, in 64 hexadecimal digits, for `{hash}`; `None` if nobody computed it.
    pub sha256: Option<&'s str>,
    /// The partner's id, of a payload.
    pub partner: Option<&'s str>,
}

impl<'s> Source<'s> {
    /// A file of a name, without hash and partner.
    #[must_use]
    pub const fn new(name: &'s str) -> Self {
        Self { name, sha256: None, partner: None }
    }

    /// Sets the hash.
    #[must_use]
    pub const fn sha256(mut self, sha256: Option<&'s str>) -> Self {
        self.sha256 = sha256;
        self
    }

    /// Sets the partner.
    #[must_use]
    pub const fn partner(mut self, partner: Option<&'s str>) -> Self {
        self.partner = partner;
        self
    }

    pub(super) fn last(&self) -> &'s str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// Name without ending, and ending.
    pub(super) fn halves(&self) -> (&'s str, &'s str) {
        match self.last().rsplit_once('.') {
            // What begins with a dot is hidden, and has no ending by that.
            Some((stem, ext)) if !stem.is_empty() => (stem, ext),
            _ => (self.last(), ""),
        }
    }
}
