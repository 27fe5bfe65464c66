//! What the REST endpoint answers, and which of the sent items it is about.
//!
//! An answer with HTTP status 200 is a [`Reply`], even if every item failed; any other is a [`Rejection`] of the payload as a
//! whole. Reading is lenient: a new status, a missing count or an unknown field stops nothing, and the body stays
//! reachable as it came. The access key, should an answer repeat it, is masked in everything but that raw body.
//!
//! # Example: what failed, and a payload to correct and send again
//! ```
//! use qlower_core::reply::{Reply, Status};
//! use qlower_core::{Payload, Transaction};
//!
//! let rent = |id: &str| Transaction { id: id.into(), ..Transaction::default() };
//! let payload = Payload { transactions: vec![rent("T1"), rent("T2")], ..Payload::default() };
//! let body = r#"{"status": "PARTIAL_SUCCESS", "total_count": 2, "success_count": 1, "failed_count": 1, "errors": [{
//!     "model": "transactions", "id": "T2", "type": "ValidationError",
//!     "error": "Champ 'amt' dans transactions 'T2' invalide : Field required"}]}"#;
//!
//! let mut reply = Reply::parse(body.as_bytes(), Some(&payload.api_key))?;
//! reply.tie(&payload);
//! assert_eq!(reply.status(), &Status::PartialSuccess);
//! let error = &reply.errors()[0];
//! assert_eq!((error.pointer(), error.reason()), (Some("/transactions/1/amt"), Some("Field required")));
//! assert_eq!(reply.untied().count(), 0);
//!
//! let again = reply.failed_only(&payload);
//! assert_eq!(again.transactions, [rent("T2")]);
//! # Ok::<(), qlower_core::reply::InvalidReply>(())
//! ```

mod combine;
mod excerpt;
mod failed;
mod invalid;
mod item_error;
mod kept;
mod lenient;
mod mask;
mod rejection;
mod result;
mod sentence;
mod status;
mod summary;
mod tie;
mod wire;

use std::collections::HashSet;

use chrono::NaiveDateTime;
use serde_json::Value;

pub use invalid::{InvalidReply, ReplyProblem};
pub use item_error::{ItemError, Sent};
pub use rejection::{Rejection, RejectionKind};
pub use result::ModelResult;
pub use status::Status;

use crate::model::Payload;
use crate::secret::ApiKey;
use crate::split::Place;
use lenient::{Body, count, some_text};
use mask::Mask;

/// The body of an answer with HTTP status 200.
///
/// `Display` is the [`summary`](Self::summary) in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    status: Status,
    total_count: Option<u64>,
    success_count: Option<u64>,
    failed_count: Option<u64>,
    end_date: Option<String>,
    errors: Vec<ItemError>,
    combined_result: Vec<ModelResult>,
    is_tied: bool,
    raw: Body,
    /// Of a combined reply: the parts in which everything failed.
    failed_parts: Option<Vec<Place>>,
}

