//! Gives out the power of a plant as live readings: the value that a control system writes into a file.
//!
//! ```sh
//! QLOWER_LIVE_KEY=… cargo run --example live_producer -- --file power.txt --unit MW --listen 127.0.0.1:8090
//! ```
//!
//! The file holds one number, such as `42.5`. The moment at which it was written is that of the value: a file that nobody has written for
//! a minute has none, and its readers show a connection error rather than an old value. Put it behind a proxy that ends TLS. `--help`
//! has the options and exit codes.

#[path = "live_producer/meter.rs"]
mod meter;
#[path = "live_producer/options.rs"]
mod options;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use qlower_client::live::{Access, AccessKind, KEY_HEADER, LiveProducer, Producer, SourceError};
use qlower_client::receiver::serve;
use tokio::net::TcpListener;

use options::Options;

const UNUSABLE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let ended = match options::read() {
        Ok(Some(options)) => run(options).await,
        Ok(None) => {
            say(options::HELP.trim_end());
            Ok(())
        }
        Err(error) => Err(format!("{error}; see live_producer --help").into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(io::stderr(), "live_producer: {problem}");
            ExitCode::from(UNUSABLE)
        }
    }
}

/// Until it is killed.
async fn run(options: Options) -> Result<(), SourceError> {
    // Why there is no value, and who was refused.
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(tracing::Level::WARN).with_ansi(false).init();
    let mut producer = Producer::builder().form(options.form).unit(options.unit.clone());
    for origin in &options.origins {
        producer = producer.origin(origin);
    }
    let access = match options.key {
        Some(key) => {
            producer = producer.access(Access::api_key([key]));
            AccessKind::ApiKey
        }
        None => AccessKind::None,
    };
    let file = options.file;
    let live = LiveProducer::new(producer.build()?, move || {
        let file = file.clone();
        // A file system may make its reader wait.
        async move { tokio::task::spawn_blocking(move || meter::read(&file)).await? }
    });
    let app = Router::new().route("/health", get(|| async { "ok" })).merge(live.router("/power"));
    let listener = TcpListener::bind(options.listen).await.map_err(|error| format!("{}: {error}", options.listen))?;
    say(format_args!("listening on http://{}/power", listener.local_addr()?));
    let key = if access == AccessKind::None { "none".to_owned() } else { format!("key in {KEY_HEADER}") };
    say(format_args!("path to the value: {}, unit: {}, authentication: {key}", options.form.path(), options.unit));
    serve(listener, app, std::future::pending()).await;
    Ok(())
}

/// Writes a line. Nothing depends on whether anybody reads it.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
