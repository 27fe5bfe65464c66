//! Deliveries to 400 destinations on a few servers, a tenth of them broken in eight ways: the sound ones must not notice.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its output is what a command-line tool is for")]

mod plan;
mod servers;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use lexopt::prelude::*;
use plan::{Member, PLACES, Plan};
use qlower_client::core::Lang;
use qlower_client::ftp::{Fleet, FleetOptions, FleetSummary, Format, Job, Outgoing, Variables};
use servers::Servers;

type AnyError = Box<dyn Error + Send + Sync>;

const USAGE: &str = "fleet-load [--destinations 400] [--broken 10] [--files 3] [--bytes 98304] [--concurrency 32] \
    [--per-host 8] [--timeout 10] [--summary en|fr] [--break limits|silent|content]";

const VIN: &str = "VF1AAAAA000000001";

/// What is wrong on purpose, to see that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Broken {
    Nothing,
    /// More connections to one host than are announced.
    Limits,
    /// Silent servers keep their places, of which there are few.
    Silent,
    /// One sound destination in fifty gets something else.
    Content,
}

struct Settings {
    destinations: usize,
    share: usize,
    files: usize,
    bytes: usize,
    concurrency: usize,
    per_host: usize,
    timeout: u64,
    /// The language in which the summary of the last run is printed, if it is.
    summary: Option<Lang>,
    broken: Broken,
}

fn settings() -> Result<Option<Settings>, AnyError> {
    let mut settings = Settings {
        destinations: 400,
        share: 10,
        files: 3,
        bytes: 98_304,
        concurrency: 32,
        per_host: 8,
        timeout: 10,
        summary: None,
        broken: Broken::Nothing,
    };
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Long("destinations") => settings.destinations = args.value()?.parse()?,
            Long("broken") => settings.share = args.value()?.parse()?,
            Long("files") => settings.files = args.value()?.parse()?,
            Long("bytes") => settings.bytes = args.value()?.parse()?,
            Long("concurrency") => settings.concurrency = args.value()?.parse()?,
            Long("per-host") => settings.per_host = args.value()?.parse()?,
            Long("timeout") => settings.timeout = args.value()?.parse()?,
            Long("summary") => settings.summary = Some(args.value()?.parse()?),
            Long("break") => {
                settings.broken = match args.value()?.string()?.as_str() {
                    "limits" => Broken::Limits,
                    "silent" => Broken::Silent,
                    "content" => Broken::Content,
                    other => return Err(format!("nothing to break in {other:?}: {USAGE}").into()),
                }
            }
            Long("help") => {
                println!("{USAGE}");
                return Ok(None);
            }
            other => return Err(format!("{}: {USAGE}", other.unexpected()).into()),
        }
    }
    if settings.share > 100 {
        return Err(format!("--broken is a percentage: {USAGE}").into());
    }
    Ok(Some(settings))
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

/// What came of a run.
struct Ran {
    summary: FleetSummary,
    /// When the last sound destination was done.
    sound: Duration,
}

async fn start() -> Result<bool, AnyError> {
    let Some(settings) = settings()? else { return Ok(true) };
    let servers = Servers::read()?;
    let plan = plan::plan(&servers, settings.destinations, settings.share).await?;
    let contents: Vec<Bytes> = (0..settings.files).map(|n| content(n, settings.bytes)).collect();
    let sound = || plan.members.iter().filter(|member| member.root.is_some());

    let alone = run(&settings, &contents, sound(), "alone").await?;
    let memory_before = memory();
    let all = run(&settings, &contents, plan.members.iter(), "all").await?;

    let mut faults: Vec<String> = Vec::new();
    for member in sound() {
        for directory in ["alone", "all"] {
            if let Some(fault) = missing(member, directory, &contents)? {
                faults.push(fault);
            }
        }
    }
    let failed = all.summary.broken().count();
    let expected = plan.members.len() - sound().count();
    if failed != expected || all.summary.broken().any(|outcome| outcome.name.starts_with("sound")) {
        faults.push(format!("{failed} destinations are incomplete, and {expected} are broken:\n{}", all.summary));
    }
    tell(&settings, &plan, &alone, &all, memory_before);
    if let Some(lang) = settings.summary {
        print!("{}", all.summary.text(lang));
    }
    let seen = servers.seen()?;
    for place in PLACES.iter().filter_map(|place| Some((*place, seen.get(*place)?))) {
        println!("  {:<28} {:>4} at once at most, {} in all", place.0, place.1.peak, place.1.total);
        // A server counts a connection that was broken off until it has noticed.
        if place.1.peak > settings.per_host + 1 {
            faults.push(format!(
                "{} saw {} connections at once, allowed are {}",
                place.0, place.1.peak, settings.per_host
            ));
        }
    }
    // Twice the time, and a second for the machine's moods: far below the time limit, for which one who waits for a silent server
    // waits at least.
    let bound = alone.sound * 2 + Duration::from_secs(1);
    if all.sound > bound {
        faults.push(format!(
            "the sound ones took {:.1} s, and {:.1} s alone",
            all.sound.as_secs_f64(),
            alone.sound.as_secs_f64()
        ));
    }
    for fault in &faults {
        println!("NOT SOUND: {fault}");
    }
    drop(plan);
    Ok(faults.is_empty())
}

