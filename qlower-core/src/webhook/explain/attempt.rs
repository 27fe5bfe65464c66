//! Trying secrets, times and bodies against the codes of a header, within bounds.

use std::ops::ControlFlow;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::body;
use super::cause::CauseCode;
use super::header::{Code, Loose};
use super::key::{hex, variants};
use crate::secret::WebhookSecret;

/// So many secrets are tried.
const MOST_SECRETS: usize = 8;
/// So many bytes go through the hash function at most.
const MOST_HASHED: usize = 16 * 1024 * 1024;
/// What a code costs besides its body: the blocks of key and padding.
const OVERHEAD: usize = 256;

/// Secret, time and body that give one of the codes, and what tells them from those that were given.
pub(super) struct Found {
    /// Index of the secret.
    pub(super) secret: usize,
    /// What is wrong with the secret.
    pub(super) of_secret: Option<CauseCode>,
    /// What is wrong with the body.
    pub(super) of_body: Vec<CauseCode>,
    /// What is wrong with the code.
    pub(super) of_code: Option<CauseCode>,
    /// The time that was signed; `None` if none was.
    pub(super) time: Option<Vec<u8>>,
}

struct Key {
    mac: Hmac<Sha256>,
    secret: usize,
    code: Option<CauseCode>,
}

struct Attempts<'a> {
    header: &'a Loose,
    left: usize,
    found: Option<Found>,
}

/// Tries each secret with each body: first what differs in one of them, then in both.
pub(super) fn find(secrets: &[WebhookSecret], header: &Loose, given: &[u8]) -> Option<Found> {
    let mut set = Vec::new();
    let mut others = Vec::new();
    for (secret, value) in secrets.iter().map(WebhookSecret::expose).enumerate().take(MOST_SECRETS) {
        if value.is_empty() {
            continue;
        }
        set.extend(key(value, secret, None));
        others.extend(variants(value).iter().filter_map(|variant| key(&variant.value, secret, Some(variant.code))));
    }
    if set.is_empty() || header.codes.iter().all(|code| code.comparable().is_none()) {
        return None;
    }
    let mut attempts = Attempts { header, left: MOST_HASHED, found: None };
    let _ = attempts.all(&set, &others, given);
    attempts.found
}

fn key(value: &[u8], secret: usize, code: Option<CauseCode>) -> Option<Key> {
    Some(Key { mac: Hmac::new_from_slice(value).ok()?, secret, code })
}

impl Attempts<'_> {
    fn all(&mut self, set: &[Key], others: &[Key], given: &[u8]) -> ControlFlow<()> {
        self.with(set, given, &[])?;
        self.with(others, given, &[])?;
        body::each(given, &mut |body, codes| self.with(set, body, codes))?;
        body::each(given, &mut |body, codes| self.with(others, body, codes))
    }

    /// Breaks off once something is found, or nothing is left to spend.
    fn with(&mut self, keys: &[Key], body: &[u8], of_body: &[CauseCode]) -> ControlFlow<()> {
        for key in keys {
            for time in self.header.times.iter().map(Some).chain([None]) {
                let cost = body.len().saturating_add(OVERHEAD);
                self.left = match self.left.checked_sub(cost) {
                    Some(left) => left,
                    None => return ControlFlow::Break(()),
                };
                let mut mac = key.mac.clone();
                if let Some(time) = time {
                    mac.update(time);
                    mac.update(b".");
                }
                mac.update(body);
                let bytes = mac.finalize().into_bytes();
                let code = self.header.codes.iter().find(|code| fits(code, &bytes));
                if let Some(code) = code {
                    self.found = Some(Found {
                        secret: key.secret,
                        of_secret: key.code,
                        of_body: of_body.to_vec(),
                        of_code: code.fault_of_right(),
                        time: time.cloned(),
                    });
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// Compares in a time that does not tell where they differ.
fn fits(code: &Code, right: &[u8]) -> bool {
    match code.comparable() {
        Some((digits, true)) => {
            let right = hex(right);
            right.get(..digits.len()).is_some_and(|right| right.ct_eq(digits).into())
        }
        Some((bytes, false)) => right.ct_eq(bytes).into(),
        None => false,
    }
}
