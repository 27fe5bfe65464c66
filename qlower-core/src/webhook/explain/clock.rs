//! What a time says that is too far away.

use super::cause::{About, Cause, CauseCode, Certainty};

/// For how long the sender says that it goes on trying, in seconds.
const RETRIES_LAST: u64 = 9_900;
/// No time in seconds is so large for the next three thousand years, and any in milliseconds since 1973 is.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
const HOUR: u64 = 3_600;
/// No two places on Earth are further apart.
const MOST_HOURS: u64 = 26;

/// What may explain the distance of a genuine signature's time from now; nothing within the tolerance.
pub(super) fn causes(time: i64, now: i64, tolerance: u64) -> Vec<Cause> {
    let distance = now.abs_diff(time);
    if distance <= tolerance {
        return Vec::new();
    }
    if (time.unsigned_abs() >= MILLISECONDS_FROM) != (now.unsigned_abs() >= MILLISECONDS_FROM) {
        return vec![Cause::new(CauseCode::TimeInMilliseconds, Certainty::Certain, About::Webhook)];
    }
    let likely = |code| Cause::new(code, Certainty::Likely, About::Seconds(distance));
    let mut causes = vec![likely(match now > time {
        true if distance > RETRIES_LAST => CauseCode::Replayed,
        true => CauseCode::ClockAhead,
        false => CauseCode::ClockBehind,
    })];
    let hours = distance.saturating_add(HOUR / 2) / HOUR;
    if (1..=MOST_HOURS).contains(&hours) && distance.abs_diff(hours * HOUR) <= tolerance.min(HOUR / 4) {
        causes.push(likely(CauseCode::TimeZone));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_786_000_000;

    fn codes(time: i64, now: i64) -> Vec<&'static str> {
        causes(time, now, 300).iter().map(|cause| cause.code().name()).collect()
    }

    #[test]
    fn the_distance_tells_the_cause() {
        assert_eq!(codes(NOW - 300, NOW), [""; 0]);
        assert_eq!(codes(NOW - 301, NOW), ["clock_ahead"]);
        assert_eq!(codes(NOW + 301, NOW), ["clock_behind"]);
        assert_eq!(codes(NOW - 9_901, NOW), ["replayed"]);
        assert_eq!(codes(NOW - 7_190, NOW), ["clock_ahead", "time_zone"]);
        assert_eq!(codes(NOW + 2 * 3_600, NOW), ["clock_behind", "time_zone"]);
        assert_eq!(codes(NOW - 40 * 3_600, NOW), ["replayed"]);
        assert_eq!(codes(NOW * 1_000, NOW), ["time_in_milliseconds"]);
        assert_eq!(codes(NOW, NOW * 1_000), ["time_in_milliseconds"]);
        assert_eq!(codes(NOW * 1_000, NOW * 1_000 + 301), ["clock_ahead"]);
    }

    #[test]
    fn no_time_overflows() {
        let ends = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
        for time in ends {
            for now in ends {
                for tolerance in [0, 300, u64::MAX] {
                    let far = now.abs_diff(time) > tolerance;
                    assert_eq!(!causes(time, now, tolerance).is_empty(), far, "{time} {now} {tolerance}");
                }
            }
        }
    }
}
