//! Keeping a reply, to act on it in another process.

use serde::{Deserialize, Serialize};

use super::item_error::{ItemError, Sent, model_of};
use super::lenient::Body;
use super::{ModelResult, Reply, Status};
use crate::model::ModelName;
use crate::secret::ApiKey;
use crate::split::Place;

impl Reply {
    /// The reply as JSON for [`from_kept`](Self::from_kept): everything but [`raw`](Self::raw), where the access key may stand.
    ///
    /// An id that repeats the access key is kept masked.
    ///
    /// # Example: what failed is put right by another process
    /// ```
    /// use qlower_core::reply::Reply;
    /// use qlower_core::{Payload, Transaction};
    ///
    /// let rent = |id: &str| Transaction { id: id.into(), ..Transaction::default() };
    /// let payload = Payload { transactions: vec![rent("T1"), rent("T2")], ..Payload::default() };
    /// let body = br#"{"status": "PARTIAL_SUCCESS", "success_count": 1, "failed_count": 1,
    ///     "errors": [{"model": "transactions", "id": "T2", "error": "Bien inconnu"}]}"#;
    /// let mut reply = Reply::parse(body, None)?;
    /// reply.tie(&payload);
    ///
    /// let again = Reply::from_kept(&reply.to_kept()?)?;
    /// assert_eq!(again.errors(), reply.errors());
    /// assert_eq!(again.failed_only(&payload).transactions, [rent("T2")]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// None that is known of: serialisation is into memory.
    pub fn to_kept(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Kept {
            status: self.status.as_str().to_owned(),
            total_count: self.total_count,
            success_count: self.success_count,
            failed_count: self.failed_count,
            end_date: self.end_date.clone(),
            errors: self.errors.iter().map(KeptError::of).collect(),
            results: self.combined_result.iter().map(KeptResult::of).collect(),
            is_tied: self.is_tied,
            failed_parts: self.failed_parts.clone(),
        })
    }

    /// Reads what [`to_kept`](Self::to_kept) wrote, by the same edition of this crate.
    ///
    /// # Errors
    /// If it is something else.
    pub fn from_kept(text: &str) -> Result<Self, serde_json::Error> {
        let kept: Kept = serde_json::from_str(text)?;
        Ok(Self {
            status: Status::from_wire(&kept.status),
            total_count: kept.total_count,
            success_count: kept.success_count,
            failed_count: kept.failed_count,
            end_date: kept.end_date,
            errors: kept.errors.into_iter().map(KeptError::back).collect(),
            combined_result: kept.results.into_iter().map(KeptResult::back).collect(),
            is_tied: kept.is_tied,
            raw: Body::new(&[]),
            failed_parts: kept.failed_parts,
        })
    }
}

#[derive(Deserialize, Serialize)]
struct Kept {
    status: String,
    total_count: Option<u64>,
    success_count: Option<u64>,
    failed_count: Option<u64>,
    end_date: Option<String>,
    errors: Vec<KeptError>,
    results: Vec<KeptResult>,
    is_tied: bool,
    failed_parts: Option<Vec<Place>>,
}

#[derive(Deserialize, Serialize)]
struct KeptError {
    model_name: String,
    kind: Option<String>,
    message: String,
    created_at: Option<String>,
    id: Option<String>,
    entry: Option<String>,
    field: Option<String>,
    reason: Option<String>,
    sent: Option<KeptSent>,
}

#[derive(Deserialize, Serialize)]
struct KeptSent {
    model: String,
    id: String,
    pointers: Vec<String>,
    field_pointer: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct KeptResult {
    model_name: String,
    success: Option<u64>,
    error: Option<u64>,
}

impl KeptError {
    fn of(error: &ItemError) -> Self {
        // Of ids that are not shown, only the index of an entry is known not to be a secret.
        let entry = error.pointer().and_then(|pointer| pointer.split('/').nth(2));
        let unmasked = error.unmasked_id.as_ref().map(ApiKey::expose);
        Self {
            model_name: error.model_name.clone(),
            kind: error.kind.clone(),
            message: error.message.clone(),
            created_at: error.created_at.clone(),
            id: error.id.clone(),
            entry: unmasked.filter(|unmasked| entry == Some(unmasked)).map(str::to_owned),
            field: error.field.clone(),
            reason: error.reason.clone(),
            sent: error.sent.as_ref().map(|sent| KeptSent {
                model: sent.model.as_str().to_owned(),
                id: sent.id.clone(),
                pointers: sent.pointers.clone(),
                field_pointer: sent.field_pointer.clone(),
            }),
        }
    }

    fn back(self) -> ItemError {
        ItemError {
            model: model_of(&self.model_name),
            model_name: self.model_name,
            kind: self.kind,
            message: self.message,
            created_at: self.created_at,
            id: self.id,
            unmasked_id: self.entry.map(ApiKey::from),
            field: self.field,
            reason: self.reason,
            sent: self.sent.and_then(KeptSent::back),
        }
    }
}

impl KeptSent {
    fn back(self) -> Option<Sent> {
        let model = ModelName::from_wire(&self.model)?;
        Some(Sent { model, id: self.id, pointers: self.pointers, field_pointer: self.field_pointer })
    }
}

impl KeptResult {
    fn of(result: &ModelResult) -> Self {
        Self { model_name: result.model_name.clone(), success: result.success, error: result.error }
    }

    fn back(self) -> ModelResult {
        ModelResult { model_name: self.model_name, success: self.success, error: self.error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Payload, Transaction};

    fn payload() -> Payload {
        let rent = |id: &str| Transaction { id: id.into(), ..Transaction::default() };
        Payload { api_key: "s3cr3t-key".into(), transactions: vec![rent("T1"), rent("T2")], ..Payload::default() }
    }

    #[test]
    fn everything_but_the_body_comes_back() {
        let body = br#"{"status": "NEW", "total_count": 2, "failed_count": 1, "end_date": "2025-02-01T08:00:00",
            "errors": [{"model": "transactions", "id": "T2", "type": "ValidationError", "created_at": "2025-02-01",
                "error": "Champ 'amt' dans transactions 'T2' invalide : Field required"}, "other"],
            "combined_result": [{"model": "transactions", "item": {"success": 1, "error": 1}}]}"#;
        let mut reply = Reply::parse(body, None).unwrap();
        reply.tie(&payload());
        let again = Reply::from_kept(&reply.to_kept().unwrap()).unwrap();
        assert_eq!(again, Reply { raw: Body::new(&[]), ..reply });
        assert_eq!(again.errors()[0].pointer(), Some("/transactions/1/amt"));
    }

    #[test]
    fn the_access_key_is_not_kept() {
        let body = br#"{"status": "ERROR", "errors": [{"model": "transactions", "id": "s3cr3t-key", "error": "s3cr3t-key?"}]}"#;
        let mut reply = Reply::parse(body, Some(&payload().api_key)).unwrap();
        reply.tie(&payload());
        let kept = reply.to_kept().unwrap();
        assert!(!kept.contains("s3cr3t-key") && kept.contains("***"), "{kept}");
    }

    #[test]
    fn something_else_is_refused() {
        assert!(Reply::from_kept("{}").is_err());
        assert!(Reply::from_kept("").is_err());
    }
}
