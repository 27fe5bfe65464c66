//! Live readings, as `live` of the package tells of them.

mod feed;
mod given;
mod producer;
mod reading;
