//! When to try again. *Whether* is decided where a failure is seen.

use std::num::NonZeroU32;
use std::time::Duration;

/// How often, and after which waits, a load is tried again.
///
/// Tried again are failures that another try may cure: no connection, a time-out, a connection that broke, and the
/// statuses 408, 425, 429, 500, 502, 503 and 504. Sending a payload twice does no harm, since Qlower does not create
/// again what exists; the [`Receipt`](crate::Receipt) and the [`Error`](crate::Error) still say whether it may have
/// happened. A certificate that is not trusted stays so, and is not tried again.
///
/// The wait before a try is drawn evenly between zero and a bound that grows from try to try (full jitter), so that
/// many clients do not come back at the same instant. If the answer names a wait in `Retry-After`, seconds or date,
/// it is kept; if keeping it would exceed [`total`](Self::total), there is no further try.
///
/// # Example: patient at night
/// ```
/// use std::time::Duration;
///
/// use qlower_client::RetryPolicy;
///
/// let nightly = RetryPolicy::default()
///     .max_attempts(10)
///     .max_delay(Duration::from_secs(120))
///     .total(Duration::from_secs(3600));
/// assert_ne!(nightly, RetryPolicy::default());
/// assert_eq!(RetryPolicy::none(), RetryPolicy::default().max_attempts(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct RetryPolicy {
    max_attempts: NonZeroU32,
    base_delay: Duration,
    factor: u32,
    max_delay: Duration,
    total: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: NonZeroU32::MIN.saturating_add(3),
            base_delay: Duration::from_millis(500),
            factor: 2,
            max_delay: Duration::from_secs(20),
            total: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// One attempt, no retry.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the number of attempts in all, the first one included; 0 counts as 1.
    ///
    /// Default 4: enough for a restart behind the endpoint, and a real outage is reported within minutes.
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = match NonZeroU32::new(attempts) {
            Some(attempts) => attempts,
            None => NonZeroU32::MIN,
        };
        self
    }

    /// Sets the upper bound of the first wait.
    ///
    /// Default 500 ms: a passing fault is over by then, and a person who waits hardly notices.
    pub const fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets by how much the bound grows from one wait to the next; 0 counts as 1, which is no growth.
    ///
    /// Default 2, the customary doubling.
    pub const fn factor(mut self, factor: u32) -> Self {
        self.factor = factor;
        self
    }

    /// Sets where the bound stops growing. It does not shorten a wait that the server asked for.
    ///
    /// Default 20 s: a longer silence only delays the recovery.
    pub const fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the time from the start of the first attempt within which the last one must start.
    ///
    /// An attempt that is under way is not cut short by it, since that would leave one more outcome unknown: the
    /// whole call takes at most this plus the [`timeout`](crate::ClientBuilder::timeout) of one attempt.
    ///
    /// Default 5 min: longer than two attempts that time out.
    pub const fn total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// The wait before the next attempt, or `None` if there is to be none.
    ///
    /// `draw` gives a number from zero to its argument, evenly distributed.
    pub(crate) fn next_wait(
        &self,
        attempts: u32,
        elapsed: Duration,
        asked: Option<Duration>,
        draw: impl FnOnce(u64) -> u64,
    ) -> Option<Duration> {
        if attempts >= self.max_attempts.get() {
            return None;
        }
        let growth = self.factor.max(1).saturating_pow(attempts.saturating_sub(1));
        let bound = self.base_delay.saturating_mul(growth).min(self.max_delay);
        let drawn = Duration::from_nanos(draw(u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX)));
        let wait = drawn.max(asked.unwrap_or_default());
        (elapsed.saturating_add(wait) <= self.total).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    #[test]
    fn the_bound_of_the_wait_doubles_up_to_the_cap() {
        let policy = RetryPolicy::default().max_attempts(9).max_delay(ms(3000));
        let bounds: Vec<_> = (1..=9).map(|n| policy.next_wait(n, ms(0), None, |bound| bound)).collect();
        let expected = [500, 1000, 2000, 3000, 3000, 3000, 3000, 3000].map(|n| Some(ms(n)));
        assert_eq!(bounds[..8], expected);
        assert_eq!(bounds[8], None, "nine attempts are enough");
    }

    #[test]
    fn the_jitter_is_full() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.next_wait(3, ms(0), None, |_| 0), Some(ms(0)));
        let drawn: Vec<_> =
            (0..2000).filter_map(|_| policy.next_wait(3, ms(0), None, |n| fastrand::u64(0..=n))).collect();
        assert_eq!(drawn.len(), 2000);
        assert!(drawn.iter().all(|wait| *wait <= ms(2000)));
        assert!(drawn.iter().any(|wait| *wait < ms(200)) && drawn.iter().any(|wait| *wait > ms(1800)));
    }

    #[test]
    fn what_the_server_asks_is_a_lower_bound() {
        let policy = RetryPolicy::default();
        assert_eq!(policy.next_wait(1, ms(0), Some(ms(7000)), |_| 0), Some(ms(7000)));
        assert_eq!(policy.next_wait(1, ms(0), Some(ms(100)), |n| n), Some(ms(500)));
    }

    #[test]
    fn no_attempt_starts_after_the_total_time() {
        let policy = RetryPolicy::default().total(ms(10_000));
        assert_eq!(policy.next_wait(1, ms(9_500), None, |n| n), Some(ms(500)));
        assert_eq!(policy.next_wait(1, ms(9_501), None, |n| n), None);
        assert_eq!(policy.next_wait(1, ms(0), Some(ms(10_001)), |_| 0), None);
        assert_eq!(policy.next_wait(1, Duration::MAX, Some(Duration::MAX), |n| n), None);
    }

    #[test]
    fn extreme_settings_do_not_overflow() {
        let policy = RetryPolicy::default()
            .max_attempts(u32::MAX)
            .base_delay(Duration::MAX)
            .factor(u32::MAX)
            .max_delay(Duration::MAX)
            .total(Duration::MAX);
        assert_eq!(policy.next_wait(u32::MAX - 1, ms(0), None, |n| n), Some(Duration::from_nanos(u64::MAX)));
        assert_eq!(policy.factor(0).next_wait(5, ms(0), Some(ms(1)), |_| 0), Some(ms(1)));
        assert_eq!(RetryPolicy::default().max_attempts(0), RetryPolicy::none());
    }
}
