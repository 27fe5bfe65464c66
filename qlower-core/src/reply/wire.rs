//! The reply as JSON, the same from every language.

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{ItemError, ModelResult, Reply, Sent};

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("status", self.status().as_str())?;
        map.serialize_entry("total_count", &self.total_count())?;
        map.serialize_entry("success_count", &self.success_count())?;
        map.serialize_entry("failed_count", &self.failed_count())?;
        map.serialize_entry("end_date", &self.end_date())?;
        map.serialize_entry("errors", self.errors())?;
        map.serialize_entry("combined_result", self.combined_result())?;
        map.end()
    }
}

impl Serialize for ItemError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sent = self.sent();
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("model", self.model_name())?;
        map.serialize_entry("id", &self.id())?;
        map.serialize_entry("type", &self.kind())?;
        map.serialize_entry("field", &self.field())?;
        map.serialize_entry("reason", &self.reason())?;
        map.serialize_entry("message", self.message())?;
        map.serialize_entry("created_at", &self.created_at())?;
        map.serialize_entry("pointer", &self.pointer())?;
        map.serialize_entry("pointers", sent.map(Sent::pointers).unwrap_or_default())?;
        map.end()
    }
}

impl Serialize for ModelResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = std::collections::BTreeMap::from([("success", self.success()), ("error", self.error())]);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("model", self.model_name())?;
        map.serialize_entry("item", &counts)?;
        map.end()
    }
}
