//! Live readings: watched by many with one poll, examined, and produced.
//!
//! A producer answers `GET` with a small JSON document, such as `{"current_power": 42.5}`. [`LiveFeed`] asks for it every few seconds
//! and hands what it learns to any number of watchers; [`probe()`] examines a producer before it is put on a map, and says what is to
//! be done about it; [`LiveProducer`] is one, for axum and other frameworks.
//!
//! # Example: the power of a plant, as it changes
//! ```no_run
//! use qlower_client::live::{Auth, LiveFeed, State, Unit};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let feed = LiveFeed::builder("https://scada.solaire-sud.example/realtime", "data.production.currentPower")
//!     .unit(Unit::Kilowatt)
//!     .show_in(Unit::Megawatt)
//!     .auth(Auth::api_key(std::env::var("SCADA_KEY")?))
//!     .build()?;
//!
//! let mut watch = feed.watch();
//! loop {
//!     match watch.next().await {
//!         State::Reading(reading) => println!("{reading}"), // 42.5 MW
//!         State::Stale(reading) => println!("{reading}, {} s ago", reading.age.as_secs()),
//!         State::ConnectionError(error) => println!("{}", error.cause),
//!     }
//! }
//! # }
//! ```
mod auth;
mod backoff;
mod builder;
mod fault;
mod feed;
mod learnt;
mod poll;
mod probe;
mod producer;
mod run;
mod setting;
mod state;
mod time;
mod watch;

pub use crate::config_error::ConfigError as SettingError;
pub use auth::Auth;
pub use builder::LiveFeedBuilder;
pub use fault::{CertificateProblem, FaultKind, FeedFault, RedirectProblem, TimeoutStage};
pub use feed::LiveFeed;
pub use probe::{Probe, probe};
pub use producer::{LiveProducer, SOURCE_TIMEOUT, Source, SourceError};
pub use qlower_core::live::*;
pub use state::{ConnectionError, Reading, State};
pub use watch::Watch;

use qlower_core::Lang;

/// The text in a language.
fn pick<T>(lang: Lang, en: T, fr: T) -> T {
    match lang {
        Lang::Fr => fr,
        _ => en,
    }
}
