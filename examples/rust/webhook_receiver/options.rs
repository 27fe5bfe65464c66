//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::*;
use qlower_client::core::WebhookSecret;

pub(crate) const HELP: &str = "\
Takes Qlower's order webhooks, and records each order once in a SQLite database.

Usage: webhook_receiver --database FILE [--listen ADDRESS]

Options:
      --database FILE    the database; it is made if there is none
      --listen ADDRESS   where to listen (default 127.0.0.1:8080); port 0 takes a free one
  -h, --help             print this help

Environment:
  QLOWER_WEBHOOK_SECRET  the secret that was agreed with Qlower; several, with commas between
                         them, while one takes the place of another

Exit code:
  2  the options, the database or the address cannot be used
";

pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) database: PathBuf,
    pub(crate) secrets: Vec<WebhookSecret>,
}

/// Reads the command line and the environment; `None` if help is asked for.
pub(crate) fn read() -> Result<Option<Options>, lexopt::Error> {
    let (mut listen, mut database) = (SocketAddr::from(([127, 0, 0, 1], 8080)), None);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.parse()?,
            Long("database") => database = Some(PathBuf::from(parser.value()?)),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    let database = database.ok_or("no database was named (--database)")?;
    let secrets = std::env::var("QLOWER_WEBHOOK_SECRET").map_err(|_| "QLOWER_WEBHOOK_SECRET is not set")?;
    let secrets = secrets.split(',').map(str::trim).filter(|secret| !secret.is_empty());
    Ok(Some(Options { listen, database, secrets: secrets.map(WebhookSecret::from).collect() }))
}
