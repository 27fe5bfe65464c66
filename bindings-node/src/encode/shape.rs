//! Lists of keys, in the order in which their values are written.

use qlower_core::model::{Field, MODELS, Model};

/// What a value belongs to.
#[derive(Debug)]
pub(super) enum Slot {
    Field(&'static Field),
    /// Under a key that the model does not know: it is written all the same, for the check to speak of.
    Extra(String),
}

/// The keys of objects that were made alike.
#[derive(Debug)]
pub(super) struct Shape(pub(super) Vec<Slot>);

impl Shape {
    /// `None` if there is no such model or field.
    pub(super) fn new(model: &str, keys: Vec<String>, positions: &[i32]) -> Option<Self> {
        let model: &Model = MODELS.iter().find(|known| known.name.as_str() == model)?;
        if keys.len() != positions.len() {
            return None;
        }
        let slots = keys.into_iter().zip(positions).map(|(key, at)| match usize::try_from(*at) {
            Ok(at) => model.fields.get(at).map(Slot::Field),
            Err(_) => Some(Slot::Extra(key)),
        });
        slots.collect::<Option<_>>().map(Self)
    }
}
