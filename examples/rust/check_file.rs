//! Checks a file that holds a loader payload, and sends nothing.
//!
//! ```sh
//! cargo run --example check_file -- payload.json
//! cargo run --example check_file -- --lang fr --strict payload.json
//! produce-payload | cargo run --example check_file -- --json - > report.json
//! ```
//!
//! It shows every mistake with its line in the file, or gives the report as JSON, and its exit code tells scripts whether the
//! file may be sent. `--help` has the options. Large files go through at once: use `--release` for those.

mod cli;

use std::process::ExitCode;

use cli::{Color, Input};
use lexopt::prelude::*;
use qlower_client::{Lang, Strictness, check_options, core};

const HELP: &str = "\
Checks a Qlower loader payload, and sends nothing.

Usage: check_file [OPTIONS] FILE
       check_file [OPTIONS] -         (reads standard input)

Options:
      --json         print the report as JSON, in one line
      --lang LANG    language of the report: en (default) or fr; the JSON has both
      --strict       take warnings for errors
      --color WHEN   auto (default: on a terminal, unless NO_COLOR is set), always, never
  -h, --help         print this help

Exit code:
  0  no errors
  1  errors found
  2  the file cannot be read, or the options cannot be understood
";

const VALID: u8 = 0;
const ERRORS: u8 = 1;
const UNUSABLE: u8 = 2;

struct Options {
    input: Input,
    json: bool,
    lang: Lang,
    strictness: Strictness,
    color: Color,
}

fn main() -> ExitCode {
    let code = run().unwrap_or_else(|problem| {
        cli::complain("check_file", problem);
        UNUSABLE
    });
    ExitCode::from(code)
}

fn run() -> Result<u8, String> {
    let Some(options) = options().map_err(|error| format!("{error}; see check_file --help"))? else {
        return cli::print(HELP).map(|()| VALID);
    };
    let text = options.input.read()?;
    let report = core::check(&text, &check_options().strictness(options.strictness));
    if options.json {
        cli::print(report.to_json() + "\n")?;
    } else {
        let name = options.input.to_string();
        let render = report.render().source(&name, &text).lang(options.lang).colors(options.color.on_stdout());
        cli::print(render.finish())?;
    }
    Ok(if report.is_valid() { VALID } else { ERRORS })
}

/// Reads the command line; `None` if help is asked for.
fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut input = None;
    let (mut json, mut lang, mut strictness, mut color) = (false, Lang::En, Strictness::Normal, Color::Auto);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("json") => json = true,
            Long("lang") => lang = parser.value()?.parse()?,
            Long("strict") => strictness = Strictness::Strict,
            Long("color") => color = parser.value()?.parse()?,
            Short('h') | Long("help") => return Ok(None),
            Value(file) if input.is_none() => input = Some(Input::from(file)),
            other => return Err(other.unexpected()),
        }
    }
    let input = input.ok_or("no file was named")?;
    Ok(Some(Options { input, json, lang, strictness, color }))
}
