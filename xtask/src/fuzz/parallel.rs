//! The report does not depend on the number of threads.

use qlower_core::{CheckOptions, check};

use crate::sample::TODAY;

/// Checks a text with one, two and three threads.
///
/// # Errors
/// Says how the reports differ.
pub fn parallel(text: &[u8]) -> Result<(), String> {
    let one = check(text, &CheckOptions::on(TODAY));
    for threads in [2, 3] {
        let more = check(text, &CheckOptions::on(TODAY).threads(threads));
        if more == one {
            continue;
        }
        let pairs = one.findings().iter().zip(more.findings());
        let differing = pairs.enumerate().find(|(_, (a, b))| a != b);
        return Err(format!(
            "{threads} threads give another report: {} findings instead of {}, counts {:?} instead of {:?}, complete {} instead of {}; first difference: {differing:?}",
            more.findings().len(),
            one.findings().len(),
            more.counts(),
            one.counts(),
            more.is_complete(),
            one.is_complete(),
        ));
    }
    Ok(())
}
