//! The signature of a webhook: `t=<unix seconds>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::policy::TOLERANCE_SECONDS;
use super::refusal::{Credential, Reason, Refusal};

/// A signature that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    timestamp: i64,
    secret: usize,
}

impl Verified {
    /// When it was signed, in Unix seconds.
    #[must_use]
    pub const fn timestamp(self) -> i64 {
        self.timestamp
    }

    /// Which of the secrets gave it, counted from 0: once the old one gives no more, a rotation is over.
    #[must_use]
    pub const fn secret(self) -> usize {
        self.secret
    }
}

/// The value of a signature header as it came; empty if there was none.
///
/// Where several lines of that name came, join them with commas: their times then stand twice, and they are refused.
#[derive(Clone, Copy, Default)]
pub struct SignatureHeader<'a>(pub(super) &'a [u8]);

impl<'a> From<&'a str> for SignatureHeader<'a> {
    fn from(header: &'a str) -> Self {
        Self(header.as_bytes())
    }
}

impl<'a> From<&'a String> for SignatureHeader<'a> {
    fn from(header: &'a String) -> Self {
        Self(header.as_bytes())
    }
}

impl<'a> From<&'a [u8]> for SignatureHeader<'a> {
    fn from(header: &'a [u8]) -> Self {
        Self(header)
    }
}

impl<'a> From<Option<&'a str>> for SignatureHeader<'a> {
    fn from(header: Option<&'a str>) -> Self {
        Self(header.unwrap_or_default().as_bytes())
    }
}

impl<'a> From<Option<&'a [u8]>> for SignatureHeader<'a> {
    fn from(header: Option<&'a [u8]>) -> Self {
        Self(header.unwrap_or_default())
    }
}

impl fmt::Debug for SignatureHeader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignatureHeader({} bytes)", self.0.len())
    }
}

/// Verifies the header of a webhook over the bytes of its body, at a moment given in Unix seconds.
///
/// It is genuine if one of its `v1` parts belongs to one of the secrets (several during a rotation), and its time is at most
/// [`TOLERANCE_SECONDS`] away; [`Verifier::tolerance`](super::Verifier::tolerance) sets another limit. Order and spaces
/// of the parts do not matter, unknown parts are passed over, and digits may be of either case. Comparing takes the same time
/// wherever a difference stands.
///
/// The body need be neither JSON nor UTF-8. An empty secret matches nothing.
///
/// # Errors
/// A [`Refusal`]: `Missing` for an empty header; `Malformed` for an absent or repeated time, a time that is no number of
/// seconds, no `v1`, or one that is not hexadecimal; `Mismatch` if no secret gives it; `Expired` if one does, at another time.
///
/// # Example: two secrets during a rotation
/// ```
/// use qlower_core::webhook::{sign, verify_at};
///
/// let header = sign("whsec_old", b"\xff\x00", 1_786_000_000);
/// let verified = verify_at(&["whsec_new", "whsec_old"], &header, b"\xff\x00", 1_786_000_000)?;
/// assert_eq!(verified.secret(), 1);
/// # Ok::<(), qlower_core::webhook::Refusal>(())
/// ```
pub fn verify_at<'h>(
    secrets: &[impl AsRef<[u8]>],
    header: impl Into<SignatureHeader<'h>>,
    body: &[u8],
    now: i64,
) -> Result<Verified, Refusal> {
    verify_within(secrets, header.into(), body, now, TOLERANCE_SECONDS)
}

pub(super) fn verify_within(
    secrets: &[impl AsRef<[u8]>],
    header: SignatureHeader<'_>,
    body: &[u8],
    now: i64,
    tolerance: u64,
) -> Result<Verified, Refusal> {
    let refuse = |reason| Refusal::new(Credential::Signature, reason);
    let parts = Parts::read(header).map_err(refuse)?;
    // Every secret is tried with every signature, so that the time tells nothing of which one it was.
    let mut found = None;
    for (index, secret) in secrets.iter().enumerate() {
        let Some(mac) = authenticator(secret.as_ref(), parts.time_text, body) else { continue };
        for signature in &parts.signatures {
            if mac.clone().verify_slice(signature).is_ok() && found.is_none() {
                found = Some(index);
            }
        }
    }
    let secret = found.ok_or(refuse(Reason::Mismatch))?;
    if now.abs_diff(parts.time) > tolerance {
        return Err(refuse(Reason::Expired { skew: now.saturating_sub(parts.time) }));
    }
    Ok(Verified { timestamp: parts.time, secret })
}

/// Signs the bytes of a body as Qlower does, at a moment given in Unix seconds: the value of the header.
///
/// It is for tests and for stand-ins of Qlower. With an empty secret it gives a signature that is always refused.
///
/// ```
/// let header = qlower_core::webhook::sign("whsec_acme", b"{}", 1_786_000_000);
/// assert!(header.starts_with("t=1786000000,v1="));
/// ```
#[must_use]
pub fn sign(secret: impl AsRef<[u8]>, body: &[u8], at: i64) -> String {
    let time = at.to_string();
    let code = keyed(secret.as_ref(), time.as_bytes(), body).map(|mac| mac.finalize().into_bytes());
    let mut header = format!("t={time},v1=");
    header.extend(
        code.iter()
            .flatten()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .filter_map(|digit| char::from_digit(digit.into(), 16)),
    );
    header
}

/// `None` for an empty secret.
pub(super) fn authenticator(secret: &[u8], time: &[u8], body: &[u8]) -> Option<Hmac<Sha256>> {
    if secret.is_empty() { None } else { keyed(secret, time, body) }
}

fn keyed(secret: &[u8], time: &[u8], body: &[u8]) -> Option<Hmac<Sha256>> {
    // A key may have any length, so there is always one.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(time);
    mac.update(b".");
    mac.update(body);
    Some(mac)
}

/// A header, taken apart.
pub(super) struct Parts<'a> {
    pub(super) time: i64,
    /// The time as it is written: that is what was signed.
    pub(super) time_text: &'a [u8],
    pub(super) signatures: Vec<Vec<u8>>,
}

impl<'a> Parts<'a> {
    pub(super) fn read(header: SignatureHeader<'a>) -> Result<Self, Reason> {
        let text = header.0.trim_ascii();
        if text.is_empty() {
            return Err(Reason::Missing);
        }
        let (mut time, mut signatures) = (None, Vec::new());
        for part in text.split(|byte| *byte == b',') {
            let Some(equals) = part.iter().position(|byte| *byte == b'=') else { continue };
            let (name, value) = part.split_at(equals);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            match name.trim_ascii() {
                b"t" if time.is_some() => return Err(Reason::Malformed),
                b"t" => time = Some(value),
                b"v1" => signatures.push(bytes_of_hex(value).ok_or(Reason::Malformed)?),
                _ => {}
            }
        }
        let time_text = time.ok_or(Reason::Malformed)?;
        if signatures.is_empty() {
            return Err(Reason::Malformed);
        }
        Ok(Self { time: seconds(time_text).ok_or(Reason::Malformed)?, time_text, signatures })
    }
}

/// Decimal digits and nothing else, up to what 64 bits hold.
pub(super) fn seconds(text: &[u8]) -> Option<i64> {
    let digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

/// `None` for what is not whole bytes of hexadecimal digits, or nothing.
pub(super) fn bytes_of_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}
