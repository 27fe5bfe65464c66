//! HTTP Basic, by which the caller of a webhook without a signature says who it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::refusal::{Credential, Reason, Refusal};
use super::verifier::same;
use crate::secret::WebhookSecret;

/// A user who may call, with the password.
///
/// ```
/// let user = qlower_core::webhook::BasicUser::new("imaging", "p4ss");
/// assert_eq!(format!("{user:?}"), "BasicUser { name: \"imaging\", password: WebhookSecret(***) }");
/// ```
#[derive(Clone, Debug)]
pub struct BasicUser {
    name: String,
    password: WebhookSecret,
}

impl BasicUser {
    /// A user of this name. A name with a colon in it can be sent by nobody; an empty password lets nobody in.
    pub fn new(name: impl Into<String>, password: impl Into<WebhookSecret>) -> Self {
        Self { name: name.into(), password: password.into() }
    }

    /// Whether the user can come in at all: not with an empty password, nor with a colon in the name.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.password.expose().is_empty() && !self.name.contains(':')
    }

    /// The user's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Verifies the value of an `Authorization` header against the users who may call, in a time that does not tell how much of it
/// is right; gives the index of the user.
///
/// # Errors
/// A [`Refusal`]: `Missing` for an empty header, `Malformed` for another scheme or what is no base64 with a colon in it,
/// `Mismatch` for an unknown user or a wrong password.
///
/// # Example: the user of the imaging platform
/// ```
/// use qlower_core::webhook::{BasicUser, verify_basic};
///
/// let users = [BasicUser::new("imaging", "p4ss")];
/// assert_eq!(verify_basic(&users, b"Basic aW1hZ2luZzpwNHNz"), Ok(0));
/// assert!(verify_basic(&users, b"Basic aW1hZ2luZzpub3BlCg==").is_err());
/// ```
pub fn verify_basic(users: &[BasicUser], header: &[u8]) -> Result<usize, Refusal> {
    let refuse = |reason| Refusal::new(Credential::Basic, reason);
    let header = header.trim_ascii();
    if header.is_empty() {
        return Err(refuse(Reason::Missing));
    }
    let scheme = header.split(|byte| *byte == b' ').next().unwrap_or_default();
    let token = header.get(scheme.len()..).unwrap_or_default().trim_ascii();
    if !scheme.eq_ignore_ascii_case(b"Basic") {
        return Err(refuse(Reason::Malformed));
    }
    let given = Zeroizing::new(STANDARD.decode(token).map_err(|_| refuse(Reason::Malformed))?);
    if !given.contains(&b':') {
        return Err(refuse(Reason::Malformed));
    }
    let mut found = None;
    for (index, user) in users.iter().enumerate() {
        let mut wanted = Zeroizing::new(user.name.as_bytes().to_vec());
        wanted.push(b':');
        wanted.extend_from_slice(user.password.expose());
        if same(&wanted, &given) && user.is_usable() && found.is_none() {
            found = Some(index);
        }
    }
    found.ok_or(refuse(Reason::Mismatch))
}
