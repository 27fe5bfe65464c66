//! From what was found, or only seen, to causes.

use super::attempt::{Found, find};
use super::cause::{About, Cause, CauseCode, Certainty};
use super::header::{Code, Loose};
use super::{body, clock, key};
use crate::secret::WebhookSecret;
use crate::webhook::refusal::Reason;
use crate::webhook::signature::seconds;
use crate::webhook::verifier::{Credentials, Verifier, same};

/// Why no signature is right.
pub(super) fn of_signature(
    reason: Reason,
    verifier: &Verifier,
    given: &Credentials<'_>,
    body: &[u8],
    now: i64,
) -> Vec<Cause> {
    let secrets = verifier.secrets().unwrap_or_default();
    let mut causes = Causes::default();
    if secrets.iter().all(|secret| secret.expose().is_empty()) {
        causes.certain(CauseCode::SecretMissing);
    }
    if reason == Reason::Missing {
        let keyed = given.api_key.is_some_and(|key| !key.is_empty());
        causes.likely(if keyed { CauseCode::OnlyApiKeyAgreed } else { CauseCode::SignatureMissing });
        return causes.0;
    }
    let header = Loose::read(given.signature.0);
    match find(secrets, &header, body) {
        Some(found) => causes.of(&header, &found, now, verifier.tolerance),
        None => {
            causes.of_header(&header);
            causes.of_body(body);
            causes.of_empty(secrets);
            causes.otherwise();
        }
    }
    causes.0
}

/// Why the key in `X-API-KEY` is not right.
pub(super) fn of_key(verifier: &Verifier, given: Option<&[u8]>) -> Vec<Cause> {
    let keys = verifier.api_keys.as_deref().unwrap_or_default();
    let mut causes = Causes::default();
    if keys.iter().all(|key| key.expose().is_empty()) {
        causes.add(CauseCode::SecretEmpty, Certainty::Certain, About::ApiKey);
    }
    let Some(given) = given.filter(|key| !key.is_empty()) else {
        causes.likely(CauseCode::ApiKeyMissing);
        return causes.0;
    };
    // Either side may have been changed.
    let of_given =
        key::variants(given).into_iter().find(|variant| keys.iter().any(|key| same(key.expose(), &variant.value)));
    let of_keys =
        || keys.iter().flat_map(|key| key::variants(key.expose())).find(|variant| same(&variant.value, given));
    match of_given.or_else(of_keys) {
        Some(variant) => causes.add(variant.code, Certainty::Certain, About::ApiKey),
        None if causes.0.is_empty() => causes.likely(CauseCode::WrongApiKey),
        None => {}
    }
    causes.0
}

#[derive(Default)]
struct Causes(Vec<Cause>);

impl Causes {
    fn add(&mut self, code: CauseCode, certainty: Certainty, about: About) {
        if !self.0.iter().any(|cause| cause.code() == code && cause.is_about(about)) {
            self.0.push(Cause::new(code, certainty, about));
        }
    }

    fn certain(&mut self, code: CauseCode) {
        self.add(code, Certainty::Certain, About::Webhook);
    }

    fn likely(&mut self, code: CauseCode) {
        self.add(code, Certainty::Likely, About::Webhook);
    }

    /// What was proved; then whether the time is near enough.
    fn of(&mut self, header: &Loose, found: &Found, now: i64, tolerance: u64) {
        header.undone.iter().chain(&found.of_body).chain(&found.of_code).for_each(|code| self.certain(*code));
        if let Some(code) = found.of_secret {
            self.add(code, Certainty::Certain, About::Secret(found.secret));
        }
        match found.time.as_deref().map(seconds) {
            None => self.certain(CauseCode::TimeNotSigned),
            Some(None) => self.certain(CauseCode::TimeMalformed),
            Some(Some(time)) => self.0.extend(clock::causes(time, now, tolerance)),
        }
        if self.0.is_empty() {
            // The right code is there, beside one that is none.
            header.codes.iter().filter_map(Code::fault).for_each(|code| self.certain(code));
        }
    }

    fn of_header(&mut self, header: &Loose) {
        if header.times.is_empty() || header.codes.is_empty() {
            self.certain(CauseCode::HeaderIncomplete);
            return;
        }
        if header.times.iter().any(|time| seconds(time).is_none()) {
            self.certain(CauseCode::TimeMalformed);
        }
        for code in &header.undone {
            let certainty = if *code == CauseCode::HeaderRepeated { Certainty::Certain } else { Certainty::Likely };
            self.add(*code, certainty, About::Webhook);
        }
        header.codes.iter().filter_map(Code::fault).for_each(|code| self.likely(code));
    }

    fn of_body(&mut self, body: &[u8]) {
        for code in body::looks(body) {
            // Nothing that is sent is empty.
            let certainty = if code == CauseCode::BodyEmpty { Certainty::Certain } else { Certainty::Likely };
            self.add(code, certainty, About::Webhook);
        }
    }

    fn of_empty(&mut self, secrets: &[WebhookSecret]) {
        for (index, secret) in secrets.iter().enumerate() {
            if secret.expose().is_empty() && !self.has(CauseCode::SecretMissing) {
                self.add(CauseCode::SecretEmpty, Certainty::Likely, About::Secret(index));
            }
        }
    }

    fn has(&self, code: CauseCode) -> bool {
        self.0.iter().any(|cause| cause.code() == code)
    }

    /// What remains where nothing is certain.
    fn otherwise(&mut self) {
        if self.0.iter().all(|cause| cause.certainty() == Certainty::Likely) {
            self.likely(CauseCode::WrongSecret);
            self.likely(CauseCode::BodyAltered);
        }
    }
}
