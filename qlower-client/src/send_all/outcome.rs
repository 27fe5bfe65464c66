//! What became of the parts of a payload.

use std::fmt;

use qlower_core::reply::Reply;
use qlower_core::split::{Part, Parts};

use crate::error::Error;
use crate::receipt::{Certainty, Receipt};

/// What became of one part.
#[derive(Debug)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "the large one is what nearly all parts become")]
pub enum PartOutcome {
    /// Qlower has treated it. The reply's pointers lead into the part.
    Processed(Receipt),
    /// There is no receipt for it. The error's [`certainty`](Error::certainty) says whether it may have been treated.
    Failed(Error),
    /// It did not leave.
    NotSent(NotSent),
}

impl PartOutcome {
    /// Whether Qlower has treated the part, as far as it could be seen from here.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        match self {
            Self::Processed(receipt) => receipt.certainty(),
            Self::Failed(error) => error.certainty(),
            Self::NotSent(_) => Certainty::NotProcessed,
        }
    }
}

/// Why a part did not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotSent {
    /// A part failed before this one was started, and nothing more was to be started then.
    Stopped {
        /// The number of the part that failed.
        by: usize,
    },
    /// It needs a part that failed, or was itself not sent.
    Needs {
        /// The number of that part.
        part: usize,
    },
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stopped { by } => write!(f, "not sent, since part {by} had failed"),
            Self::Needs { part } => write!(f, "not sent, since it needs part {part}, which is not loaded"),
        }
    }
}

/// What became of every part that was to be sent; made by [`Client::send_all`](crate::Client::send_all).
///
/// `Display` is one line: how many parts were treated, failed and not sent.
#[derive(Debug)]
#[must_use]
pub struct SentAll {
    parts: Vec<(Part, PartOutcome)>,
    reply: Option<Reply>,
}

impl SentAll {
    pub(super) fn new(parts: Vec<(Part, PartOutcome)>) -> Self {
        let reply = Reply::combine(receipts(&parts).map(|(part, receipt)| (part, receipt.reply())));
        Self { parts, reply }
    }

    /// Each part, in order, and what became of it.
    pub fn parts(&self) -> impl Iterator<Item = (&Part, &PartOutcome)> {
        self.parts.iter().map(|(part, outcome)| (part, outcome))
    }

    /// The parts that were treated, and their receipts.
    pub fn processed(&self) -> impl Iterator<Item = (&Part, &Receipt)> {
        receipts(&self.parts)
    }

    /// The parts that failed, and why. One whose certainty is [`Unknown`](Certainty::Unknown) may have been treated.
    pub fn failed(&self) -> impl Iterator<Item = (&Part, &Error)> {
        self.parts().filter_map(|(part, outcome)| match outcome {
            PartOutcome::Failed(error) => Some((part, error)),
            PartOutcome::Processed(_) | PartOutcome::NotSent(_) => None,
        })
    }

    /// The parts that did not leave, and why.
    pub fn unsent(&self) -> impl Iterator<Item = (&Part, NotSent)> {
        self.parts().filter_map(|(part, outcome)| match outcome {
            PartOutcome::NotSent(reason) => Some((part, *reason)),
            PartOutcome::Processed(_) | PartOutcome::Failed(_) => None,
        })
    }

    /// The parts that are to be sent again: those that failed, treated or not, and those that did not leave.
    #[must_use]
    pub fn remaining(&self) -> Parts {
        let open = self.parts().filter(|(_, outcome)| !matches!(outcome, PartOutcome::Processed(_)));
        open.map(|(part, _)| part.clone()).collect()
    }

    /// Whether every part was treated. Items may have failed all the same: see [`reply`](Self::reply).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.processed().count() == self.parts.len()
    }

    /// Whether Qlower has treated all of it, as far as it could be seen from here.
    ///
    /// | parts | certainty |
    /// | --- | --- |
    /// | all treated | `Processed` |
    /// | surely none treated | `NotProcessed` |
    /// | some treated, or of some it is not known | `Unknown`, of the payload as a whole; [`parts`](Self::parts) tell more |
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        let all = |certainty| self.parts.iter().all(|(_, outcome)| outcome.certainty() == certainty);
        let known = [Certainty::Processed, Certainty::NotProcessed].into_iter().find(|certainty| all(*certainty));
        known.unwrap_or(Certainty::Unknown)
    }

    /// One reply of all parts that were treated, with pointers into the whole; `None` if none was. See [`Reply::combine`].
    #[must_use]
    pub const fn reply(&self) -> Option<&Reply> {
        self.reply.as_ref()
    }

    /// Adds what became of parts that were sent again: of a part in both, the later outcome counts, unless by the earlier one it was
    /// treated, or may have been, and the later one knows nothing of that.
    pub fn followed_by(self, later: Self) -> Self {
        let mut parts = self.parts;
        for (part, outcome) in later.parts {
            match parts.binary_search_by_key(&part.number(), |(known, _)| known.number()) {
                Ok(at) => {
                    if let Some(place) = parts.get_mut(at).filter(|(_, known)| outcome.certainty() >= known.certainty())
                    {
                        *place = (part, outcome);
                    }
                }
                Err(at) => parts.insert(at, (part, outcome)),
            }
        }
        Self::new(parts)
    }
}

fn receipts(parts: &[(Part, PartOutcome)]) -> impl Iterator<Item = (&Part, &Receipt)> {
    parts.iter().filter_map(|(part, outcome)| match outcome {
        PartOutcome::Processed(receipt) => Some((part, receipt)),
        PartOutcome::Failed(_) | PartOutcome::NotSent(_) => None,
    })
}

impl fmt::Display for SentAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (processed, failed, unsent) = (self.processed().count(), self.failed().count(), self.unsent().count());
        write!(f, "{} parts: {processed} treated, {failed} failed, {unsent} not sent", self.parts.len())
    }
}
