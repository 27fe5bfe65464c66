//! Where things stand in the root object, or in an entry of `clients`.

use std::ops::Range;

use crate::model::{Declarant, Document, Model, ModelName, Property, Transaction};
use crate::scan::{Scanner, Stop, Token};

/// The sections, in the order in which parts take them: nothing comes before what it belongs to.
pub(super) const SECTIONS: [&Model; 4] = [&Declarant::MODEL, &Property::MODEL, &Transaction::MODEL, &Document::MODEL];

/// Position of a section by its key.
pub(super) fn section(key: &[u8]) -> Option<usize> {
    SECTIONS.iter().position(|model| model.name.as_str().as_bytes() == key)
}

/// The members of one object.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Key and value of each member that is no section, as they stand in the text: the header, or the `client` block.
    pub(super) frame: Vec<Range<usize>>,
    /// Where the array of each section starts.
    pub(super) sections: [Option<usize>; 4],
    /// The entries of `clients`.
    pub(super) clients: Option<Vec<Range<usize>>>,
    /// Where the `client` block starts.
    pub(super) client: Option<usize>,
}

impl Layout {
    pub(super) fn of_root(text: &[u8]) -> Result<Self, Stop> {
        let start = text.iter().position(|byte| *byte == b'{').unwrap_or(0);
        Self::read(text, start, ModelName::Payload)
    }

    pub(super) fn of_entry(text: &[u8], start: usize) -> Result<Self, Stop> {
        Self::read(text, start, ModelName::ClientEntry)
    }

    fn read(text: &[u8], start: usize, model: ModelName) -> Result<Self, Stop> {
        let mut layout = Self::default();
        let mut scan = Scanner::new(text, start);
        let Token::Object = scan.token()? else { return Err(Stop) };
        let mut first = true;
        while scan.next_member(first)? {
            first = false;
            let start = scan.pos();
            let key = scan.string()?.bytes();
            scan.colon()?;
            let value = scan.pos();
            if model == ModelName::Payload && *key == *ModelName::ClientEntry.as_str().as_bytes() {
                layout.clients = Some(elements(&mut scan)?);
                continue;
            }
            scan.pass()?;
            if let Some(place) = section(&key).and_then(|section| layout.sections.get_mut(section)) {
                *place = Some(value);
                continue;
            }
            if model == ModelName::ClientEntry && *key == *ModelName::ClientAccount.as_str().as_bytes() {
                layout.client = Some(value);
            }
            layout.frame.push(start..scan.pos());
        }
        Ok(layout)
    }
}

/// The elements of the array at the position.
fn elements(scan: &mut Scanner<'_>) -> Result<Vec<Range<usize>>, Stop> {
    let mut found = Vec::new();
    let Token::Array = scan.token()? else { return Err(Stop) };
    while scan.next_element(found.is_empty())? {
        let start = scan.pos();
        scan.pass()?;
        found.push(start..scan.pos());
    }
    Ok(found)
}
