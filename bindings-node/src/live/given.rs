//! What an endpoint wants to be told, as JavaScript gives it.

use std::time::Duration;

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use qlower_client::core::Lang;
use qlower_client::live::{self, SOURCE_TIMEOUT, Unit, ValuePath};

use crate::fault::{Fault, milliseconds};

/// What holds if nothing else is set. Times are in milliseconds.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct LivePolicy {
    /// How long a source may take.
    pub timeout: f64,
    /// For how long what it gave is given out.
    pub fresh_for: f64,
}

/// That.
#[napi]
pub fn live_policy() -> LivePolicy {
    let fresh_for = Duration::from_secs(live::FRESH_FOR_SECONDS);
    LivePolicy { timeout: milliseconds(SOURCE_TIMEOUT), fresh_for: milliseconds(fresh_for) }
}

/// By what one says who one is, or is known.
#[napi(object, object_to_js = false)]
pub struct LiveAuth {
    /// `query`, `bearer`, `apiKey` or `basic`.
    pub kind: String,
    /// The key's name in the query, or the user.
    pub name: Option<String>,
    /// The secrets.
    pub secrets: Vec<Uint8Array>,
}

/// The path to a value.
///
/// # Errors
/// For a text that is none.
pub(super) fn path(text: &str) -> Result<ValuePath, Fault> {
    ValuePath::parse(text).map_err(|error| {
        Fault::live("path", |lang| error.message(lang), error.code().as_str(), error.suggestion())
            .and("position", error.position())
    })
}

impl Fault {
    /// A setting that cannot be used, with what is known of it.
    pub(super) fn live(name: &str, message: impl Fn(Lang) -> String, problem: &str, suggestion: Option<&str>) -> Self {
        Self { fault: "live_setting", ..Self::setting(name, message(Lang::En), message(Lang::Fr)) }
            .and("problem", problem)
            .and("suggestion", suggestion)
    }
}

/// A unit by its name.
///
/// # Errors
/// For a name that is empty.
pub(super) fn unit(setting: &str, name: &str) -> Result<Unit, Fault> {
    let unit = Unit::from_name(name);
    if unit.as_str().is_empty() { Err(Fault::setting(setting, "is empty", "est vide")) } else { Ok(unit) }
}
