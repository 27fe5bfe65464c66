//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::prelude::*;
use qlower_client::core::WebhookSecret;
use qlower_client::live::{Form, Unit};

pub(crate) const HELP: &str = "\
Gives out the power of a plant as live readings: the number that stands in a file.

Usage: live_producer --file FILE [--unit UNIT] [--form FORM] [--origin ORIGIN]... [--listen ADDRESS]

Options:
      --file FILE        the file, written anew at least once a minute
      --unit UNIT        the unit of the number: kW (default), MW, Nm3/h or another
      --form FORM        simple (default) or with_metadata
      --origin ORIGIN    a page whose scripts may read it (default https://quelia.fr)
      --listen ADDRESS   where to listen (default 127.0.0.1:8090); port 0 takes a free one
  -h, --help             print this help

Environment:
  QLOWER_LIVE_KEY        the key that readers have to send in X-API-Key; without it everybody may read

Exit code:
  2  the options or the address cannot be used
";

pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) file: PathBuf,
    pub(crate) unit: Unit,
    pub(crate) form: Form,
    pub(crate) origins: Vec<String>,
    pub(crate) key: Option<WebhookSecret>,
}

/// Reads the command line and the environment; `None` if help is asked for.
pub(crate) fn read() -> Result<Option<Options>, lexopt::Error> {
    let (mut listen, mut file) = (SocketAddr::from(([127, 0, 0, 1], 8090)), None);
    let (mut unit, mut form, mut origins) = (Unit::Kilowatt, Form::default(), Vec::new());
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = parser.value()?.parse()?,
            Long("file") => file = Some(PathBuf::from(parser.value()?)),
            Long("unit") => unit = Unit::from_name(&parser.value()?.string()?),
            Long("form") => {
                let name = parser.value()?.string()?;
                form = Form::from_name(&name).ok_or_else(|| format!("there is no form {name:?}"))?;
            }
            Long("origin") => origins.push(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    let file = file.ok_or("no file was named (--file)")?;
    let key = std::env::var("QLOWER_LIVE_KEY").ok().map(WebhookSecret::from);
    Ok(Some(Options { listen, file, unit, form, origins, key }))
}
