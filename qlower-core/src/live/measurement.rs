//! A value that a producer gives out, and the documents it is given out in.

use chrono::{DateTime, FixedOffset};
use serde_json::json;

use super::found::written;
use super::path::ValuePath;
use super::unit::Unit;

/// A value that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The value. One that is not finite is never given out: the producer is then unavailable.
    pub value: f64,
    /// Its unit; `None` for the producer's.
    pub unit: Option<Unit>,
    /// When it was measured; `None` if that is not known.
    pub at: Option<DateTime<FixedOffset>>,
}

impl Measurement {
    /// A value in the producer's unit.
    #[must_use]
    pub const fn new(value: f64) -> Self {
        Self { value, unit: None, at: None }
    }

    /// Sets its unit.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<Unit>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Sets when it was measured.
    #[must_use]
    pub const fn at(mut self, moment: DateTime<FixedOffset>) -> Self {
        self.at = Some(moment);
        self
    }
}

impl From<f64> for Measurement {
    fn from(value: f64) -> Self {
        Self::new(value)
    }
}

/// There is no value just now: a producer answers 503, and its watchers show a connection error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("no value is available")]
pub struct Unavailable;

/// The documents in which a producer may give out its value.
///
/// ```
/// use qlower_core::live::{Form, Measurement, Unit};
///
/// let measured = Measurement::new(42.5).unit(Unit::Megawatt);
/// assert_eq!(Form::Simple.write(&measured), r#"{"current_power":42.5}"#);
/// assert_eq!(Form::Simple.path().to_string(), "current_power");
/// assert_eq!(
///     Form::WithMetadata.write(&measured),
///     r#"{"status":"ok","data":{"power":{"value":42.5,"unit":"MW"}}}"#
/// );
/// assert_eq!(Form::WithMetadata.path().to_string(), "data.power.value");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// `{"current_power": 42.5}`: what is recommended, and the default.
    #[default]
    Simple,
    /// `{"status": "ok", "timestamp": …, "data": {"power": {"value": 42.5, "unit": "MW"}}}`. What is not known is left out.
    WithMetadata,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Simple, Self::WithMetadata];

    /// Its name, `simple` or `with_metadata`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::WithMetadata => "with_metadata",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.as_str() == name)
    }

    /// The path to the value, which whoever watches has to be told.
    #[must_use]
    pub fn path(self) -> ValuePath {
        let keys: &[&str] = match self {
            Self::Simple => &["current_power"],
            Self::WithMetadata => &["data", "power", "value"],
        };
        ValuePath::of_known(keys)
    }

    /// The document of a measurement. A value that is not finite would be `null` in it: a producer refuses it before.
    #[must_use]
    pub fn write(self, measured: &Measurement) -> String {
        match self {
            Self::Simple => json!({"current_power": measured.value}).to_string(),
            Self::WithMetadata => {
                let mut out = String::from(r#"{"status":"ok""#);
                if let Some(at) = &measured.at {
                    out += &format!(r#","timestamp":{}"#, json!(written(at)));
                }
                out += &format!(r#","data":{{"power":{{"value":{}"#, json!(measured.value));
                if let Some(unit) = &measured.unit {
                    out += &format!(r#","unit":{}"#, json!(unit.as_str()));
                }
                out + "}}}"
            }
        }
    }
}
