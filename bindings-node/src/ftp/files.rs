//! What is delivered, and the variables that names are made of.

use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;
use qlower_client::core::naming::Variables;
use qlower_client::ftp::Outgoing;
use serde_json::{Map, Value};

use crate::fault::Fault;

/// A file: of a path, or of bytes.
#[napi(object, object_to_js = false)]
pub struct FtpFile {
    /// Where it is.
    pub path: Option<String>,
    /// Its bytes; without a name, they are a payload.
    pub content: Option<Uint8Array>,
    /// What it is called.
    pub name: Option<String>,
    /// The partner of a payload.
    pub partner: Option<String>,
}

impl FtpFile {
    fn outgoing(self) -> Result<Outgoing, Fault> {
        let mut outgoing = match (self.path, self.content) {
            (Some(path), None) => Outgoing::file(path),
            (None, Some(content)) => Outgoing::bytes(Outgoing::PAYLOAD_NAME, content.to_vec()),
            _ => return Err(Fault::new("internal", "a file has either a path or bytes")),
        };
        if let Some(name) = self.name {
            outgoing = outgoing.named(name);
        }
        Ok(match self.partner {
            Some(partner) => outgoing.of_partner(partner),
            None => outgoing,
        })
    }
}

/// All of them, with copies of the bytes.
///
/// # Errors
/// For one that is none.
pub(super) fn outgoing(files: Vec<FtpFile>) -> Result<Vec<Outgoing>, Fault> {
    files.into_iter().map(FtpFile::outgoing).collect()
}

/// Variables, given as names and values in turn.
pub(super) fn variables(given: Vec<String>) -> Variables {
    let mut given = given.into_iter();
    let mut variables = Variables::new();
    while let (Some(name), Some(value)) = (given.next(), given.next()) {
        variables.insert(name, value);
    }
    variables
}

/// Details for the side file, given as a JSON object.
///
/// # Errors
/// For one that is none.
pub(super) fn details(given: Option<String>) -> Result<Option<Map<String, Value>>, Fault> {
    let read = |text: String| serde_json::from_str(&text).map_err(|_| Fault::config("details", "must be an object"));
    given.map(read).transpose()
}
