//! Checks a file that holds a loader payload, sends it by REST, and tells what became of it.
//!
//! ```sh
//! cargo run --example send_file -- --env staging payload.json
//! QLOWER_PARTNER=acme QLOWER_API_KEY=… cargo run --example send_file -- --env staging payload.json
//! cargo run --example send_file -- --env prod --yes-production --failed-out failed.json payload.json
//! ```
//!
//! What was checked is what is sent: the bytes of the file. The partner and the access key stand in its header. A header that
//! leaves them open, empty or as a placeholder such as `${QLOWER_API_KEY}`, has them filled from the environment, which keeps the
//! key out of the file. A header that names others than the environment is refused. `--help` has the options and exit codes.

mod cli;
#[path = "send_file/credentials.rs"]
mod credentials;
#[path = "send_file/options.rs"]
mod options;

use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use qlower_client::{Certainty, Client, Payload, Receipt, RetryPolicy};
use tempfile::NamedTempFile;

use credentials::Credentials;
use options::Options;

const ALL_LOADED: u8 = 0;
const FOUND: u8 = 1;
const UNUSABLE: u8 = 2;
const NOT_DELIVERED: u8 = 3;
const PERHAPS_DELIVERED: u8 = 4;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let code = match options::read() {
        Ok(Some(options)) => run(&options).await,
        Ok(None) => cli::print(options::HELP).map(|()| ALL_LOADED).map_err(Failure::unusable),
        Err(error) => Err(Failure::unusable(format!("{error}; see send_file --help"))),
    };
    ExitCode::from(code.unwrap_or_else(|failure| {
        cli::complain("send_file", failure.problem);
        failure.code
    }))
}

/// Why nothing is known of the items.
struct Failure {
    code: u8,
    problem: String,
}

impl Failure {
    fn unusable(problem: String) -> Self {
        Self { code: UNUSABLE, problem }
    }
}

impl From<qlower_client::Error> for Failure {
    fn from(error: qlower_client::Error) -> Self {
        let (code, consequence) = match error.certainty() {
            _ if error.is_config() => (UNUSABLE, "Nothing was sent."),
            Certainty::NotProcessed => (NOT_DELIVERED, "Nothing has happened at Qlower."),
            _ => (PERHAPS_DELIVERED, "Sending it again does no harm: what exists is not created again."),
        };
        let causes = std::iter::successors(error.source(), |&error| error.source());
        let problem = causes.fold(error.to_string(), |text, cause| format!("{text}\n  caused by: {cause}"));
        Self { code, problem: format!("{problem}\n{consequence}") }
    }
}

async fn run(options: &Options) -> Result<u8, Failure> {
    let text = options.input.read().map_err(Failure::unusable)?;
    let credentials = Credentials::from_env().map_err(Failure::unusable)?;
    let retry = RetryPolicy::default().max_attempts(options.attempts);
    let client = Client::builder(options.environment.clone()).retry(retry).timeout(options.timeout).env()?.build()?;
    // Before anything is sent: afterwards it would be too late to learn that it cannot be written.
    let failed_out = options.failed_out.as_deref().map(FailedOut::prepare).transpose().map_err(Failure::unusable)?;

    let name = options.input.to_string();
    let inspection = credentials.inspect(text.clone());
    let report = inspection.report().clone();
    tell(report.render().source(&name, &text).lang(options.lang).colors(options.color.on_stdout()).finish());
    let Ok(checked) = inspection.into_result() else {
        return Ok(FOUND);
    };
    let (size, url) = (checked.bytes().len(), options.environment.loader_url());
    tell(format_args!("Destination: {url}, {size} bytes for partner {:?}\n", checked.partner()));

    let receipt = client.send(&checked).await?;
    tell(outcome(&receipt, options));
    if !receipt.reply().has_failures() {
        return Ok(ALL_LOADED);
    }
    if let (Some(file), Ok(payload)) = (failed_out, checked.payload()) {
        match file.write(&receipt.reply().failed_only(&payload)) {
            Ok(told) => tell(told),
            Err(problem) => cli::complain("send_file", problem),
        }
    }
    Ok(FOUND)
}

/// What became of the payload as a whole, and of each item that failed.
fn outcome(receipt: &Receipt, options: &Options) -> String {
    let mut out = receipt.reply().summary(options.lang);
    let attempts = if receipt.attempts() == 1 { "attempt" } else { "attempts" };
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{}: {} {attempts}, {:.2} s, SHA-256 {}",
        receipt.certainty(),
        receipt.attempts(),
        receipt.duration().as_secs_f64(),
        receipt.payload_sha256(),
    );
    if receipt.earlier_attempt_may_have_been_processed() {
        out.push_str("An earlier attempt may have been processed too; what exists is not created again.\n");
    }
    out
}

/// Output that fails does not undo what was sent, nor change what is known of it.
fn tell(text: impl std::fmt::Display) {
    if let Err(problem) = cli::print(text) {
        cli::complain("send_file", problem);
    }
}

/// The file for what failed. It holds the access key: only its owner may read it, and it appears complete or not at all.
struct FailedOut {
    path: PathBuf,
    temporary: NamedTempFile,
}

impl FailedOut {
    fn prepare(path: &Path) -> Result<Self, String> {
        if path.is_dir() {
            return Err(format!("{} is a directory", path.display()));
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match NamedTempFile::new_in(folder) {
            Ok(temporary) => Ok(Self { path: path.to_owned(), temporary }),
            Err(error) => Err(format!("{} cannot be written: {error}", path.display())),
        }
    }

    fn write(mut self, failed: &Payload) -> Result<String, String> {
        let items = failed.items().len();
        if items == 0 {
            return Ok("No file was written: the answer names no item that was sent.\n".to_owned());
        }
        let path = self.path.display();
        let file = self.temporary.as_file_mut();
        file.write_all(&failed.to_json())
            .and_then(|()| file.sync_all())
            .and_then(|()| self.temporary.persist(&self.path).map(drop).map_err(|error| error.error))
            .map_err(|error| format!("{path} cannot be written: {error}"))?;
        Ok(format!("{path} holds the failed items ({items}), and the access key.\n"))
    }
}
