//! What touches the world in the Qlower partner SDK: the clock of a check, sending by REST, uploading by S3, receiving webhooks,
//! and a sandbox.
//!
//! # Example: from rows to a receipt
//! ```no_run
//! use qlower_client::prelude::*;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let payload = Payload::builder()
//!     .partner("acme")
//!     .api_key(std::env::var("QLOWER_API_KEY")?)
//!     .created_at("2025-02-01T08:00:00+01:00")
//!     .transactions([Transaction::builder()
//!         .id("T1")
//!         .date("2025-01-31")
//!         .property_id("P1")
//!         .amount("850.00")
//!         .reference("Loyer janvier")
//!         .build()?])
//!     .build()?;
//!
//! let checked = payload.check().into_result()?;
//! let receipt = Client::builder(Environment::Staging).build()?.send(&checked).await?;
//! println!("{}", receipt.reply());
//! # Ok(())
//! # }
//! ```
//!
//! # The way of a payload
//!
//! rows → models → **check** → [`Checked`] → [`Client::send`] → [`Receipt`], or an [`Error`].
//!
//! 1. [`Check::check`] finds every mistake before anything leaves, and knows what day it is. A text is checked by
//!    [`check_text`].
//! 2. Only a payload without an error becomes [`Checked`]: its bytes, their SHA-256 and the report. A transport takes
//!    nothing else.
//! 3. [`Client::send`] hands these very bytes over, waits for the answer, and tries again what may pass
//!    ([`RetryPolicy`]).
//! 4. A [`Receipt`] holds the reply, whose errors know the item that was sent, and `reply().failed_only(…)` makes a
//!    payload of what failed. An [`Error`] says whether Qlower may have treated the payload all the same
//!    ([`Certainty`]): sending again is harmless, since what exists is not created again, but never silent.
//!
//! # Too large for one request
//!
//! [`Checked::split`] cuts a payload into parts, and [`Client::send_all`] sends them: several at once, each after those that
//! it needs. What comes back is about the whole again.
//! ```no_run
//! use qlower_client::prelude::*;
//!
//! # async fn example(client: Client, payload: Payload) -> Result<(), Box<dyn std::error::Error>> {
//! let checked = payload.check().into_result()?;
//! let parts = checked.split(&SplitOptions::default())?; // at most 10 MiB each
//! let sent = client.send_all(&parts, &SendAllOptions::default()).await;
//! for (part, error) in sent.failed() {
//!     println!("part {}: {error}", part.number());
//! }
//! let open = sent.remaining(); // to be sent again with `send_all`; nothing is created twice
//! if let Some(reply) = sent.reply() {
//!     println!("{reply}\n{} parts to go", open.len());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # In bulk, by S3
//!
//! With feature `s3`, `Client::upload` puts a checked payload, or a file of a `Batch`, into the partner's bucket, whose
//! arrival starts a load; `Client::upload_status` and `Client::wait_for` tell what came of it, where the credentials may
//! list. A `PayloadWriter` takes any number of items, checks each as it is pushed, and makes files of them in constant
//! memory:
//! - `PayloadWriterBuilder::s3` uploads each file as soon as it is full;
//! - `PayloadWriterBuilder::folder` writes a `Batch`, which `Client::upload_batch` uploads: killed at any moment, the next
//!   run finishes the job.
//!
//! An object's key has the time and the content's hash in it, and objects are made on the condition that there is none
//! with this key. So the same payload is in the bucket once, however often the answer to an upload is lost.
//!
//! # What is certain about the network
//!
//! * The access key is in the payload. So TLS is always verified, redirections are not followed, plain http is for
//!   this machine only, unless it was asked for by name ([`BaseUrl::insecure`](core::address::BaseUrl::insecure)),
//!   and then takes no proxy that was not named. No error, log line or `Debug` shows a key, the password of a proxy,
//!   or content of a payload.
//! * HTTP/1.1 only: one request at a time on a connection, so that it is known what was handed over when one breaks.
//!   Nothing of which a byte has left is tried again below the [`RetryPolicy`].
//! * Every wait has a limit, and so has the memory.
//! * Uploads use the same connections, settings and judgement: the AWS SDK signs and reads, nothing else. What a store says
//!   in its own words is in no error, but for its code.
//! * Every attempt is told by `tracing`, in a span `qlower.send` with the URL, the size and the hash (`qlower.upload` with
//!   bucket, key, size and hash): level `WARN`
//!   what failed (`attempt`, `certainty`, `error`, `wait_ms`), `INFO` what was treated, `DEBUG` the status of each
//!   answer. What a server says is not in it, since that may repeat personal data.
//!
//! # Feature flags
//!
//! | feature | default | what it gives |
//! | --- | --- | --- |
//! | `rest` | yes | `Client`, by `reqwest` with `rustls` |
//! | `writer` | no | `PayloadWriter`: payloads of any size in constant memory, to a folder or a stream |
//! | `s3` | no | `Client::upload`, by `aws-sdk-s3`: minutes to compile; includes `rest` and `writer` |
//! | `sandbox` | no | `sandbox::Sandbox`: a stand-in for Qlower on this machine, for tests and demonstrations |
//! | `receiver` | no | `receiver`: webhooks taken by axum or tower, handled once, with SQLite files that keep them |
//! | `ftp` | no | `ftp`: files delivered to customers' servers by FTP and FTPS, one or hundreds |
//! | `sftp` | no | `ftp`: the same by SFTP |
//! | `live` | no | `live`: live readings watched by many with one poll; producers examined; a producer for axum |
//! | `live-feed` | no | `live` without the producer for axum |
//! | `sandbox-s3` | no | its S3 side, by `s3s`; includes `sandbox` |
//!
//! Without any, there are the [core] and the check with the clock.
#![forbid(unsafe_code)]

