//! A night's transactions to Qlower's bucket: as many as you like, in constant memory, and finished by the next run if this one is
//! cut off.
//!
//! ```sh
//! cargo run --release --example nightly_batch
//! cargo run --release --example nightly_batch -- --transactions 10000000 --folder nightly
//! ```
//!
//! Without `--env` it uploads to a sandbox inside this program. The transactions are made up; a real program reads them from its
//! database where `data.rs` makes them.

#[path = "nightly_batch/data.rs"]
mod data;
#[path = "nightly_batch/options.rs"]
mod options;

use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use qlower_client::sandbox::Sandbox;
use qlower_client::writer::{PayloadWriter, PayloadWriterBuilder};
use qlower_client::{Batch, Certainty, Client, Object, Receipt, S3Sink};

use data::Night;
use options::{HELP, Options};

#[tokio::main]
async fn main() -> ExitCode {
    let options = match options::read() {
        Ok(Some(options)) => options,
        Ok(None) => {
            let _ = io::stdout().write_all(HELP.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "nightly_batch: {error}\nTry --help.");
            return ExitCode::from(2);
        }
    };
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut message = format!("nightly_batch: {error}");
            let mut next = error.source();
            while let Some(cause) = next {
                message.push_str(&format!("\n  because: {cause}"));
                next = cause.source();
            }
            let _ = writeln!(io::stderr(), "{message}\nRun it again: what is in the bucket is not uploaded twice.");
            let unknown = error
                .downcast_ref::<qlower_client::Error>()
                .is_some_and(|error| error.certainty() == Certainty::Unknown);
            ExitCode::from(if unknown { 4 } else { 3 })
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    // Dropped at the end, so that it lives as long as the uploads.
    let mut sandbox = None;
    let client = match &options.environment {
        Some(environment) => Client::builder(environment.clone()).env()?.build()?,
        None => {
            let sandbox = sandbox.insert(Sandbox::start().await?);
            Client::builder(sandbox.environment())
                .s3_endpoint(sandbox.s3_endpoint())
                .access_key_id(Sandbox::DEFAULT_ACCESS_KEY_ID)
                .secret_access_key(Sandbox::DEFAULT_SECRET_ACCESS_KEY)
                .build()?
        }
    };
    let start = Instant::now();
    let receipts = match &options.folder {
        Some(folder) => by_folder(options, &client, &folder.join(options.day.to_string())).await?,
        None => directly(options, &client).await?,
    };
    let mut out = io::stdout().lock();
    for receipt in &receipts {
        show(&mut out, receipt)?;
    }
    if receipts.is_empty() {
        writeln!(out, "An earlier run has uploaded everything.")?;
    }
    let bytes: u64 = receipts.iter().map(Receipt::size).sum();
    let seconds = start.elapsed().as_secs_f64();
    writeln!(out, "{} files, {bytes} bytes, {seconds:.1} s", receipts.len())?;
    if let Some(timeout) = options.wait {
        for receipt in &receipts {
            let status = client.wait_for(receipt, timeout).await?;
            writeln!(out, "{}: {status}", receipt.key())?;
        }
    }
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    Ok(())
}

/// Each file goes to the bucket as soon as it is full.
async fn directly(options: &Options, client: &Client) -> Result<Vec<Receipt<Object>>, Box<dyn Error>> {
    let bar = bar(options.items());
    let sent = Arc::new(AtomicU64::new(0));
    let (files, before) = (bar.clone(), Arc::clone(&sent));
    let sink = S3Sink::from(client).resume().on_file(move |receipt| {
        let sent = before.fetch_add(receipt.size(), Ordering::Relaxed) + receipt.size();
        files.set_message(format!("{} MB uploaded", sent / 1_000_000));
    });
    let mut writer = writer(options).s3(sink)?;
    fill(&mut writer, options, &bar).await?;
    let index = writer.index_bytes();
    let written = writer.finish().await?;
    bar.finish_and_clear();
    writeln!(io::stderr(), "{} bytes remembered of {} items", index, options.items())?;
    Ok(written.receipts)
}

/// All files are on the disk before the first one leaves. A run that is cut off leaves nothing that counts, or a batch to go on with.
async fn by_folder(options: &Options, client: &Client, folder: &Path) -> Result<Vec<Receipt<Object>>, Box<dyn Error>> {
    let mut batch = match Batch::open(folder).await {
        Ok(batch) => batch,
        Err(error) if error.is_unfinished_batch() => {
            let bar = bar(options.items());
            let mut writer = writer(options).folder(folder).await?;
            fill(&mut writer, options, &bar).await?;
            let batch = writer.finish().await?.output;
            bar.finish_and_clear();
            batch
        }
        Err(error) => return Err(error.into()),
    };
    let bytes: u64 = batch.pending().map(|file| file.size()).sum();
    let bar = bar(bytes);
    let ends: Vec<u64> = batch
        .pending()
        .scan(0, |sum, file| {
            let before = *sum;
            *sum += file.size();
            Some(before)
        })
        .collect();
    let tell = |file: usize, seen: qlower_client::UploadProgress| {
        bar.set_position(ends.get(file).copied().unwrap_or(0) + seen.done());
    };
    let receipts = client.upload_batch_with(&mut batch, tell).await?;
    bar.finish_and_clear();
    Ok(receipts)
}

fn writer(options: &Options) -> PayloadWriterBuilder {
    // The same time in every run of the same night: so the files are the same, and so are their keys.
    let builder =
        PayloadWriter::builder(&*options.partner, options.api_key.clone(), format!("{}T02:00:00+01:00", options.day));
    builder.max_bytes(options.max_bytes)
}

async fn fill<S: qlower_client::writer::Sink>(
    writer: &mut PayloadWriter<S>,
    options: &Options,
    bar: &ProgressBar,
) -> Result<(), Box<dyn Error>> {
    let night = Night { day: options.day, properties: options.properties };
    for property in night.properties() {
        writer.push(&property?).await?;
        bar.inc(1);
    }
    for transaction in night.transactions(options.transactions) {
        writer.push(&transaction?).await?;
        bar.inc(1);
    }
    Ok(())
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {percent:>3}% {eta:>4} left {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn show(out: &mut impl Write, receipt: &Receipt<Object>) -> io::Result<()> {
    let note = if receipt.already_there() { ", was there already" } else { "" };
    writeln!(out, "{}  {:>10} bytes, {}{note}", receipt.key(), receipt.size(), receipt.certainty())
}
