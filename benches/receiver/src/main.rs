//! Signed webhooks over loopback for a receiver that is killed again and again; at the end, each must have had its effect once.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

mod effects;
mod run;
mod senders;
mod serve;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use lexopt::prelude::*;

type AnyError = Box<dyn Error + Send + Sync>;

const USAGE: &str = "receiver-load [--events 50000] [--kills 20] [--connections 64] [--way direct|spool|both] \
    [--folder FOLDER] [--break lost|doubled]";

/// How the receiver does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// While the sender waits, with a store of handled events.
    Direct,
    /// Kept first, handled later.
    Spool,
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Spool => "spool",
        }
    }
}

/// What is wrong on purpose, to see that it is noticed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Broken {
    #[default]
    Nothing,
    /// One event in two hundred is said to be done, and is not.
    Lost,
    /// The handler does not look whether an event was handled.
    Doubled,
}

impl Broken {
    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Lost => "lost",
            Self::Doubled => "doubled",
        }
    }
}

struct Settings {
    events: usize,
    kills: usize,
    connections: usize,
    ways: Vec<Way>,
    broken: Broken,
    folder: Option<PathBuf>,
    serve: bool,
}

fn settings() -> Result<Settings, AnyError> {
    let mut settings = Settings {
        events: 50_000,
        kills: 20,
        connections: 64,
        ways: vec![Way::Direct, Way::Spool],
        broken: Broken::Nothing,
        folder: None,
        serve: false,
    };
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("events") => settings.events = args.value()?.parse()?,
            Long("kills") => settings.kills = args.value()?.parse()?,
            Long("connections") => settings.connections = args.value()?.parse()?,
            Long("folder") => settings.folder = Some(args.value()?.into()),
            Long("way") => {
                settings.ways = match args.value()?.string()?.as_str() {
                    "direct" => vec![Way::Direct],
                    "spool" => vec![Way::Spool],
                    "both" => vec![Way::Direct, Way::Spool],
                    other => return Err(format!("unknown way {other:?}: {USAGE}").into()),
                }
            }
            Long("break") => {
                settings.broken = match args.value()?.string()?.as_str() {
                    "nothing" => Broken::Nothing,
                    "lost" => Broken::Lost,
                    "doubled" => Broken::Doubled,
                    other => return Err(format!("nothing to break in {other:?}: {USAGE}").into()),
                }
            }
            Long("help") => {
                println!("{USAGE}");
                settings.ways.clear();
            }
            // The receiver itself, for the load.
            Value(word) if word == "serve" => settings.serve = true,
            other => return Err(format!("{}: {USAGE}", other.unexpected()).into()),
        }
    }
    Ok(settings)
}

#[tokio::main]
async fn main() -> ExitCode {
    match start().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<bool, AnyError> {
    let settings = settings()?;
    if settings.serve {
        let (Some(folder), [way]) = (&settings.folder, settings.ways.as_slice()) else { return Err(USAGE.into()) };
        return serve::serve(*way, folder, settings.broken).await.map(|()| true);
    }
    let mut sound = true;
    for way in &settings.ways {
        sound &= run::run(*way, &settings).await?;
    }
    Ok(sound)
}
