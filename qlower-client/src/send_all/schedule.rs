//! Which parts may be started, given what became of those that they need.

use std::collections::BTreeSet;

use qlower_core::split::Parts;

use super::{NotSent, PartOutcome};

/// A part's place among those that are to be sent.
pub(super) type Position = usize;

pub(super) struct Schedule {
    entries: Vec<Entry>,
    ready: BTreeSet<Position>,
}

#[derive(Default)]
struct Entry {
    number: usize,
    /// How many of the parts that it needs are not treated yet.
    awaits: usize,
    needed_by: Vec<Position>,
    outcome: Option<PartOutcome>,
}

impl Schedule {
    pub(super) fn new(parts: &Parts) -> Self {
        let mut entries: Vec<Entry> =
            parts.iter().map(|part| Entry { number: part.number(), ..Entry::default() }).collect();
        let mut ready = BTreeSet::new();
        for (position, part) in parts.iter().enumerate() {
            // What is not among these was treated before.
            let needed = part.depends_on().iter().filter_map(|number| parts.position(*number));
            let needed: Vec<Position> = needed.filter(|needed| *needed < position).collect();
            for needed in &needed {
                if let Some(entry) = entries.get_mut(*needed) {
                    entry.needed_by.push(position);
                }
            }
            match entries.get_mut(position) {
                Some(entry) if !needed.is_empty() => entry.awaits = needed.len(),
                _ => _ = ready.insert(position),
            }
        }
        Self { entries, ready }
    }

    /// The next part that may be started, in order.
    pub(super) fn next(&mut self) -> Option<Position> {
        self.ready.pop_first()
    }

    /// Notes what became of a part. If it is not treated, those that need it will not be sent.
    pub(super) fn done(&mut self, position: Position, outcome: PartOutcome) {
        let mut done = vec![(position, outcome)];
        while let Some((position, outcome)) = done.pop() {
            let Some(entry) = self.entries.get_mut(position).filter(|entry| entry.outcome.is_none()) else { continue };
            let treated = matches!(outcome, PartOutcome::Processed(_));
            let part = entry.number;
            entry.outcome = Some(outcome);
            for needs in std::mem::take(&mut entry.needed_by) {
                if !treated {
                    done.push((needs, PartOutcome::NotSent(NotSent::Needs { part })));
                } else if let Some(entry) = self.entries.get_mut(needs) {
                    entry.awaits = entry.awaits.saturating_sub(1);
                    if entry.awaits == 0 && entry.outcome.is_none() {
                        self.ready.insert(needs);
                    }
                }
            }
        }
    }

    /// What became of each part; `unsent` of those that were never started.
    pub(super) fn into_outcomes(self, unsent: NotSent) -> impl Iterator<Item = PartOutcome> {
        self.entries.into_iter().map(move |entry| entry.outcome.unwrap_or(PartOutcome::NotSent(unsent)))
    }
}
