//! Webhooks: verified, signed, and what receivers are told to hold to.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use qlower_client::webhook::vehicle::{EventKind, UnknownEventKind};
use qlower_client::webhook::{
    self, Answer, BasicUser, Credentials, InvalidEvent, Reason, Refusal, Verified, Verifier, is_path_secret,
};
use qlower_core::{Lang, WebhookSecret};
use serde_json::Map;

use crate::fault::{Fault, Outcome, guard};
use crate::job::whole;

/// A signature that was verified.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct VerifiedFacts {
    /// When it was signed, in Unix seconds.
    pub timestamp: f64,
    /// Which of the secrets gave it, counted from 0.
    pub secret: f64,
}

impl From<Verified> for VerifiedFacts {
    fn from(verified: Verified) -> Self {
        Self { timestamp: verified.timestamp() as f64, secret: verified.secret() as f64 }
    }
}

/// What is not taken for genuine.
impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let mut facts = Map::new();
        facts.insert("credential".into(), refusal.credential().name().into());
        facts.insert("reason".into(), refusal.reason().name().into());
        if let Reason::Expired { skew } = refusal.reason() {
            facts.insert("skew".into(), skew.into());
        }
        Self::with("signature", refusal.to_string(), facts)
    }
}

/// Signs the bytes of a body.
#[napi]
pub fn webhook_sign(body: &[u8], secret: &[u8], now: Option<f64>) -> Outcome<String> {
    guard(|| Ok(webhook::sign(secret, body, moment(now)?)))
}

/// Verifies the value of a signature header, which is empty if there was none.
#[napi]
pub fn webhook_verify(
    body: &[u8],
    header: &[u8],
    secrets: Vec<Uint8Array>,
    tolerance: Option<f64>,
    now: Option<f64>,
) -> Outcome<VerifiedFacts> {
    guard(|| {
        let verifier = tolerating(Verifier::signed_by(held(&secrets)), tolerance)?;
        let given = Credentials { signature: header.into(), api_key: None };
        let verified = verifier.verify_at(&given, body, moment(now)?)?;
        verified.map(VerifiedFacts::from).ok_or_else(|| Fault::new("internal", "nothing was verified"))
    })
}

/// Verifies the value of an `Authorization` header, which is empty if there was none. Gives the index of the user.
#[napi]
pub fn webhook_verify_basic(header: &[u8], names: Vec<String>, passwords: Vec<Uint8Array>) -> Outcome<f64> {
    guard(|| Ok(webhook::verify_basic(&users(names, &passwords), header)? as f64))
}

/// An event that was read.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct ParsedEvent {
    /// Its normal form, as JSON.
    pub told: String,
    /// Its type.
    pub kind: String,
    /// What it is known by when it comes again.
    pub key: Option<String>,
    /// Whether there is nothing to do.
    pub is_ping: bool,
}

/// Reads an event of Qlower's.
#[napi]
pub fn webhook_parse(body: &[u8]) -> Outcome<ParsedEvent> {
    guard(|| {
        let event = webhook::Event::parse(body)?;
        Ok(ParsedEvent {
            told: event.told().to_string(),
            kind: event.event_type().to_owned(),
            key: event.id().map(str::to_owned),
            is_ping: event.is_ping(),
        })
    })
}

/// Reads an event of Keyclic's.
#[napi]
pub fn webhook_parse_keyclic(body: &[u8]) -> Outcome<ParsedEvent> {
    guard(|| {
        let event = webhook::keyclic::Event::parse(body)?;
        Ok(ParsedEvent {
            told: event.told().to_string(),
            kind: event.event.name().to_owned(),
            key: Some(event.key()),
            is_ping: false,
        })
    })
}

/// Reads an event of the imaging platform for vehicles, of a kind that its address tells.
#[napi]
pub fn webhook_parse_vehicle(kind: String, body: &[u8]) -> Outcome<ParsedEvent> {
    guard(|| {
        let kind = vehicle_kind(&kind)?;
        let event = webhook::vehicle::Event::new(kind, body)?;
        Ok(ParsedEvent { told: event.told().to_string(), kind: kind.name().to_owned(), key: None, is_ping: false })
    })
}

/// What cannot be read.
impl From<InvalidEvent> for Fault {
    fn from(invalid: InvalidEvent) -> Self {
        let mut facts = Map::new();
        facts.insert("pointer".into(), invalid.pointer().into());
        facts.insert("problem".into(), invalid.problem().name().into());
        Self::with("invalid_event", invalid.to_string(), facts)
    }
}

