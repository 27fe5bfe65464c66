//! The examples, run as a person runs them, and the reading of the agency's files.
#![cfg(test)]

#[path = "../../rust/agency/mod.rs"]
mod agency;
mod check_file;
mod fleet_delivery;
mod live_producer;
mod live_watch;
mod nightly_batch;
mod payloads;
mod program;
mod quickstart;
mod send_file;
mod webhook_receiver;
