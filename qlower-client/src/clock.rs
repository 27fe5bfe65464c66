//! The check with this machine's clock and processors, which the core does without.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::SystemTime;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use qlower_core::check::Inspection;
use qlower_core::{CheckOptions, Checked, Payload};

/// Checks a payload as of today.
///
/// # Example: a day that has not come yet
/// ```
/// use qlower_client::{Check, FindingCode, Payload, Transaction};
///
/// let payload = Payload::builder()
///     .partner("acme")
///     .api_key("k-1")
///     .created_at("2025-02-01T08:00:00+01:00")
///     .transactions([Transaction::builder()
///         .id("T1")
///         .date("9999-12-31")
///         .property_id("P1")
///         .amount("850.00")
///         .reference("Loyer")
///         .build()?])
///     .build()?;
/// let checked = payload.check().into_result()?;
/// let warning = checked.report().warnings().next().unwrap();
/// assert_eq!(warning.code(), FindingCode::FutureTransaction);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Check {
    /// Checks with [`check_options`].
    fn check(&self) -> Inspection;
}

impl Check for Payload {
    fn check(&self) -> Inspection {
        self.check_with(&check_options())
    }
}

/// Checks a text as of today, with [`check_options`]. What will be sent are these very bytes, without a byte order
/// mark.
///
/// ```
/// let inspection = qlower_client::check_text(&b"<html>"[..]);
/// assert!(!inspection.report().is_valid());
/// ```
pub fn check_text(text: impl Into<Bytes>) -> Inspection {
    Checked::from_text(text, &check_options())
}

/// The options of a check here and now: today's date, and as many threads as this machine has processors for the
/// program.
///
/// Today is the day it is in France in summer (UTC + 2 h), all the year round: what is dated today in Paris is then
/// never taken for the future. In winter the next day begins an hour early.
///
/// ```
/// use qlower_client::{Strictness, check_options};
///
/// let report = qlower_client::core::check(b"{}", &check_options().strictness(Strictness::Strict));
/// assert!(!report.is_valid());
/// ```
pub fn check_options() -> CheckOptions {
    let threads = available_parallelism().map_or(1, NonZeroUsize::get);
    CheckOptions::on(day(SystemTime::now())).threads(threads)
}

fn day(now: SystemTime) -> NaiveDate {
    (DateTime::<Utc>::from(now) + TimeDelta::hours(2)).date_naive()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_day_begins_when_it_does_in_paris_in_summer() {
        for (utc, expected) in [
            ("2025-07-14T21:59:59Z", "2025-07-14"),
            ("2025-07-14T22:00:00Z", "2025-07-15"),
            ("2024-12-31T22:00:00Z", "2025-01-01"),
            ("2025-01-01T12:00:00Z", "2025-01-01"),
        ] {
            let seconds = DateTime::parse_from_rfc3339(utc).unwrap().timestamp();
            let now = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap());
            assert_eq!(day(now).to_string(), expected, "{utc}");
        }
    }
}
