//! Random input for the checker, for the parsers of replies, webhooks and live readings, for names of files, and for what a delivery
//! reads: fleets, replies of FTP servers, known hosts.
//!
//! The loop here needs nothing but the stable toolchain. The targets are shared with libFuzzer, see `fuzz/` at the
//! repository's root. Everything follows from the seed, so a failure can be had again.

mod corpus;
mod event;
mod fleet;
mod ftp_replies;
mod known_hosts;
mod live_reading;
mod mutate;
mod naming;
mod parallel;
mod payload;
mod reply;
mod webhook_header;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::sample::Chance;
use crate::{number, root};
use corpus::Corpus;

pub use event::event;
pub use fleet::fleet;
pub use ftp_replies::ftp_replies;
pub use known_hosts::known_hosts;
pub use live_reading::live_reading;
pub use naming::naming;
pub use parallel::parallel;
pub use payload::payload;
pub use reply::reply;
pub use webhook_header::webhook_header;

/// A property that has to hold for every input; the error says which one does not.
pub type Target = fn(&[u8]) -> Result<(), String>;

/// Name, function, and whether it wants payloads of many megabytes.
const TARGETS: [(&str, Target, bool); 10] = [
    ("check", payload, false),
    ("fleet", fleet, false),
    ("ftp_replies", ftp_replies, false),
    ("known_hosts", known_hosts, false),
    ("live_reading", live_reading, false),
    ("naming", naming, false),
    ("reply", reply, false),
    ("webhook_event", event, false),
    ("webhook_header", webhook_header, false),
    ("threads", parallel, true),
];

/// Longer inputs are cut: they cost time and show nothing new.
const LONGEST: usize = 1 << 16;

pub(crate) fn command(args: &[&str]) -> Result<(), String> {
    let (mut seconds, mut seed, mut wanted) = (10, 1, Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match *arg {
            "--seconds" => seconds = number(arg, args.next())?,
            "--seed" => seed = number(arg, args.next())?,
            "--corpus" => return write_corpus(Path::new(args.next().ok_or("--corpus needs a folder")?)),
            name => match TARGETS.iter().find(|target| target.0 == name) {
                Some(target) => wanted.push(target),
                None => return Err(format!("no target is called {name}")),
            },
        }
    }
    if wanted.is_empty() {
        wanted = TARGETS.iter().collect();
    }
    for (name, target, large) in wanted {
        fuzz(name, *target, *large, Duration::from_secs(seconds), seed)?;
    }
    Ok(())
}

/// Writes the seeds of the small targets, a folder each.
fn write_corpus(folder: &Path) -> Result<(), String> {
    for (name, _, large) in TARGETS {
        if large {
            continue;
        }
        let (folder, corpus) = (folder.join(name), Corpus::new(name)?);
        let write = |input: &Vec<u8>| fs::write(folder.join(format!("{:016x}", fingerprint(input))), input);
        fs::create_dir_all(&folder)
            .and_then(|()| corpus.inputs.iter().try_for_each(write))
            .map_err(|error| error.to_string())?;
        println!("{}: {} inputs", folder.display(), corpus.inputs.len());
    }
    Ok(())
}

fn fuzz(name: &str, target: Target, large: bool, time: Duration, seed: u64) -> Result<(), String> {
    let mut chance = Chance::new(seed);
    let corpus = if large { Corpus::large() } else { Corpus::new(name)? };
    let start = Instant::now();
    for input in &corpus.inputs {
        run(name, target, input)?;
    }
    let (mut executions, mut bytes) = (corpus.inputs.len() as u64, 0_u64);
    while start.elapsed() < time {
        let mut input = corpus.pick(&mut chance).to_vec();
        for _ in 0..=chance.below(4) {
            mutate::mutate(&mut input, &corpus, &mut chance);
        }
        if !large {
            input.truncate(LONGEST);
        }
        run(name, target, &input)?;
        executions += 1;
        bytes += input.len() as u64;
    }
    println!(
        "{name}: {executions} inputs ({} of them seeds), {} MB in {:.1} s, seed {seed}: nothing found",
        corpus.inputs.len(),
        bytes / 1_000_000,
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Runs a target once. A failing input is saved and shown.
fn run(name: &str, target: Target, input: &[u8]) -> Result<(), String> {
    let problem = match catch_unwind(AssertUnwindSafe(|| target(input))) {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(problem)) => problem,
        Err(_) => "it panicked".to_owned(),
    };
    let folder = root().join("target/fuzz-failures");
    let file = folder.join(format!("{name}-{:016x}", fingerprint(input)));
    let saved = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, input));
    let place = saved.map_or_else(|error| format!("not saved: {error}"), |()| format!("saved as {}", file.display()));
    let shown = input.get(..4000).unwrap_or(input);
    Err(format!("{name}: {problem}\ninput of {} bytes, {place}:\n{}", input.len(), shown.escape_ascii()))
}

/// FNV-1a, to name a file by its content.
fn fingerprint(input: &[u8]) -> u64 {
    input.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3))
}