/// Why a webhook is refused.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct ExplanationFacts {
    /// All of it, as JSON.
    pub json: String,
    /// As text, in English and in French.
    pub texts: Vec<String>,
}

/// Looks for what usually goes wrong, over the same parameters.
#[napi]
pub fn webhook_explain(
    body: &[u8],
    header: &[u8],
    secrets: Vec<Uint8Array>,
    tolerance: Option<f64>,
    now: Option<f64>,
) -> Outcome<ExplanationFacts> {
    guard(|| {
        let verifier = tolerating(Verifier::signed_by(held(&secrets)), tolerance)?;
        let given = Credentials { signature: header.into(), api_key: None };
        let explanation = webhook::explain_with(&verifier, &given, body, moment(now)?);
        let texts = [Lang::En, Lang::Fr].map(|lang| explanation.text(lang)).into();
        Ok(ExplanationFacts { json: explanation.to_json(), texts })
    })
}

/// What was agreed with the sender. What is given is wanted.
#[napi(object, object_to_js = false)]
pub struct Agreed {
    /// Secrets for signatures.
    pub secrets: Option<Vec<Uint8Array>>,
    /// Keys, of which one is wanted.
    pub api_keys: Option<Vec<Uint8Array>>,
    /// How far a signature's time may lie away, in seconds.
    pub tolerance: Option<f64>,
}

/// Verifies all that was agreed. The secrets are where JavaScript cannot show them.
#[napi]
#[derive(Debug)]
pub struct WebhookVerifier(Verifier);

#[napi]
impl WebhookVerifier {
    /// Verifies what came; gives nothing where the key alone is wanted, and right.
    #[napi]
    pub fn verify(
        &self,
        body: &[u8],
        signature: &[u8],
        api_key: Option<Uint8Array>,
        now: Option<f64>,
    ) -> Outcome<Option<VerifiedFacts>> {
        guard(|| {
            let given = Credentials { signature: signature.into(), api_key: api_key.as_deref() };
            Ok(self.0.verify_at(&given, body, moment(now)?)?.map(VerifiedFacts::from))
        })
    }
}

/// A verifier of what was agreed. One that would accept nothing is refused.
#[napi]
pub fn open_webhook_verifier(agreed: Agreed) -> Outcome<WebhookVerifier> {
    guard(|| {
        let keys = agreed.api_keys.as_deref().map(held);
        let verifier = match (&agreed.secrets, keys) {
            (Some(secrets), keys) => {
                keys.into_iter().flatten().fold(Verifier::signed_by(held(secrets)), Verifier::and_api_key)
            }
            (None, Some(keys)) => {
                let mut keys = keys.into_iter();
                let first = keys.next().unwrap_or_default();
                keys.fold(Verifier::keyed_by(first), Verifier::and_api_key)
            }
            (None, None) => return Err(Fault::config("secrets", "give secrets, an apiKey, or both")),
        };
        if !verifier.is_usable() {
            return Err(Fault::config(
                "secrets",
                "with an empty secret or key, or without any, nothing can be accepted",
            ));
        }
        Ok(WebhookVerifier(tolerating(verifier, agreed.tolerance)?))
    })
}

/// Who may call where nothing is signed. What is given is wanted.
#[napi(object, object_to_js = false)]
pub struct Callers {
    /// Names of the users of HTTP Basic.
    pub names: Option<Vec<String>>,
    /// Their passwords.
    pub passwords: Option<Vec<Uint8Array>>,
    /// Secrets for the end of the address.
    pub path_secrets: Option<Vec<Uint8Array>>,
}

/// Verifies callers. The secrets are where JavaScript cannot show them.
#[napi]
#[derive(Debug)]
pub struct WebhookCallers {
    users: Option<Vec<BasicUser>>,
    path_secrets: Option<Vec<WebhookSecret>>,
}

#[napi]
impl WebhookCallers {
    /// Verifies the value of an `Authorization` header, which is empty if there was none, and the path that was called.
    #[napi]
    pub fn verify(&self, authorization: &[u8], path: String) -> Outcome<()> {
        guard(|| {
            if let Some(users) = &self.users {
                webhook::verify_basic(users, authorization)?;
            }
            if let Some(secrets) = &self.path_secrets {
                webhook::verify_path(secrets, &path)?;
            }
            Ok(())
        })
    }
}

