//! A secret at the end of an address, for senders that can prove themselves by nothing else.

use super::refusal::{Credential, Reason, Refusal};
use super::verifier::same;
use crate::secret::WebhookSecret;

/// Verifies the last segment of the path that was called against the secrets, in a time that does not tell how much of it is
/// right; gives the index of the secret.
///
/// Such a secret stands in the sender's settings and in the log of every proxy on the way: make it long, change it now and then
/// (several may hold at once), and let nothing log the address.
///
/// # Errors
/// A [`Refusal`]: `Missing` for a path that ends in `/` or is empty, `Mismatch` for another segment.
///
/// # Example: an address that nobody guesses
/// ```
/// use qlower_core::WebhookSecret;
/// use qlower_core::webhook::verify_path;
///
/// let secrets = [WebhookSecret::from("5b2f8e0c1d7a4936")];
/// assert_eq!(verify_path(&secrets, "/webhooks/keyclic/5b2f8e0c1d7a4936"), Ok(0));
/// assert!(verify_path(&secrets, "/webhooks/keyclic/guess").is_err());
/// ```
pub fn verify_path(secrets: &[WebhookSecret], path: &str) -> Result<usize, Refusal> {
    let refuse = |reason| Refusal::new(Credential::Path, reason);
    let given = path.rsplit('/').next().unwrap_or_default();
    if given.is_empty() {
        return Err(refuse(Reason::Missing));
    }
    let mut found = None;
    for (index, secret) in secrets.iter().enumerate() {
        if same(secret.expose(), given.as_bytes()) && is_path_secret(secret) && found.is_none() {
            found = Some(index);
        }
    }
    found.ok_or(refuse(Reason::Mismatch))
}

/// Whether a secret can be the end of an address as it is: letters and digits of ASCII, `-`, `.`, `_` and `~`, one at least, and neither `.` nor `..`.
///
/// ```
/// use qlower_core::webhook::is_path_secret;
///
/// assert!(is_path_secret(&"5b2f8e0c1d7a4936".into()));
/// assert!(!is_path_secret(&"a/b".into()) && !is_path_secret(&"".into()));
/// ```
#[must_use]
pub fn is_path_secret(secret: &WebhookSecret) -> bool {
    let secret = secret.expose();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    secret.iter().all(plain) && !matches!(secret, b"" | b"." | b"..")
}
