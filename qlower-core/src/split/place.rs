//! From the places of a part to those of the whole, and back.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::layout::SECTIONS;
use super::walk::{index, item_of};
use crate::model::ModelName;

/// Which items of each section.
pub(crate) type Ranges = [Range<usize>; 4];

/// What of the whole a part holds.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) enum Place {
    /// All of it.
    Whole,
    /// These items (flat layout).
    Flat(Ranges),
    /// These entries of `clients`. If the first one is cut, it alone has ranges.
    Clients { entries: Range<usize>, cut: Option<Ranges> },
}

impl Place {
    pub(super) fn in_whole(&self, pointer: &str) -> Option<String> {
        self.moved(pointer, |range, index| {
            let index = range.start.checked_add(index)?;
            range.contains(&index).then_some(index)
        })
    }

    pub(super) fn in_part(&self, pointer: &str) -> Option<String> {
        self.moved(pointer, |range, index| if range.contains(&index) { index.checked_sub(range.start) } else { None })
    }

    fn moved(&self, pointer: &str, index: impl Fn(&Range<usize>, usize) -> Option<usize>) -> Option<String> {
        let moved_item = |ranges: &Ranges, pointer: &str| match item_of(pointer) {
            Some((section, at, rest)) => {
                let (model, at) = (SECTIONS.get(section)?.name, index(ranges.get(section)?, at)?);
                Some(format!("/{model}/{at}{rest}"))
            }
            None => Some(pointer.to_owned()),
        };
        match self {
            Self::Whole => Some(pointer.to_owned()),
            Self::Flat(ranges) => moved_item(ranges, pointer),
            Self::Clients { entries, cut } => {
                let Some((entry, rest)) = entry_of(pointer) else { return Some(pointer.to_owned()) };
                let moved = index(entries, entry)?;
                let in_part = entry.min(moved);
                let rest = match cut.as_ref().filter(|_| in_part == 0) {
                    Some(ranges) => moved_item(ranges, rest)?,
                    None => rest.to_owned(),
                };
                Some(format!("/{}/{moved}{rest}", ModelName::ClientEntry))
            }
        }
    }

    /// One past the last item of a section that this part has; all of them, if the entry is not cut.
    fn end(&self, entry: Option<usize>, section: usize) -> usize {
        let ranges = match (self, entry) {
            (Self::Flat(ranges), None) => Some(ranges),
            (Self::Clients { entries, cut }, Some(entry)) if entry == entries.start => cut.as_ref(),
            _ => None,
        };
        ranges.and_then(|ranges| ranges.get(section)).map_or(usize::MAX, |range| range.end)
    }

    const fn entries(&self) -> Range<usize> {
        match self {
            Self::Clients { entries, .. } => entries.start..entries.end,
            Self::Whole | Self::Flat(_) => 0..0,
        }
    }
}

/// The parts that have what a pointer of the whole leads to, given all parts in order.
pub(super) fn holders(places: &[Place], pointer: &str) -> Range<usize> {
    if pointer.is_empty() {
        return 0..places.len().min(1);
    }
    let entry = entry_of(pointer);
    let (mut found, rest) = match entry {
        Some((entry, rest)) => {
            let first = places.partition_point(|place| place.entries().end <= entry);
            (first..places.partition_point(|place| place.entries().start <= entry), rest)
        }
        None => (0..places.len(), pointer),
    };
    if let Some((section, index, _)) = item_of(rest) {
        let among = places.get(found.clone()).unwrap_or_default();
        let entry = entry.map(|(entry, _)| entry);
        found.start += among.partition_point(|place| place.end(entry, section) <= index);
        found.end = found.end.min(found.start + 1);
    }
    found
}

/// Index of the entry of `clients` in which a pointer leads, and the rest of it.
fn entry_of(pointer: &str) -> Option<(usize, &str)> {
    index(pointer.strip_prefix('/')?.strip_prefix(ModelName::ClientEntry.as_str())?.strip_prefix('/')?)
}