fn tell(settings: &Settings, plan: &Plan, alone: &Ran, all: &Ran, memory_before: Option<u64>) {
    let sound = plan.members.iter().filter(|member| member.root.is_some()).count();
    let rate = |ran: &Ran| sound as f64 / ran.sound.as_secs_f64();
    println!(
        "{} destinations, {} files of {} bytes each; {} at work at once, {} a host",
        plan.members.len(),
        settings.files,
        settings.bytes,
        settings.concurrency,
        settings.per_host,
    );
    for (way, times) in &plan.ways {
        println!("  {times} x {way}");
    }
    println!("sound ones alone:      {:>6.2} s, {:.0} destinations/s", alone.sound.as_secs_f64(), rate(alone));
    println!("sound ones among all:  {:>6.2} s, {:.0} destinations/s", all.sound.as_secs_f64(), rate(all));
    println!("all to the end:        {:>6.2} s", all.summary.duration().as_secs_f64());
    println!(
        "connections at once:   {:>4} at most; held by black holes: {}",
        all.summary.most_connections(),
        plan.held.holes.len()
    );
    match (memory_before, memory()) {
        (Some(before), Some(after)) => {
            println!("memory at most:        {after} KiB ({before} KiB before the broken ones came)")
        }
        _ => println!("memory at most:        not known on this system"),
    }
}

async fn run<'m>(
    settings: &Settings,
    contents: &[Bytes],
    members: impl Iterator<Item = &'m Member> + Clone,
    directory: &str,
) -> Result<Ran, AnyError> {
    let fleet = Fleet::parse(&plan::file(members.clone(), directory, settings.timeout), Format::Toml)?;
    let jobs = members.enumerate().map(|(n, member)| {
        let other = settings.broken == Broken::Content && n % 50 == 7;
        let file = |content: &Bytes| {
            Outgoing::bytes("image.jpg", if other { Bytes::from_static(b"other") } else { content.clone() })
        };
        // Broken ones share accounts: what one has begun, another would complete.
        let vin = if member.root.is_some() { VIN } else { &member.name };
        let more = member.too_much.map(|size| Outgoing::bytes("large.jpg", vec![0; size]));
        Job::new(&member.name, contents.iter().map(file).chain(more).collect(), Variables::from([("vin", vin)]))
    });
    let last = Arc::new(Mutex::new(None));
    let (noted, began) = (Arc::clone(&last), Instant::now());
    let options = FleetOptions::default().per_host(settings.per_host).concurrency(settings.concurrency);
    let options = match settings.broken {
        Broken::Limits => options.per_host(settings.per_host * 4),
        Broken::Silent => options.concurrency(1).silent(0),
        Broken::Nothing | Broken::Content => options,
    };
    let options = options.progress(move |progress| {
        if progress.destination.starts_with("sound")
            && let Ok(mut last) = noted.lock()
        {
            *last = Some(began.elapsed());
        }
    });
    let summary = fleet.deliver_with(jobs.collect(), &options).await;
    let sound = last.lock().ok().and_then(|last| *last).ok_or("there is no sound destination")?;
    Ok(Ran { summary, sound })
}

fn content(n: usize, size: usize) -> Bytes {
    (0..size).map(|at| (at.wrapping_mul(31).wrapping_add(at >> 8).wrapping_add(n)) as u8).collect::<Vec<u8>>().into()
}

/// What is not as it should be in a sound account.
fn missing(member: &Member, directory: &str, contents: &[Bytes]) -> Result<Option<String>, AnyError> {
    let Some(root) = &member.root else { return Ok(None) };
    let folder = root.join(directory);
    for (n, content) in contents.iter().enumerate() {
        let path = folder.join(format!("{}_{:02}.jpg", VIN.to_lowercase(), n + 1));
        match std::fs::read(&path) {
            Ok(found) if found == **content => {}
            Ok(_) => return Ok(Some(format!("{}: other content in {directory}", member.name))),
            Err(error) => return Ok(Some(format!("{}: {directory}: {error}", member.name))),
        }
    }
    let there = entries(&folder)?;
    Ok((there != contents.len()).then(|| format!("{}: {there} files in {directory}", member.name)))
}

fn entries(folder: &Path) -> Result<usize, AnyError> {
    Ok(std::fs::read_dir(folder)?.count())
}

/// The most memory that the process ever had, in KiB.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
