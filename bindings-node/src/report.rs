//! Reports of checks.

use std::sync::Arc;

use napi_derive::napi;
use qlower_core::lang::UnknownLang;
use qlower_core::model::MODELS;
use qlower_core::{Finding, Lang, Report as CoreReport};
use serde_json::{Map, Value};

use crate::fault::{Fault, Outcome, guard};
use crate::job::whole;
use crate::names::camel;

/// What the TypeScript class `Report` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct Report(Arc<CoreReport>);

#[napi]
impl Report {
    /// Whether the payload may be sent.
    #[napi(getter)]
    pub fn is_valid(&self) -> bool {
        self.0.is_valid()
    }

    /// Whether every rule ran over everything.
    #[napi(getter)]
    pub fn is_complete(&self) -> bool {
        self.0.is_complete()
    }

    /// How many errors there are.
    #[napi(getter)]
    pub fn error_count(&self) -> f64 {
        number(self.0.error_count())
    }

    /// How many warnings there are.
    #[napi(getter)]
    pub fn warning_count(&self) -> f64 {
        number(self.0.warning_count())
    }

    /// How many findings were counted but not kept.
    #[napi(getter)]
    pub fn omitted(&self) -> f64 {
        number(self.0.omitted())
    }

    /// The core's own JSON.
    #[napi]
    pub fn json(&self) -> Outcome<String> {
        guard(|| Ok(self.0.to_json()))
    }

    /// Of each finding the wire key of the field concerned and its name in TypeScript, or null: as a JSON array.
    #[napi]
    pub fn fields(&self) -> Outcome<String> {
        guard(|| Ok(self.fields_json()))
    }

    /// The rendering for people, with the lines of a source if there is one.
    #[napi]
    pub fn render(
        &self,
        lang: String,
        colors: bool,
        per_group: Option<f64>,
        source: Option<&[u8]>,
        name: Option<String>,
    ) -> Outcome<String> {
        guard(|| self.rendering(&lang, colors, per_group, source, name.as_deref()))
    }

    /// Gives the fault of this report, unless it is valid.
    #[napi]
    pub fn verdict(&self) -> Outcome<()> {
        guard(|| self.judged())
    }
}

/// A report that JavaScript's collector takes away by itself, where that of a native object waits until the event loop has a turn.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct StoredReport {
    /// Whether the payload may be sent.
    pub is_valid: bool,
    /// Whether every rule ran over everything.
    pub is_complete: bool,
    /// How many errors there are.
    pub error_count: f64,
    /// How many warnings there are.
    pub warning_count: f64,
    /// How many findings were counted but not kept.
    pub omitted: f64,
    /// The whole of it.
    pub stored: String,
}

impl StoredReport {
    pub(crate) fn of(report: &CoreReport) -> Self {
        Self {
            is_valid: report.is_valid(),
            is_complete: report.is_complete(),
            error_count: number(report.error_count()),
            warning_count: number(report.warning_count()),
            omitted: number(report.omitted()),
            stored: report.store(),
        }
    }
}

/// What [`Report::json`] and [`Report::fields`] give, of a stored report.
#[napi]
pub fn report_data(stored: String) -> Outcome<Vec<String>> {
    guard(|| {
        let report = Report::restored(&stored)?;
        Ok(vec![report.0.to_json(), report.fields_json()])
    })
}

/// What [`Report::render`] gives, of a stored report.
#[napi]
pub fn report_rendering(
    stored: String,
    lang: String,
    colors: bool,
    per_group: Option<f64>,
    source: Option<&[u8]>,
    name: Option<String>,
) -> Outcome<String> {
    guard(|| Report::restored(&stored)?.rendering(&lang, colors, per_group, source, name.as_deref()))
}

/// What [`Report::verdict`] gives, of a stored report.
#[napi]
pub fn report_verdict(stored: String) -> Outcome<()> {
    guard(|| Report::restored(&stored)?.judged())
}

impl Report {
    fn restored(stored: &str) -> Result<Self, Fault> {
        let report = CoreReport::restore(stored);
        report.map(Self::new).ok_or_else(|| Fault::new("internal", "a stored report cannot be read"))
    }

    fn fields_json(&self) -> String {
        Value::Array(self.0.findings().iter().map(field).collect()).to_string()
    }

    fn judged(&self) -> Result<(), Fault> {
        (*self.0).clone().into_result().map(drop).map_err(Fault::from)
    }

    fn rendering(
        &self,
        lang: &str,
        colors: bool,
        per_group: Option<f64>,
        source: Option<&[u8]>,
        name: Option<&str>,
    ) -> Result<String, Fault> {
        let lang: Lang = lang.parse().map_err(|error: UnknownLang| Fault::config("lang", error))?;
        let mut render = self.0.render().lang(lang).colors(colors);
        if let Some(number) = per_group {
            render = render.per_group(whole("perGroup", number, 0)?);
        }
        if let Some(text) = source {
            render = render.source(name.unwrap_or("-"), text);
        }
        Ok(render.finish().to_string())
    }

    pub(crate) fn new(report: CoreReport) -> Self {
        Self(Arc::new(report))
    }
}

fn field(finding: &Finding) -> Value {
    let Some(key) = finding.field() else { return Value::Null };
    let model = MODELS.iter().find(|model| model.name == finding.model());
    let name = model.and_then(|model| model.field(key)).map(|field| camel(field.name));
    Value::Object(Map::from_iter([("key".to_owned(), key.into()), ("name".to_owned(), name.into())]))
}

/// Counts stay far below what a number of JavaScript keeps exact.
#[expect(clippy::cast_precision_loss, reason = "no count comes near")]
fn number(count: u64) -> f64 {
    count as f64
}
