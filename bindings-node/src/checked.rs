//! What passed the check.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::BufferSlice;
use napi_derive::napi;
use qlower_core::Checked as CoreChecked;

use crate::fault::{Outcome, guard};
use crate::report::Report;
use crate::text::Text;

/// What the TypeScript class `Checked` stands on.
#[napi]
#[derive(Clone, Debug)]
pub struct Checked(Arc<CoreChecked>);

#[napi]
impl Checked {
    /// A copy of the bytes that will be sent.
    #[napi]
    pub fn copy<'e>(&self, env: &'e Env) -> napi::Result<BufferSlice<'e>> {
        BufferSlice::copy_from(env, self.0.bytes())
    }

    /// The same bytes, not copied.
    #[napi]
    pub fn text(&self) -> Text {
        Text::new(self.0.bytes().clone())
    }

    /// How many bytes there are.
    #[napi(getter)]
    pub fn size(&self) -> f64 {
        self.0.bytes().len() as f64
    }

    /// The hash of the bytes.
    #[napi(getter)]
    pub fn sha256(&self) -> String {
        self.0.sha256_hex()
    }

    /// The partner's id.
    #[napi(getter)]
    pub fn partner(&self) -> String {
        self.0.partner().to_owned()
    }

    /// Key of the S3 object.
    #[napi(getter)]
    pub fn object_key(&self) -> String {
        self.0.object_key()
    }

    /// When the payload was made, in milliseconds since 1970.
    #[napi(getter)]
    pub fn created_at(&self) -> f64 {
        self.0.created_at().timestamp_millis() as f64
    }

    /// What the check found.
    #[napi]
    pub fn report(&self) -> Outcome<Report> {
        guard(|| Ok(Report::new(self.0.report().clone())))
    }
}

impl Checked {
    pub(crate) fn new(checked: CoreChecked) -> Self {
        Self(Arc::new(checked))
    }

    /// What may be sent.
    pub(crate) fn checked(&self) -> &CoreChecked {
        &self.0
    }
}
