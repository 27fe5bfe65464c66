//! From the streams to JSON.

use std::fmt::Write as _;
use std::mem;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate};
use qlower_core::model::cell::{Cell, write_cell, write_text};
use qlower_core::value::Shortest;

use super::confused;
use super::shape::{Shape, Slot};
use crate::fault::Fault;

/// What comes in the stream of bytes. Those of `encode.ts` are the same.
mod code {
    pub(super) const ABSENT: u8 = 0;
    pub(super) const TEXT: u8 = 1;
    pub(super) const NUMBER: u8 = 2;
    /// JSON that is written as it stands.
    pub(super) const JSON: u8 = 3;
    pub(super) const TRUE: u8 = 4;
    pub(super) const FALSE: u8 = 5;
    pub(super) const NAN: u8 = 6;
    pub(super) const INFINITY: u8 = 7;
    pub(super) const MINUS_INFINITY: u8 = 8;
    /// A day: in the stream of numbers, how many days after 1 January 1970 it is.
    pub(super) const DAY: u8 = 9;
    /// A moment as RFC 3339 has it.
    pub(super) const INSTANT: u8 = 10;
    /// Followed by the number of the shape, the lower byte first; then by a value for each of its keys.
    pub(super) const OBJECT: u8 = 11;
    pub(super) const LIST: u8 = 12;
    pub(super) const END: u8 = 13;
    /// A number of the stream of numbers.
    pub(super) const DOUBLE: u8 = 14;
}

/// What stands between two texts. A value that holds it comes as JSON, where it is escaped.
pub(super) const BETWEEN: u8 = 0x1f;

/// A piece of the streams.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) codes: Vec<u8>,
    pub(super) texts: Vec<u8>,
    pub(super) numbers: Vec<f64>,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Payload,
    Items,
}

#[derive(Debug)]
enum Frame {
    Object { shape: Arc<Shape>, next: usize, empty: bool },
    List { empty: bool },
}

/// Writes what it is told.
#[derive(Debug)]
pub(super) struct Machine {
    root: Root,
    shapes: Vec<Arc<Shape>>,
    frames: Vec<Frame>,
    out: Vec<u8>,
    starts: Vec<usize>,
    /// Of a number that is told in two bytes.
    partial: Partial,
    /// Room for those of a number.
    digits: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Partial {
    No,
    Low,
    High(u8),
}

impl Machine {
    pub(super) fn new(root: Root) -> Self {
        Self {
            root,
            shapes: Vec::new(),
            frames: Vec::new(),
            out: Vec::new(),
            starts: Vec::new(),
            partial: Partial::No,
            digits: String::new(),
        }
    }

    pub(super) fn know(&mut self, shape: Shape) {
        self.shapes.push(Arc::new(shape));
    }

    pub(super) fn forget(&mut self) {
        self.shapes.clear();
    }

    /// Takes a piece of the streams.
    pub(super) fn take_in(&mut self, piece: &Piece) -> Result<(), Fault> {
        let texts = std::str::from_utf8(&piece.texts).map_err(|_| confused("texts that are not UTF-8"))?;
        let mut texts = texts.split(char::from(BETWEEN));
        let mut numbers = piece.numbers.iter();
        for byte in &piece.codes {
            match mem::replace(&mut self.partial, Partial::No) {
                Partial::Low => self.partial = Partial::High(*byte),
                Partial::High(low) => self.open(usize::from(u16::from_le_bytes([low, *byte])))?,
                Partial::No if *byte == code::DOUBLE => {
                    self.double(*numbers.next().ok_or_else(|| confused("a number that was not told"))?)?;
                }
                Partial::No if *byte == code::DAY => {
                    self.day(*numbers.next().ok_or_else(|| confused("a day that was not told"))?)?;
                }
                Partial::No => self.value(*byte, &mut texts)?,
            }
        }
        Ok(())
    }

    /// The whole text.
    pub(super) fn finish(self) -> Result<Vec<u8>, Fault> {
        if self.frames.is_empty() { Ok(self.out) } else { Err(confused("a payload without an end")) }
    }

    /// The items so far.
    pub(super) fn take(&mut self) -> Result<(Vec<u8>, Vec<usize>), Fault> {
        if !self.frames.is_empty() {
            return Err(confused("an item without an end"));
        }
        // The next ones will need about as much room.
        let (text, starts) = (Vec::with_capacity(self.out.len()), Vec::with_capacity(self.starts.len()));
        Ok((mem::replace(&mut self.out, text), mem::replace(&mut self.starts, starts)))
    }

