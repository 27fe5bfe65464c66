//! From an agency's CSV files to Qlower: read, check, send, upload, and see what became of every item.
//!
//! ```sh
//! cargo run --example quickstart
//! ```
//!
//! It needs no account and no network: the Qlower that it sends to is a sandbox inside this program. The files are in
//! `examples/data`; the modules in `agency/` beside this file make models of their rows, and are meant to be copied.

mod agency;

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, FixedOffset, Utc};
use qlower_client::prelude::*;
use qlower_client::sandbox::{Fault, Sandbox};
use qlower_client::{ModelName, Report};

use agency::Export;

/// What Qlower gives each partner. The key belongs in a secret store, never in a program: this one opens the sandbox alone.
const PARTNER: &str = Sandbox::DEFAULT_PARTNER;
const API_KEY: &str = Sandbox::DEFAULT_API_KEY;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let stdout = io::stdout();
    let mut show = Show { colors: stdout.is_terminal() && no_color_unset(), out: stdout.lock() };
    match run(&mut show).await {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads along, `head` for instance, has seen enough.
        Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(show: &mut Show<impl Write>) -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let good = Export::in_folder(&folder);
    let broken = Export {
        lots: folder.join("broken").join("lots.csv"),
        ecritures: folder.join("broken").join("ecritures.csv"),
        ..good.clone()
    };

    show.line(format_args!("The books of a letting agency, from CSV files to Qlower."))?;

    show.heading("1. Check books with mistakes", "lots.csv and ecritures.csv from examples/data/broken")?;
    let inspection = payload(&broken)?.check();
    show.report(inspection.report())?;

    show.heading("2. Try to send them", "a client takes what has passed the check, and nothing else")?;
    match inspection.into_result() {
        Err(refusal) => show.line(format_args!("Refused, nothing has left: {refusal}"))?,
        Ok(_) => return Err("the mistakes in examples/data/broken were not found".into()),
    }

    show.heading("3. Check the right books", "examples/data; a warning does not prevent sending")?;
    let checked = payload(&good)?.check().into_result()?;
    show.report(checked.report())?;

    show.heading("4. Send them by REST", "to a sandbox inside this program")?;
    let sandbox = Sandbox::start().await?;
    let client = Client::builder(sandbox.environment()).build()?;
    let receipt = client.send(&checked).await?;
    show.receipt(&receipt)?;
    show.stock(&sandbox)?;

    show.heading("5. Send them again", "and lose the connection before the answer comes: the client tries once more")?;
    sandbox.fail_next(Fault::ResetAfterProcessing);
    let receipt = client.send(&checked).await?;
    show.receipt(&receipt)?;
    show.stock(&sandbox)?;

    show.heading(
        "6. Upload them by S3",
        "the way of nightly batches; Qlower loads what arrives, and moves it when it is done",
    )?;
    let client = Client::builder(sandbox.environment())
        .s3_endpoint(sandbox.s3_endpoint())
        .access_key_id(Sandbox::DEFAULT_ACCESS_KEY_ID)
        .secret_access_key(Sandbox::DEFAULT_SECRET_ACCESS_KEY)
        .build()?;
    let receipt = client.upload(&checked).await?;
    show.line(format_args!("bucket     {}", receipt.bucket()))?;
    show.line(format_args!("key        {}", receipt.key()))?;
    show.line(format_args!("certainty  {}", receipt.certainty()))?;
    let status = client.wait_for(&receipt, Duration::from_secs(60)).await?;
    show.line(format_args!("outcome    {status}"))?;
    show.stock(&sandbox)?;

    let (loads, items) = (sandbox.loads(), sandbox.loaded(PARTNER).len());
    show.line(format_args!(
        "\n{loads} loads were treated, and there are still {items} items: what exists is not created again."
    ))?;
    show.line(format_args!("Next, with a file of your own: cargo run --example check_file -- --help"))?;
    sandbox.stop().await;
    Ok(())
}

/// Puts a header before the books.
fn payload(export: &Export) -> Result<Payload, Box<dyn Error>> {
    let books = export.read()?;
    let payload = Payload::builder()
        .partner(PARTNER)
        .api_key(API_KEY)
        .created_at(now())
        .declarants(books.declarants)
        .properties(books.properties)
        .transactions(books.transactions)
        .documents(books.documents)
        .build()?;
    Ok(payload)
}

fn now() -> DateTime<FixedOffset> {
    DateTime::<Utc>::from(SystemTime::now()).fixed_offset()
}

/// The terminal.
struct Show<W> {
    colors: bool,
    out: W,
}

impl<W: Write> Show<W> {
    fn heading(&mut self, title: &str, note: &str) -> io::Result<()> {
        let (bold, dim, end) = if self.colors { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        writeln!(self.out, "\n{bold}{title}{end} {dim}({note}){end}\n")
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    fn report(&mut self, report: &Report) -> io::Result<()> {
        write!(self.out, "{}", report.render().colors(self.colors).finish())
    }

    /// What became of the items, and how it is known.
    fn receipt(&mut self, receipt: &Receipt) -> io::Result<()> {
        writeln!(self.out, "{}\n", receipt.reply())?;
        writeln!(self.out, "certainty  {}", receipt.certainty())?;
        let earlier = receipt.earlier_attempt_may_have_been_processed();
        let note = if earlier { ", and an earlier one may have been processed too" } else { "" };
        writeln!(self.out, "attempts   {}{note}", receipt.attempts())?;
        writeln!(self.out, "duration   {:.2} s", receipt.duration().as_secs_f64())?;
        writeln!(self.out, "sha-256    {}", receipt.payload_sha256())
    }

    /// What is in the sandbox by now; Qlower itself cannot be asked.
    fn stock(&mut self, sandbox: &Sandbox) -> io::Result<()> {
        let loaded = sandbox.loaded(PARTNER);
        let models = [
            ModelName::Declarant,
            ModelName::Associate,
            ModelName::Property,
            ModelName::Transaction,
            ModelName::Document,
        ];
        let counts = models.map(|model| format!("{} {model}", loaded.count(model)));
        writeln!(self.out, "sandbox    {}", counts.join(", "))
    }
}

fn no_color_unset() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
