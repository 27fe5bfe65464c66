//! One run: a receiver, its end at any moment, and what is there when all is done.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::effects::Effects;
use crate::senders::{Load, Sent, send};
use crate::{AnyError, Broken, Settings, Way, serve};

/// How long the workers may need for what waits when all is delivered.
const DRAIN: Duration = Duration::from_secs(120);

pub(crate) async fn run(way: Way, settings: &Settings) -> Result<bool, AnyError> {
    let folder = match &settings.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let (events, kills) = (settings.events, settings.kills);
    let load = Arc::new(Load {
        events: with_duplicates(events),
        next: AtomicUsize::new(0),
        delivered: AtomicUsize::new(0),
        port: AtomicU16::new(0),
    });
    let mut receiver = start(way, folder.path(), settings.broken, &load).await?;

    let begin = Instant::now();
    let sending = tokio::spawn({
        let (load, connections) = (Arc::clone(&load), settings.connections);
        async move { send(&load, connections).await }
    });
    for kill in 1..=kills {
        // Anywhere in its share of the load.
        let share = load.events.len() / (kills + 1);
        let moment = share * kill + fastrand::usize(0..=share / 2);
        while load.delivered.load(Ordering::Relaxed) < moment && !sending.is_finished() {
            sleep(Duration::from_millis(1)).await;
        }
        if sending.is_finished() {
            return Err("all was sent before the last kill".into());
        }
        receiver.start_kill()?;
        let status = receiver.wait().await?;
        load.port.store(0, Ordering::Release);
        if !was_killed(status) {
            return Err(format!("the receiver ended by itself: {status}").into());
        }
        receiver = start(way, folder.path(), settings.broken, &load).await?;
    }
    let sent = sending.await??;
    let answered = begin.elapsed();
    let left = if way == Way::Spool { drain(folder.path()).await? } else { 0 };
    let handled = begin.elapsed();
    receiver.start_kill()?;
    receiver.wait().await?;

    let found = Effects::open(folder.path(), settings.broken)?.look(events)?;
    let lost = events - found.events;
    let sound = lost + found.doubled + found.unknown + sent.given_up + left == 0;
    tell(way, settings, &load, &sent, answered, handled);
    println!(
        "  {} events had an effect, {lost} lost, {} doubled, {} unknown; {left} left in the spool; {} handler runs: {}",
        found.events,
        found.doubled,
        found.unknown,
        found.runs,
        if sound { "sound" } else { "NOT SOUND" },
    );
    Ok(sound)
}

/// One in ten comes twice: most soon after, or while the first is under way.
fn with_duplicates(events: usize) -> Vec<usize> {
    let mut all: Vec<usize> = Vec::with_capacity(events + events / 10);
    for number in 0..events {
        all.push(number);
        if number % 10 == 9 {
            let back = if fastrand::bool() { fastrand::usize(0..10) } else { fastrand::usize(0..=number) };
            all.push(number.saturating_sub(back));
        }
    }
    all
}

async fn start(way: Way, folder: &Path, broken: Broken, load: &Load) -> Result<Child, AnyError> {
    let mut receiver = Command::new(std::env::current_exe()?)
        .args(["serve", "--way", way.name(), "--break", broken.name(), "--folder"])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let stdout = receiver.stdout.take().ok_or("no output")?;
    let mut line = String::new();
    timeout(Duration::from_secs(30), BufReader::new(stdout).read_line(&mut line)).await??;
    let port = line.trim().parse().map_err(|_| "the receiver did not start")?;
    load.port.store(port, Ordering::Release);
    Ok(receiver)
}

#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

#[cfg(not(unix))]
fn was_killed(status: ExitStatus) -> bool {
    !status.success()
}

/// Waits until the workers have nothing to do; tells what is left all the same.
async fn drain(folder: &Path) -> Result<usize, AnyError> {
    let spool = serve::spool(folder).accept_only().await?;
    let begin = Instant::now();
    loop {
        let counts = spool.counts().await?;
        if counts.waiting + counts.running == 0 || begin.elapsed() > DRAIN {
            return Ok(usize::try_from(counts.waiting + counts.running + counts.dead)?);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

fn tell(way: Way, settings: &Settings, load: &Load, sent: &Sent, answered: Duration, handled: Duration) {
    let rate = |time: Duration| load.events.len() as f64 / time.as_secs_f64();
    let milliseconds = |part: f64| {
        let index = (sent.answers.len() as f64 * part) as usize;
        let index = index.min(sent.answers.len().saturating_sub(1));
        sent.answers.get(index).copied().unwrap_or_default() as f64 / 1_000.0
    };
    println!(
        "{}: {} events, {} sent, {} connections, {} kills",
        way.name(),
        settings.events,
        load.events.len(),
        settings.connections,
        settings.kills
    );
    println!(
        "  answered {:.0}/s in {:.1} s; handled {:.0}/s in {:.1} s; answer p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
        rate(answered),
        answered.as_secs_f64(),
        rate(handled),
        handled.as_secs_f64(),
        milliseconds(0.5),
        milliseconds(0.99),
        milliseconds(1.0),
    );
    println!(
        "  not delivered at once: {} broken off, {} answered 500, {} answered 503; {} given up",
        sent.broken_off, sent.failed, sent.busy, sent.given_up
    );
}
