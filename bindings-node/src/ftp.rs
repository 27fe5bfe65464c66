//! Deliveries, as `ftp` of the package tells of them.

mod delivery;
mod destination;
mod fault;
mod files;
mod fleet;
mod naming;
mod progress;
