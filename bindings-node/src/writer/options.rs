//! Options of a writer, as JavaScript gives them.

use qlower_client::{CheckOptions, PayloadWriter, References, Strictness, writer::PayloadWriterBuilder};
use serde_json::{Map, Value};

use crate::fault::Fault;

/// What a writer is made with, but for where its files go.
pub(super) struct Options {
    pub(super) builder: PayloadWriterBuilder,
    pub(super) check: CheckOptions,
    pub(super) resume: bool,
}

impl Options {
    /// From a JSON object with the names that the options have in TypeScript. Null is not given.
    ///
    /// # Errors
    /// Names what cannot be used.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let Ok(Value::Object(given)) = serde_json::from_str(text) else {
            return Err(Fault::config("options", "must be an object"));
        };
        let mut given = Given(given);
        let partner = given.text("partner")?.ok_or_else(|| missing("partner"))?;
        let api_key = given.text("apiKey")?.ok_or_else(|| missing("apiKey"))?;
        let mut builder = match given.text("createdAt")? {
            Some(created_at) => PayloadWriter::builder(partner, api_key, created_at),
            None => PayloadWriter::created_now(partner, api_key),
        };
        // Items are checked one by one.
        let mut check = qlower_client::check_options().threads(1);
        if let Some(today) = given.text("today")? {
            let day =
                today.parse().map_err(|_| Fault::config("today", "must be a Date, or text of the form YYYY-MM-DD"))?;
            check = CheckOptions::on(day).threads(1);
        }
        if given.flag("strict")? {
            check = check.strictness(Strictness::Strict);
        }
        if let Some(limit) = given.whole("maxFindings", 0)? {
            check = check.max_findings(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        builder = builder.check_options(check.clone()).references(match given.text("references")?.as_deref() {
            None => References::default(),
            Some("deferred") => References::Deferred,
            Some("loaded_before") => References::LoadedBefore,
            Some(_) => return Err(Fault::config("references", "must be \"deferred\" or \"loaded_before\"")),
        });
        if let Some(limit) = given.whole("maxBytes", 1)? {
            builder = builder.max_bytes(limit);
        }
        if let Some(limit) = given.whole("maxItems", 1)? {
            builder = builder.max_items(limit);
        }
        if let Some(folder) = given.text("spoolDir")? {
            builder = builder.spool_dir(folder);
        }
        let resume = given.flag("resume")?;
        given.end()?;
        Ok(Self { builder, check, resume })
    }
}

struct Given(Map<String, Value>);

impl Given {
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name).filter(|value| !value.is_null())
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Fault::config(name, "must be a string")),
        }
    }

    fn flag(&mut self, name: &str) -> Result<bool, Fault> {
        match self.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Fault::config(name, "must be true or false")),
        }
    }

    fn whole(&mut self, name: &str, least: u64) -> Result<Option<u64>, Fault> {
        let Some(value) = self.take(name) else { return Ok(None) };
        let number = value.as_u64().filter(|number| *number >= least);
        number.map(Some).ok_or_else(|| Fault::config(name, format!("must be a whole number, {least} or more")))
    }

    fn end(self) -> Result<(), Fault> {
        match self.0.into_iter().find(|(_, value)| !value.is_null()) {
            Some((name, _)) => Err(Fault::config(&name, "there is no such option")),
            None => Ok(()),
        }
    }
}

fn missing(name: &str) -> Fault {
    Fault::config(name, "must be given")
}