/// A verifier of callers. One that would let nobody in, or anybody, is refused.
#[napi]
pub fn open_webhook_callers(callers: Callers) -> Outcome<WebhookCallers> {
    guard(|| {
        let users = callers.names.zip(callers.passwords).map(|(names, passwords)| users(names, &passwords));
        let path_secrets: Option<Vec<WebhookSecret>> =
            callers.path_secrets.map(|secrets| held(&secrets).into_iter().map(WebhookSecret::from).collect());
        if users.is_none() && path_secrets.is_none() {
            return Err(Fault::config("users", "give users, pathSecrets, or both"));
        }
        if users.as_ref().is_some_and(|users| !users.iter().any(BasicUser::is_usable)) {
            return Err(Fault::config("users", "without a user who has a password, nothing can be accepted"));
        }
        if path_secrets.as_ref().is_some_and(|secrets| secrets.is_empty() || !secrets.iter().all(is_path_secret)) {
            let problem = "has to have a secret, of letters and digits of ASCII, '-', '.', '_' and '~' alone";
            return Err(Fault::config("pathSecrets", problem));
        }
        Ok(WebhookCallers { users, path_secrets })
    })
}

/// Whether a content type is JSON.
#[napi]
pub fn webhook_is_json(content_type: &[u8]) -> bool {
    webhook::is_json(content_type)
}

/// What a receiver answers.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct WebhookAnswer {
    /// Its name.
    pub name: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

/// What a receiver holds to if nothing else is set. Times are in milliseconds.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct WebhookPolicy {
    /// Header of the signature.
    pub signature_header: &'static str,
    /// Header of the key.
    pub api_key_header: &'static str,
    /// Largest body, in bytes.
    pub max_body: f64,
    /// How long a body may take.
    pub body_timeout: f64,
    /// How long the work may take.
    pub timeout: f64,
    /// The sender's patience, which is longer.
    pub sender_timeout: f64,
    /// For how long an event is claimed.
    pub lease: f64,
    /// How much is worked on at once.
    pub max_concurrency: u32,
    /// How many handled events are remembered in memory.
    pub memory_capacity: f64,
    /// For how long a handled event is remembered in a file.
    pub retention: f64,
    /// All answers.
    pub answers: Vec<WebhookAnswer>,
}

/// A kind of event of the imaging platform for vehicles, by its name or its label.
#[napi]
pub fn webhook_vehicle_kind(kind: String) -> Outcome<String> {
    guard(|| Ok(vehicle_kind(&kind)?.name().to_owned()))
}

fn vehicle_kind(kind: &str) -> Result<EventKind, Fault> {
    kind.parse().map_err(|error: UnknownEventKind| Fault::config("kind", error))
}

/// The policy of receivers.
#[napi]
pub fn webhook_policy() -> WebhookPolicy {
    let milliseconds = |seconds: u64| seconds as f64 * 1e3;
    let answer = |it: Answer| WebhookAnswer { name: it.name(), status: it.status(), body: it.body() };
    WebhookPolicy {
        signature_header: webhook::SIGNATURE_HEADER,
        api_key_header: webhook::API_KEY_HEADER,
        max_body: webhook::MAX_BODY_BYTES as f64,
        body_timeout: milliseconds(webhook::BODY_TIMEOUT_SECONDS),
        timeout: milliseconds(webhook::HANDLING_TIMEOUT_SECONDS),
        sender_timeout: milliseconds(webhook::SENDER_TIMEOUT_SECONDS),
        lease: milliseconds(webhook::LEASE_SECONDS),
        max_concurrency: webhook::MAX_CONCURRENCY,
        memory_capacity: webhook::MEMORY_CAPACITY as f64,
        retention: milliseconds(webhook::RETENTION_SECONDS),
        answers: Answer::ALL.map(answer).into(),
    }
}

fn held(secrets: &[Uint8Array]) -> Vec<Vec<u8>> {
    secrets.iter().map(|secret| secret.to_vec()).collect()
}

fn users(names: Vec<String>, passwords: &[Uint8Array]) -> Vec<BasicUser> {
    names.into_iter().zip(held(passwords)).map(|(name, password)| BasicUser::new(name, password)).collect()
}

fn tolerating(verifier: Verifier, tolerance: Option<f64>) -> Result<Verifier, Fault> {
    Ok(match tolerance {
        Some(seconds) => verifier.tolerance(whole("tolerance", seconds, 0)? as u64),
        None => verifier,
    })
}

/// A moment in Unix seconds; now, if none is given. A part of a second does not count.
fn moment(now: Option<f64>) -> Result<i64, Fault> {
    match now {
        Some(seconds) if seconds.is_finite() =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "what does not fit is the nearest that does")]
            Ok(seconds.floor() as i64)
        }
        Some(_) => Err(Fault::config("now", "must be a number of seconds since 1970")),
        None => Ok(webhook::now()),
    }
}
