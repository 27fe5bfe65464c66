//! Names of files from templates.

mod property;
pub(crate) mod vectors;
