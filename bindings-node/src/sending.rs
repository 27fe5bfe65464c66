//! From what the client gives to what JavaScript gets.

use std::sync::Arc;

use napi_derive::napi;
use qlower_client::{Object, Receipt as ClientReceipt, UploadStatus};
use serde_json::{Value, json};

use crate::fault::{Fault, Outcome, guard, json_text, milliseconds};
use crate::reply::Reply;

/// What the TypeScript class `Receipt` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct Receipt(Arc<ClientReceipt>);

#[napi]
impl Receipt {
    /// Everything but the reply, by the names in TypeScript, as a JSON object.
    #[napi]
    pub fn facts(&self) -> Outcome<String> {
        guard(|| Ok(common(&self.0).to_string()))
    }

    /// The client's own JSON.
    #[napi]
    pub fn json(&self) -> Outcome<String> {
        guard(|| json_text(&*self.0))
    }

    /// What was answered.
    #[napi]
    pub fn reply(&self) -> Outcome<Reply> {
        guard(|| Ok(Reply::new(self.0.reply().clone())))
    }
}

impl Receipt {
    pub(crate) fn new(receipt: ClientReceipt) -> Self {
        Self(Arc::new(receipt))
    }
}

/// The receipt of an upload.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Uploaded {
    /// Everything, by the names in TypeScript, as a JSON object.
    pub facts: String,
    /// The client's own JSON.
    pub json: String,
}

impl Uploaded {
    /// For JavaScript.
    ///
    /// # Errors
    /// If it cannot be made JSON.
    pub(crate) fn new(receipt: &ClientReceipt<Object>) -> Result<Self, Fault> {
        let mut facts = common(receipt);
        if let Value::Object(facts) = &mut facts {
            facts.insert("bucket".into(), receipt.bucket().into());
            facts.insert("key".into(), receipt.key().into());
            facts.insert("etag".into(), receipt.etag().into());
            facts.insert("size".into(), receipt.size().into());
            facts.insert("alreadyThere".into(), receipt.already_there().into());
        }
        Ok(Self { facts: facts.to_string(), json: json_text(receipt)? })
    }
}

fn common<O>(receipt: &ClientReceipt<O>) -> Value {
    json!({
        "certainty": receipt.certainty().as_str(),
        "attempts": receipt.attempts(),
        "duration": milliseconds(receipt.duration()),
        "payloadSha256": receipt.payload_sha256(),
        "earlierAttemptMayHaveBeenProcessed": receipt.earlier_attempt_may_have_been_processed(),
    })
}

/// A receipt that was kept as JSON.
#[napi]
pub fn kept_receipt(text: String) -> Outcome<Uploaded> {
    guard(|| Uploaded::new(&kept(&text)?))
}

/// The same, for the client.
///
/// # Errors
/// If it is none.
pub(crate) fn kept(text: &str) -> Result<ClientReceipt<Object>, Fault> {
    serde_json::from_str(text).map_err(|_| Fault::config("receipt", "must be one that upload gave, or its toJSON()"))
}

/// What became of an upload.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct StatusFacts {
    /// How it stands.
    pub status: String,
    /// Where the object is.
    pub key: Option<String>,
    /// Why it cannot be told.
    pub reason: Option<String>,
    /// Whether it changes no more.
    pub is_final: bool,
    /// As one line.
    pub text: String,
    /// The client's own JSON.
    pub json: String,
}

impl StatusFacts {
    /// For JavaScript.
    ///
    /// # Errors
    /// If it cannot be made JSON.
    pub(crate) fn new(status: &UploadStatus) -> Result<Self, Fault> {
        let (key, reason) = match status {
            UploadStatus::Success { key } | UploadStatus::Failure { key } => (Some(key.clone()), None),
            UploadStatus::Unknown { reason } => (None, Some((*reason).to_owned())),
            _ => (None, None),
        };
        let (is_final, text) = (status.is_final(), status.to_string());
        Ok(Self { status: status.as_str().to_owned(), key, reason, is_final, text, json: json_text(status)? })
    }
}
