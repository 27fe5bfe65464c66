//! The native module `qlower._native`: thin entries into the core and the client, for the Python package on top of it.
//!
//! What is public, and documented, is the package `qlower`. Here every entry goes through `guard::guard`, so that no panic
//! leaves it as anything but `qlower.InternalError`.

mod arrow;
mod buffer;
mod checked;
mod client;
mod encode;
mod errors;
mod ftp;
mod guard;
mod interpreter;
mod job;
mod live;
mod logging;
mod models;
mod origins;
mod process;
mod reply;
mod report;
mod runtime;
mod sandbox;
mod sending;
mod settings;
mod source;
mod split;
mod value;
mod wait;
mod webhook;
mod writer;

use pyo3::prelude::*;

#[pymodule]
#[pyo3(name = "_native")]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    logging::register();
    guard::register(module)?;
    interpreter::register(module)?;
    job::register(module)?;
    models::register(module)?;
    report::register(module)?;
    checked::register(module)?;
    client::register(module)?;
    reply::register(module)?;
    settings::register(module)?;
    ftp::register(module)?;
    live::register(module)?;
    split::register(module)?;
    sandbox::register(module)?;
    webhook::register(module)?;
    writer::register(module)?;
    Ok(())
}
