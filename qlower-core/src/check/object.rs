//! Objects and arrays: which fields there are, which are missing, unknown or doubled.

use std::borrow::Cow;

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::FindingCode;
use super::engine::{Checker, Step};
use super::index::{Kind as ItemKind, Parent};
use super::parallel::Resume;
use super::params::{JsonType, Params};
use super::suggest;
use crate::model::{Field, Kind, Model, ModelName};
use crate::scan::{Stop, Text, Token};

/// What a field held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot<'t> {
    pub(super) at: usize,
    pub(super) text: Option<Text<'t>>,
    /// A date's packed form; 0 for a decimal that is zero.
    pub(super) bits: u32,
}

/// The fields of one object, while it is open. A slot counts only where its bit is set.
#[derive(Debug, Default)]
pub(super) struct Frame<'t> {
    pub(super) start: usize,
    /// The key occurred.
    pub(super) seen: u64,
    /// It holds something that is neither null nor of the wrong type nor, if required, blank.
    pub(super) given: u64,
    /// What it holds obeys its rule.
    pub(super) valid: u64,
    pub(super) unknown: bool,
    /// Hashes of the unknown keys.
    unknown_keys: HashSet<u64, FixedState>,
    /// As many as the largest model so far has fields.
    slots: Vec<Slot<'t>>,
}

impl<'t> Frame<'t> {
    fn reset(&mut self, start: usize, fields: usize) {
        (self.start, self.seen, self.given, self.valid, self.unknown) = (start, 0, 0, 0, false);
        self.unknown_keys.clear();
        if self.slots.len() < fields {
            self.slots.resize(fields, Slot::default());
        }
    }

    /// The same memory for another text.
    pub(super) fn recycle<'n>(self) -> Frame<'n> {
        let Self { start, unknown_keys, mut slots, .. } = self;
        slots.clear();
        // Collecting in place keeps the allocation.
        let slots = slots.into_iter().map(|_| Slot::default()).collect();
        Frame { start, seen: 0, given: 0, valid: 0, unknown: false, unknown_keys, slots }
    }

    #[inline]
    pub(super) fn set(&mut self, field: usize, slot: Slot<'t>, valid: bool) {
        self.given |= 1 << field;
        self.valid |= u64::from(valid) << field;
        if let Some(place) = self.slots.get_mut(field) {
            *place = slot;
        }
    }

    /// The field's slot, if something is given.
    #[inline]
    pub(super) fn given(&self, field: usize) -> Option<&Slot<'t>> {
        if self.given >> field & 1 == 1 { self.slots.get(field) } else { None }
    }

    /// The field's slot, if what is given obeys its rule.
    #[inline]
    pub(super) fn valid(&self, field: usize) -> Option<&Slot<'t>> {
        if self.valid >> field & 1 == 1 { self.slots.get(field) } else { None }
    }

    /// The field's text, if it is a string with something in it.
    #[inline]
    pub(super) fn text(&self, field: usize) -> Option<Text<'t>> {
        self.given(field).and_then(|slot| slot.text).filter(|text| !text.is_blank())
    }
}

impl<'t> Checker<'t> {
    /// Checks an object whose brace has been taken.
    pub(super) fn object(&mut self, model: &'static Model, start: usize, parent: Parent) -> Result<(), Stop> {
        let outer = std::mem::replace(&mut self.model, model.name);
        let mut frame = self.frames.pop().unwrap_or_default();
        frame.reset(start, model.fields.len());
        let number = match ItemKind::of(model.name) {
            Some(kind) => self.index.items_mut(kind).push(start),
            None => 0,
        };
        let found_before = self.out.kept.len();
        let result = self.members(model, &mut frame, number);
        if result.is_ok() {
            self.finish(model, &frame, number, parent);
        }
        self.name_findings(found_before, model, &frame);
        self.frames.push(frame);
        if result.is_ok() {
            self.model = outer;
        }
        result
    }

