//! What was probably meant.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::codes;
use crate::model::{Field, Kind, Model, ModelName};

/// Remembers what was suggested: an export that has an unknown field has it in every row.
#[derive(Debug, Default)]
pub(super) struct Nearest(HashMap<(ModelName, String), Option<&'static str>, FixedState>);

impl Nearest {
    /// More different unknown keys than this are no export's, and are looked up each time.
    const REMEMBERED: usize = 256;

    pub(super) fn key(&mut self, model: &Model, given: &str) -> Option<&'static str> {
        let name = (model.name, given.to_owned());
        if let Some(known) = self.0.get(&name) {
            return *known;
        }
        let found = key(model, given);
        if self.0.len() < Self::REMEMBERED {
            self.0.insert(name, found);
        }
        found
    }
}

/// The wire key that an unknown key was probably meant to be: the same in another spelling, the readable name, or one letter
/// group off.
fn key(model: &Model, given: &str) -> Option<&'static str> {
    // Longer than any key could be misspelled.
    if given.len() > 64 {
        return None;
    }
    let bare = fold(given);
    let fields = model.fields;
    let same = fields.iter().find(|field| fold(field.key) == bare || fold(field.name) == bare);
    same.or_else(|| {
        let near = |field: &&'static Field| {
            let key = strsim::damerau_levenshtein(&fold(field.key), &bare);
            key.min(strsim::damerau_levenshtein(&fold(field.name), &bare))
        };
        let best = fields.iter().min_by_key(near)?;
        (near(&best) <= bare.chars().count() / 4).then_some(best)
    })
    .map(|field| field.key)
}

fn fold(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The letter for a boolean that stands where yes or no is expected.
pub(super) fn for_bool(field: Option<&Field>, value: bool) -> Option<String> {
    match field?.kind {
        Kind::Code(list) if list == codes::YesNo::LIST => Some(codes::YesNo::from(value).code().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Payload, Property, Transaction};

    #[test]
    fn other_spellings_and_readable_names_lead_to_the_key() {
        for (given, expected) in [
            ("idPrty", Some("id-prty")),
            ("ID_PRTY", Some("id-prty")),
            ("amount", Some("amt")),
            ("date", Some("reqdExctnDt")),
            ("reqdExctDt", Some("reqdExctnDt")),
            ("propertyId", Some("id-prty")),
            ("banana", None),
            ("", None),
        ] {
            assert_eq!(key(&Transaction::MODEL, given), expected, "{given}");
        }
        assert_eq!(key(&Property::MODEL, "aquisitionDate"), Some("acquisitionDate"));
        assert_eq!(key(&Payload::MODEL, "initgPtyNm"), Some("inigPtynm"));
    }
}
