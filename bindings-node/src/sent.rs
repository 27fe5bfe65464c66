//! Sending in parts.

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Object};
use napi_derive::napi;
use qlower_client::{
    OnFailure, Part as ClientPart, PartOutcome, Parts, Reply as ClientReply, SendAllOptions, SentAll as ClientSentAll,
};

use crate::client::Client;
use crate::fault::{Fault, Outcome, guard};
use crate::job::whole;
use crate::job::{self, Limits, Stop};
use crate::reply::Reply;
use crate::sending::Receipt;
use crate::split::Part;

/// What became of all parts.
#[napi(object, object_from_js = false)]
pub struct SentAll {
    /// Of each.
    pub parts: Vec<SentPart>,
    /// One reply about those that were treated.
    pub reply: Option<Reply>,
}

/// What became of a part.
#[napi(object, object_from_js = false)]
pub struct SentPart {
    /// The part.
    pub part: Part,
    /// Whether it was treated.
    pub certainty: String,
    /// If it was.
    pub receipt: Option<Receipt>,
    /// If it failed.
    pub error: Option<Fault>,
    /// If it did not leave.
    pub reason: Option<String>,
}

#[napi]
impl Client {
    /// Sends parts.
    #[napi(ts_return_type = "Promise<Outcome<SentAll>>")]
    pub fn send_all<'e>(
        &self,
        env: &'e Env,
        parts: Vec<ClassInstance<'_, Part>>,
        concurrency: Option<f64>,
        on_failure: Option<String>,
        stop: Option<&Stop>,
        timeout: Option<f64>,
    ) -> napi::Result<Object<'e>> {
        let parts: Parts = parts.iter().map(|part| part.part().clone()).collect();
        let (client, options) = (self.client(), options(concurrency, on_failure.as_deref()));
        let (limits, refused) = job::split(Limits::new(stop, timeout));
        let sent = async move {
            refused?;
            Ok(client?.send_all(&parts, &options?).await)
        };
        job::start(env, limits, sent, |sent| Ok(sent_all(&sent)))
    }
}

fn options(concurrency: Option<f64>, on_failure: Option<&str>) -> Result<SendAllOptions, Fault> {
    let mut options = SendAllOptions::default();
    if let Some(parts) = concurrency {
        options = options.concurrency(whole("concurrency", parts, 1)?);
    }
    Ok(match on_failure {
        None => options,
        Some("stop") => options.on_failure(OnFailure::Stop),
        Some("continue") => options.on_failure(OnFailure::Continue),
        Some(_) => return Err(Fault::config("onFailure", "must be \"stop\" or \"continue\"")),
    })
}

fn sent_all(sent: &ClientSentAll) -> SentAll {
    SentAll {
        parts: sent.parts().map(|(part, outcome)| sent_part(part, outcome)).collect(),
        reply: sent.reply().map(|reply| Reply::new(ClientReply::clone(reply))),
    }
}

fn sent_part(part: &ClientPart, outcome: &PartOutcome) -> SentPart {
    let mut sent = SentPart {
        part: Part::new(part.clone()),
        certainty: outcome.certainty().as_str().to_owned(),
        receipt: None,
        error: None,
        reason: None,
    };
    match outcome {
        PartOutcome::Processed(receipt) => sent.receipt = Some(Receipt::new(receipt.clone())),
        PartOutcome::Failed(error) => sent.error = Some(error.into()),
        PartOutcome::NotSent(why) => sent.reason = Some(why.to_string()),
        _ => {}
    }
    sent
}

/// One reply of those to several parts.
#[napi]
pub fn combine(parts: Vec<ClassInstance<'_, Part>>, replies: Vec<ClassInstance<'_, Reply>>) -> Outcome<Option<Reply>> {
    guard(|| {
        let replies = parts.iter().zip(&replies).map(|(part, reply)| (part.part(), reply.reply()));
        Ok(ClientReply::combine(replies).map(Reply::new))
    })
}
