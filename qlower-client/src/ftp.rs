//! Delivery of files to a customer's server, by FTP, FTPS or SFTP.
//!
//! A [`Destination`] is a server with its login and the customer's rules for names; [`deliver`] brings files there, as a whole and
//! under their names, or tells exactly what is there and what is not.
//!
//! A [`Fleet`] is hundreds of destinations in one file, to which it delivers side by side: what is broken somewhere delays nobody
//! elsewhere.
//!
//! # What is certain
//!
//! * A file has its name on the server only once all of it is there ([`Temporary::Rename`]): whoever watches the folder never sees
//!   half a file. The side file comes last, so that its arrival means that everything is there.
//! * What the server has is compared in size with what was sent, before and after the renaming. A server that does not tell sizes
//!   still gets its files, which are then not [`verified`](DeliveredFile::verified).
//! * A reply that is lost leaves nothing open if the server can be reached again: it is asked how things stand. Otherwise the file's
//!   [certainty](DeliveredFile::certainty) is `Unknown`.
//! * A file that was cut in the middle is continued where the server has its end (`REST`, or `APPE` where no other delivery writes;
//!   SFTP). Files from 16 MiB on are continued by another delivery of the same content too, even of another process: their temporary
//!   name holds its hash. Servers that do not allow that get them anew.
//! * Two that deliver to the same name at the same time do not disturb each other: each begins under a temporary name of its own, and
//!   what stands under the name afterwards is a whole file, that of the last one renamed. A file that another has left is gone on with
//!   once it has not grown for two seconds. What nobody can see from outside is that another has only paused for longer, and ends in the
//!   middle right after it went on: on servers that cut a file where it is continued, that may harm it. [`Temporary::Direct`] has none of
//!   this protection.
//! * TLS and SSH are always verified, and data connections of FTPS are always protected. FTP without protection is for this machine
//!   only, unless it was asked for by name.
//! * No password, key or passphrase is in an error, a log line or `Debug`, and neither are a server's own words: its reply code is, with
//!   what it means.
//! * Every wait has a limit: [`connect_timeout`](DestinationBuilder::connect_timeout) and [`timeout`](DestinationBuilder::timeout).
//!
//! Every attempt is told by `tracing`, in a span `qlower.deliver` with protocol and address: level `WARN` what failed (`attempt`,
//! `error`, `wait_ms`), `INFO` what was delivered, `DEBUG` each file.

mod archive;
mod builder;
mod connect;
#[cfg(feature = "ftp")]
mod control;
mod deliver;
mod destination;
mod engine;
mod error;
mod failure;
mod fleet;
#[cfg(feature = "ftp")]
mod ftps;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "ftp")]
mod line;
mod local;
mod outgoing;
mod pace;
mod part;
mod plan;
mod progress;
mod protocol;
mod receipt;
#[cfg(feature = "ftp")]
mod reply;
mod secret;
mod sending;
mod session;
mod side_file;
#[cfg(feature = "sftp")]
mod ssh;
mod stage;
mod text;
#[cfg(feature = "ftp")]
mod tls;
#[cfg(feature = "ftp")]
mod transfer;
mod wording;

pub use builder::DestinationBuilder;
pub use deliver::{deliver, deliver_with};
pub use destination::Destination;
pub use error::{Error, ErrorKind, Stage};
pub use fleet::{
    DestinationOutcome, Fleet, FleetError, FleetOptions, FleetProgress, FleetSummary, Format, Job, JobOutcome,
    JobResult, Mistake, MistakeCode, NotTried, TimeUp,
};
pub use outgoing::Outgoing;
pub use plan::Plan;
pub use progress::{DeliverOptions, Progress};
pub use protocol::{Existing, Passive, Protocol, Temporary, UnknownWord};
pub use qlower_core::naming::{Characters, NamingError, Variables};
pub use receipt::{DeliveredFile, How, Receipt};
pub use wording::Wording;
