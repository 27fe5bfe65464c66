//! Secrets as types of their own: never printed, wiped when dropped.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

/// What stands wherever a secret would have been printed.
pub const MASK: &str = "***";

/// Whether a key is `apiKey` in whatever spelling: what stands under it is not shown.
///
/// ```
/// assert!(qlower_core::secret::names_a_secret("api_key"));
/// assert!(!qlower_core::secret::names_a_secret("key"));
/// ```
#[must_use]
pub fn names_a_secret(key: &str) -> bool {
    let bare = key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
    bare.eq("apikey".chars())
}

/// The access key that Qlower gives a partner; wire key `apiKey`.
///
/// `Debug` and `Display` print a mask, the memory is wiped on drop, and only [`ApiKey::expose`] and
/// serialisation (a payload carries its key on the wire) give the text away.
///
/// # Example: a key does not leak through a log line
/// ```
/// use qlower_core::ApiKey;
///
/// let key = ApiKey::from("k-123456");
/// assert_eq!(format!("{key} {key:?}"), "*** ApiKey(***)");
/// assert_eq!(key.expose(), "k-123456");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// The key itself: ask for it only where it goes onto the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether no key was given (empty or blank).
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl From<&str> for ApiKey {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.to_owned()))
    }
}

impl From<String> for ApiKey {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({MASK})")
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for ApiKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for ApiKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// A secret that signs webhooks, or a password that comes with them: agreed with whoever sends them.
///
/// `Debug` and `Display` print a mask, and the memory is wiped on drop. An empty one never verifies anything.
///
/// # Example: a rotation keeps the old secret for a while
/// ```
/// use qlower_core::WebhookSecret;
///
/// let secrets = [WebhookSecret::from("whsec_new"), WebhookSecret::from("whsec_old")];
/// assert_eq!(format!("{secrets:?}"), "[WebhookSecret(***), WebhookSecret(***)]");
/// ```
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for WebhookSecret {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for WebhookSecret {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

impl From<String> for WebhookSecret {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text.into_bytes()))
    }
}

impl From<&[u8]> for WebhookSecret {
    fn from(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }
}

impl From<Vec<u8>> for WebhookSecret {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookSecret({MASK})")
    }
}

impl fmt::Display for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_formatting_shows_the_key() {
        let key = ApiKey::from("s3cr3t");
        for text in [format!("{key}"), format!("{key:?}"), format!("{key:#?}"), format!("{:?}", Some(&key))] {
            assert!(!text.contains("s3cr3t"), "{text}");
            assert!(text.contains(MASK), "{text}");
        }
    }
}
