//! One reply of several: what became of a payload that was sent in parts.

use std::collections::HashMap;

use super::lenient::Body;
use super::result::sum;
use super::{ModelResult, Reply, Status};
use crate::split::{Part, Place};

impl Reply {
    /// Combines the replies to parts of a payload into one about the whole; `None` if there is none.
    ///
    /// * Counts are sums, over all and by model; one that a reply does not state is not known.
    /// * The status follows from the sums, if they are known. It is `SUCCESS` only if every reply says so, and one that this edition
    ///   does not know is not hidden.
    /// * Errors come in the order of the replies; pointers lead into the whole.
    /// * [`end_date`](Self::end_date) is the latest one, and [`raw`](Self::raw) is empty: each reply keeps its own.
    ///
    /// It is about these parts alone. If others were not sent, or it is not known what became of them, no count or status says so.
    /// [`failed_only`](Self::failed_only) takes the whole payload.
    ///
    /// # Example: two parts, of which the second has a failed item
    /// ```
    /// use chrono::NaiveDate;
    /// use qlower_core::reply::{Reply, Status};
    /// use qlower_core::{CheckOptions, Checked, SplitOptions};
    ///
    /// let text = r#"{"inigPtynm": "acme", "apiKey": "k", "creDtTm": "2025-02-01T08:00:00+01:00", "versionId": "2.0", "transactions": [
    ///     {"id": "T1", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 850, "ref": "Loyer"},
    ///     {"id": "T2", "reqdExctnDt": "2025-01-31", "id-prty": "P1", "amt": 40, "ref": "Charges"}]}"#;
    /// let options = CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap());
    /// let whole = Checked::from_text(text, &options).into_result()?;
    /// let parts = whole.split(&SplitOptions::default().max_items(1))?;
    ///
    /// let bodies = [
    ///     r#"{"status": "SUCCESS", "total_count": 1, "success_count": 1, "failed_count": 0}"#,
    ///     r#"{"status": "ERROR", "total_count": 1, "success_count": 0, "failed_count": 1, "errors": [
    ///         {"model": "transactions", "id": "T2", "error": "Bien inconnu"}]}"#,
    /// ];
    /// let mut replies = Vec::new();
    /// for (part, body) in parts.iter().zip(bodies) {
    ///     let mut reply = Reply::parse(body.as_bytes(), None)?;
    ///     reply.tie(&part.checked().payload()?);
    ///     replies.push((part, reply));
    /// }
    /// let reply = Reply::combine(replies.iter().map(|(part, reply)| (*part, reply))).unwrap();
    /// assert_eq!((reply.status(), reply.failed_count()), (&Status::PartialSuccess, Some(1)));
    /// assert_eq!(reply.errors()[0].pointer(), Some("/transactions/1"));
    /// assert_eq!(reply.failed_only(&whole.payload()?).transactions[0].id, "T2");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn combine<'p>(replies: impl IntoIterator<Item = (&'p Part, &'p Self)>) -> Option<Self> {
        let mut replies = replies.into_iter();
        let (part, reply) = replies.next()?;
        let mut combined = Self {
            errors: reply.errors.iter().map(|error| error.in_whole(part)).collect(),
            is_tied: reply.is_tied || reply.errors.is_empty(),
            raw: Body::new(&[]),
            combined_result: Vec::new(),
            failed_parts: Some(failed(part, reply).collect()),
            ..reply.clone()
        };
        let mut results = Results::default();
        results.add(&reply.combined_result);
        let mut statuses = vec![reply.status.clone()];
        for (part, reply) in replies {
            combined.total_count = sum(combined.total_count, reply.total_count);
            combined.success_count = sum(combined.success_count, reply.success_count);
            combined.failed_count = sum(combined.failed_count, reply.failed_count);
            if reply.end_date.is_some() && reply.end_date_naive() >= combined.end_date_naive() {
                combined.end_date.clone_from(&reply.end_date);
            }
            combined.errors.extend(reply.errors.iter().map(|error| error.in_whole(part)));
            combined.is_tied &= reply.is_tied || reply.errors.is_empty();
            results.add(&reply.combined_result);
            combined.failed_parts.get_or_insert_default().extend(failed(part, reply));
            statuses.push(reply.status.clone());
        }
        combined.combined_result = results.all;
        combined.status = status(&statuses, combined.success_count, combined.failed_count);
        Some(combined)
    }
}

/// Counts by model, in the order in which models first occur.
#[derive(Default)]
struct Results {
    all: Vec<ModelResult>,
    places: HashMap<String, usize>,
}

impl Results {
    fn add(&mut self, results: &[ModelResult]) {
        for result in results {
            let place = *self.places.entry(result.model_name().to_owned()).or_insert(self.all.len());
            match self.all.get_mut(place) {
                Some(known) => known.add(result),
                None => self.all.push(result.clone()),
            }
        }
    }
}

/// What of the part failed as a whole.
fn failed(part: &Part, reply: &Reply) -> impl Iterator<Item = Place> {
    reply.all_failed().then(|| part.place().clone()).into_iter()
}

fn status(statuses: &[Status], success: Option<u64>, failed: Option<u64>) -> Status {
    if let Some(unknown) = statuses.iter().find(|status| matches!(status, Status::Other(_))) {
        return unknown.clone();
    }
    let all = |wanted: Status| statuses.iter().all(|status| *status == wanted);
    match (success, failed) {
        (_, Some(0) | None) if all(Status::Success) => Status::Success,
        (Some(0), Some(1..)) => Status::Error,
        (None | Some(0), _) if all(Status::Error) => Status::Error,
        _ => Status::PartialSuccess,
    }
}
