//! What became of all jobs.

use std::fmt;
use std::time::Duration;

use qlower_core::Lang;

use super::Job;
use crate::ftp::wording::{pick, quoted};
use crate::ftp::{Error, Receipt};
use crate::receipt::Certainty;

/// What became of one job.
#[derive(Debug)]
#[non_exhaustive]
pub enum JobResult {
    /// All its files stand on the server.
    Delivered(Receipt),
    /// It did not come to its end; the error has the receipt of what did.
    Failed(Error),
    /// Time was up while it was under way. What came of its files is not known; a later run completes them.
    Stopped(TimeUp),
    /// Nothing was tried.
    NotTried(NotTried),
}

impl JobResult {
    /// `delivered`, `failed`, `stopped` or `not_tried`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered(_) => "delivered",
            Self::Failed(_) => "failed",
            Self::Stopped(_) => "stopped",
            Self::NotTried(_) => "not_tried",
        }
    }
}

/// Which time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeUp {
    /// That of one job: [`FleetOptions::job_limit`](crate::ftp::FleetOptions::job_limit).
    Job(Duration),
    /// That of the whole: [`FleetOptions::deadline`](crate::ftp::FleetOptions::deadline).
    Deadline(Duration),
}

impl TimeUp {
    /// `job_limit` or `deadline`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Job(_) => "job_limit",
            Self::Deadline(_) => "deadline",
        }
    }
}

impl TimeUp {
    /// The text; `Display` is the English one.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Job(limit) => {
                let time = seconds(*limit, lang);
                pick(
                    lang,
                    format!("stopped: it took longer than {time}"),
                    format!("arrêté : la livraison a duré plus de {time}"),
                )
            }
            Self::Deadline(limit) => {
                let time = seconds(*limit, lang);
                pick(
                    lang,
                    format!("stopped: the whole took longer than {time}"),
                    format!("arrêté : l'ensemble a duré plus de {time}"),
                )
            }
        }
    }
}

impl fmt::Display for TimeUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

fn seconds(time: Duration, lang: Lang) -> String {
    let number = time.as_secs_f32().to_string();
    pick(lang, format!("{number} s"), format!("{} s", number.replace('.', ",")))
}

/// Why a job was not tried.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTried {
    /// The fleet has no destination of this name.
    Unknown {
        /// A name that it has, and that was probably meant.
        suggestion: Option<String>,
    },
    /// The fleet's file has mistakes about this destination, and was read by one of the lenient ways.
    Mistakes(Vec<super::Mistake>),
    /// An earlier job for the same destination could not connect or log in.
    Earlier {
        /// Its position among the jobs that were given, from 0.
        job: usize,
    },
    /// The time of the whole was up before its turn came.
    Deadline(Duration),
}

impl NotTried {
    /// `unknown`, `mistakes`, `earlier` or `deadline`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown",
            Self::Mistakes(_) => "mistakes",
            Self::Earlier { .. } => "earlier",
            Self::Deadline(_) => "deadline",
        }
    }
}

impl NotTried {
    /// The text; `Display` is the English one.
    #[must_use]
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Unknown { suggestion } => {
                let text =
                    pick(lang, "the fleet has no such destination", "la flotte n'a pas de destination de ce nom");
                match suggestion.as_deref().map(|name| quoted(name, lang)) {
                    Some(name) => {
                        text.to_owned()
                            + &pick(lang, format!("; did you mean {name}?"), format!(" ; vouliez-vous dire {name} ?"))
                    }
                    None => text.to_owned(),
                }
            }
            Self::Mistakes(mistakes) => {
                let told: Vec<String> = mistakes.iter().map(|mistake| mistake.text(lang)).collect();
                let between = pick(lang, "; ", " ; ");
                format!("{}{}", pick(lang, "not usable: ", "inutilisable : "), told.join(between))
            }
            Self::Earlier { job } => pick(
                lang,
                format!("not tried, since job {job} of the same destination could not connect"),
                format!("non tenté, car l'envoi {job} de la même destination n'a pas pu se connecter"),
            ),
            Self::Deadline(limit) => {
                let time = seconds(*limit, lang);
                pick(
                    lang,
                    format!("not tried: the whole took longer than {time}"),
                    format!("non tenté : l'ensemble a duré plus de {time}"),
                )
            }
        }
    }
}

impl fmt::Display for NotTried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))
    }
}

