//! When to try again, and other numbers that may be given.

use std::time::Duration;

use napi_derive::napi;
use qlower_client::RetryPolicy;

use crate::fault::Fault;
use crate::job::{duration, whole};

/// When to try again.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct Retry {
    /// Attempts in all.
    pub max_attempts: Option<f64>,
    /// The bound of the first wait.
    pub base_delay: Option<f64>,
    /// By how much it grows.
    pub factor: Option<f64>,
    /// Where it stops growing.
    pub max_delay: Option<f64>,
    /// Within which time the last attempt must start.
    pub total: Option<f64>,
}

impl Retry {
    /// The policy.
    ///
    /// # Errors
    /// For a number that is none; it is named.
    pub(crate) fn policy(&self) -> Result<RetryPolicy, Fault> {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let mut policy = RetryPolicy::default();
        if let Some(attempts) = count("retry.maxAttempts", self.max_attempts)? {
            policy = policy.max_attempts(small(attempts));
        }
        if let Some(delay) = time("retry.baseDelay", self.base_delay)? {
            policy = policy.base_delay(delay);
        }
        if let Some(factor) = count("retry.factor", self.factor)? {
            policy = policy.factor(small(factor));
        }
        if let Some(delay) = time("retry.maxDelay", self.max_delay)? {
            policy = policy.max_delay(delay);
        }
        if let Some(total) = time("retry.total", self.total)? {
            policy = policy.total(total);
        }
        Ok(policy)
    }
}

/// A span of time that may be given.
///
/// # Errors
/// For a number that is none.
pub(crate) fn time(setting: &str, limit: Option<f64>) -> Result<Option<Duration>, Fault> {
    limit.map(|limit| duration(setting, limit)).transpose()
}

/// A count that may be given.
///
/// # Errors
/// For a number that is none.
pub(crate) fn count(setting: &str, number: Option<f64>) -> Result<Option<usize>, Fault> {
    number.map(|number| whole(setting, number, 0)).transpose()
}