#[cfg(any(feature = "rest", feature = "delivery", feature = "live-feed"))]
#[cfg_attr(
    not(any(feature = "rest", feature = "ftp", feature = "live-feed")),
    allow(dead_code, reason = "not every transport has TLS")
)]
mod authorities;
#[cfg(any(feature = "receiver", feature = "live-feed", feature = "sandbox", feature = "ftp"))]
mod chain;
mod clock;
#[cfg(any(feature = "rest", feature = "writer", feature = "delivery", feature = "live-feed"))]
#[cfg_attr(not(feature = "rest"), allow(dead_code, reason = "not every transport has settings that may be wrong"))]
#[cfg_attr(
    not(any(feature = "rest", feature = "writer", feature = "live-feed")),
    allow(unreachable_pub, reason = "deliveries have an error of their own")
)]
mod config_error;
#[cfg(any(feature = "ftp", feature = "sftp"))]
pub mod ftp;
#[cfg(feature = "live-feed")]
pub mod live;
#[cfg(feature = "writer")]
mod payload_file;
#[cfg(feature = "receiver")]
pub mod receiver;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod webhook;

#[cfg(feature = "rest")]
mod attempts;
#[cfg(feature = "rest")]
mod body;
#[cfg(feature = "rest")]
mod builder;
#[cfg(feature = "rest")]
mod client;
#[cfg(feature = "rest")]
mod env;
#[cfg(any(feature = "rest", feature = "writer"))]
#[cfg_attr(not(feature = "rest"), allow(dead_code, reason = "transports make most of its errors"))]
pub mod error;
#[cfg(feature = "rest")]
mod failure;
#[cfg(any(feature = "rest", feature = "live-feed"))]
mod http;
#[cfg(any(feature = "rest", feature = "writer", feature = "delivery"))]
#[cfg_attr(not(feature = "rest"), allow(dead_code, reason = "transports make receipts"))]
mod receipt;
#[cfg(feature = "rest")]
mod rest;
#[cfg(any(feature = "rest", feature = "delivery"))]
mod retry;
#[cfg(any(feature = "rest", feature = "live-feed"))]
mod retry_after;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "rest")]
mod send_all;
#[cfg(feature = "writer")]
pub mod writer;

pub use clock::{Check, check_options, check_text};
pub use qlower_core as core;
pub use qlower_core::{
    ApiKey, Associate, CheckOptions, Checked, ClientAccount, ClientEntry, Declarant, Document, Environment, Finding,
    FindingCode, Lang, ModelName, Part, Parts, Payload, Property, Reply, Report, Severity, SplitError, SplitOptions,
    Strictness, Transaction, ValidationError, codes, reply, split, value,
};

#[cfg(any(feature = "rest", feature = "writer"))]
pub use error::{Error, ErrorKind};
#[cfg(any(feature = "rest", feature = "writer", feature = "delivery"))]
pub use receipt::{Certainty, Receipt};
#[cfg(any(feature = "rest", feature = "delivery"))]
pub use retry::RetryPolicy;
#[cfg(feature = "rest")]
pub use {
    builder::ClientBuilder,
    client::Client,
    error::{ApiError, ConfigError, TimeoutError, TransportError},
    send_all::{NotSent, OnFailure, PartOutcome, SendAllOptions, SentAll},
};

#[cfg(feature = "s3")]
pub use receipt::Object;
#[cfg(feature = "s3")]
pub use s3::{S3Sink, Upload, UploadProgress, UploadStatus};
#[cfg(feature = "writer")]
pub use {
    payload_file::PayloadFile,
    writer::{Batch, PayloadWriter, References},
};

/// What most programs want in scope: `use qlower_client::prelude::*`.
pub mod prelude {
    pub use crate::{
        Associate, Check, ClientAccount, ClientEntry, Declarant, Document, Environment, Payload, Property,
        SplitOptions, Transaction,
    };
    #[cfg(feature = "rest")]
    pub use crate::{Certainty, Client, Receipt, RetryPolicy, SendAllOptions};
}

/// The README's programs are compiled with the tests.
#[cfg(all(doctest, feature = "s3", feature = "receiver", feature = "ftp", feature = "live"))]
#[doc = include_str!("../../README.md")]
pub struct Readme;
