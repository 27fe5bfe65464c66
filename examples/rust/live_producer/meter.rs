//! The file into which the control system writes.

use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use qlower_client::live::{Measurement, SourceError};

/// A value that was written longer ago than this is none.
const OLDEST: Duration = Duration::from_secs(60);
/// Longer than any number.
const MAX_BYTES: u64 = 100;

/// Reads the value, as of the moment at which it was written. Its unit is the one that was set.
pub(crate) fn read(file: &Path) -> Result<Measurement, SourceError> {
    let told = |problem: &dyn std::fmt::Display| format!("{}: {problem}", file.display());
    let metadata = std::fs::metadata(file).map_err(|error| told(&error))?;
    let written = metadata.modified().map_err(|error| told(&error))?;
    // A clock that was set back makes it a little younger than now.
    let age = SystemTime::now().duration_since(written).unwrap_or_default();
    if age > OLDEST {
        return Err(told(&format_args!("was last written {} seconds ago", age.as_secs())).into());
    }
    if metadata.len() > MAX_BYTES {
        return Err(told(&"holds more than a number").into());
    }
    let text = std::fs::read_to_string(file).map_err(|error| told(&error))?;
    let value: f64 = text.trim().parse().map_err(|_| told(&"holds no number"))?;
    Ok(Measurement::new(value).at(DateTime::<Utc>::from(written).fixed_offset()))
}
