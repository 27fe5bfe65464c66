//! From what the client gives to what JavaScript gets.
pub(crate) fn object(receipt: &qlower_client::Receipt<qlower_client::Object>) -> serde_json::Value {
    serde_json::to_value(receipt).unwrap_or_default()
}
