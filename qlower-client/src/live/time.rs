//! The two clocks that a feed looks at: one that only goes on, and the machine's, which may be set.

use std::time::SystemTime;

use tokio::time::Instant;

#[derive(Clone, Default)]
pub(super) enum Time {
    #[default]
    Machine,
    /// Moved by a test.
    #[cfg(test)]
    Hands(std::sync::Arc<tests::Hands>),
}

impl Time {
    /// For ages and waits.
    pub(super) fn now(&self) -> Instant {
        match self {
            Self::Machine => Instant::now(),
            #[cfg(test)]
            Self::Hands(hands) => hands.now(),
        }
    }

    pub(super) async fn sleep_until(&self, moment: Instant) {
        match self {
            Self::Machine => tokio::time::sleep_until(moment).await,
            #[cfg(test)]
            Self::Hands(hands) => hands.sleep_until(moment).await,
        }
    }

    /// For times that others write as dates.
    pub(super) fn date(&self) -> SystemTime {
        match self {
            Self::Machine => SystemTime::now(),
            #[cfg(test)]
            Self::Hands(hands) => hands.date(),
        }
    }
}

#[cfg(test)]
mod tests;
