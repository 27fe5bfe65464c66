//! The power of a solar plant, live: examine its producer as it should be before it is put on a map, and watch it.
//!
//! ```sh
//! cargo run --example live_watch
//! ```
//!
//! It needs no network: the plant is a producer inside this program, whose meter fails for a while. It ends by itself, after some
//! seconds.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use qlower_client::core::Lang;
use qlower_client::live::{
    Access, Auth, LiveFeed, LiveProducer, Producer, Requirement, SourceError, State, Unit, probe,
};
use tokio::net::TcpListener;

/// What the plant gives to those who may read it. It belongs in a secret store, never in a program: this one opens the plant below.
const KEY: &str = "k-solaire-sud";
/// Readings of the meter that fail: from this one, up to that one.
const OUTAGE: std::ops::Range<u32> = 5..7;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads along, `head` for instance, has seen enough.
        Err(error)
            if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) =>
        {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "live_watch: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    let url = plant().await?;

    // A mistake that is easily made: the meter gives `current_power`.
    let report = probe(&url, "power").auth(Auth::api_key(KEY)).allow_http().run().await?;
    if let Some(path) = report.get(Requirement::Path).filter(|path| path.met() == Some(false)) {
        writeln!(out, "Not ready for the map: {}\n", path.detail(Lang::En))?;
    }

    let report = probe(&url, "current_power").unit("kW").auth(Auth::api_key(KEY)).allow_http().run().await?;
    writeln!(out, "{report}")?;
    if !report.is_ok() {
        return Err("the producer is not as it has to be".into());
    }

    let feed = LiveFeed::builder(&url, "current_power")
        .unit(Unit::Kilowatt)
        .show_in(Unit::Megawatt)
        .auth(Auth::api_key(KEY))
        .interval(Duration::from_secs(1))
        .build()?;
    // Any number of visitors look at the map: one poll serves them all.
    let visitors: Vec<_> = (0..100).map(|_| feed.watch()).collect();
    let mut watch = feed.watch();
    writeln!(out, "{} watch.", feed.watchers())?;

    let (mut failed, mut recovered) = (false, false);
    while !recovered {
        let state = watch.next().await;
        writeln!(out, "{}", line(&state))?;
        recovered = failed && state.value().is_some();
        failed |= matches!(state, State::ConnectionError(_));
    }
    drop((watch, visitors));
    writeln!(out, "{} watch: no more polls.", feed.watchers())?;
    Ok(())
}

/// What the map shows, in the visitors' language, and for whoever runs it, why.
fn line(state: &State) -> String {
    match state {
        State::Reading(_) => format!("⚡ {}", state.text(Lang::Fr)),
        State::Stale(_) => state.text(Lang::Fr),
        State::ConnectionError(error) => {
            let last = error.last.as_ref().map(|last| last.text(Lang::Fr)).unwrap_or_default();
            format!("{} [{} ; dernière valeur : {last}]", state.label(Lang::Fr), error.cause.message(Lang::Fr))
        }
    }
}

/// Starts the plant, and tells where it is.
async fn plant() -> Result<String, Box<dyn Error>> {
    let readings = Arc::new(AtomicU32::new(0));
    let meter = move || {
        let reading = readings.fetch_add(1, Ordering::Relaxed);
        async move {
            if OUTAGE.contains(&reading) {
                return Err(SourceError::from("the meter does not answer"));
            }
            Ok(42_500.0 + 250.0 * f64::from(reading))
        }
    };
    let producer = Producer::builder().access(Access::api_key([KEY])).build()?;
    // Each reading of this meter counts; a real one is spared for a second.
    let app = LiveProducer::new(producer, meter).fresh_for(Duration::ZERO).router("/power");
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/power", listener.local_addr()?);
    tokio::spawn(async move { qlower_client::receiver::serve(listener, app, std::future::pending()).await });
    Ok(url)
}
