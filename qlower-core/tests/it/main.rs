//! The crate from outside: what a partner's program sees.
#![cfg(test)]

mod cells;
mod events;
mod items;
mod live;
mod mutations;
mod naming;
mod parallel;
mod property;
mod reply;
mod robust;
mod schema;
mod split;
mod valid;
mod vectors;
mod webhook;

use chrono::NaiveDate;
use qlower_core::{CheckOptions, Report};

/// The day on which every test runs.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

fn options() -> CheckOptions {
    CheckOptions::on(today())
}

fn check(text: impl AsRef<[u8]>) -> Report {
    qlower_core::check(text.as_ref(), &options())
}

/// Code and pointer of each finding, sorted.
fn found(report: &Report) -> Vec<(&'static str, String)> {
    let mut found: Vec<_> = report.findings().iter().map(|f| (f.code().as_str(), f.pointer().to_owned())).collect();
    found.sort();
    found
}
