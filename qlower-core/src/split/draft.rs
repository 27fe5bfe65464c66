//! A part while it is being packed.

use std::collections::BTreeSet;

use super::place::{Place, Ranges};
use super::walk::Tally;

/// Closes the root object; `clients` and the root; an entry and both.
pub(super) const ROOT: &str = "}";
pub(super) const CLIENTS: &str = "]}";
pub(super) const ENTRY: &str = "}]}";

/// The text so far, and what is in it.
pub(super) struct Draft {
    pub(super) bytes: Vec<u8>,
    pub(super) tally: Tally,
    /// The earlier parts that this one needs.
    pub(super) needs: BTreeSet<usize>,
    pub(super) place: Place,
    /// What closes the open objects.
    close: &'static str,
    /// The section whose array is open.
    section: Option<usize>,
}

impl Draft {
    pub(super) fn new(open: &[u8], close: &'static str, place: Place, capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend(open);
        Self { bytes, tally: Tally::default(), needs: BTreeSet::new(), place, close, section: None }
    }

    /// How large the part would be if it ended here.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + usize::from(self.section.is_some()) + self.close.len()
    }

    /// By how much an item would make it larger.
    pub(super) fn growth(&self, section: usize, opening: &str, item: usize) -> usize {
        let comma = self.section == Some(section);
        // With the opening of an array comes its end.
        item.saturating_add(if comma { 1 } else { opening.len() + 1 })
    }

    /// Appends an item of a section.
    pub(super) fn item(&mut self, section: usize, opening: &str, index: usize, text: &[u8]) {
        if self.section == Some(section) {
            self.bytes.push(b',');
        } else {
            self.end_section();
            self.bytes.extend(opening.as_bytes());
            self.section = Some(section);
        }
        self.bytes.extend(text);
        if let Some(range) = self.ranges().and_then(|ranges| ranges.get_mut(section)) {
            range.end = index + 1;
        }
    }

    /// Appends a whole entry of `clients`.
    pub(super) fn entry(&mut self, index: usize, text: &[u8]) {
        if self.close == ENTRY {
            self.end_section();
            self.bytes.push(b'}');
            self.close = CLIENTS;
        }
        if !matches!(self.bytes.last(), Some(b'[')) {
            self.bytes.push(b',');
        }
        self.bytes.extend(text);
        if let Place::Clients { entries, .. } = &mut self.place {
            entries.end = index + 1;
        }
    }

    fn ranges(&mut self) -> Option<&mut Ranges> {
        match &mut self.place {
            Place::Flat(ranges) | Place::Clients { cut: Some(ranges), .. } => Some(ranges),
            Place::Whole | Place::Clients { cut: None, .. } => None,
        }
    }

    fn end_section(&mut self) {
        if self.section.take().is_some() {
            self.bytes.push(b']');
        }
    }

    pub(super) fn end(&mut self) {
        self.end_section();
        self.bytes.extend(self.close.as_bytes());
        self.bytes.shrink_to_fit();
    }
}
