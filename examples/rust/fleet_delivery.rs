//! Delivers the pictures of a vehicle to customers' servers, which stand in one file.
//!
//! ```sh
//! export GARAGE_NORD_FTP_PASSWORD=… BOB_FTP_PASSWORD=…
//! cargo run --example fleet_delivery -- --vin VF1AB000123456789 --to garage-nord --to bob fleet.toml front.jpg back.jpg
//! ```
//!
//! `--plan` only tells what the files will be called on each server; nothing is connected. Run it again after a failure: what broke
//! off is completed. A form of the file to begin with is `examples/data/fleet.toml`.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use lexopt::prelude::*;
use qlower_client::ftp::{Fleet, Job, JobResult, Outgoing, Variables};

const HELP: &str = "\
Delivers the pictures of a vehicle to customers' servers.

Usage: fleet_delivery [OPTIONS] --vin VIN FLEET FILE...

Options:
      --vin VIN        the vehicle, for the templates of names
      --to NAME        a destination of the fleet, such as garage-nord/alice; may be repeated (default: all)
      --plan           only tell what the files will be called
      --json           print the summary as JSON
  -h, --help           print this help

Exit code:
  0  everything is there
  1  some of it is not; run it again
  2  the options or the fleet's file cannot be understood, or names cannot be made
";

const DELIVERED: u8 = 0;
const INCOMPLETE: u8 = 1;
const UNUSABLE: u8 = 2;

#[derive(Default)]
struct Options {
    vin: String,
    to: Vec<String>,
    plan: bool,
    json: bool,
    fleet: OsString,
    files: Vec<OsString>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let code = run().await.unwrap_or_else(|problem| {
        let _ = writeln!(io::stderr(), "fleet_delivery: {problem}");
        UNUSABLE
    });
    ExitCode::from(code)
}

async fn run() -> Result<u8, String> {
    let Some(options) = options().map_err(|error| format!("{error}; see fleet_delivery --help"))? else {
        return print(HELP).map(|()| DELIVERED);
    };
    // A variable that is missing on this machine stops the destination that needs it, and no other.
    let fleet = Fleet::open_lenient(&options.fleet).map_err(|error| error.to_string())?;
    let all = options.to.is_empty();
    let unusable = fleet.mistakes().iter().filter(|_| all);
    let left_out = unusable.map(|mistake| writeln!(io::stderr(), "fleet_delivery: left out: {mistake}")).count();
    let to = if all { fleet.names().map(str::to_owned).collect() } else { options.to };
    let files: Vec<_> = options.files.iter().map(Outgoing::file).collect();
    let variables = Variables::from([("vin", &*options.vin)]);
    let jobs: Vec<_> = to.into_iter().map(|name| Job::new(name, files.clone(), variables.clone())).collect();
    if options.plan {
        return plan(&fleet, &jobs);
    }
    let summary = fleet.deliver(jobs).await;
    let json = || serde_json::to_string(&summary).map_err(|error| error.to_string());
    print(if options.json { json()? } else { summary.to_string() }.trim_end().to_owned() + "\n")?;
    Ok(if summary.is_complete() && left_out == 0 { DELIVERED } else { INCOMPLETE })
}

fn plan(fleet: &Fleet, jobs: &[Job]) -> Result<u8, String> {
    let mut code = DELIVERED;
    for job in jobs {
        let name = job.destination();
        print(match fleet.plan(job) {
            Ok(plan) => format!("{name}\n  {}\n", plan.to_string().replace('\n', "\n  ")),
            Err(why) => {
                code = UNUSABLE;
                format!("{name}: {}\n", reason(&why))
            }
        })?;
    }
    Ok(code)
}

/// Whoever reads along, `head` for instance, may have seen enough.
fn print(text: impl AsRef<str>) -> Result<(), String> {
    match io::stdout().write_all(text.as_ref().as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(format!("nothing can be written: {error}")),
        _ => Ok(()),
    }
}

fn reason(why: &JobResult) -> String {
    match why {
        JobResult::Failed(error) => error.to_string(),
        JobResult::NotTried(why) => why.to_string(),
        other => other.as_str().to_owned(),
    }
}

fn options() -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options::default();
    let mut paths = Vec::new();
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("vin") => options.vin = parser.value()?.string()?,
            Long("to") => options.to.push(parser.value()?.string()?),
            Long("plan") => options.plan = true,
            Long("json") => options.json = true,
            Short('h') | Long("help") => return Ok(None),
            Value(path) => paths.push(path),
            _ => return Err(argument.unexpected()),
        }
    }
    let mut paths = paths.into_iter();
    options.fleet = paths.next().ok_or("the fleet's file is missing")?;
    options.files = paths.collect();
    match (options.vin.is_empty(), options.files.is_empty()) {
        (true, _) => Err("--vin is missing".into()),
        (_, true) => Err("no file to deliver".into()),
        _ => Ok(Some(options)),
    }
}
