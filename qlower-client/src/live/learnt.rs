//! What polls have taught, as every watcher finds it.

use std::time::Duration;

use chrono::{DateTime, FixedOffset};
use qlower_core::live::Unit;
use tokio::time::Instant;

use super::fault::FeedFault;
use super::poll::Polled;
use super::state::{ConnectionError, Reading, State};

/// It holds moments, of which a state with ages is made when somebody asks.
#[derive(Default)]
pub(super) struct Learnt {
    /// How often something new was learnt.
    news: u64,
    /// Whether it is of now, and not of before a pause.
    current: bool,
    last: Option<Arrived>,
    failing: Option<(FeedFault, Instant)>,
    told_stale: bool,
}

struct Arrived {
    value: f64,
    unit: Option<Unit>,
    at: Option<DateTime<FixedOffset>>,
    moment: Instant,
    age_then: Duration,
    /// When a document with this time of measurement first came.
    first: Instant,
}

impl Arrived {
    fn age(&self, now: Instant) -> Duration {
        let since = self.age_then.saturating_add(now.saturating_duration_since(self.moment));
        // A clock over there that is ahead does not make a value fresh that never changes.
        since.max(now.saturating_duration_since(self.first))
    }

    fn reading(&self, now: Instant) -> Reading {
        Reading { value: self.value, unit: self.unit.clone(), at: self.at, age: self.age(now) }
    }
}

impl Learnt {
    /// How often something new was learnt; 0 while nothing of now is known.
    pub(super) const fn news(&self) -> u64 {
        if self.current { self.news } else { 0 }
    }

    pub(super) fn state(&self, now: Instant, stale_after: Duration) -> Option<State> {
        if !self.current {
            return None;
        }
        let last = self.last.as_ref().map(|arrived| arrived.reading(now));
        if let Some((cause, since)) = &self.failing {
            let failing_for = now.saturating_duration_since(*since);
            return Some(State::ConnectionError(ConnectionError { cause: cause.clone(), failing_for, last }));
        }
        last.map(|reading| if reading.age > stale_after { State::Stale(reading) } else { State::Reading(reading) })
    }

    pub(super) fn succeeded(&mut self, polled: Polled, now: Instant, stale_after: Duration) {
        let Polled { value, unit, at, age } = polled;
        let same = self.last.as_ref().filter(|before| before.at.is_some() && before.at == at);
        let first = same.map_or(now, |before| before.first);
        let arrived = Arrived { value, unit, at, moment: now, age_then: age, first };
        self.told_stale = arrived.age(now) > stale_after;
        self.last = Some(arrived);
        self.failing = None;
        self.teach();
    }

    pub(super) fn failed(&mut self, fault: FeedFault, started: Instant) {
        let since = self.failing.take().map_or(started, |(_, since)| since);
        self.failing = Some((fault, since));
        self.teach();
    }

    /// When the last value turns stale by itself, if watchers do not know yet.
    pub(super) fn turns_stale(&self, now: Instant, stale_after: Duration) -> Option<Instant> {
        if self.told_stale || self.failing.is_some() {
            return None;
        }
        // Stale is what is older.
        let left = stale_after.saturating_sub(self.last.as_ref()?.age(now));
        now.checked_add(left + Duration::from_millis(1))
    }

    pub(super) const fn turned_stale(&mut self) {
        self.told_stale = true;
        self.teach();
    }

    /// What is known is of before a pause.
    pub(super) const fn forget(&mut self) -> bool {
        std::mem::replace(&mut self.current, false)
    }

    const fn teach(&mut self) {
        self.news += 1;
        self.current = true;
    }

    pub(super) fn is_failing(&self) -> bool {
        self.failing.is_some()
    }
}
