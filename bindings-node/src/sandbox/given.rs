//! What JavaScript gives as JSON. Numbers that JSON cannot write come as texts: `Infinity`, `NaN`.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::job::duration;

/// An object's members.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::new("internal", format!("options are no JSON object: {error}")))
}

pub(super) fn text(name: &str, value: &Value) -> Result<String, Fault> {
    value.as_str().map(str::to_owned).ok_or_else(|| Fault::config(name, "must be a text"))
}

pub(super) fn flag(name: &str, value: &Value) -> Result<bool, Fault> {
    value.as_bool().ok_or_else(|| Fault::config(name, "must be true or false"))
}

/// A whole number of a type that holds none below 0.
pub(super) fn whole<T: TryFrom<u64>>(name: &str, value: &Value) -> Result<T, Fault> {
    let number = value.as_u64().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| Fault::config(name, "must be a whole number, 0 or more, and not too large"))
}

/// A span of time in milliseconds; infinity is for ever.
pub(super) fn time(name: &str, value: &Value) -> Result<Duration, Fault> {
    let number = if value.as_str() == Some("Infinity") { Some(f64::INFINITY) } else { value.as_f64() };
    duration(name, number.unwrap_or(f64::NAN))
}

/// A list of texts.
pub(super) fn texts(name: &str, value: &Value) -> Result<Vec<String>, Fault> {
    let list = value.as_array().ok_or_else(|| Fault::config(name, "must be a list of texts"))?;
    list.iter().map(|one| text(name, one)).collect()
}

/// How many times something shall happen.
pub(super) fn times(number: f64) -> Result<usize, Fault> {
    /// More would only fill the memory.
    const MOST: f64 = 1e6;
    if number.fract() == 0.0 && (0.0..=MOST).contains(&number) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just compared")]
        return Ok(number as usize);
    }
    Err(Fault::config("times", "must be a whole number from 0 to 1000000"))
}
