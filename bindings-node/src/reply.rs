//! Replies.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{BufferSlice, Object};
use napi_derive::napi;
use qlower_client::Reply as ClientReply;
use qlower_client::core::Lang;
use qlower_client::core::lang::UnknownLang;
use qlower_client::reply::{ItemError, ModelResult};
use serde_json::{Value, json};

use crate::checked::Checked;
use crate::fault::{Fault, Outcome, guard, json_text};
use crate::job::blocking;
use crate::job::{self, Limits, Stop};
use crate::text::Text;

/// What the TypeScript class `Reply` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct Reply(Arc<ClientReply>);

#[napi]
impl Reply {
    /// Everything that is known, by the names in TypeScript, as a JSON object.
    #[napi]
    pub fn facts(&self) -> Outcome<String> {
        guard(|| Ok(facts(&self.0).to_string()))
    }

    /// The core's own JSON.
    #[napi]
    pub fn json(&self) -> Outcome<String> {
        guard(|| json_text(&*self.0))
    }

    /// A copy of the body as it came.
    #[napi]
    pub fn raw<'e>(&self, env: &'e Env) -> napi::Result<BufferSlice<'e>> {
        BufferSlice::copy_from(env, self.0.raw())
    }

    /// What became of the items, for people.
    #[napi]
    pub fn summary(&self, lang: String) -> Outcome<String> {
        guard(|| {
            let lang: Lang = lang.parse().map_err(|error: UnknownLang| Fault::config("lang", error))?;
            Ok(self.0.summary(lang))
        })
    }

    /// The canonical JSON of a payload of what failed.
    #[napi]
    pub fn failed_only(&self, sent: &Checked) -> Outcome<Text> {
        guard(|| failed_only(&self.0, sent))
    }

    /// The same, while JavaScript goes on.
    #[napi(ts_return_type = "Promise<Outcome<Text>>")]
    pub fn failed_only_async<'e>(
        &self,
        env: &'e Env,
        sent: &Checked,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let (reply, sent) = (self.clone(), sent.clone());
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let work = async move {
            refused?;
            blocking(move || failed_only(&reply.0, &sent)).await
        };
        job::start(env, limits, work, Ok)
    }
}

impl Reply {
    pub(crate) fn new(reply: ClientReply) -> Self {
        Self(Arc::new(reply))
    }

    /// What is answered.
    pub(crate) fn reply(&self) -> &ClientReply {
        &self.0
    }
}

fn failed_only(reply: &ClientReply, sent: &Checked) -> Result<Text, Fault> {
    let payload = sent.checked().payload();
    let payload =
        payload.map_err(|error| Fault::new("internal", format!("a checked payload is unreadable: {error}")))?;
    Ok(Text::new(reply.failed_only(&payload).to_json().into()))
}

fn facts(reply: &ClientReply) -> Value {
    json!({
        "status": reply.status().as_str(),
        "totalCount": reply.total_count(),
        "successCount": reply.success_count(),
        "failedCount": reply.failed_count(),
        "endDate": reply.end_date(),
        "hasFailures": reply.has_failures(),
        "allFailed": reply.all_failed(),
        "unnamedFailures": reply.unnamed_failures(),
        "errors": reply.errors().iter().map(item_error).collect::<Vec<_>>(),
        "combinedResult": reply.combined_result().iter().map(model_result).collect::<Vec<_>>(),
    })
}

fn item_error(error: &ItemError) -> Value {
    json!({
        "facts": {
            "model": error.model_name(),
            "id": error.id(),
            "type": error.kind(),
            "field": error.field(),
            "reason": error.reason(),
            "message": error.message(),
            "createdAt": error.created_at(),
            "pointer": error.pointer(),
            "pointers": error.sent().map(|sent| sent.pointers()).unwrap_or_default(),
        },
        "text": error.to_string(),
        "json": error,
    })
}

fn model_result(result: &ModelResult) -> Value {
    json!({ "model": result.model_name(), "success": result.success(), "error": result.error() })
}
