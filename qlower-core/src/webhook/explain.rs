//! Why a genuine webhook is refused, for whoever writes the receiver.

mod cause;

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::refusal::{Credential, Reason, Refusal};
use super::signature::SignatureHeader;
use super::verifier::{Credentials, Verifier};
use crate::lang::Lang;
use crate::secret::WebhookSecret;
use cause::About;
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
        Credential::Path => "le secret à la fin de l'adresse",
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
/// The parameters are those of [`verify_at`](super::verify_at).
///
/// # Example: the secret was read from a file, with its line end
/// ```
/// use qlower_core::webhook::{self, CauseCode};
///
/// let header = webhook::sign("whsec_acme", b"{}", 1_786_000_000);
/// let explanation = webhook::explain(&["whsec_acme"], &header, b"{}", 1_786_000_301);
/// assert_eq!(explanation.causes()[0].code(), CauseCode::ClockAhead);
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

/// As [`explain()`], for all that was agreed.
pub fn explain_with(verifier: &Verifier, given: &Credentials<'_>, body: &[u8], now: i64) -> Explanation {
    let refusal = verifier.verify_at(given, body, now).err();
    let causes = refusal.map(|refusal| causes(refusal, verifier, given)).unwrap_or_default();
    Explanation { refusal, causes }
}

fn causes(refusal: Refusal, verifier: &Verifier, given: &Credentials<'_>) -> Vec<Cause> {
    let (code, certainty, about) = match refusal.reason() {
        Reason::Expired { skew } => {
            let code = if skew < 0 { CauseCode::ClockBehind } else { CauseCode::ClockAhead };
            (code, Certainty::Likely, About::Seconds(skew.unsigned_abs()))
        }
        Reason::Missing if given.api_key.is_some() => (CauseCode::OnlyApiKeyAgreed, Certainty::Likely, About::Webhook),
        Reason::Missing => (CauseCode::SignatureMissing, Certainty::Likely, About::Webhook),
        _ if !verifier.is_usable() => (CauseCode::SecretMissing, Certainty::Certain, About::Webhook),
        _ => (CauseCode::WrongSecret, Certainty::Likely, About::Webhook),
    };
    vec![Cause::new(code, certainty, about)]
}
