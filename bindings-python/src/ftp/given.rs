//! What is to be delivered, and where to, as Python gives it.

use std::path::PathBuf;
use std::str::FromStr;

use bytes::Bytes;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use qlower_client::core::Lang;
use qlower_client::core::naming::{UnknownCharacters, Variables};
use qlower_client::ftp::{Destination, DestinationBuilder, Outgoing, UnknownWord};
use serde_json::{Map, Value};

use crate::buffer::{self, Need};
use crate::settings::{Given, retry};
use crate::{checked, errors};

/// Path, content and name of each file.
pub(super) type Files<'py> = Vec<(Option<PathBuf>, Option<Bound<'py, PyAny>>, Option<String>)>;

/// What somebody gave for files.
pub(super) fn outgoing(files: Files<'_>) -> PyResult<Vec<Outgoing>> {
    let one = |(path, content, name): (Option<PathBuf>, Option<Bound<'_, PyAny>>, Option<String>)| {
        let file = match (path, content) {
            (Some(path), _) => Outgoing::file(path),
            (None, Some(content)) => match checked::of(&content)? {
                Some(checked) => Outgoing::payload(&checked),
                None => Outgoing::bytes(name.clone().unwrap_or_default(), bytes(&content)?),
            },
            (None, None) => return Err(PyTypeError::new_err("files: neither a path nor bytes")),
        };
        Ok(match name {
            Some(name) => file.named(name),
            None => file,
        })
    };
    files.into_iter().map(one).collect()
}

fn bytes(content: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    buffer::text(content, Need::Kept)?.ok_or_else(|| PyTypeError::new_err("files: expected bytes"))
}

pub(super) fn variables(pairs: Vec<(String, String)>) -> Variables {
    pairs.into_iter().collect()
}

/// Details for the side file, from JSON.
pub(super) fn details(py: Python<'_>, json: Option<&str>) -> PyResult<Option<Map<String, Value>>> {
    let read = json.map(serde_json::from_str).transpose();
    read.map_err(|_| errors::config(py, "details", "must be an object of JSON"))
}

/// The builder of a destination with what is given; what is not is the default.
pub(super) fn builder(given: &Bound<'_, PyDict>) -> PyResult<DestinationBuilder> {
    let py = given.py();
    let set = Given(given);
    let host = set.text("host")?.ok_or_else(|| errors::config(py, "host", "must be text"))?;
    let protocol = word(&set, "protocol")?.ok_or_else(|| errors::config(py, "protocol", "must be text"))?;
    let mut builder = Destination::builder(protocol, host);
    if let Some(port) = set.number("port")? {
        builder = builder.port(port);
    }
    for (name, setter) in TEXTS {
        if let Some(text) = set.text(name)? {
            builder = setter(builder, text);
        }
    }
    if let Some(key) = set.any("key")? {
        let text = match key.cast::<PyBytes>() {
            Ok(pem) => std::str::from_utf8(pem.as_bytes()).ok().map(str::to_owned),
            Err(_) => key.extract().ok(),
        };
        builder =
            builder.key(text.ok_or_else(|| errors::setting(py, "key", "must be PEM text", "doit être un texte PEM"))?);
    }
    if let Some(path) = path(&set, "key_file")? {
        builder = builder.key_file(path);
    }
    if let Some(path) = path(&set, "known_hosts_file")? {
        builder = builder.known_hosts_file(path);
    }
    if let Some(bundle) = set.any("ca_bundle")? {
        builder = match bundle.cast::<PyBytes>() {
            Ok(pem) => builder.ca_bundle(String::from_utf8_lossy(pem.as_bytes())),
            Err(_) => {
                let path: Option<PathBuf> = bundle.extract().ok();
                let problem = "must be the path of a file, or bytes with PEM text";
                builder.ca_bundle_file(path.ok_or_else(|| errors::config(py, "ca_bundle", problem))?)
            }
        };
    }
    if let Some(keys) = set.any("host_key")? {
        let keys: Vec<String> =
            keys.extract().map_err(|_| errors::config(py, "host_key", "must be text, or several texts"))?;
        builder = keys.into_iter().fold(builder, DestinationBuilder::host_key);
    }
    if set.is("insecure")? {
        builder = builder.insecure();
    }
    if let Some(characters) = word(&set, "characters")? {
        builder = builder.characters(characters);
    }
    if let Some(temporary) = word(&set, "temporary")? {
        builder = builder.temporary(temporary);
    }
    if let Some(existing) = word(&set, "existing")? {
        builder = builder.existing(existing);
    }
    if let Some(passive) = word(&set, "passive")? {
        builder = builder.passive(passive);
    }
    if let Some(limit) = set.seconds("connect_timeout")? {
        builder = builder.connect_timeout(limit);
    }
    if let Some(limit) = set.seconds("timeout")? {
        builder = builder.timeout(limit);
    }
    if let Some(policy) = set.any("retry")? {
        builder = builder.retry(retry(&policy)?);
    }
    Ok(builder)
}

type Setter = fn(DestinationBuilder, String) -> DestinationBuilder;

const TEXTS: [(&str, Setter); 7] = [
    ("user", DestinationBuilder::user),
    ("password", DestinationBuilder::password),
    ("key_passphrase", DestinationBuilder::key_passphrase),
    ("directory", DestinationBuilder::directory),
    ("file", DestinationBuilder::file),
    ("archive", DestinationBuilder::archive),
    ("side_file", DestinationBuilder::side_file),
];

/// A choice, by its word.
fn word<T: FromStr<Err: Worded>>(set: &Given<'_, '_>, name: &str) -> PyResult<Option<T>> {
    let Some(text) = set.text(name)? else { return Ok(None) };
    let refused = |error: T::Err| errors::setting(set.0.py(), name, &error.told(Lang::En), &error.told(Lang::Fr));
    text.parse().map(Some).map_err(refused)
}

/// What is told of a word that there is not.
trait Worded {
    fn told(&self, lang: Lang) -> String;
}

impl Worded for UnknownWord {
    fn told(&self, lang: Lang) -> String {
        self.message(lang)
    }
}

impl Worded for UnknownCharacters {
    fn told(&self, lang: Lang) -> String {
        self.message(lang)
    }
}

fn path(set: &Given<'_, '_>, name: &str) -> PyResult<Option<PathBuf>> {
    let Some(value) = set.any(name)? else { return Ok(None) };
    value.extract().map(Some).map_err(|_| errors::config(set.0.py(), name, "must be the path of a file"))
}
