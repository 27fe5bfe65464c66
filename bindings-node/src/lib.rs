//! The native module of the Node package `qlower`: thin entries into the core and the client, for the TypeScript on top of it.
//!
//! What is public, and documented, is the package `qlower`. Here every entry goes through `fault::guard` or `job::start`, so
//! that no panic leaves it as anything but a fault that becomes `InternalError`. Entries do not throw: they give a value or a
//! `fault::Fault`, of which TypeScript makes the error of its class.

#![cfg_attr(
    not(feature = "client"),
    allow(dead_code, reason = "the module of the sandbox alone leaves out what has no entry there")
)]
#![expect(unreachable_pub, reason = "the macros of napi want what they export to be public")]

mod about;
mod check;
mod checked;
#[cfg(feature = "client")]
mod client;
mod encode;
mod fault;
mod job;
mod names;
mod payload;
#[cfg(feature = "client")]
mod progress;
#[cfg(feature = "client")]
mod reply;
mod report;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "client")]
mod sending;
#[cfg(feature = "client")]
mod sent;
#[cfg(feature = "client")]
mod settings;
mod split;
mod text;
mod under_way;
#[cfg(feature = "client")]
mod webhook;
#[cfg(feature = "client")]
mod writer;
