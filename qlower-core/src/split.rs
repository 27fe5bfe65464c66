//! Cutting a checked payload into parts, each small enough for one request.
//!
//! [`Checked::split`] cuts, the client's `send_all` sends the parts, and [`Reply::combine`](crate::Reply::combine) makes one reply
//! of theirs.
//!
//! # Example: parts, and the way back to the whole
//! ```
//! use chrono::NaiveDate;
//! use qlower_core::{CheckOptions, Payload, SplitOptions, Transaction};
//!
//! let rent = |month: u32| {
//!     Transaction::builder()
//!         .id(format!("T{month}"))
//!         .date(format!("2024-{month:02}-05"))
//!         .property_id("P1")
//!         .amount("850.00")
//!         .reference("Loyer")
//!         .build()
//! };
//! let payload = Payload::builder()
//!     .partner("acme")
//!     .api_key("key")
//!     .created_at("2025-02-01T08:00:00+01:00")
//!     .transactions((1..=12).map(rent).collect::<Result<Vec<_>, _>>()?)
//!     .build()?;
//! let checked = payload.check_with(&CheckOptions::on(NaiveDate::from_ymd_opt(2025, 2, 1).unwrap())).into_result()?;
//!
//! let parts = checked.split(&SplitOptions::default().max_items(5))?;
//! let sizes: Vec<u64> = parts.iter().map(|part| part.items()).collect();
//! assert_eq!(sizes, [5, 5, 2]);
//! let last = parts.get(2).unwrap();
//! assert_eq!(last.checked().payload()?.transactions[1].id, "T12");
//! assert_eq!(last.pointer_in_whole("/transactions/1/amt").as_deref(), Some("/transactions/11/amt"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cut;
mod draft;
mod error;
mod layout;
mod part;
mod place;
mod report;
mod walk;

use bytes::Bytes;

use crate::check::{Checked, FindingCode};
use crate::model::ModelName;
use cut::{Cutter, Failure};
pub use error::{Limit, SplitError};
pub use part::{Part, Parts};
pub(crate) use place::{Place, Ranges};

/// How large parts may be.
///
/// ```
/// use qlower_core::SplitOptions;
///
/// let small = SplitOptions::default().max_bytes(1024 * 1024).max_items(5000);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SplitOptions {
    max_bytes: usize,
    max_items: u64,
}

impl Default for SplitOptions {
    fn default() -> Self {
        Self { max_bytes: Self::DEFAULT_MAX_BYTES, max_items: u64::MAX }
    }
}

impl SplitOptions {
    /// The largest body that is sent if nothing else is said, in bytes: 10 MiB.
    ///
    /// Qlower does not document its limit, and gateways commonly have this one.
    pub const DEFAULT_MAX_BYTES: usize = 10 * 1024 * 1024;

    /// Sets the largest size of a part, in bytes, header included; [`DEFAULT_MAX_BYTES`](Self::DEFAULT_MAX_BYTES) by default.
    pub const fn max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many items a part may have; any number by default. Nested items count, entries of `clients` do not.
    pub const fn max_items(mut self, items: u64) -> Self {
        self.max_items = items;
        self
    }
}

impl Checked {
    /// Cuts the payload into parts that are each within the limits, and may each be sent.
    ///
    /// * The parts add up to the whole: their sections, one after the other, have every item of the whole once, in its order and
    ///   with the very bytes of its text. An item stays whole, with what is nested in it.
    /// * Every part repeats the header, fields included that this edition does not know, and so the partner, the access key and
    ///   the time.
    /// * Declarants come first, then properties, transactions, documents. What belongs to a property or a declarant is never in
    ///   an earlier part than that.
    /// * An entry of `clients` stays whole if a part can take it. A larger one is cut into several entries, which repeat its
    ///   `client` block, and starts a part of its own.
    /// * The same payload and options give the same parts.
    ///
    /// A payload within the limits is one part, with the very same bytes. Parts have bytes of their own, so that together they take
    /// as much memory as the whole. The cutting takes about as long as a check.
    ///
    /// A part is not checked again. Its report has the findings of the whole about what is in the part: with pointers into the part,
    /// without line and column, in the order of the whole; those about the header in every part, about the text as a whole in the
    /// first. An item of another part that a finding names keeps its pointer into the whole. Findings that the whole's report
    /// only counts ([`omitted`](crate::Report::omitted)) are in no part's report.
    ///
    /// # Errors
    /// [`SplitError`] names the first thing that no part can take: an item, the header, or an entry of `clients` even without items.
    pub fn split(&self, options: &SplitOptions) -> Result<Parts, SplitError> {
        let items: u64 = self.report().counts().values().map(|count| count.items).sum();
        if self.bytes().len() <= options.max_bytes && items <= options.max_items {
            return Ok(Parts::whole(self, items));
        }
        let twice = self.report().by_code().any(|(code, _, _)| code == FindingCode::ExactDuplicate);
        let drafts = Cutter::new(self.bytes(), options, twice).run().map_err(|failure| match failure {
            Failure::TooLarge(error) => error,
            // What passed a check is sound text. Whatever else it were, nothing in it could be cut.
            Failure::Unreadable => {
                let refused = error::Refused { pointer: String::new(), model: ModelName::Payload, id: None };
                SplitError::bytes(refused, self.bytes().len(), options.max_bytes)
            }
        })?;
        let places: Vec<Place> = drafts.iter().map(|draft| draft.place.clone()).collect();
        let reports = report::reports(self.report(), &places, drafts.iter().map(|draft| &draft.tally));
        let parts = drafts.into_iter().zip(reports).enumerate().map(|(number, (draft, report))| {
            let checked = self.part(Bytes::from(draft.bytes), report);
            Part::new(number, checked, draft.tally.total(), draft.needs.into_iter().collect(), draft.place)
        });
        Ok(Parts::new(parts.collect()))
    }
}