    fn members(&mut self, model: &'static Model, frame: &mut Frame<'t>, number: u32) -> Result<(), Stop> {
        let row = model.name as usize;
        let (mut first, mut previous) = (true, 0);
        loop {
            let more = self.scan.next_member(first);
            self.drain(None);
            if !more? {
                return Ok(());
            }
            first = false;
            let key_at = self.scan.pos();
            let guess = self.order.get(row).and_then(|row| row.get(previous)).map_or(0, |next| usize::from(*next));
            let at = match model.fields.get(guess) {
                Some(field) if self.scan.eat(field.quoted) => guess,
                _ => match self.known_key(model, frame)? {
                    Some(at) => at,
                    None => continue,
                },
            };
            if at != guess
                && let Some(next) = self.order.get_mut(row).and_then(|row| row.get_mut(previous))
            {
                *next = u8::try_from(at).unwrap_or(0);
            }
            previous = at + 1;
            let Some(field) = model.fields.get(at) else { continue };
            self.scan.colon()?;
            if frame.seen >> at & 1 == 1 {
                self.report(FindingCode::DuplicateKey, model.name, key_at, Params::field(field.key));
            }
            frame.seen |= 1 << at;
            match field.kind {
                Kind::List(items) => self.list(model, field, items, number)?,
                Kind::Object(inner) => self.inner(model, field, inner, frame, at)?,
                _ => self.scalar(model, field, at, frame)?,
            }
        }
    }

    /// Position of a key that did not stand where it was expected; an unknown one is reported and passed.
    fn known_key(&mut self, model: &'static Model, frame: &mut Frame<'t>) -> Result<Option<usize>, Stop> {
        let key = self.scan.string();
        self.drain(None);
        let key = key?;
        let bytes = key.bytes();
        if let Some(at) = model.fields.iter().position(|field| field.key.as_bytes() == &*bytes) {
            return Ok(Some(at));
        }
        frame.unknown = true;
        let name = key.decode();
        let again = !frame.unknown_keys.insert(super::index::hash(&bytes));
        let mut params = Params::default();
        if self.out.has_room() {
            params.suggestion = self.nearest.key(model, &name).filter(|_| !again).map(Into::into);
            params.field = Some(Cow::Owned(name.to_string()));
        }
        let code = if again { FindingCode::DuplicateKey } else { FindingCode::UnknownField };
        self.report(code, model.name, key.at, params);
        self.scan.colon()?;
        let passed = self.scan.skip();
        self.drain(Some(&name));
        passed.map(|()| None)
    }

    /// An object inside this one.
    fn inner(
        &mut self,
        model: &'static Model,
        field: &'static Field,
        inner: &'static Model,
        frame: &mut Frame<'t>,
        at: usize,
    ) -> Result<(), Stop> {
        let start = self.scan.pos();
        let token = self.scan.token();
        self.drain(Some(field.key));
        match token? {
            Token::Object => {
                frame.set(at, Slot { at: start, ..Slot::default() }, true);
                self.path.push(Step::Key(field.key));
                self.object(inner, start, Parent::Section(self.scope))?;
                self.path.pop();
                Ok(())
            }
            Token::Null if field.required => {
                self.report(FindingCode::MissingField, model.name, start, Params::field(field.key));
                Ok(())
            }
            other => self.wrong_type(model.name, Some(field), start, JsonType::Object, other),
        }
    }

    /// An array of items inside this object.
    fn list(
        &mut self,
        model: &'static Model,
        field: &'static Field,
        items: &'static Model,
        number: u32,
    ) -> Result<(), Stop> {
        let start = self.scan.pos();
        let token = self.scan.token();
        self.drain(Some(field.key));
        match token? {
            Token::Array => {}
            Token::Null if matches!(model.name, ModelName::Declarant | ModelName::Property) => return Ok(()),
            other => return self.wrong_type(model.name, Some(field), start, JsonType::Array, other),
        }
        let parent = match model.name {
            ModelName::Declarant => Parent::Declarant(number),
            ModelName::Property => Parent::Property(number),
            _ => Parent::Section(self.scope),
        };
        self.path.push(Step::Key(field.key));
        self.start_run(items, parent);
        self.elements(items, parent)?;
        self.path.pop();
        Ok(())
    }

