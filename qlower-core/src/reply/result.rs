//! How many items of a model were loaded.

use serde_json::Value;

use super::lenient::{count, some_text};
use crate::model::ModelName;

/// One entry of `combined_result`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelResult {
    pub(super) model_name: String,
    pub(super) success: Option<u64>,
    pub(super) error: Option<u64>,
}

impl ModelResult {
    pub(super) fn read(entry: &Value) -> Option<Self> {
        let entry = entry.as_object()?;
        let counts = entry.get("item").and_then(Value::as_object).unwrap_or(entry);
        Some(Self {
            model_name: some_text(entry.get("model")).unwrap_or_default(),
            success: count(counts, "success"),
            error: count(counts, "error"),
        })
    }

    /// Adds what another reply says of the same model. A number that one of them does not state is not known.
    pub(super) fn add(&mut self, other: &Self) {
        self.success = sum(self.success, other.success);
        self.error = sum(self.error, other.error);
    }

    /// The model as the server names it, `transactions` for instance; empty if it does not.
    #[must_use]
    pub fn model_name(&self) -> &str {
        &self.model_name
    }

    /// The model, if this edition knows the name.
    #[must_use]
    pub fn model(&self) -> Option<ModelName> {
        ModelName::from_wire(&self.model_name)
    }

    /// How many items were accepted, if it is stated.
    #[must_use]
    pub const fn success(&self) -> Option<u64> {
        self.success
    }

    /// How many items failed, if it is stated.
    #[must_use]
    pub const fn error(&self) -> Option<u64> {
        self.error
    }
}

/// The sum of two numbers, if both are known.
pub(super) fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.zip(other).map(|(one, other)| one.saturating_add(other))
}
