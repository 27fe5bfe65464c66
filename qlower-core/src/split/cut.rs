//! Packing items into parts, one after the other.

use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::SplitOptions;
use super::draft::{CLIENTS, Draft, ENTRY, ROOT};
use super::error::{Refused, SplitError};
use super::layout::{Layout, SECTIONS};
use super::place::Place;
use super::walk::{Link, Walk, key};
use crate::model::{Model, ModelName};
use crate::scan::{Scanner, Stop, Token};

/// Why cutting ended early.
pub(super) enum Failure {
    TooLarge(SplitError),
    Unreadable,
}

impl From<Stop> for Failure {
    fn from(_: Stop) -> Self {
        Self::Unreadable
    }
}

/// What each piece of the root object, or of an entry of `clients`, begins with.
struct Frame {
    open: Vec<u8>,
    /// Index of the entry, and the key of its account.
    entry: Option<(usize, u64)>,
}

/// Packs the items of a text.
pub(super) struct Cutter<'t> {
    text: &'t [u8],
    options: &'t SplitOptions,
    walk: Walk<'t>,
    /// The first part with an id.
    owners: HashMap<u64, usize, FixedState>,
    done: Vec<Draft>,
}

impl<'t> Cutter<'t> {
    /// With `all_ids`, a part also needs the earlier ones in which one of its items stands as well.
    pub(super) fn new(text: &'t [u8], options: &'t SplitOptions, all_ids: bool) -> Self {
        Self { text, options, walk: Walk::new(text, all_ids), owners: HashMap::default(), done: Vec::new() }
    }

    pub(super) fn run(mut self) -> Result<Vec<Draft>, Failure> {
        let layout = Layout::of_root(self.text)?;
        let mut open = self.members(&layout);
        match layout.clients.as_deref() {
            None | Some([]) => {
                self.has_frame(open.len() + ROOT.len(), None)?;
                let last = self.sections(&layout, &Frame { open, entry: None })?;
                self.finish(last);
            }
            Some(entries) => {
                open.extend(format!(",\"{}\":[", ModelName::ClientEntry).as_bytes());
                self.has_frame(open.len() + CLIENTS.len(), None)?;
                self.clients(&open, entries)?;
            }
        }
        Ok(self.done)
    }

    /// The members that each piece repeats, after the brace that opens it.
    fn members(&self, layout: &Layout) -> Vec<u8> {
        let mut open = b"{".to_vec();
        for member in &layout.frame {
            if open.len() > 1 {
                open.push(b',');
            }
            open.extend(self.slice(member));
        }
        open
    }

    fn slice(&self, range: &Range<usize>) -> &'t [u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }

    fn clients(&mut self, open: &[u8], entries: &[Range<usize>]) -> Result<(), Failure> {
        let mut draft: Option<Draft> = None;
        for (index, range) in entries.iter().enumerate() {
            let layout = Layout::of_entry(self.text, range.start)?;
            let account = self.account(&layout);
            self.walk.clear();
            self.walk.account = account;
            let alone = open.len().saturating_add(range.len()).saturating_add(CLIENTS.len());
            if alone <= self.options.max_bytes {
                self.walk.links.push(Link::Is(account));
                for (array, model) in layout.sections.iter().zip(SECTIONS) {
                    if let Some(array) = *array {
                        self.walk.scan.seek(array);
                        self.walk.list(model)?;
                    }
                }
            }
            let is_whole = alone <= self.options.max_bytes && self.walk.tally.total() <= self.options.max_items;
            if let Some(full) = draft.take_if(|draft| !is_whole || !self.has_room(draft, range.len().saturating_add(1)))
            {
                self.finish(full);
            }
            if is_whole {
                let new =
                    || Draft::new(open, CLIENTS, Place::Clients { entries: index..index, cut: None }, self.capacity());
                let draft = draft.get_or_insert_with(new);
                draft.entry(index, self.text.get(range.clone()).unwrap_or_default());
                self.take(draft);
                continue;
            }
            let frame = Frame { open: [open, &self.members(&layout)].concat(), entry: Some((index, account)) };
            self.has_frame(frame.open.len() + ENTRY.len(), Some((index, &layout)))?;
            draft = Some(self.sections(&layout, &frame)?);
        }
        if let Some(last) = draft {
            self.finish(last);
        }
        Ok(())
    }

