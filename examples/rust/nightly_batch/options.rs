//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use lexopt::prelude::*;
use qlower_client::sandbox::Sandbox;
use qlower_client::{ApiKey, Environment};

pub(crate) const HELP: &str = "\
Makes up a night's transactions of an agency, and uploads them to Qlower's bucket.

Usage: nightly_batch [OPTIONS]

Options:
      --env ENV           staging or prod; without it, a sandbox inside this program
      --yes-production    confirm production: what is loaded there is real, and stays
      --folder DIR        write all files into a folder of DIR that is named after the day, and
                          upload them from there; a run that was cut off is finished by the next
      --day YYYY-MM-DD    the night (default 2025-02-01); the same day gives the same files
      --properties N      how many properties (default 1000)
      --transactions N    how many transactions (default 200000)
      --max-bytes N       size of a file at most (default 67108864)
      --wait SECONDS      wait so long for what Qlower makes of each file
  -h, --help              print this help

Environment, with --env:
  QLOWER_PARTNER, QLOWER_API_KEY, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
  AWS_REGION, AWS_ENDPOINT_URL_S3

Exit code:
  0  every file is in the bucket
  2  the options cannot be used
  3  not every file is in the bucket; run it again
  4  it is not known of one file whether it is in the bucket; run it again
";

pub(crate) struct Options {
    pub(crate) environment: Option<Environment>,
    pub(crate) partner: String,
    pub(crate) api_key: ApiKey,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) day: NaiveDate,
    pub(crate) properties: u64,
    pub(crate) transactions: u64,
    pub(crate) max_bytes: u64,
    pub(crate) wait: Option<Duration>,
}

impl Options {
    pub(crate) const fn items(&self) -> u64 {
        self.properties.saturating_add(self.transactions)
    }
}

/// Reads the command line; `None` if help is asked for.
pub(crate) fn read() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        environment: None,
        partner: Sandbox::DEFAULT_PARTNER.to_owned(),
        api_key: Sandbox::DEFAULT_API_KEY.into(),
        folder: None,
        day: NaiveDate::from_ymd_opt(2025, 2, 1).unwrap_or_default(),
        properties: 1000,
        transactions: 200_000,
        max_bytes: 64 << 20,
        wait: None,
    };
    let mut confirmed = false;
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            // Not by `parse()` of the value: its error repeats the text, which may hold a password.
            Long("env") => match parser.value()?.string()?.parse() {
                Ok(environment @ (Environment::Staging | Environment::Production)) => {
                    options.environment = Some(environment);
                }
                _ => return Err("--env must be staging or prod".into()),
            },
            Long("yes-production") => confirmed = true,
            Long("folder") => options.folder = Some(parser.value()?.into()),
            Long("day") => options.day = parser.value()?.parse()?,
            Long("properties") => options.properties = parser.value()?.parse()?,
            Long("transactions") => options.transactions = parser.value()?.parse()?,
            Long("max-bytes") => options.max_bytes = parser.value()?.parse()?,
            Long("wait") => options.wait = Some(Duration::from_secs(parser.value()?.parse()?)),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    if options.environment == Some(Environment::Production) && !confirmed {
        return Err("production is real: confirm it with --yes-production".into());
    }
    if options.environment.is_some() {
        let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
        options.partner = variable("QLOWER_PARTNER")?;
        options.api_key = variable("QLOWER_API_KEY")?.into();
    }
    Ok(Some(options))
}
