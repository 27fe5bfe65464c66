//! What an examination of a producer found.

mod requirement;
mod table;

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use super::path::ValuePath;
use super::unit::Unit;
use crate::lang::Lang;

pub use requirement::Requirement;

const NOT_EXAMINED: (&str, &str) =
    ("not examined, since another one is not met", "non examiné, car une autre exigence n'est pas remplie");

/// One requirement, and whether it is met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    requirement: Requirement,
    met: Option<bool>,
    detail: String,
    detail_fr: String,
}

impl Examined {
    /// A requirement that was looked at. The details say what was seen, and what to do where it is not met.
    #[must_use]
    pub fn new(requirement: Requirement, met: bool, detail: impl Into<String>, detail_fr: impl Into<String>) -> Self {
        Self { requirement, met: Some(met), detail: detail.into(), detail_fr: detail_fr.into() }
    }

    /// A requirement that could not be looked at, since another one is not met.
    #[must_use]
    pub fn not_examined(requirement: Requirement) -> Self {
        let text = |lang: Lang| lang.pick(NOT_EXAMINED.0, NOT_EXAMINED.1).to_owned();
        Self { requirement, met: None, detail: text(Lang::En), detail_fr: text(Lang::Fr) }
    }

    /// Which requirement.
    #[must_use]
    pub const fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// The requirement's name, such as `cors_origin`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.requirement.as_str()
    }

    /// Whether it is met; `None` if it could not be looked at.
    #[must_use]
    pub const fn met(&self) -> Option<bool> {
        self.met
    }

    /// What was seen, and what to do.
    #[must_use]
    pub fn detail(&self, lang: Lang) -> &str {
        lang.pick(&self.detail, &self.detail_fr)
    }
}

/// What an examination of a producer found: each requirement, met or not.
///
/// ```
/// use qlower_core::Lang;
/// use qlower_core::live::{Examined, ProbeReport, Requirement, ValuePath};
///
/// let mut report = ProbeReport::new("https://api.example/power?apikey=***", ValuePath::parse("current_power")?);
/// report.push(Examined::new(Requirement::Https, true, "TLS", "TLS"));
/// report.push(Examined::new(Requirement::Json, false, "the reply is a page", "la réponse est une page"));
/// assert!(!report.is_ok());
/// assert!(report.text(Lang::En).contains("✗ JSON"));
/// # Ok::<(), qlower_core::live::PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ProbeReport {
    /// The address, without its secrets: see [`shown_url`](super::shown_url).
    pub url: String,
    /// Where the value should be.
    pub path: ValuePath,
    /// The value, if there is one.
    pub value: Option<f64>,
    /// Its unit: the one that was agreed, or else the document's.
    pub unit: Option<Unit>,
    /// How long the whole reply took.
    pub latency: Option<Duration>,
    requirements: Vec<Examined>,
}

impl ProbeReport {
    /// A report in which nothing was looked at yet.
    pub fn new(url: impl Into<String>, path: ValuePath) -> Self {
        Self { url: url.into(), path, value: None, unit: None, latency: None, requirements: Vec::new() }
    }

    /// Adds a requirement.
    pub fn push(&mut self, examined: Examined) {
        self.requirements.push(examined);
    }

    /// All requirements that were added, in this order.
    #[must_use]
    pub fn requirements(&self) -> &[Examined] {
        &self.requirements
    }

    /// What was found of one requirement.
    #[must_use]
    pub fn get(&self, requirement: Requirement) -> Option<&Examined> {
        self.requirements.iter().find(|examined| examined.requirement == requirement)
    }

    /// Whether all that is demanded was looked at and is met. What is only advised ([`Requirement::is_demanded`]) does not count; a
    /// report without a requirement is not all right.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let mut demanded = self.requirements.iter().filter(|examined| examined.requirement.is_demanded()).peekable();
        demanded.peek().is_some() && demanded.all(|examined| examined.met == Some(true))
    }

    /// A table, for people: a mark, the requirement, the detail.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        table::write(self, lang)
    }

    /// As JSON: `url`, `path`, `value`, `unit`, `latency_ms`, `is_ok`, and `requirements`, each with `name`, `label`, `label_fr`,
    /// `demanded`, `met` (`null` if not examined), `detail` and `detail_fr`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let requirements = self.requirements.iter().map(|examined| {
            let requirement = examined.requirement;
            json!({
                "name": requirement.as_str(),
                "label": requirement.label(Lang::En),
                "label_fr": requirement.label(Lang::Fr),
                "demanded": requirement.is_demanded(),
                "met": examined.met,
                "detail": examined.detail,
                "detail_fr": examined.detail_fr,
            })
        });
        let latency = self.latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX));
        json!({
            "url": self.url,
            "path": self.path.to_string(),
            "value": self.value,
            "unit": self.unit.as_ref().map(Unit::as_str),
            "latency_ms": latency,
            "is_ok": self.is_ok(),
            "requirements": requirements.collect::<Vec<_>>(),
        })
    }

    /// [`to_value`](Self::to_value) as a text.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.to_value().to_string()
    }
}

impl fmt::Display for ProbeReport {
    /// The table, in English.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}