impl Reply {
    /// Reads a body. Missing, `null` and unknown fields stop nothing; of a key that occurs twice the last value counts.
    ///
    /// `key` is the access key that was sent: it is masked wherever the answer repeats it (one of fewer than 8 characters only
    /// where it stands as a word of its own). The body's size is for the caller to bound.
    ///
    /// # Errors
    /// [`InvalidReply`] if the body is empty, not JSON, nested more than 128 deep, or JSON without any part of a reply.
    pub fn parse(body: &[u8], key: Option<&ApiKey>) -> Result<Self, InvalidReply> {
        let mask = Mask::new(key);
        let invalid = |problem, source| InvalidReply::new(problem, body, &mask, source);
        if body.trim_ascii().is_empty() {
            return Err(invalid(ReplyProblem::Empty, None));
        }
        let Value::Object(mut fields) =
            lenient::json(body).map_err(|error| invalid(ReplyProblem::NotJson, Some(error)))?
        else {
            return Err(invalid(ReplyProblem::OtherJson, None));
        };
        let parts = ["status", "total_count", "success_count", "failed_count", "errors", "combined_result"];
        if !parts.iter().any(|part| fields.contains_key(*part)) {
            return Err(invalid(ReplyProblem::OtherJson, None));
        }
        let errors = match fields.remove("errors") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(entries)) => entries,
            Some(other) => vec![other],
        };
        let [status, end_date, results] = ["status", "end_date", "combined_result"].map(|part| {
            let mut value = fields.remove(part).unwrap_or_default();
            mask.value(&mut value);
            value
        });
        Ok(Self {
            status: Status::from_wire(&some_text(Some(&status)).unwrap_or_default()),
            total_count: count(&fields, "total_count"),
            success_count: count(&fields, "success_count"),
            failed_count: count(&fields, "failed_count"),
            end_date: some_text(Some(&end_date)),
            errors: errors.iter().map(|entry| ItemError::read(entry, &mask)).collect(),
            combined_result: results.as_array().into_iter().flatten().filter_map(ModelResult::read).collect(),
            is_tied: false,
            raw: Body::new(body),
            failed_parts: None,
        })
    }

    /// What became of the payload.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.status
    }

    /// How many items Qlower counted; `None` if it is not stated as a whole number.
    #[must_use]
    pub const fn total_count(&self) -> Option<u64> {
        self.total_count
    }

    /// How many items were accepted; `None` if it is not stated as a whole number.
    #[must_use]
    pub const fn success_count(&self) -> Option<u64> {
        self.success_count
    }

    /// How many items failed; `None` if it is not stated as a whole number.
    #[must_use]
    pub const fn failed_count(&self) -> Option<u64> {
        self.failed_count
    }

    /// When the load ended, as it was written.
    ///
    /// It is not known which clock this is. Published examples give this time without an offset and
    /// [`created_at`](ItemError::created_at) with `Z`, an hour apart in winter, so one of them is Paris time under a wrong label.
    /// Do not take either for an instant.
    #[must_use]
    pub fn end_date(&self) -> Option<&str> {
        self.end_date.as_deref()
    }

    /// [`end_date`](Self::end_date) as date and time of day of an unknown clock; an offset, if one is there, is ignored.
    #[must_use]
    pub fn end_date_naive(&self) -> Option<NaiveDateTime> {
        lenient::naive(self.end_date()?)
    }

    /// What failed, in the order of the answer. An item may occur more than once.
    #[must_use]
    pub fn errors(&self) -> &[ItemError] {
        &self.errors
    }

    /// Items accepted and failed by model.
    #[must_use]
    pub fn combined_result(&self) -> &[ModelResult] {
        &self.combined_result
    }

    /// The body as it came, nothing masked; empty for a [combined](Self::combine) reply, which came from nowhere.
    #[must_use]
    pub const fn raw(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// Whether anything failed, or the status is one that this edition does not know.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.status != Status::Success || !self.errors.is_empty() || self.failed_count.is_some_and(|failed| failed > 0)
    }

    /// Whether nothing was accepted: the status says so, and no count contradicts it.
    #[must_use]
    pub fn all_failed(&self) -> bool {
        self.status == Status::Error
            && (self.errors.is_empty() || self.success_count.is_none_or(|accepted| accepted == 0))
    }

    /// How many items failed, by the count, without being named in [`errors`](Self::errors).
    #[must_use]
    pub fn unnamed_failures(&self) -> u64 {
        // Where the replies to several parts name the same id, it is not the same item.
        let place = |error: &'_ ItemError| error.sent().map(|sent| sent.pointer().to_owned());
        let key = |error| Some((ItemError::model_name(error), error.matched_id()?, place(error)));
        let named: HashSet<_> = self.errors.iter().filter_map(key).collect();
        let nameless = self.errors.iter().filter(|error| error.matched_id().is_none()).count();
        self.failed_count.unwrap_or(0).saturating_sub((named.len() + nameless) as u64)
    }

    /// Ties each error to the item that was sent, so that it knows its [`pointer`](ItemError::pointer).
    ///
    /// An item is found by model and id, an entry of `clients` by the account's e-mail address or by its index. If the server
    /// names an unknown model, the id alone decides, unless two models use it.
    pub fn tie(&mut self, payload: &Payload) {
        let mask = Mask::new(Some(&payload.api_key));
        let found = tie::find(&self.errors, payload);
        for (error, found) in self.errors.iter_mut().zip(found) {
            error.tie(found, &mask);
        }
        self.is_tied = true;
    }

    /// The errors whose item is not known: none was found, or [`tie`](Self::tie) was not called. What they are about is in
    /// [`failed_only`](Self::failed_only) only if everything failed.
    pub fn untied(&self) -> impl Iterator<Item = &ItemError> {
        self.errors.iter().filter(|error| error.sent().is_none())
    }

    /// A payload of just the items that failed, to correct and send again. `payload` is the one that was sent.
    ///
    /// * Header and order stay. In the clients layout each item stays under its client.
    /// * A failed declarant goes with all that stands inside it, a failed property with its documents.
    /// * A failed property inside a declarant that did not fail moves to the section `properties` and names that declarant,
    ///   unless it names one already; likewise a failed document inside a property that did not fail.
    /// * A failed associate needs its declarant around it: that goes with its failed associates and without its properties.
    /// * If an entry of `clients` failed, all of it goes.
    /// * If everything failed ([`all_failed`](Self::all_failed)), it is the whole payload; of a [combined](Self::combine) reply,
    ///   all that is in the parts in which everything failed.
    ///
    /// Look at [`untied`](Self::untied) (after [`tie`](Self::tie)) and [`unnamed_failures`](Self::unnamed_failures) too: what
    /// they tell of cannot be in it.
    #[must_use]
    pub fn failed_only(&self, payload: &Payload) -> Payload {
        match &self.failed_parts {
            None if self.all_failed() => payload.clone(),
            parts => failed::failed_only(&self.errors, parts.as_deref().unwrap_or_default(), payload),
        }
    }
}
