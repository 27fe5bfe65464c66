//! Cells that the export writes otherwise than Qlower.

use qlower_client::codes::YesNo;
use qlower_client::value::{Amount, Day};

/// A decimal: `-1234,56` for −1234.56, without any sign between the thousands.
///
/// What is no such number stays as it stood: `1 250,00` may well be 1250, but that is for a person to say.
pub(super) fn decimal(cell: &str) -> Amount {
    cell.replace(',', ".").parse().unwrap_or_else(|_| Amount::from(cell))
}

/// A date: `31/12/2024` for 2024-12-31.
///
/// A day that does not exist (`31/02/2025`) is converted too, and found by the check; another form stays as it stood.
pub(super) fn day(cell: &str) -> Day {
    let digits = |part: &str, number: usize| part.len() == number && part.bytes().all(|byte| byte.is_ascii_digit());
    match cell.split('/').collect::<Vec<_>>().as_slice() {
        [day, month, year] if digits(day, 2) && digits(month, 2) && digits(year, 4) => {
            Day::from(format!("{year}-{month}-{day}"))
        }
        _ => Day::from(cell),
    }
}

/// `OUI` or `NON`. Any other text stays as it stood.
pub(super) fn yes_no(cell: &str) -> YesNo {
    match cell {
        "OUI" => YesNo::Yes,
        "NON" => YesNo::No,
        other => YesNo::from(other),
    }
}
