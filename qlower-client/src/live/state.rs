//! What watchers learn.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, FixedOffset, SecondsFormat};
use qlower_core::Lang;
use qlower_core::live::Unit;
use serde::{Serialize, Serializer};

use super::fault::FeedFault;
use super::pick;

/// What is known of a feed at a moment.
///
/// As JSON, it is an object with `state` (`reading`, `stale` or `connection_error`) beside what the state holds; times are in seconds.
///
/// # Example: what a map shows
/// ```
/// use std::time::Duration;
///
/// use qlower_client::core::Lang;
/// use qlower_client::live::{Reading, State, Unit};
///
/// let state = State::Reading(Reading::new(42.5, Some(Unit::Megawatt)).aged(Duration::from_secs(2)));
/// assert_eq!((state.text(Lang::En), state.text(Lang::Fr)), ("42.5 MW".to_owned(), "42,5 MW".to_owned()));
/// assert_eq!(state.as_str(), "reading");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// The producer answered, and its value is of now.
    Reading(Reading),
    /// The producer answered, but its value is older than [`stale_after`](super::LiveFeedBuilder::stale_after).
    Stale(Reading),
    /// The last poll failed. The next one that succeeds ends this by itself.
    ConnectionError(ConnectionError),
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reading {
    /// The value, in `unit`.
    pub value: f64,
    /// The unit in which it is shown; `None` if neither the settings nor the document name one.
    pub unit: Option<Unit>,
    /// When it was measured, as the document says; `None` if it does not.
    #[serde(serialize_with = "moment")]
    pub at: Option<DateTime<FixedOffset>>,
    /// How old it is: the time since it arrived, and its age on arrival if the document says when it was measured.
    #[serde(serialize_with = "seconds")]
    pub age: Duration,
}

/// The last poll failed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ConnectionError {
    /// Why the last poll failed.
    pub cause: FeedFault,
    /// The time since the first of the polls in a row that failed.
    #[serde(serialize_with = "seconds")]
    pub failing_for: Duration,
    /// The last value that was read, with its age; `None` if there was none yet.
    pub last: Option<Reading>,
}

fn moment<S: Serializer>(at: &Option<DateTime<FixedOffset>>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => serializer.collect_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        None => serializer.serialize_none(),
    }
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let milliseconds = u32::try_from(time.as_millis()).map_or_else(|_| time.as_secs_f64() * 1000.0, f64::from);
    serializer.serialize_f64(milliseconds / 1000.0)
}

impl State {
    /// Its name: `reading`, `stale` or `connection_error`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Reading(_) => "reading",
            Self::Stale(_) => "stale",
            Self::ConnectionError(_) => "connection_error",
        }
    }

    /// What it is called, for people: `Connection error`, `Erreur de connexion`.
    #[must_use]
    pub fn label(&self, lang: Lang) -> &'static str {
        match self {
            Self::Reading(_) => pick(lang, "Live", "Temps réel"),
            Self::Stale(_) => pick(lang, "Out of date", "Donnée ancienne"),
            Self::ConnectionError(_) => pick(lang, "Connection error", "Erreur de connexion"),
        }
    }

    /// The value of now; `None` if it is stale or the connection failed.
    #[must_use]
    pub const fn value(&self) -> Option<f64> {
        match self {
            Self::Reading(reading) => Some(reading.value),
            Self::Stale(_) | Self::ConnectionError(_) => None,
        }
    }

    /// The last value that was read, however old.
    #[must_use]
    pub const fn last(&self) -> Option<&Reading> {
        match self {
            Self::Reading(reading) | Self::Stale(reading) => Some(reading),
            Self::ConnectionError(error) => error.last.as_ref(),
        }
    }

    /// What a map shows: `42.5 MW`, `42.5 MW (75 s old)`, `Connection error`; in French `42,5 MW`, `42,5 MW (il y a 75 s)`,
    /// `Erreur de connexion`.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Reading(reading) => reading.text(lang),
            Self::Stale(reading) => {
                let (value, age) = (reading.text(lang), rounded(reading.age, lang));
                pick(lang, format!("{value} ({age} old)"), format!("{value} (il y a {age})"))
            }
            Self::ConnectionError(_) => self.label(lang).to_owned(),
        }
    }
}

/// In the largest unit of which there are two at least.
pub(super) fn rounded(age: Duration, lang: Lang) -> String {
    match age.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} {}", seconds / 86_400, pick(lang, "d", "j")),
    }
}

impl Reading {
    /// A value that has just been read.
    #[must_use]
    pub const fn new(value: f64, unit: Option<Unit>) -> Self {
        Self { value, unit, at: None, age: Duration::ZERO }
    }

    /// The same, of this age.
    #[must_use]
    pub const fn aged(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Value and unit, with the decimal point or comma of the language.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let value = pick(lang, self.value.to_string(), self.value.to_string().replace('.', ","));
        match &self.unit {
            Some(unit) => format!("{value} {unit}"),
            None => value,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConnectionError(error) => write!(f, "{}: {}", self.label(Lang::En), error.cause),
            _ => f.pad(&self.text(Lang::En)),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text(Lang::En))
    }
}
