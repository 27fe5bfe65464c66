//! How long to wait before another try.

use std::time::Duration;

/// Tries of an event.
pub(super) const MAX_TRIES: u32 = 16;
/// Wait after the first try.
pub(super) const BASE_DELAY: Duration = Duration::from_secs(5);
/// Longest wait, before chance is added.
pub(super) const MAX_DELAY: Duration = Duration::from_secs(60 * 60);

/// Each wait is three times the one before.
const FACTOR: u32 = 3;

#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    pub(super) max_tries: u32,
    pub(super) base_delay: Duration,
    pub(super) max_delay: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { max_tries: MAX_TRIES, base_delay: BASE_DELAY, max_delay: MAX_DELAY }
    }
}

impl Backoff {
    /// The wait after so many tries; `None` after the last one. A fifth more or less by chance, so that what failed together is
    /// not tried again together.
    pub(super) fn after(&self, tries: u32) -> Option<Duration> {
        if tries >= self.max_tries {
            return None;
        }
        let factor = FACTOR.saturating_pow(tries.saturating_sub(1));
        let wait = self.base_delay.saturating_mul(factor).min(self.max_delay);
        let part = 800 + fastrand::u32(..=400);
        Some(wait.saturating_mul(part) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_limit_and_end() {
        let backoff = Backoff::default();
        let mut total = Duration::ZERO;
        for (tries, seconds) in
            (1..16).zip([5, 15, 45, 135, 405, 1215, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600])
        {
            let middle = Duration::from_secs(seconds);
            let waits: Vec<_> = (0..200).map(|_| backoff.after(tries).unwrap()).collect();
            assert!(waits.iter().all(|wait| *wait >= middle * 4 / 5 && *wait <= middle * 6 / 5), "{tries}");
            assert!(waits.iter().any(|wait| *wait < middle) && waits.iter().any(|wait| *wait > middle));
            total += middle;
        }
        assert_eq!(total, Duration::from_secs(34_220), "nine hours and a half, as documented");
        assert_eq!((backoff.after(16), backoff.after(u32::MAX)), (None, None));
        let long = Backoff { max_tries: u32::MAX, base_delay: Duration::MAX, max_delay: Duration::MAX };
        assert!(long.after(4_000_000).is_some());
    }
}
