//! Tools for developers: generated files, fuzzing, memory of the check and of the writer.
//!
//! ```sh
//! cargo run -p xtask -- generate [--check]
//! cargo run -p xtask -- fuzz [--seconds N] [--seed N] [TARGET…]
//! cargo run --release -p xtask -- memory [--megabytes N]
//! cargo run --release -p xtask -- writer [--transactions N]
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

pub mod fuzz;
mod generate;
mod memory;
#[path = "../../qlower-core/benches/support/mod.rs"]
mod sample;
mod writer;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "\
usage: xtask generate [--check]              write the generated files, or compare them
       xtask fuzz [--seconds N] [--seed N] [TARGET…]
                                             random input for N seconds a target (10); targets: check, fleet, ftp_replies,
                                             known_hosts, live_reading, naming, reply, webhook_event, webhook_header, threads
       xtask fuzz --corpus FOLDER            writes the inputs to start from, for libFuzzer
       xtask memory [--megabytes N]          peak memory of the check of a payload of N MB (100)
       xtask writer [--transactions N]       speed and peak memory of writing N transactions (10 000 000)";

/// Runs a command line without the program's name.
pub fn run(args: impl Iterator<Item = String>) -> ExitCode {
    let args: Vec<String> = args.collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["generate"] => generate::write(),
        ["generate", "--check"] => generate::check(),
        ["fuzz", rest @ ..] => fuzz::command(rest),
        ["memory", rest @ ..] => memory::command(rest),
        ["writer", rest @ ..] => writer::command(rest),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The repository's root.
fn root() -> PathBuf {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    own.parent().map(PathBuf::from).unwrap_or(own)
}

/// The number after an option such as `--seconds`.
fn number(option: &str, value: Option<&&str>) -> Result<u64, String> {
    let value = value.ok_or_else(|| format!("{option} needs a number"))?;
    value.parse().map_err(|_| format!("{option} needs a number, not {value}"))
}
