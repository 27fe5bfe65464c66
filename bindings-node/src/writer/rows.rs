//! Rows on their way into a writer: while some are checked and written, JavaScript encodes the next.

use std::sync::{Arc, Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_client::{CheckOptions, ErrorKind};
use qlower_core::Report as CoreReport;
use qlower_core::check::Refused;
use qlower_core::model::Section;

use super::Shared;
use crate::encode::Items;
use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop};
use crate::report::Report;

/// Rows of one section, on their way into a writer.
#[napi]
pub struct Rows {
    writer: Arc<Shared>,
    section: Section,
    seen: Arc<Mutex<Seen>>,
}

/// What is known of the rows so far.
struct Seen {
    /// How many were looked at.
    count: u64,
    /// Those with an error: they were not taken, and the others were.
    refused: Refused,
}

impl Seen {
    fn next(&mut self) -> u64 {
        let row = self.count;
        self.count += 1;
        row
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Rows {
    pub(super) fn new(writer: Arc<Shared>, section: Section) -> Self {
        let seen = Seen { count: 0, refused: Refused::new(section, writer.options()) };
        Self { writer, section, seen: Arc::new(Mutex::new(seen)) }
    }

    /// The report of the rows that were refused.
    fn report(seen: &Mutex<Seen>, options: &CheckOptions, section: Section) -> Option<CoreReport> {
        let refused = std::mem::replace(&mut lock(seen).refused, Refused::new(section, options));
        (refused.items() > 0).then(|| refused.into_report())
    }
}

/// Items as the encoder gives them.
fn texts((text, starts): &(Vec<u8>, Vec<usize>)) -> impl Iterator<Item = &[u8]> {
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| text.get(*start..end).unwrap_or_default())
}

#[napi]
impl Rows {
    /// Pushes items, each of them a row. Those with an error are kept for the end; it ends at one that cannot be placed.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn push<'e>(&self, env: &'e Env, items: &Items, stop: Option<&Stop>) -> napi::Result<Object<'e>> {
        let taken = items.take_inner();
        let limits = Limits { stop: stop.cloned(), timeout: None };
        let (writer, seen, section) = (Arc::clone(&self.writer), Arc::clone(&self.seen), self.section);
        let pushed = async move {
            let mut turn = writer.turn().await?;
            for text in texts(&taken) {
                let row = lock(&seen).next();
                let Err(error) = turn.push(section, text).await? else { continue };
                match error.kind() {
                    ErrorKind::Item(found) => lock(&seen).refused.add(row, found),
                    _ => {
                        let fault = Fault::from(&error).at_row(row);
                        let report = Self::report(&seen, writer.options(), section).map(Report::new);
                        return Err(Fault { report, ..fault });
                    }
                }
            }
            Ok(())
        };
        job::start(env, limits, pushed, Ok)
    }

    /// Pushes one item, and tells what is wrong with it.
    #[napi(ts_return_type = "Promise<Outcome<undefined>>")]
    pub fn push_one<'e>(&self, env: &'e Env, items: &Items, stop: Option<&Stop>) -> napi::Result<Object<'e>> {
        let taken = items.take_inner();
        let limits = Limits { stop: stop.cloned(), timeout: None };
        let (writer, section) = (Arc::clone(&self.writer), self.section);
        let pushed = async move {
            let mut turn = writer.turn().await?;
            for text in texts(&taken) {
                turn.push(section, text).await?.map_err(|error| Fault::from(&error))?;
            }
            Ok(())
        };
        job::start(env, limits, pushed, Ok)
    }

    /// To be called when all were pushed: tells what is wrong with those that were refused.
    #[napi]
    pub fn finish(&self) -> Outcome<()> {
        guard(|| match Self::report(&self.seen, self.writer.options(), self.section) {
            Some(report) => report.into_result().map(drop).map_err(Fault::from),
            None => Ok(()),
        })
    }
}