    /// Packs all sections of the root object, or of an entry. The last piece, which may have room for more, is given back.
    fn sections(&mut self, layout: &Layout, frame: &Frame) -> Result<Draft, Failure> {
        let mut packed = [0; 4];
        let mut draft = self.piece(frame, &packed);
        for (section, (array, model)) in layout.sections.iter().zip(SECTIONS).enumerate() {
            let Some(array) = *array else { continue };
            let opening = format!(",\"{}\":[", model.name);
            let mut elements = Scanner::new(self.text, array);
            let Token::Array = elements.token()? else { return Err(Failure::Unreadable) };
            let mut index = 0;
            while elements.next_element(index == 0)? {
                let start = elements.pos();
                self.walk.clear();
                self.walk.scan.seek(start);
                self.walk.item(model)?;
                elements.seek(self.walk.scan.pos());
                let item = self.slice(&(start..elements.pos()));
                if !self.has_room(&draft, draft.growth(section, &opening, item.len())) && draft.tally.total() > 0 {
                    self.finish(draft);
                    draft = self.piece(frame, &packed);
                }
                let growth = draft.growth(section, &opening, item.len());
                if !self.has_room(&draft, growth) {
                    return Err(self.too_large(model, index, start, frame, draft.size().saturating_add(growth)));
                }
                draft.item(section, &opening, index, item);
                self.take(&mut draft);
                index += 1;
                if let Some(packed) = packed.get_mut(section) {
                    *packed = index;
                }
            }
        }
        Ok(draft)
    }

    /// Starts a part in which sections go on after so many items.
    fn piece(&mut self, frame: &Frame, packed: &[usize; 4]) -> Draft {
        let ranges = packed.map(|at| at..at);
        let (close, place) = match frame.entry {
            None => (ROOT, Place::Flat(ranges)),
            Some((index, _)) => (ENTRY, Place::Clients { entries: index..index + 1, cut: Some(ranges) }),
        };
        let mut draft = Draft::new(&frame.open, close, place, self.capacity());
        if let Some((_, account)) = frame.entry {
            self.link(Link::Is(account), &mut draft);
        }
        draft
    }

    /// Room for a full part, unless parts are full long before.
    fn capacity(&self) -> usize {
        if self.options.max_items == u64::MAX { self.options.max_bytes.min(self.text.len()) } else { 0 }
    }

    /// Whether there is room for more bytes, and for what was just walked.
    fn has_room(&self, draft: &Draft, bytes: usize) -> bool {
        draft.size().saturating_add(bytes) <= self.options.max_bytes
            && draft.tally.total().saturating_add(self.walk.tally.total()) <= self.options.max_items
    }

    /// Counts what was just walked into a part.
    fn take(&mut self, draft: &mut Draft) {
        draft.tally.add(&self.walk.tally);
        let links = std::mem::take(&mut self.walk.links);
        for link in &links {
            self.link(*link, draft);
        }
        self.walk.links = links;
    }

    /// Finds the earlier part to which a link leads.
    fn link(&mut self, link: Link, draft: &mut Draft) {
        let part = self.done.len();
        let owner = match link {
            Link::Needs(id) => self.owners.get(&id).copied(),
            Link::Is(id) => match self.owners.entry(id) {
                Entry::Occupied(owner) => Some(*owner.get()),
                Entry::Vacant(free) => {
                    free.insert(part);
                    None
                }
            },
        };
        draft.needs.extend(owner.filter(|owner| *owner < part));
    }

    fn finish(&mut self, mut draft: Draft) {
        draft.end();
        self.done.push(draft);
    }

    /// Entries of one e-mail address are one account.
    fn account(&self, layout: &Layout) -> u64 {
        key(ModelName::ClientAccount, 0, self.email(layout).trim().to_lowercase().as_bytes())
    }

    fn email(&self, layout: &Layout) -> String {
        let email = layout.client.and_then(|start| crate::check::field(self.text, start, "email"));
        email.and_then(|(_, email)| email).map(|email| email.decode().into_owned()).unwrap_or_default()
    }

    /// Refuses a header, or an entry without its items, that is too large on its own.
    fn has_frame(&self, size: usize, entry: Option<(usize, &Layout)>) -> Result<(), Failure> {
        if size <= self.options.max_bytes {
            return Ok(());
        }
        let refused = match entry {
            None => Refused { pointer: String::new(), model: ModelName::Payload, id: None },
            Some((index, layout)) => Refused {
                pointer: format!("/{}/{index}", ModelName::ClientEntry),
                model: ModelName::ClientEntry,
                id: Some(self.email(layout)),
            },
        };
        Err(Failure::TooLarge(SplitError::bytes(refused, size, self.options.max_bytes)))
    }

    #[cold]
    fn too_large(&self, model: &Model, index: usize, start: usize, frame: &Frame, size: usize) -> Failure {
        let within = frame.entry.map(|(entry, _)| format!("/{}/{entry}", ModelName::ClientEntry));
        let id = crate::check::field(self.text, start, "id").and_then(|(_, id)| id);
        let refused = Refused {
            pointer: format!("{}/{}/{index}", within.unwrap_or_default(), model.name),
            model: model.name,
            id: id.map(|id| id.decode().into_owned()),
        };
        Failure::TooLarge(if size > self.options.max_bytes {
            SplitError::bytes(refused, size, self.options.max_bytes)
        } else {
            SplitError::items(refused, self.walk.tally.total(), self.options.max_items)
        })
    }
}
