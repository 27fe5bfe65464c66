//! Payloads for people and programs to look into: by readable names, or as they are on the wire.

mod number;
mod readable;

use napi_derive::napi;
use qlower_core::Payload;

use crate::checked::Checked;
use crate::fault::{Fault, Outcome, guard};
use crate::text::Text;

/// Reads a payload, and gives it as JSON by readable names, with money in strings.
#[napi]
pub fn payload_of_text(text: &Text) -> Outcome<String> {
    guard(|| read(&text.bytes()))
}

/// The same of what was checked.
#[napi]
pub fn payload_of_checked(checked: &Checked) -> Outcome<String> {
    guard(|| read(checked.checked().bytes()))
}

/// The JSON of a text that was made here, with the numbers that JavaScript's cannot be in strings.
#[napi]
pub fn exact_json(text: &Text) -> Outcome<String> {
    guard(|| Ok(number::quoted_unless_exact(&String::from_utf8_lossy(&text.bytes()))))
}

fn read(text: &[u8]) -> Result<String, Fault> {
    let payload = Payload::from_json(text).map_err(|error| Fault::of_report(error.report().clone()))?;
    readable::payload(&payload.to_json())
}
