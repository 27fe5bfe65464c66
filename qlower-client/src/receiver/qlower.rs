//! Webhooks of Qlower.

use bytes::Bytes;
use http::HeaderMap;
use qlower_core::webhook::{
    API_KEY_HEADER, Credential, Credentials, Event, Reason, Refusal, SIGNATURE_HEADER, SignatureHeader, Verifier,
};

use super::{Delivery, SettingsError, Source, Unreadable};

/// Webhooks of Qlower, verified by signature, key or both, and known again by `event_id`.
///
/// ```
/// use qlower_client::receiver::Qlower;
/// use qlower_client::webhook::Verifier;
///
/// let source = Qlower::new(Verifier::signed_by(["whsec_new", "whsec_old"]));
/// # let _ = source;
/// ```
#[derive(Clone, Debug)]
pub struct Qlower {
    verifier: Verifier,
}

impl Qlower {
    /// By what was agreed.
    #[must_use]
    pub const fn new(verifier: Verifier) -> Self {
        Self { verifier }
    }
}

impl Source for Qlower {
    type Event = Event;

    fn check(&self) -> Result<(), SettingsError> {
        if self.verifier.is_usable() { Ok(()) } else { Err(SettingsError::NoSecret) }
    }

    fn verify(&self, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        let signature = joined(delivery.headers, SIGNATURE_HEADER);
        let mut keys = delivery.headers.get_all(API_KEY_HEADER).iter();
        let api_key = keys.next().map(http::HeaderValue::as_bytes);
        // Which one would it be?
        let several = keys.next().is_some();
        let given = Credentials {
            signature: SignatureHeader::from(signature.as_slice()),
            api_key: api_key.filter(|_| !several),
        };
        let verified = self.verifier.verify_at(&given, delivery.body, delivery.now);
        verified.map(|_| ()).map_err(|refusal| {
            let of_key = refusal.credential() == Credential::ApiKey;
            if several && of_key { Refusal::new(Credential::ApiKey, Reason::Malformed) } else { refusal }
        })
    }

    fn read(&self, body: &Bytes) -> Result<Event, Unreadable> {
        Event::parse(body).map_err(Unreadable::new)
    }

    fn key(&self, event: &Event) -> Option<String> {
        event.id().map(str::to_owned)
    }

    fn event_type(&self, event: &Event) -> Option<String> {
        Some(event.event_type().to_owned())
    }

    fn is_ping(&self, event: &Event) -> bool {
        event.is_ping()
    }
}

/// All lines of a header, as one value.
pub(super) fn joined(headers: &HeaderMap, name: &str) -> Vec<u8> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect();
    lines.join(&b',')
}
