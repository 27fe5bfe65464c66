//! Live readings: read, converted and answered.

mod property;
mod report;
mod secrets;
pub(crate) mod vectors;
