//! All that was agreed with the sender, in one place.

use std::fmt;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::policy::TOLERANCE_SECONDS;
use super::refusal::{Credential, Reason, Refusal};
use super::signature::{SignatureHeader, Verified, verify_within};
use crate::secret::{MASK, WebhookSecret};

/// The headers that speak for a webhook.
#[derive(Clone, Copy, Default)]
pub struct Credentials<'a> {
    /// Value of `X-Qlower-Signature`.
    pub signature: SignatureHeader<'a>,
    /// Value of `X-API-KEY`; `None` if there was none.
    pub api_key: Option<&'a [u8]>,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let api_key = self.api_key.map(|_| MASK);
        f.debug_struct("Credentials").field("signature", &self.signature).field("api_key", &api_key).finish()
    }
}

/// Verifies webhooks by what was agreed with Qlower: a signature, a key, or both.
///
/// What is set must be there: with secrets and a key, both are wanted.
///
/// # Example: signature and key
/// ```
/// use qlower_core::webhook::{Credential, Credentials, Verifier, sign};
///
/// let key = "0123456789abcdef0123456789abcdef";
/// let verifier = Verifier::signed_by(["whsec_acme"]).and_api_key(key);
///
/// let header = sign("whsec_acme", b"{}", 1_786_000_000);
/// let both = Credentials { signature: (&header).into(), api_key: Some(key.as_bytes()) };
/// assert!(verifier.verify_at(&both, b"{}", 1_786_000_000).is_ok());
///
/// let unkeyed = Credentials { api_key: None, ..both };
/// let refusal = verifier.verify_at(&unkeyed, b"{}", 1_786_000_000).unwrap_err();
/// assert_eq!(refusal.credential(), Credential::ApiKey);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Verifier {
    secrets: Option<Vec<WebhookSecret>>,
    pub(super) api_keys: Option<Vec<WebhookSecret>>,
    pub(super) tolerance: u64,
}

impl Verifier {
    /// Wants a signature by one of these secrets. Without any, nothing is accepted.
    pub fn signed_by(secrets: impl IntoIterator<Item = impl Into<WebhookSecret>>) -> Self {
        let secrets = secrets.into_iter().map(Into::into).collect();
        Self { secrets: Some(secrets), api_keys: None, tolerance: TOLERANCE_SECONDS }
    }

    /// Wants this key in `X-API-KEY`, and no signature: enough where only a key was agreed, though a key proves nothing about
    /// the body.
    pub fn keyed_by(api_key: impl Into<WebhookSecret>) -> Self {
        Self { secrets: None, api_keys: Some(vec![api_key.into()]), tolerance: TOLERANCE_SECONDS }
    }

    /// Also wants this key in `X-API-KEY`; given several times, one of these.
    pub fn and_api_key(mut self, api_key: impl Into<WebhookSecret>) -> Self {
        self.api_keys.get_or_insert_default().push(api_key.into());
        self
    }

    /// Sets how far a signature's time may lie from now, in seconds; [`TOLERANCE_SECONDS`] by default.
    pub const fn tolerance(mut self, seconds: u64) -> Self {
        self.tolerance = seconds;
        self
    }

    /// The secrets for signatures; `None` if no signature is wanted.
    #[must_use]
    pub fn secrets(&self) -> Option<&[WebhookSecret]> {
        self.secrets.as_deref()
    }

    /// Whether anything can be accepted at all: not if no secret, or no key, or only empty ones were given.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let usable = |list: &Vec<WebhookSecret>| list.iter().any(|secret| !secret.expose().is_empty());
        self.secrets.as_ref().is_none_or(usable) && self.api_keys.as_ref().is_none_or(usable)
    }

    /// Verifies what came, at a moment given in Unix seconds. `None` stands for genuine by the key alone.
    ///
    /// # Errors
    /// A [`Refusal`] for the first credential that is not right; the signature comes first.
    pub fn verify_at(&self, given: &Credentials<'_>, body: &[u8], now: i64) -> Result<Option<Verified>, Refusal> {
        let verified = match &self.secrets {
            Some(secrets) => Some(verify_within(secrets, given.signature, body, now, self.tolerance)?),
            None => None,
        };
        if let Some(keys) = &self.api_keys {
            let refuse = |reason| Refusal::new(Credential::ApiKey, reason);
            let given = given.api_key.filter(|key| !key.is_empty()).ok_or(refuse(Reason::Missing))?;
            let mut found = false;
            for key in keys {
                found |= same(key.expose(), given) && !key.expose().is_empty();
            }
            if !found {
                return Err(refuse(Reason::Mismatch));
            }
        }
        Ok(verified)
    }
}

/// Compares in a time that depends on the lengths alone, and not on where they differ.
pub(crate) fn same(wanted: &[u8], given: &[u8]) -> bool {
    Sha256::digest(wanted).as_slice().ct_eq(Sha256::digest(given).as_slice()).into()
}
