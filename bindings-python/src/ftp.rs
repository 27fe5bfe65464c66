//! Deliveries by FTP, FTPS and SFTP.

mod destination;
mod error;
mod fleet;
mod given;
mod naming;
mod telling;

use pyo3::prelude::*;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    naming::register(module)?;
    module.add_class::<destination::Handle>()?;
    module.add_class::<fleet::Handle>()
}
