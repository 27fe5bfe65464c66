//! The native module of the Node package `qlower`: thin entries into the core and the client, for the TypeScript on top of it.
//!
//! What is public, and documented, is the package `qlower`. Here every entry goes through `fault::guard` or `job::start`, so
//! that no panic leaves it as anything but a fault that becomes `InternalError`. Entries do not throw: they give a value or a
//! `fault::Fault`, of which TypeScript makes the error of its class.

#![cfg_attr(
    not(feature = "client"),
    allow(dead_code, reason = "modules that stand alone leave out what has no entry there")
)]
#![expect(unreachable_pub, reason = "the macros of napi want what they export to be public")]

mod about;
#[cfg(feature = "client")]
mod check;
#[cfg(feature = "client")]
mod checked;
#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod encode;
mod fault;
#[cfg(feature = "connect")]
mod ftp;
mod job;
#[cfg(feature = "connect")]
mod live;
mod names;
#[cfg(feature = "client")]
mod payload;
#[cfg(feature = "client")]
mod progress;
#[cfg(feature = "client")]
mod reply;
mod report;
#[cfg(any(feature = "client", feature = "connect"))]
mod retry;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "client")]
mod sending;
#[cfg(feature = "client")]
mod sent;
#[cfg(feature = "client")]
mod settings;
#[cfg(feature = "client")]
mod split;
#[cfg(feature = "client")]
mod text;
mod under_way;
#[cfg(feature = "client")]
mod webhook;
#[cfg(feature = "client")]
mod writer;
