//! Why a genuine webhook is refused, for whoever writes the receiver.

mod attempt;
mod body;
mod cause;
mod clock;
mod header;
mod key;
mod reasons;
mod rewrite;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::refusal::{Credential, Reason, Refusal};
use super::signature::SignatureHeader;
use super::verifier::{Credentials, Verifier};
use crate::lang::Lang;
use crate::secret::WebhookSecret;
pub use cause::{Cause, CauseCode, Certainty};

/// Why a webhook is refused, and what may have led to it: the answer of [`explain()`].
///
/// It is for a log or a terminal of the receiver's own. Do not answer it to the caller: it says how close a forgery comes.
/// There is no secret in it, no right signature, and nothing of the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    refusal: Option<Refusal>,
    causes: Vec<Cause>,
}

impl Explanation {
    /// The refusal; `None` if the webhook is genuine.
    #[must_use]
    pub const fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// What may have led to it: what is certain first. Empty if the webhook is genuine.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The explanation as one JSON object, the same from every language.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The explanation as text, a line for the refusal and one for each cause.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let Some(refusal) = self.refusal else {
            return lang.pick("The webhook is genuine.", "Le webhook est authentique.").to_owned();
        };
        let mut text = match lang {
            Lang::En => format!("The webhook is refused: {refusal}."),
            Lang::Fr => format!("Le webhook est refusé : {}.", in_french(refusal)),
        };
        for cause in &self.causes {
            let mark = match cause.certainty() {
                Certainty::Certain => lang.pick("certain", "certain"),
                Certainty::Likely => lang.pick("likely", "probable"),
            };
            text.push_str(&format!("\n  {mark}: {} [{}]", cause.message(lang), cause.code()));
        }
        text
    }
}

fn in_french(refusal: Refusal) -> String {
    let what = match refusal.credential() {
        Credential::Signature => "la signature",
        Credential::ApiKey => "la clé X-API-KEY",
        Credential::Basic => "l'identification HTTP Basic",
        Credential::Path => "la clé dans l'adresse",
    };
    match refusal.reason() {
        Reason::Missing => format!("{what} est absente"),
        Reason::Malformed => format!("{what} n'a pas la forme convenue"),
        Reason::Expired { skew } if skew < 0 => {
            format!("{what} a {} secondes d'avance sur l'horloge de cette machine", skew.unsigned_abs())
        }
        Reason::Expired { skew } => format!("{what} date de {skew} secondes"),
        Reason::Mismatch => format!("{what} ne correspond pas"),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("is_genuine", &self.refusal.is_none())?;
        map.serialize_entry("credential", &self.refusal.map(|refusal| refusal.credential().name()))?;
        map.serialize_entry("reason", &self.refusal.map(|refusal| refusal.reason().name()))?;
        let skew = match self.refusal.map(Refusal::reason) {
            Some(Reason::Expired { skew }) => Some(skew),
            _ => None,
        };
        map.serialize_entry("skew", &skew)?;
        map.serialize_entry("causes", &self.causes)?;
        map.end()
    }
}

/// Tries what usually goes wrong, to find out why a webhook is refused that should be genuine.
///
/// The parameters are those of [`verify_at`](super::verify_at). What is tried: a body that was parsed and written again, cut,
/// decoded or wrapped; a secret with spaces, quotation marks, or in another encoding; a header with its name, in quotation
/// marks, joined or cut; a signature cut, in base64, or without the time; a clock that is off.
///
/// The work is bounded, whatever comes: about 16 MiB go through the hash function at most. That is much for a request and
/// nothing for a developer: call it while looking for a fault, not for every refused request of a public endpoint, and never
/// answer what it says to the caller.
///
/// # Example: the secret was read from a file, with its line end
/// ```
/// use qlower_core::webhook::{self, CauseCode, Certainty};
///
/// let body = br#"{"event_type": "ping", "timestamp": "2026-08-05T08:42:18+00:00"}"#;
/// let header = webhook::sign("whsec_acme", body, 1_786_000_000);
///
/// let explanation = webhook::explain(&["whsec_acme\n"], &header, body, 1_786_000_010);
/// let [cause] = explanation.causes() else { unreachable!() };
/// assert_eq!((cause.code(), cause.certainty()), (CauseCode::SecretSpaces, Certainty::Certain));
/// ```
///
/// # Example: the body was parsed and written again
/// ```
/// use qlower_core::webhook::{self, CauseCode};
///
/// let header = webhook::sign("whsec_acme", br#"{"event_type": "ping"}"#, 1_786_000_000);
/// let explanation = webhook::explain(&["whsec_acme"], &header, br#"{"event_type":"ping"}"#, 1_786_000_010);
/// assert_eq!(explanation.causes()[0].code(), CauseCode::BodyReserialized);
/// ```
pub fn explain<'h>(
    secrets: &[impl AsRef<[u8]>],
    header: impl Into<SignatureHeader<'h>>,
    body: &[u8],
    now: i64,
) -> Explanation {
    let verifier = Verifier::signed_by(secrets.iter().map(|secret| WebhookSecret::from(secret.as_ref())));
    explain_with(&verifier, &Credentials { signature: header.into(), api_key: None }, body, now)
}

/// As [`explain()`], for all that was agreed: signature, key, and tolerance.
///
/// ```
/// use qlower_core::webhook::{self, CauseCode, Credentials, Verifier};
///
/// let verifier = Verifier::keyed_by("0123456789abcdef0123456789abcdef");
/// let given = Credentials { api_key: Some(b"\"0123456789abcdef0123456789abcdef\""), ..Credentials::default() };
/// let explanation = webhook::explain_with(&verifier, &given, b"{}", 1_786_000_000);
/// assert_eq!(explanation.causes()[0].code(), CauseCode::SecretQuoted);
/// ```
pub fn explain_with(verifier: &Verifier, given: &Credentials<'_>, body: &[u8], now: i64) -> Explanation {
    let refusal = verifier.verify_at(given, body, now).err();
    let mut causes = match refusal {
        None => Vec::new(),
        Some(refusal) if refusal.credential() == Credential::ApiKey => reasons::of_key(verifier, given.api_key),
        Some(refusal) => reasons::of_signature(refusal.reason(), verifier, given, body, now),
    };
    causes.sort_by_key(|cause| cause.certainty());
    Explanation { refusal, causes }
}
