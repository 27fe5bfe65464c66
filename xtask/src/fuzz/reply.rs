//! What holds for any answer of the endpoint.

use std::sync::LazyLock;

use qlower_core::reply::{InvalidReply, Rejection, Reply};
use qlower_core::{ApiKey, Lang, ModelName, Payload};
use serde_json::Value;

use super::corpus::KEY;
use crate::sample::{self, References};

/// What was sent; the corpus's answers name some of its items.
static SENT: LazyLock<Payload> =
    LazyLock::new(|| Payload { api_key: KEY.into(), ..sample::payload(1, 0, References::Resolved) });

/// Reads bytes as an answer: to a payload that was taken, and as a rejection.
///
/// # Errors
/// Says which property does not hold.
pub fn reply(body: &[u8]) -> Result<(), String> {
    let key = ApiKey::from(KEY);
    let status = 100 + body.iter().fold(0_u16, |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into())) % 500;
    let rejection = Rejection::parse(status, body, Some(&key));
    secret(
        "rejection",
        &[rejection.to_string(), format!("{rejection:?}"), json(&rejection)?, rejection.excerpt().to_owned()],
    )?;
    if rejection.excerpt().chars().count() > 201 || rejection.to_string().contains('\n') {
        return Err(format!("the rejection is no short line: {rejection}"));
    }
    if rejection.raw() != body {
        return Err("the rejection changed the body".to_owned());
    }
    match Reply::parse(body, Some(&key)) {
        Ok(reply) => read(reply, body),
        Err(invalid) => refused(&invalid, body),
    }
}

fn refused(invalid: &InvalidReply, body: &[u8]) -> Result<(), String> {
    secret("error", &[invalid.to_string(), format!("{invalid:?}"), invalid.excerpt().to_owned()])?;
    if invalid.raw() != body {
        return Err("the error changed the body".to_owned());
    }
    // Anything that another parser finds a status in is a reply.
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    if parsed.is_some_and(|value| value.get("status").is_some()) {
        return Err(format!("refused, although it has a status: {invalid}"));
    }
    Ok(())
}

fn read(mut reply: Reply, body: &[u8]) -> Result<(), String> {
    if reply.raw() != body {
        return Err("the reply changed the body".to_owned());
    }
    let untied: Vec<String> = reply.errors().iter().map(|error| error.message().to_owned()).collect();
    reply.tie(&SENT);
    let tied: Vec<String> = reply.errors().iter().map(|error| error.message().to_owned()).collect();
    if untied != tied {
        return Err("tying changed the messages".to_owned());
    }
    let shown = [reply.to_string(), reply.summary(Lang::Fr), format!("{reply:?}"), json(&reply)?];
    secret("reply", &shown)?;
    let document = serde_json::to_value(&*SENT).map_err(|error| error.to_string())?;
    for error in reply.errors() {
        secret("error of an item", &[error.to_string(), error.message().to_owned()])?;
        if let Some(sent) = error.sent() {
            if document.pointer(sent.pointer()).is_none() {
                return Err(format!("nothing was sent at {}", sent.pointer()));
            }
            if sent.model() != ModelName::ClientEntry
                && document.pointer(&format!("{}/id", sent.pointer())) != Some(&sent.id().into())
            {
                return Err(format!("{} is not the id at {}", sent.id(), sent.pointer()));
            }
        }
    }
    let failed = reply.failed_only(&SENT);
    if reply.all_failed() != (failed == *SENT) && failed.transactions.len() > SENT.transactions.len() {
        return Err("more failed than was sent".to_owned());
    }
    if !failed.transactions.iter().all(|item| SENT.transactions.contains(item)) {
        return Err("a transaction failed that was not sent".to_owned());
    }
    Payload::from_json(&failed.to_json()).map_err(|error| format!("the failed items cannot be read: {error}"))?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    let text = serde_json::to_string(value).map_err(|error| format!("it has no JSON: {error}"))?;
    match serde_json::from_str::<Value>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("its JSON is none: {error}")),
    }
}

fn secret(what: &str, texts: &[String]) -> Result<(), String> {
    match texts.iter().find(|text| text.contains(KEY)) {
        Some(text) => Err(format!("the {what} shows the access key: {text}")),
        None => Ok(()),
    }
}
