//! JavaScript objects as the canonical JSON of a payload.
//!
//! JavaScript walks over the objects, which is quick there and slow from here, and tells what it finds in three streams: a byte
//! for each value, the values' texts one after the other, and numbers. Here they become JSON, by the tables of the core. A long payload is
//! written in a thread of its own, while JavaScript walks on.

mod machine;
mod shape;
mod worker;

use std::sync::{Mutex, MutexGuard, PoisonError};

use memchr::memchr_iter;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use qlower_core::model::{Field, Kind, MODELS, Section};
use qlower_core::value::Version;
use serde_json::{Value, json};

use self::machine::{Machine, Piece, Root};
use self::worker::{Message, Worker};
use crate::fault::{Fault, Outcome, guard};
use crate::names::camel;
use crate::text::Text;

/// Writes one payload, or items of one section.
#[napi]
#[derive(Debug)]
pub struct Encoder(Mutex<Option<Worker>>);

#[napi]
impl Encoder {
    /// For a payload, or for items of the section of this name.
    #[napi(constructor)]
    pub fn new(section: Option<String>) -> Self {
        let section = section.as_deref().and_then(Section::from_wire);
        Self(Mutex::new(Some(Worker::new(Machine::new(if section.is_some() { Root::Items } else { Root::Payload })))))
    }

    /// Makes a list of keys known, in the order in which their values will be told; its number is how many were known before.
    ///
    /// The positions are those of the model's fields; -1 is of a key that the model does not know.
    #[napi]
    pub fn shape(&self, model: String, keys: Vec<String>, positions: Vec<i32>) -> Outcome<()> {
        self.with(|worker| {
            let shape = shape::Shape::new(&model, keys, &positions);
            worker.send(Message::Shape(shape.ok_or_else(|| confused("a shape that fits no model"))?))
        })
    }

    /// Forgets all lists of keys; the next one has the number 0.
    #[napi]
    pub fn forget(&self) -> Outcome<()> {
        self.with(|worker| worker.send(Message::Forget))
    }

    /// Takes a piece of the streams. False, and nothing taken, if there are not so many texts: one of them holds what stands
    /// between them.
    #[napi]
    pub fn push(&self, codes: &[u8], texts: &[u8], count: u32, numbers: &[f64]) -> Outcome<bool> {
        let between = memchr_iter(machine::BETWEEN, texts).count();
        if count > 0 && u32::try_from(between).ok() != Some(count - 1) {
            return Outcome::A(false);
        }
        self.with(|worker| {
            worker.send(Message::Values(Piece {
                codes: codes.to_vec(),
                texts: texts.to_vec(),
                numbers: numbers.to_vec(),
            }))?;
            Ok(true)
        })
    }

    /// The payload; nothing can be added any more.
    #[napi]
    pub fn finish(&self) -> Outcome<Text> {
        guard(|| {
            let worker = self.lock().take().ok_or_else(|| confused("a payload that is finished was to grow"))?;
            Ok(Text::new(worker.finish()?.finish()?.into()))
        })
    }

    /// The items that are whole, and no others; further ones can follow.
    #[napi]
    pub fn take(&self) -> Outcome<Items> {
        guard(|| {
            let mut place = self.lock();
            let worker = place.take().ok_or_else(|| confused("an encoder that is finished was asked for items"))?;
            let mut machine = worker.finish()?;
            let (text, starts) = machine.take()?;
            *place = Some(Worker::new(machine));
            Ok(Items(Mutex::new(Some((text, starts)))))
        })
    }
}

impl Encoder {
    fn lock(&self) -> MutexGuard<'_, Option<Worker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, work: impl FnOnce(&mut Worker) -> Result<T, Fault>) -> Outcome<T> {
        guard(|| match self.lock().as_mut() {
            Some(worker) => work(worker),
            None => Err(confused("a payload that is finished was to grow")),
        })
    }
}

/// Items of a section as JSON objects, with nothing between them.
#[napi]
#[derive(Debug)]
pub struct Items(Mutex<Option<(Vec<u8>, Vec<usize>)>>);

#[napi]
impl Items {
    /// How many there are; 0 when they were handed on.
    #[napi(getter)]
    pub fn count(&self) -> u32 {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.as_ref().map_or(0, |(_, starts)| u32::try_from(starts.len()).unwrap_or(u32::MAX))
    }

    /// A copy of their text, for tests.
    #[napi]
    pub fn to_buffer(&self) -> Buffer {
        let items = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        items.as_ref().map(|(text, _)| text.clone()).unwrap_or_default().into()
    }
}

impl Items {
    /// Their text, and where in it each of them begins; nothing if they were handed on before.
    pub(crate) fn take_inner(&self) -> (Vec<u8>, Vec<usize>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// What JavaScript told makes no sense, which is a fault of this package.
fn confused(what: &str) -> Fault {
    Fault::new("internal", format!("a fault in the SDK itself, please report it: {what}"))
}

/// The tables of the models, as JSON: the names of fields in JavaScript, their wire keys and kinds.
#[napi]
pub fn models() -> String {
    let models = MODELS.iter().map(|model| {
        json!({
            "name": model.name.as_str(),
            "type": model.name.type_name(),
            "fields": model.fields.iter().map(field).collect::<Vec<_>>(),
        })
    });
    let sections =
        Section::ALL.iter().map(|section| json!({"name": section.as_str(), "model": section.model().as_str()}));
    json!({ "models": models.collect::<Vec<_>>(), "sections": sections.collect::<Vec<_>>() }).to_string()
}

fn field(field: &Field) -> Value {
    let (kind, model) = match field.kind {
        Kind::Object(model) => ("object", Some(model.name.as_str())),
        Kind::List(model) => ("list", Some(model.name.as_str())),
        Kind::Timestamp => ("timestamp", None),
        Kind::Date => ("date", None),
        Kind::Decimal => ("decimal", None),
        Kind::Secret => ("secret", None),
        _ => ("scalar", None),
    };
    let preset = matches!(field.kind, Kind::Version).then(|| Version::CURRENT);
    json!({
        "name": camel(field.name),
        "key": field.key,
        "kind": kind,
        "model": model,
        "required": field.required,
        "preset": preset,
    })
}
