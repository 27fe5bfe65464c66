//! Webhooks verified by this machine's clock; everything else is in [`qlower_core::webhook`], which is here too.

use std::time::SystemTime;

pub use qlower_core::webhook::*;

/// This machine's time, in Unix seconds.
///
/// ```
/// assert!(qlower_client::webhook::now() > 1_786_000_000);
/// ```
#[must_use]
pub fn now() -> i64 {
    match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_secs()).map_or(i64::MIN, |seconds| -seconds),
    }
}

/// Verifies the header of a webhook over the bytes of its body, now: see [`verify_at`].
///
/// # Errors
/// A [`Refusal`] with its reason.
///
/// ```
/// use qlower_client::webhook::{now, sign, verify};
///
/// let header = sign("whsec_acme", b"{}", now());
/// assert!(verify(&["whsec_acme"], &header, b"{}").is_ok());
/// ```
pub fn verify<'h>(
    secrets: &[impl AsRef<[u8]>],
    header: impl Into<SignatureHeader<'h>>,
    body: &[u8],
) -> Result<Verified, Refusal> {
    verify_at(secrets, header, body, now())
}
