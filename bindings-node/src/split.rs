//! Parts of a payload.

use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use qlower_client::core::SplitOptions;
use qlower_client::{Part as ClientPart, Parts};

use crate::checked::Checked;
use crate::fault::{Fault, Outcome, guard};
use crate::job::{self, Limits, Stop};
use crate::job::{blocking, whole};

/// What the TypeScript class `Part` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct Part(ClientPart);

#[napi]
impl Part {
    /// Its number among all parts, from 0.
    #[napi(getter)]
    pub fn number(&self) -> f64 {
        self.0.number() as f64
    }

    /// How many items are in it.
    #[napi(getter)]
    pub fn items(&self) -> f64 {
        self.0.items() as f64
    }

    /// Numbers of the parts that have to be loaded before.
    #[napi(getter)]
    pub fn depends_on(&self) -> Vec<f64> {
        self.0.depends_on().iter().map(|number| *number as f64).collect()
    }

    /// What is to be sent.
    #[napi]
    pub fn checked(&self) -> Outcome<Checked> {
        guard(|| Ok(Checked::new(self.0.checked().clone())))
    }

    /// A pointer into this part as one into the whole.
    #[napi]
    pub fn pointer_in_whole(&self, pointer: String) -> Option<String> {
        self.0.pointer_in_whole(&pointer)
    }
}

impl Part {
    pub(crate) const fn new(part: ClientPart) -> Self {
        Self(part)
    }

    /// The part itself; to clone it costs nothing.
    pub(crate) const fn part(&self) -> &ClientPart {
        &self.0
    }
}

/// Cuts what was checked into parts, while JavaScript waits.
#[napi]
pub fn split(checked: &Checked, max_bytes: Option<f64>, max_items: Option<f64>) -> Outcome<Vec<Part>> {
    guard(|| parts(checked.checked().split(&options(max_bytes, max_items)?)?))
}

/// Cuts what was checked into parts, in the background.
#[napi(ts_return_type = "Promise<Outcome<Part[]>>")]
pub fn split_async<'e>(
    env: &'e Env,
    checked: &Checked,
    max_bytes: Option<f64>,
    max_items: Option<f64>,
    stop: Option<&Stop>,
    timeout: Option<f64>,
) -> napi::Result<Object<'e>> {
    let checked = checked.checked().clone();
    let (limits, given) = match Limits::new(stop, timeout) {
        Ok(limits) => (limits, options(max_bytes, max_items)),
        Err(fault) => (Limits::default(), Err(fault)),
    };
    let work = async move {
        let options = given?;
        blocking(move || checked.split(&options).map_err(Fault::from)).await
    };
    job::start(env, limits, work, parts)
}

fn options(max_bytes: Option<f64>, max_items: Option<f64>) -> Result<SplitOptions, Fault> {
    let mut options = SplitOptions::default();
    if let Some(bytes) = max_bytes {
        options = options.max_bytes(whole("maxBytes", bytes, 1)?);
    }
    if let Some(items) = max_items {
        options = options.max_items(whole("maxItems", items, 1)? as u64);
    }
    Ok(options)
}

fn parts(parts: Parts) -> Result<Vec<Part>, Fault> {
    Ok(parts.into_iter().map(Part::new).collect())
}
