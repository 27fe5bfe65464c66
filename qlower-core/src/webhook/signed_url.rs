//! A link that gives whoever holds it access to a file.

use std::fmt;

use crate::secret::MASK;

/// A link that gives whoever holds it access to a file, for as long as it is valid: whole in [`expose`](Self::expose) alone.
///
/// `Debug` and `Display` show the host, and mask what comes behind it.
///
/// ```
/// use qlower_core::webhook::SignedUrl;
///
/// let url = SignedUrl::from("https://files.example.com/invoice.pdf?X-Amz-Signature=0f3a");
/// assert_eq!(url.to_string(), "https://files.example.com/***");
/// assert_eq!(url.expose(), "https://files.example.com/invoice.pdf?X-Amz-Signature=0f3a");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SignedUrl(Box<str>);

impl SignedUrl {
    /// The link itself: for fetching the file, not for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SignedUrl {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = url::Url::parse(&self.0).ok().and_then(|url| {
            let host = url.host_str()?;
            Some(format!("{}://{host}/", url.scheme()))
        });
        write!(f, "{}{MASK}", host.unwrap_or_default())
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedUrl({self})")
    }
}