/// A job, and what became of it.
#[derive(Debug)]
#[non_exhaustive]
pub struct JobOutcome {
    /// Its position among the jobs that were given, from 0.
    pub job: usize,
    /// The destination as the job names it; a customer's user may deliver to the customer's.
    pub destination: String,
    /// What became of it.
    pub result: JobResult,
    /// How long it waited for its turn: the first time, and again before each further attempt.
    pub waited: Duration,
    /// From when its turn came first to its end, [`waited`](Self::waited) for further attempts included; zero if it was not tried.
    pub duration: Duration,
    pub(super) kept: Option<Job>,
}

impl JobOutcome {
    /// Why it was not delivered, in one line; `None` if it was.
    #[must_use]
    pub fn reason(&self, lang: Lang) -> Option<String> {
        match &self.result {
            JobResult::Delivered(_) => None,
            JobResult::Failed(error) => Some(error.message_with_causes(lang)),
            JobResult::Stopped(time_up) => Some(time_up.message(lang)),
            JobResult::NotTried(reason) => Some(reason.message(lang)),
        }
    }

    /// Whether all its files stand on the server.
    #[must_use]
    pub const fn is_delivered(&self) -> bool {
        matches!(self.result, JobResult::Delivered(_))
    }

    /// Whether its files stand on the server, as far as it could be seen from here.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        match &self.result {
            JobResult::Delivered(receipt) => receipt.certainty,
            JobResult::Failed(error) => error.receipt().certainty,
            JobResult::Stopped(_) => Certainty::Unknown,
            JobResult::NotTried(_) => Certainty::NotProcessed,
        }
    }
}

/// What became of the jobs of one destination.
#[derive(Debug)]
#[non_exhaustive]
pub struct DestinationOutcome {
    /// Its name.
    pub name: String,
    /// Its jobs, in order.
    pub jobs: Vec<JobOutcome>,
}

impl DestinationOutcome {
    /// Whether all its jobs were delivered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.jobs.iter().all(JobOutcome::is_delivered)
    }
}

/// What became of all jobs of a [`Fleet::deliver`](crate::ftp::Fleet::deliver).
///
/// `Display` is a table: sound destinations are counted, broken ones are listed with the reason. As JSON: `duration_seconds`,
/// `counts` (`destinations`, `complete`, `jobs`, `delivered`, `failed`, `stopped`, `not_tried`, `files`, `bytes`,
/// `most_connections`) and `destinations`, each with `name` and `jobs`, each with `job`, `destination`,
/// `outcome`, `certainty`, `waited_seconds`, `duration_seconds`, and `receipt` (not if nothing was tried) and `error` (if it was not
/// delivered): `code`, `message` and `message_fr`, `advice` and `advice_fr` ([`JobOutcome::advice`]; null if there is none), of a failed
/// one also `stage`, `reply_code` and `retryable`.
#[derive(Debug)]
#[must_use]
pub struct FleetSummary {
    pub(super) destinations: Vec<DestinationOutcome>,
    pub(super) duration: Duration,
    pub(super) most_connections: usize,
}

impl FleetSummary {
    /// Each destination that was to get something, in the order in which they were named first.
    #[must_use]
    pub fn destinations(&self) -> &[DestinationOutcome] {
        &self.destinations
    }

    /// One destination's outcome.
    #[must_use]
    pub fn destination(&self, name: &str) -> Option<&DestinationOutcome> {
        self.destinations.iter().find(|destination| destination.name == name)
    }

    /// The destinations of which not all jobs were delivered.
    pub fn broken(&self) -> impl Iterator<Item = &DestinationOutcome> {
        self.destinations.iter().filter(|destination| !destination.is_complete())
    }

    /// All jobs, by destination.
    pub fn jobs(&self) -> impl Iterator<Item = &JobOutcome> {
        self.destinations.iter().flat_map(|destination| &destination.jobs)
    }

    /// Whether every job was delivered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.jobs().all(JobOutcome::is_delivered)
    }

    /// The jobs that were not delivered, in the order in which they were given: for a later
    /// [`deliver`](crate::ftp::Fleet::deliver), which goes on where this one stopped if the server can.
    pub fn remaining(&self) -> Vec<Job> {
        let mut open: Vec<_> = self.jobs().filter_map(|outcome| Some((outcome.job, outcome.kept.as_ref()?))).collect();
        open.sort_by_key(|(position, _)| *position);
        open.into_iter().map(|(_, job)| job.clone()).collect()
    }

    /// How long the whole took.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// How many deliveries were connected, or connecting, at the same moment at most.
    #[must_use]
    pub const fn most_connections(&self) -> usize {
        self.most_connections
    }
}
