//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use lexopt::prelude::*;
use qlower_client::{Environment, Lang};

use crate::cli::{Color, Input};

pub(crate) const HELP: &str = "\
Checks a Qlower loader payload, sends it by REST, and tells what became of it.

Usage: send_file --env ENV [OPTIONS] FILE
       send_file --env ENV [OPTIONS] -         (reads standard input)

Options:
      --env ENV           staging, prod, or the URL of a server of one's own
      --yes-production    confirm production: what is loaded there is real, and stays
      --failed-out PATH   write what failed as a payload to PATH, to correct and send again;
                          it holds the access key, and only its owner may read it
      --attempts N        how often to try at most (default 4)
      --timeout SECONDS   time limit of one attempt (default 120)
      --lang LANG         language of report and summary: en (default) or fr
      --color WHEN        auto (default: on a terminal, unless NO_COLOR is set), always, never
  -h, --help              print this help

Environment:
  QLOWER_PARTNER, QLOWER_API_KEY   fill the file's header where it is empty or a placeholder
                                   (<…>, ${…}, {{…}}); a header that says something else is refused

Exit code:
  0  every item was loaded
  1  errors found, so that nothing was sent; or the answer tells of failed items
  2  the file cannot be read, or the options cannot be used
  3  not delivered: nothing has happened at Qlower
  4  unknown whether it was delivered; sending it again does no harm
";

pub(crate) struct Options {
    pub(crate) input: Input,
    pub(crate) environment: Environment,
    pub(crate) failed_out: Option<PathBuf>,
    pub(crate) attempts: u32,
    pub(crate) timeout: Duration,
    pub(crate) lang: Lang,
    pub(crate) color: Color,
}

/// Reads the command line; `None` if help is asked for.
pub(crate) fn read() -> Result<Option<Options>, lexopt::Error> {
    let (mut input, mut environment, mut failed_out) = (None, None, None);
    let (mut attempts, mut timeout) = (4, Duration::from_secs(120));
    let (mut lang, mut color, mut confirmed) = (Lang::En, Color::Auto, false);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            // Not by `parse()` of the value: its error repeats the text, which may hold a password.
            Long("env") => environment = Some(environment_of(&parser.value()?.string()?)?),
            Long("yes-production") => confirmed = true,
            Long("failed-out") => failed_out = Some(PathBuf::from(parser.value()?)),
            Long("attempts") => attempts = parser.value()?.parse()?,
            Long("timeout") => timeout = Duration::from_secs(parser.value()?.parse()?),
            Long("lang") => lang = parser.value()?.parse()?,
            Long("color") => color = parser.value()?.parse()?,
            Short('h') | Long("help") => return Ok(None),
            Value(file) if input.is_none() => input = Some(Input::from(file)),
            other => return Err(other.unexpected()),
        }
    }
    let environment = environment.ok_or("no environment was named (--env)")?;
    if is_production(&environment) && !confirmed {
        return Err("production asks for --yes-production: what is loaded there is real, and stays".into());
    }
    let input = input.ok_or("no file was named")?;
    Ok(Some(Options { input, environment, failed_out, attempts, timeout, lang, color }))
}

fn environment_of(name: &str) -> Result<Environment, lexopt::Error> {
    name.parse::<Environment>().map_err(|error| format!("--env: {error}").into())
}

/// By the host, so that its URL in full is no way around the question.
fn is_production(environment: &Environment) -> bool {
    let host = |environment: &Environment| {
        environment.loader_url().host_str().map(|host| host.trim_end_matches('.').to_owned())
    };
    host(environment) == host(&Environment::Production)
}