    fn value<'t>(&mut self, byte: u8, texts: &mut impl Iterator<Item = &'t str>) -> Result<(), Fault> {
        let mut text = || texts.next().ok_or_else(|| confused("a value without its text"));
        let cell = match byte {
            code::ABSENT => Cell::Absent,
            code::TEXT => Cell::Text(text()?),
            code::NUMBER => Cell::Number(text()?),
            code::JSON => Cell::Json(text()?.as_bytes()),
            code::TRUE => Cell::Bool(true),
            code::FALSE => Cell::Bool(false),
            code::NAN => Cell::Float(f64::NAN),
            code::INFINITY => Cell::Float(f64::INFINITY),
            code::MINUS_INFINITY => Cell::Float(f64::NEG_INFINITY),
            code::INSTANT => instant(text()?),
            code::OBJECT => {
                self.partial = Partial::Low;
                return Ok(());
            }
            code::LIST => {
                self.place()?;
                self.out.push(b'[');
                self.frames.push(Frame::List { empty: true });
                return Ok(());
            }
            code::END => return self.end(),
            _ => return Err(confused("a value of an unknown kind")),
        };
        self.scalar(cell)
    }

    /// A number that JavaScript writes without an exponent: it is written as there.
    fn double(&mut self, number: f64) -> Result<(), Fault> {
        let mut digits = mem::take(&mut self.digits);
        digits.clear();
        // A string takes every write. No sign stands before a zero.
        _ = write!(digits, "{}", Shortest(if number == 0.0 { 0.0 } else { number }));
        let written = self.scalar(Cell::Number(&digits));
        self.digits = digits;
        written
    }

    #[expect(clippy::cast_possible_truncation, reason = "what is no day of the calendar is none after it either")]
    fn day(&mut self, days: f64) -> Result<(), Fault> {
        match NaiveDate::from_epoch_days(days as i32) {
            Some(day) => self.scalar(Cell::Date(day)),
            None => self.scalar(Cell::Text("a day beyond the calendar")),
        }
    }

    /// Begins an object.
    fn open(&mut self, shape: usize) -> Result<(), Fault> {
        let shape = self.shapes.get(shape).map(Arc::clone).ok_or_else(|| confused("a shape that nobody knows"))?;
        self.place()?;
        self.out.push(b'{');
        self.frames.push(Frame::Object { shape, next: 0, empty: true });
        self.close();
        Ok(())
    }

    /// Closes the objects that are whole.
    fn close(&mut self) {
        while let Some(Frame::Object { shape, next, .. }) = self.frames.last()
            && *next == shape.0.len()
        {
            self.out.push(b'}');
            self.frames.pop();
        }
    }

    fn end(&mut self) -> Result<(), Fault> {
        match self.frames.pop() {
            Some(Frame::List { .. }) => {
                self.out.push(b']');
                self.close();
                Ok(())
            }
            _ => Err(confused("the end of a list that was not begun")),
        }
    }

    /// Writes what stands before an object, a list, or whatever else stands among items.
    fn place(&mut self) -> Result<(), Fault> {
        match self.frames.last_mut() {
            Some(Frame::List { empty }) => {
                if !mem::replace(empty, false) {
                    self.out.push(b',');
                }
            }
            Some(Frame::Object { shape, next, empty }) => {
                let slot = shape.0.get(*next).ok_or_else(|| confused("more values than keys"))?;
                *next += 1;
                key(slot, empty, &mut self.out);
            }
            None if self.root == Root::Items => self.starts.push(self.out.len()),
            None if self.out.is_empty() => {}
            None => return Err(confused("a second payload")),
        }
        Ok(())
    }

    #[inline]
    fn scalar(&mut self, cell: Cell<'_>) -> Result<(), Fault> {
        let Some(Frame::Object { shape, next, empty }) = self.frames.last_mut() else {
            let Cell::Json(raw) = cell else { return Err(confused("a value without a key")) };
            self.place()?;
            self.out.extend_from_slice(raw);
            return Ok(());
        };
        let slot = shape.0.get(*next).ok_or_else(|| confused("more values than keys"))?;
        *next += 1;
        let last = *next == shape.0.len();
        if !matches!(cell, Cell::Absent) {
            key(slot, empty, &mut self.out);
            match (slot, cell) {
                (Slot::Field(field), cell) => write_cell(field, cell, &mut self.out),
                (Slot::Extra(_), Cell::Json(raw)) => self.out.extend_from_slice(raw),
                (Slot::Extra(_), Cell::Text(text)) => write_text(text, &mut self.out),
                (Slot::Extra(_), Cell::Number(number)) => self.out.extend_from_slice(number.as_bytes()),
                (Slot::Extra(_), Cell::Bool(true)) => self.out.extend_from_slice(b"true"),
                (Slot::Extra(_), Cell::Bool(false)) => self.out.extend_from_slice(b"false"),
                // As `JSON.stringify` has it.
                (Slot::Extra(_), _) => self.out.extend_from_slice(b"null"),
            }
        }
        if last {
            self.close();
        }
        Ok(())
    }
}

#[inline]
fn key(slot: &Slot, empty: &mut bool, out: &mut Vec<u8>) {
    if !mem::replace(empty, false) {
        out.push(b',');
    }
    match slot {
        Slot::Field(field) => out.extend_from_slice(field.quoted_key().as_bytes()),
        Slot::Extra(key) => write_text(key, out),
    }
    out.push(b':');
}

fn instant(text: &str) -> Cell<'_> {
    DateTime::parse_from_rfc3339(text).map_or(Cell::Text(text), Cell::Instant)
}
