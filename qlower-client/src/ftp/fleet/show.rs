//! How a run is told: as a table, and as JSON.

use std::fmt;

use qlower_core::Lang;
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value};

use super::summary::{DestinationOutcome, FleetSummary, JobOutcome, JobResult};
use crate::ftp::Error;
use crate::ftp::wording::pick;

/// The numbers of a run.
#[derive(Default, serde::Serialize)]
struct Counts {
    destinations: usize,
    complete: usize,
    jobs: usize,
    delivered: usize,
    failed: usize,
    stopped: usize,
    not_tried: usize,
    files: usize,
    bytes: u64,
    most_connections: usize,
}

impl Counts {
    fn of(summary: &FleetSummary) -> Self {
        let mut counts = Self { most_connections: summary.most_connections, ..Self::default() };
        for destination in &summary.destinations {
            counts.destinations += 1;
            counts.complete += usize::from(destination.is_complete());
        }
        for outcome in summary.jobs() {
            counts.jobs += 1;
            match &outcome.result {
                JobResult::Delivered(receipt) => {
                    counts.delivered += 1;
                    counts.files += receipt.files.len();
                    counts.bytes += receipt.files.iter().map(|file| file.size).sum::<u64>();
                }
                JobResult::Failed(_) => counts.failed += 1,
                JobResult::Stopped(_) => counts.stopped += 1,
                JobResult::NotTried(_) => counts.not_tried += 1,
            }
        }
        counts
    }
}

/// Where the reason of the table begins to be another line: names that are longer push theirs to the right.
const WIDEST: usize = 40;

impl FleetSummary {
    /// The table; `Display` is the English one. Sound destinations are counted, and of the broken ones each reason is told once, with
    /// the positions of its jobs and what to do about it.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut text = self.headline(lang);
        let width = self.broken().map(|destination| destination.name.chars().count()).max().unwrap_or(0).min(WIDEST);
        for destination in self.broken() {
            let delivered = destination.jobs.iter().filter(|outcome| outcome.is_delivered()).count();
            let mut said: Vec<(String, Vec<usize>)> = Vec::new();
            for outcome in &destination.jobs {
                let Some(mut reason) = outcome.reason(lang) else { continue };
                if let Some(advice) = outcome.advice(lang) {
                    reason += &format!(" ({advice})");
                }
                match said.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, jobs)) => jobs.push(outcome.job),
                    None => said.push((reason, vec![outcome.job])),
                }
            }
            for (n, (reason, jobs)) in said.into_iter().enumerate() {
                let name = if n == 0 { destination.name.as_str() } else { "" };
                let share = if n == 0 { format!("{delivered}/{}", destination.jobs.len()) } else { String::new() };
                let numbers: Vec<String> = jobs.iter().map(usize::to_string).collect();
                let (job, colon) = pick(lang, ("job", ":"), ("envoi", " :"));
                let numbers = numbers.join(", ");
                text += &format!("  {name:width$}  {share:>7}  {job} {numbers}{colon} {reason}\n");
            }
        }
        text
    }

    fn headline(&self, lang: Lang) -> String {
        let Counts { destinations, complete, jobs, delivered, files, bytes, .. } = Counts::of(self);
        let seconds = format!("{:.1}", self.duration.as_secs_f64());
        let french = |number: u64, word: &str, of_one: &str| match number {
            0 | 1 => format!("{number} {word}{of_one}"),
            _ => format!("{number} {}", format!("{word}{of_one}").replace(' ', "s ") + "s"),
        };
        pick(
            lang,
            format!(
                "{complete} of {destinations} destinations complete: {delivered} of {jobs} jobs delivered, {files} files, {bytes} bytes, in \
                 {seconds} s\n"
            ),
            format!(
                "{} sur {destinations} : {} sur {jobs}, {}, {}, en {} s\n",
                french(complete as u64, "destination", " complète"),
                french(delivered as u64, "envoi", " livré"),
                french(files as u64, "fichier", ""),
                french(bytes, "octet", ""),
                seconds.replace('.', ",")
            ),
        )
    }
}

impl fmt::Display for FleetSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl Serialize for FleetSummary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("duration_seconds", &self.duration.as_secs_f64())?;
        map.serialize_entry("counts", &Counts::of(self))?;
        map.serialize_entry("destinations", &self.destinations)?;
        map.end()
    }
}

impl Serialize for DestinationOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("jobs", &self.jobs)?;
        map.end()
    }
}

impl Serialize for JobOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("job", &self.job)?;
        map.serialize_entry("destination", &self.destination)?;
        map.serialize_entry("outcome", self.result.as_str())?;
        map.serialize_entry("certainty", &self.certainty())?;
        map.serialize_entry("waited_seconds", &self.waited.as_secs_f64())?;
        map.serialize_entry("duration_seconds", &self.duration.as_secs_f64())?;
        match &self.result {
            JobResult::Delivered(receipt) => map.serialize_entry("receipt", receipt)?,
            JobResult::Failed(error) => {
                map.serialize_entry("error", &self.failure(error))?;
                map.serialize_entry("receipt", error.receipt())?;
            }
            JobResult::Stopped(time_up) => map.serialize_entry("error", &self.said(time_up.as_str()))?,
            JobResult::NotTried(reason) => map.serialize_entry("error", &self.said(reason.as_str()))?,
        }
        map.end()
    }
}

impl JobOutcome {
    fn failure(&self, error: &Error) -> Map<String, Value> {
        let mut told = self.said(error.kind().as_str());
        told.insert("stage".to_owned(), error.stage().map(|stage| stage.as_str()).into());
        told.insert("reply_code".to_owned(), error.reply_code().into());
        told.insert("retryable".to_owned(), error.is_retryable().into());
        told
    }

    fn said(&self, code: &str) -> Map<String, Value> {
        let members = [
            ("code", Some(code.to_owned())),
            ("message", self.reason(Lang::En)),
            ("message_fr", self.reason(Lang::Fr)),
            ("advice", self.advice(Lang::En)),
            ("advice_fr", self.advice(Lang::Fr)),
        ];
        members.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect()
    }
}
