//! The partner and the access key: from the file's header, or from the environment.

use std::env::{self, VarError};

use qlower_client::core::check::Inspection;
use qlower_client::{ApiKey, Check, Payload, check_text};

/// What the environment says.
pub(crate) struct Credentials {
    partner: Option<String>,
    api_key: Option<ApiKey>,
}

impl Credentials {
    pub(crate) fn from_env() -> Result<Self, String> {
        Ok(Self { partner: variable("QLOWER_PARTNER")?, api_key: variable("QLOWER_API_KEY")?.map(ApiKey::from) })
    }

    /// Checks what will be sent: the text as it is, or, if its header leaves something open that the environment knows, the payload
    /// in canonical form.
    pub(crate) fn inspect(&self, text: Vec<u8>) -> Inspection {
        match self.fill(&text) {
            Some(payload) => payload.check(),
            None => check_text(text),
        }
    }

    fn fill(&self, text: &[u8]) -> Option<Payload> {
        if self.partner.is_none() && self.api_key.is_none() {
            return None;
        }
        // A text that cannot be read is for the check to report.
        let mut payload = Payload::from_json(text).ok()?;
        let partner = self.partner.as_ref().filter(|_| is_open(&payload.partner));
        let api_key = self.api_key.as_ref().filter(|_| is_open(payload.api_key.expose()));
        let changed = partner.is_some() || api_key.is_some();
        if let Some(partner) = partner {
            payload.partner.clone_from(partner);
        }
        if let Some(api_key) = api_key {
            payload.api_key.clone_from(api_key);
        }
        changed.then_some(payload)
    }
}

/// Whether a header field is empty or a placeholder.
fn is_open(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || [("<", ">"), ("${", "}"), ("{{", "}}")]
            .iter()
            .any(|(open, close)| text.starts_with(open) && text.ends_with(close))
}

fn variable(name: &str) -> Result<Option<String>, String> {
    match env::var(name) {
        Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(format!("{name} is not Unicode text")),
    }
}
