//! Parts of a payload.

use std::fmt;
use std::sync::Arc;

use super::Place;
use crate::check::Checked;

/// A part of a checked payload, which may be sent on its own once those before it that it [needs](Self::depends_on) are loaded.
///
/// Made by [`Checked::split`]. A clone costs nothing. `Debug` shows no content.
#[derive(Clone)]
pub struct Part(Arc<Inner>);

struct Inner {
    number: usize,
    checked: Checked,
    items: u64,
    depends_on: Vec<usize>,
    place: Place,
}

impl Part {
    pub(super) fn new(number: usize, checked: Checked, items: u64, depends_on: Vec<usize>, place: Place) -> Self {
        Self(Arc::new(Inner { number, checked, items, depends_on, place }))
    }

    /// Its number among all parts of the whole, from 0.
    #[must_use]
    pub fn number(&self) -> usize {
        self.0.number
    }

    /// What is to be sent.
    #[must_use]
    pub fn checked(&self) -> &Checked {
        &self.0.checked
    }

    /// How many items are in it, nested ones included.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.0.items
    }

    /// Numbers of the earlier parts that have to be loaded before this one, in order.
    ///
    /// These are the parts that have a property or declarant to which an item here refers; the first part that has the same
    /// account of the `clients` layout, which creates it; and parts in which one of the items here stands as well. Ids of
    /// different accounts are different. Parts that are needed only by a part that is needed are not among them.
    #[must_use]
    pub fn depends_on(&self) -> &[usize] {
        &self.0.depends_on
    }

    /// A JSON Pointer into this part, as one into the whole.
    ///
    /// `None` if it leads to an item, or an entry of `clients`, that this part does not have.
    #[must_use]
    pub fn pointer_in_whole(&self, pointer: &str) -> Option<String> {
        self.0.place.in_whole(pointer)
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0.place
    }
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("number", &self.number())
            .field("checked", self.checked())
            .field("items", &self.items())
            .field("depends_on", &self.depends_on())
            .finish_non_exhaustive()
    }
}

/// The parts of a checked payload, in the order of their numbers; all of them, or a selection. Made by [`Checked::split`].
///
/// A clone costs next to nothing.
#[derive(Clone, Debug)]
pub struct Parts(Vec<Part>);

impl Parts {
    pub(super) const fn new(parts: Vec<Part>) -> Self {
        Self(parts)
    }

    pub(super) fn whole(checked: &Checked, items: u64) -> Self {
        Self(vec![Part::new(0, checked.clone(), items, Vec::new(), Place::Whole)])
    }

    /// How many there are. Of a split, never 0.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, after [`retain`](Self::retain).
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The part with a number, if it is among these.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&Part> {
        self.0.get(self.position(number)?)
    }

    /// Where the part with a number stands among these, from 0.
    #[must_use]
    pub fn position(&self, number: usize) -> Option<usize> {
        self.0.binary_search_by_key(&number, Part::number).ok()
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Part> {
        self.0.iter()
    }

    /// Keeps some of them. They keep their numbers; what they depend on counts as loaded if it is no longer among these.
    pub fn retain(&mut self, keep: impl FnMut(&Part) -> bool) {
        self.0.retain(keep);
    }
}

/// Parts of one payload, in any order; one that comes twice is taken once.
impl FromIterator<Part> for Parts {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut parts: Vec<Part> = parts.into_iter().collect();
        parts.sort_by_key(Part::number);
        parts.dedup_by_key(|part| part.number());
        Self(parts)
    }
}

impl<'p> IntoIterator for &'p Parts {
    type Item = &'p Part;
    type IntoIter = std::slice::Iter<'p, Part>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Parts {
    type Item = Part;
    type IntoIter = std::vec::IntoIter<Part>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
