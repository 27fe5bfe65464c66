//! Single readings.

use napi_derive::napi;
use qlower_client::core::Lang;
use qlower_client::core::live::{self, ReadingFault};
use serde_json::{Map, Value};

use super::given::{path, unit};
use crate::fault::{Fault, Outcome, guard};

impl From<ReadingFault> for Fault {
    fn from(fault: ReadingFault) -> Self {
        let Value::Object(told) = fault.to_value() else { return Self::with("reading", fault.to_string(), Map::new()) };
        let mut facts = Map::new();
        for (name, value) in told {
            match name.as_str() {
                "code" => facts.insert("reason".into(), value),
                "message" => None,
                "message_fr" => facts.insert("messageFr".into(), value),
                _ => facts.insert(name, value),
            };
        }
        Self::with("reading", fault.message(Lang::En), facts)
    }
}

/// The value in a document, as a JSON object: with a unit that was agreed on, in that one too.
#[napi]
pub fn live_read(body: &[u8], place: String, agreed: Option<String>) -> Outcome<String> {
    guard(|| {
        let found = live::read(body, &path(&place)?)?;
        let mut json = found.to_value();
        if let (Some(name), Value::Object(members)) = (agreed, &mut json) {
            members.insert("in_agreed".into(), found.value_in(&unit("unit", &name)?)?.into());
        }
        Ok(json.to_string())
    })
}

/// A value in another unit; `null` where that cannot be done.
#[napi]
pub fn live_convert(value: f64, from: String, to: String) -> Outcome<Option<f64>> {
    guard(|| Ok(unit("from", &from)?.convert(value, &unit("to", &to)?)))
}
