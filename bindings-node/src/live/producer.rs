//! What a producer answers. Asking its source is for JavaScript.

use chrono::DateTime;
use napi_derive::napi;
use qlower_client::core::live::{Access, Answer, Form, Incoming, Measurement, Producer, ProducerError, Unavailable};
use qlower_client::core::webhook::BasicUser;

use super::given::{LiveAuth, unit};
use crate::fault::{Fault, Outcome, guard};

/// Settings of a producer.
#[napi(object, object_to_js = false)]
pub struct LiveProducerSettings {
    /// Who may read; nobody in particular, if there is none.
    pub access: Vec<LiveAuth>,
    /// The sites whose pages may.
    pub origins: Option<Vec<String>>,
    /// Whether those of all sites may.
    pub any_origin: Option<bool>,
    /// The form of the document.
    pub form: Option<String>,
    /// The unit in which the value is given out.
    pub unit: Option<String>,
}

/// What was measured.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct LiveMeasurement {
    /// The value.
    pub value: f64,
    /// Its unit.
    pub unit: Option<String>,
    /// When, ISO 8601 with an offset.
    pub at: Option<String>,
}

/// What is answered.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct LiveAnswer {
    /// The HTTP status.
    pub status: u16,
    /// What came of the request, for logs.
    pub outcome: &'static str,
    /// Names and values in turn.
    pub headers: Vec<String>,
    /// The body.
    pub body: String,
}

/// What the TypeScript class `Producer` stands on.
#[napi]
#[derive(Debug)]
pub struct LiveProducer(Producer);

/// A producer with settings.
#[napi]
pub fn open_live_producer(settings: LiveProducerSettings) -> Outcome<LiveProducer> {
    guard(|| Ok(LiveProducer(settings.build()?)))
}

#[napi]
impl LiveProducer {
    /// The whole answer, where no value is wanted. Headers are names and values in turn.
    #[napi]
    pub fn gate(&self, method: String, query: String, headers: Vec<String>) -> Outcome<Option<LiveAnswer>> {
        guard(|| {
            let headers = lines(headers);
            let refused = self.0.gate(&incoming(&method, &query, &borrowed(&headers))).err();
            Ok(refused.as_ref().map(LiveAnswer::of))
        })
    }

    /// The answer with a value, or without one.
    #[napi]
    pub fn answer(
        &self,
        method: String,
        query: String,
        headers: Vec<String>,
        measured: Option<LiveMeasurement>,
    ) -> Outcome<LiveAnswer> {
        guard(|| {
            let measured = measured.map(LiveMeasurement::read).transpose()?.ok_or(Unavailable);
            let headers = lines(headers);
            let answer = match self.0.gate(&incoming(&method, &query, &borrowed(&headers))) {
                Ok(admitted) => self.0.answer(&admitted, measured),
                Err(answer) => answer,
            };
            Ok(LiveAnswer::of(&answer))
        })
    }
}

/// A value as one would be given out: a fault for one that is none.
#[napi]
pub fn live_measured(measured: LiveMeasurement) -> Outcome<()> {
    guard(|| measured.read().map(|_| ()))
}

impl LiveMeasurement {
    fn read(self) -> Result<Measurement, Fault> {
        let mut measurement = Measurement::new(self.value);
        if let Some(name) = &self.unit {
            measurement = measurement.unit(unit("unit", name)?);
        }
        if let Some(at) = &self.at {
            let at = DateTime::parse_from_rfc3339(at);
            let problem = "must be a Date, or a date and time with its offset, such as 2024-01-15T10:30:00Z";
            measurement = measurement.at(at.map_err(|_| Fault::config("at", problem))?);
        }
        Ok(measurement)
    }
}

impl LiveAnswer {
    fn of(answer: &Answer) -> Self {
        Self {
            status: answer.status(),
            outcome: answer.outcome().as_str(),
            headers: answer.headers().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]).collect(),
            body: answer.body().to_owned(),
        }
    }
}

impl LiveProducerSettings {
    fn build(self) -> Result<Producer, Fault> {
        let mut builder = Producer::builder();
        for access in &self.access {
            builder = builder.access(access.access()?);
        }
        if let Some(origins) = self.origins {
            builder = builder.origins(origins);
        }
        if self.any_origin == Some(true) {
            builder = builder.any_origin();
        }
        if let Some(name) = &self.form {
            let known = Form::ALL.map(Form::as_str).join(", ");
            let form = Form::from_name(name);
            let refused = || Fault::setting("form", format!("there are {known}"), format!("les choix sont {known}"));
            builder = builder.form(form.ok_or_else(refused)?);
        }
        if let Some(name) = &self.unit {
            builder = builder.unit(name.as_str());
        }
        builder.build().map_err(|error| {
            let (setting, suggestion) = match &error {
                ProducerError::Access(_) => ("auth", None),
                ProducerError::Unit => ("unit", None),
                ProducerError::Origin { suggestion, .. } => ("origins", suggestion.as_deref()),
                _ => ("origins", None),
            };
            Fault::live(setting, |lang| error.message(lang), error.code(), suggestion)
        })
    }
}

impl LiveAuth {
    fn access(&self) -> Result<Access, Fault> {
        let secrets = || self.secrets.iter().map(|secret| secret.to_vec());
        let name = || self.name.clone().unwrap_or_default();
        match self.kind.as_str() {
            "query" => Ok(Access::query(name(), secrets())),
            "bearer" => Ok(Access::bearer(secrets())),
            "apiKey" => Ok(Access::api_key(secrets())),
            "basic" => Ok(Access::basic(secrets().map(|secret| BasicUser::new(name(), secret)))),
            _ => Err(Fault::new("internal", "an unknown way of access")),
        }
    }
}

fn incoming<'r>(method: &'r str, query: &'r str, headers: &'r [(&'r str, &'r [u8])]) -> Incoming<'r> {
    Incoming { method, query, headers }
}

/// Names and bytes of headers. What reads HTTP gives a character for each byte.
fn lines(headers: Vec<String>) -> Vec<(String, Vec<u8>)> {
    let mut given = headers.into_iter();
    let mut lines = Vec::new();
    while let (Some(name), Some(value)) = (given.next(), given.next()) {
        let bytes = value.chars().map(|char| u8::try_from(char).ok()).collect::<Option<Vec<u8>>>();
        lines.push((name, bytes.unwrap_or_else(|| value.into_bytes())));
    }
    lines
}

fn borrowed(lines: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    lines.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
}