    fn elements(&mut self, items: &'static Model, parent: Parent) -> Result<(), Stop> {
        let begin = self.scan.pos();
        let (mut at, mut alone) = (0, super::parallel::TRIAL);
        while self.advance(at == 0)? {
            if self.scan.pos() - begin >= alone {
                alone = usize::MAX;
                match self.parallel_elements(items, parent, at)? {
                    Resume::Done => return Ok(()),
                    Resume::Element(next) => at = next,
                }
            }
            self.element(items, parent, at)?;
            at += 1;
        }
        Ok(())
    }

    /// Moves to the next element of an array; `false` when there is none.
    #[inline]
    pub(super) fn advance(&mut self, first: bool) -> Result<bool, Stop> {
        let more = self.scan.next_element(first);
        self.drain(None);
        more
    }

    /// Checks the element of an array at the position.
    pub(super) fn element(&mut self, items: &'static Model, parent: Parent, at: usize) -> Result<(), Stop> {
        let entry = items.name == ModelName::ClientEntry;
        if entry {
            self.scope = u32::try_from(at + 1).unwrap_or(u32::MAX);
        }
        self.path.push(Step::Index(at));
        let start = self.scan.pos();
        let token = self.scan.token();
        self.drain(None);
        match token? {
            Token::Object => self.object(items, start, parent)?,
            other => {
                if let Some(kind) = ItemKind::of(items.name) {
                    self.index.items_mut(kind).push(start);
                }
                self.wrong_type(items.name, None, start, JsonType::Object, other)?;
            }
        }
        self.path.pop();
        if entry {
            self.scope = 0;
        }
        Ok(())
    }

    /// Reports a value of the wrong JSON type and passes what is left of it.
    #[cold]
    pub(super) fn wrong_type(
        &mut self,
        model: ModelName,
        field: Option<&'static Field>,
        at: usize,
        expected: JsonType,
        found: Token<'t>,
    ) -> Result<(), Stop> {
        self.drain(field.map(|field| field.key));
        let (found, suggestion) = match found {
            Token::Object => (JsonType::Object, None),
            Token::Array => (JsonType::Array, None),
            Token::Text(_) => (JsonType::Text, None),
            Token::Bool(value) => (JsonType::Boolean, suggest::for_bool(field, value)),
            Token::Null => (JsonType::Null, None),
            Token::Number(raw) => {
                let secret = field.is_some_and(|field| matches!(field.kind, Kind::Secret));
                let quoted = expected == JsonType::Text && !secret;
                (JsonType::Number, quoted.then(|| format!("\"{}\"", String::from_utf8_lossy(raw))))
            }
            Token::Invalid => return Ok(()),
        };
        let mut params = Params::default().suggestion(suggestion);
        params.types = Some((expected, found));
        if let Some(field) = field {
            params.field = Some(Cow::Borrowed(field.key));
            self.report(FindingCode::WrongType, model, at, params);
        } else {
            params.field = Some(Cow::Borrowed(model.as_str()));
            self.report_here(FindingCode::WrongType, model, at, params);
        }
        let passed = match found {
            JsonType::Object => self.scan.skip_rest(true),
            JsonType::Array => self.scan.skip_rest(false),
            _ => Ok(()),
        };
        self.drain(field.map(|field| field.key));
        passed
    }

    /// Gives the findings of an item its id, which may stand after what they are about.
    fn name_findings(&mut self, found_before: usize, model: &'static Model, frame: &Frame<'t>) {
        if self.out.kept.len() == found_before || ItemKind::of(model.name).is_none() {
            return;
        }
        // The id is the first field of every item.
        let Some(id) = frame.text(0) else { return };
        let id = id.decode();
        for finding in self.out.kept.iter_mut().skip(found_before) {
            if finding.model == model.name && finding.id.is_none() {
                finding.id = Some((&*id).into());
            }
        }
    }
}
