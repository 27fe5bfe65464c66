//! When the next poll is due.

use std::time::Duration;

use qlower_core::live::MAX_INTERVAL_SECONDS;

/// A failing server is asked this seldom in the end.
const LONGEST: Duration = Duration::from_secs(MAX_INTERVAL_SECONDS);
/// For longer no server silences a feed: a slip of the keyboard there is not for ever.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How long to wait from the start of a poll to the start of the next one.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    failures: u32,
}

impl Pace {
    pub(super) const fn new(interval: Duration) -> Self {
        Self { interval, failures: 0 }
    }

    /// After a poll that succeeded: the interval, a tenth more or less, so that many feeds do not go in step.
    ///
    /// `draw` gives a number from 0 to 1.
    pub(super) fn succeeded(&mut self, draw: f64) -> Duration {
        self.failures = 0;
        spread(self.interval, draw)
    }

    /// After a poll that failed: the interval, doubled with each further failure up to a minute; longer if the server asks for it,
    /// never shorter than the interval.
    pub(super) fn failed(&mut self, asked: Option<Duration>, draw: f64) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let doubled = self.interval.saturating_mul(2_u32.saturating_pow(self.failures.saturating_sub(1)));
        let wait = spread(doubled.min(LONGEST), draw).clamp(self.interval, LONGEST);
        wait.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

fn spread(wait: Duration, draw: f64) -> Duration {
    wait.mul_f64(0.9 + 0.2 * draw.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_interval_is_spread_by_a_tenth_to_both_sides() {
        let mut pace = Pace::new(seconds(5));
        assert_eq!(pace.succeeded(0.0), Duration::from_millis(4500));
        assert_eq!(pace.succeeded(0.5), seconds(5));
        assert_eq!(pace.succeeded(1.0), Duration::from_millis(5500));

        let mut random = fastrand::Rng::with_seed(7);
        let waits: Vec<_> = (0..2000).map(|_| pace.succeeded(random.f64()).as_secs_f64()).collect();
        assert!(waits.iter().all(|wait| (4.5..=5.5).contains(wait)));
        assert!(waits.iter().any(|wait| *wait < 4.6) && waits.iter().any(|wait| *wait > 5.4));
        let mean = waits.iter().sum::<f64>() / 2000.0;
        assert!((4.95..5.05).contains(&mean), "{mean}");
    }

    #[test]
    fn a_failing_server_is_asked_ever_less_up_to_a_minute() {
        let mut pace = Pace::new(seconds(5));
        let waits: Vec<_> = (0..7).map(|_| pace.failed(None, 0.5).as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60, 60, 60]);
        assert_eq!(pace.succeeded(0.5), seconds(5), "one success is enough");
        assert_eq!(pace.failed(None, 0.5), seconds(5), "and it starts again");

        let mut slow = Pace::new(seconds(60));
        assert_eq!((slow.failed(None, 0.0), slow.failed(None, 1.0)), (seconds(60), seconds(60)));
    }

    #[test]
    fn a_failing_server_is_never_asked_sooner_than_a_healthy_one() {
        let mut pace = Pace::new(seconds(1));
        assert_eq!(pace.failed(None, 0.0), seconds(1));
        assert_eq!(pace.failed(Some(Duration::ZERO), 0.0), Duration::from_millis(1800));
    }

    #[test]
    fn what_the_server_asks_is_kept_up_to_an_hour() {
        let mut pace = Pace::new(seconds(5));
        assert_eq!(pace.failed(Some(seconds(120)), 0.5), seconds(120));
        assert_eq!(pace.failed(Some(seconds(1)), 0.5), seconds(10));
        assert_eq!(pace.failed(Some(Duration::MAX), 0.5), seconds(3600));
        for _ in 0..100 {
            assert!(pace.failed(None, 1.0) <= seconds(60), "no overflow");
        }
    }
}
