//! Names by rules, without a destination.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use pyo3::prelude::*;
use qlower_client::core::Lang;
use qlower_client::core::naming::{Rule, Rules, Source, UnknownCharacters, plan};

use super::error;
use super::given::variables;
use crate::errors;
use crate::guard::guard;
use crate::value::to_python;

/// Name, hash and partner of each file.
type Sources = Vec<(String, Option<String>, Option<String>)>;

/// The names, as their JSON.
#[pyfunction]
fn ftp_names<'py>(
    py: Python<'py>,
    rules: BTreeMap<String, String>,
    sources: Sources,
    pairs: Vec<(String, String)>,
    at: &str,
) -> PyResult<Bound<'py, PyAny>> {
    guard(py, || {
        let at = NaiveDateTime::parse_from_str(at, "%Y-%m-%dT%H:%M:%S");
        let at = at.map_err(|_| errors::config(py, "at", "must be a time such as 2026-11-22T17:45:08"))?;
        let mut parsed = Rules::default();
        if let Some(word) = rules.get("characters") {
            let characters = word.parse();
            let characters = characters.map_err(|error: UnknownCharacters| {
                errors::setting(py, "characters", &error.message(Lang::En), &error.message(Lang::Fr))
            })?;
            parsed = parsed.characters(characters);
        }
        let templates = Rule::ALL.iter().filter_map(|rule| Some((*rule, rules.get(rule.as_str())?.as_str())));
        let sources: Vec<_> = sources
            .iter()
            .map(|(name, sha256, partner)| Source::new(name).sha256(sha256.as_deref()).partner(partner.as_deref()))
            .collect();
        let names = parsed.with(templates).and_then(|rules| plan(&rules, &sources, &variables(pairs), at));
        let names = names.map_err(|errors| {
            let all = |lang| errors.iter().map(|error| error.message(lang)).collect::<Vec<_>>().join("; ");
            error::naming(py, &all(Lang::En), &all(Lang::Fr), &errors).unwrap_or_else(|failed| failed)
        })?;
        to_python(py, &serde_json::to_value(names).unwrap_or_default())
    })
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(ftp_names, module)?)
}
