//! Failures of deliveries.

use std::error::Error as StdError;

use qlower_client::core::Lang;
use qlower_client::core::naming::NamingError;
use qlower_client::ftp::{Error, ErrorKind, FleetError};
use serde_json::{Map, Value, json};

use crate::fault::{Fault, milliseconds};
use crate::names;

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::Config { setting, .. } => {
                let mut facts = Map::new();
                facts.insert("setting".into(), names::setting(setting).into());
                facts.insert("messageFr".into(), names::message(&error.message(Lang::Fr)).into());
                Self::with("config", names::message(&error.to_string()), facts)
            }
            ErrorKind::Naming(errors) => naming(|lang| error.message(lang), errors),
            kind => Self::with("delivery", error.to_string(), facts(error, kind)).caused(error.source()),
        }
    }
}

/// What is wrong with names.
pub(super) fn naming(message: impl Fn(Lang) -> String, errors: &[NamingError]) -> Fault {
    let mut facts = Map::new();
    facts.insert("messageFr".into(), message(Lang::Fr).into());
    facts.insert("errors".into(), json!(errors));
    Fault::with("naming", message(Lang::En), facts)
}

fn facts(error: &Error, kind: &ErrorKind) -> Map<String, Value> {
    let path = match kind {
        ErrorKind::File { path, .. } => Some(path.display().to_string()),
        _ => error.path().map(str::to_owned),
    };
    let facts = json!({
        // Those below have no texts of their own in French.
        "messageFr": error.message_with_causes(Lang::Fr),
        "kind": kind.as_str(),
        "stage": error.stage().map(|stage| stage.as_str()),
        "replyCode": error.reply_code(),
        "path": path,
        "certainty": error.certainty().as_str(),
        "isRetryable": error.is_retryable(),
        "isConnect": error.is_connect(),
        "attempts": error.attempts(),
        "duration": milliseconds(error.duration()),
        "receipt": error.receipt(),
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

/// What is wrong with a fleet's file.
impl From<FleetError> for Fault {
    fn from(error: FleetError) -> Self {
        let mut facts = Map::new();
        facts.insert("messageFr".into(), error.message(Lang::Fr).into());
        facts.insert("mistakes".into(), json!(error.mistakes()));
        Self::with("fleet", error.to_string(), facts).caused(StdError::source(&error))
    }
}
